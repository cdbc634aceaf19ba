"""A look-up of a host that takes too long is given up, and what others ask for is not."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from hubshare_workers.fetch import guard, lookups
from hubshare_workers.fetch.lookups import in_time

from hubshare.config import CentreSettings
from hubshare.errors import Unavailable

ANSWER = socket.getaddrinfo("93.184.215.14", 443, 0, socket.SOCK_STREAM)


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(lookups, "_places", threading.BoundedSemaphore(1))
    monkeypatch.setattr(guard, "in_time", lambda resolver: in_time(resolver, 0.02))

    def answer(host: str, *asked: Any) -> Any:
        if host == "slow.example.org":
            over.wait(30)
        return ANSWER

    found = guard.Guard(CentreSettings(), answer)
    with pytest.raises(Unavailable, match=r"slow\.example\.org does not answer"):
        found.pin("https://slow.example.org/")
    # It is under way still, so there is no place for another one.
    with pytest.raises(Unavailable, match="does not answer"):
        found.pin("https://quick.example.org/")
    over.set()
    assert in_time(answer, 30)("quick.example.org", 443) == ANSWER


def test_what_a_look_up_says_is_passed_on() -> None:
    def unknown(*asked: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    with pytest.raises(socket.gaierror, match="no such host"):
        in_time(unknown)("nobody.example.org", 443)
    for _ in range(100):
        # All places are free again behind it.
        assert in_time(lambda *asked: ANSWER)("a", 1) == ANSWER
