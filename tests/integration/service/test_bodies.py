"""What comes in with a request is bounded before it is held."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from hubshare.config import MIB
from hubshare.service.web.bodies import MOST as BODY_MOST
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.memory import PeakMemory


@pytest.mark.parametrize("path", ["api/v1/projects", "api/v1/packs/" + "0" * 32, "teams", "login"])
def test_a_body_that_is_too_large_is_refused_before_it_is_held(centre: TestCentre, path: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            yield bytes(MIB)

    with PeakMemory() as memory, suppress(httpx.TransportError):
        # Where the service does not listen any more, the connection may break before the answer is read.
        answer = httpx.post(f"{centre.url}{path}", content=pieces(), headers={"Content-Type": "application/json"})
        assert answer.status_code in (401, 405, 413)
    assert memory.grown < 3 * BODY_MOST


def test_an_upload_without_a_length_comes_in_steps(centre: TestCentre) -> None:
    name, piece = new_id(), os.urandom(MIB)

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            yield piece

    address = f"{centre.url}api/v1/uploads/{name}?offset=0"
    answer = httpx.patch(address, content=pieces(), headers={"Authorization": "token eva"})
    assert answer.json() == {"size": 3 * MIB}
    assert centre.centre.uploads.path("eva", name).read_bytes() == piece * 3
