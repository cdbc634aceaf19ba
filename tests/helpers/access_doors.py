"""What one reaches the centre by as somebody: the API and git's door over HTTP, and an agent's Redis."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import redis

from hubshare.bus.streams import messages
from hubshare.wire.agent import read_from_centre


class Api:
    """Calls the service as somebody, and looks at the form of every error."""

    def __init__(self, url: str) -> None:
        self.root = url
        self.client = httpx.Client(base_url=f"{url}api/v1", timeout=30)
        #: The answer that came last.
        self.last: httpx.Response

    def __call__(
        self, who: str, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """The answer to `who`, whose name is the token; "" and "nobody" are not signed in."""
        sent = (headers or {}) | ({"Authorization": f"token {who}"} if who not in ("", "nobody") else {})
        answer = self.last = self.client.request(method, path, headers=sent, **more)
        if answer.status_code >= 400:
            check_problem(answer)
        return answer

    def git(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer of the door of git, below `git/`."""
        headers = more.pop("headers", {})
        if who:
            headers["Authorization"] = "Basic " + base64.b64encode(f"anybody:{who}".encode()).decode()
        answer = self.last = self.client.request(method, f"{self.root}git/{path}", headers=headers, **more)
        assert answer.status_code < 500, answer.text
        return answer

    def listens(self, who: str, path: str) -> int:
        """The status with which an event stream begins."""
        headers = {"Authorization": f"token {who}"} if who else {}
        with self.client.stream("GET", path, headers=headers) as answer:
            self.last = answer
            if answer.status_code == 200:
                assert next(answer.iter_lines()) == ": connected"
            else:
                answer.read()
                check_problem(answer)
            return answer.status_code

    def close(self) -> None:
        self.client.close()


def check_problem(answer: httpx.Response) -> None:
    """An error tells what happened in the form of RFC 9457, and is nobody's fault here."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail", "code"}
    assert body["status"] == answer.status_code and body["type"] == f"urn:hubshare:{body['code']}"
    assert len(body["detail"]) < 1000


class Session:
    """What somebody's agent reaches Redis with.

    Args:
        api: to trade the token at.
        who: token.
    """

    def __init__(self, api: Api, who: str, server: str = "") -> None:
        self.answer = api(who, "POST", "/agent/session", json={"server": server})
        self.status = self.answer.status_code
        if self.status == 201:
            made = self.answer.json()
            self._outbox, self._inbox = made["outbox"], made["inbox"]
            address = made["redis_url"].rpartition("//")[2]
            self.redis = redis.Redis.from_url(
                f"redis://{made['username']}:{made['password']}@{address}", socket_timeout=20
            )
            self._seen = "0"
            for entry, _ in self._read("0"):
                self._seen = entry

    def send(self, event: Any, pack: bytes = b"") -> None:
        """Put an event into the outbox."""
        fields = {"event": event.encode(), **({"pack": pack} if pack else {})}
        self.redis.xadd(self._outbox, fields)

    def hear(self, true: Callable[[Any], object]) -> Any:
        """The next message of the inbox for which something holds."""
        while True:
            found = self._read(self._seen, block=15_000)
            assert found, "nothing came"
            for entry, fields in found:
                self._seen = entry
                event = read_from_centre(fields[b"event"])
                if true(event):
                    return event

    def all_heard(self) -> list[Any]:
        """All messages that are in the inbox."""
        return [read_from_centre(fields[b"event"]) for _, fields in self._read("0")]

    def _read(self, after: Any, block: int | None = None) -> list[Any]:
        found: Any = self.redis.xread({self._inbox: after}, block=block)
        return [(entry, fields) for _, entry, fields in messages(found or [])]

    def close(self) -> None:
        if self.status == 201:
            self.redis.close()


def read_events(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The events of a stream as they come: (id, event)."""
    entry = ""
    for line in lines:
        if line.startswith("id: "):
            entry = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield entry, json.loads(line.removeprefix("data: "))
