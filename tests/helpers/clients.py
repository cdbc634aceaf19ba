"""Clients of both kinds that tests call alike, and a faulty line between them and the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

import pytest

from hubshare.client import AsyncClient, Client
from hubshare.testing.centre import TestCentre
from tests.helpers.faulty_proxy import Wire


class Calling(Protocol):
    """Calls a method by its name; what is an iterator comes as a list."""

    def __call__(self, method: str, /, *args: Any, **kwargs: Any) -> Any: ...


Clients = Callable[..., Calling]


@pytest.fixture(params=["waiting", "not-waiting"])
def clients(request: pytest.FixtureRequest, centre: TestCentre) -> Iterator[Clients]:
    """Makes clients of both kinds: `clients("alice")`, or `clients("alice", url=…)`."""
    ends: list[Callable[[], object]] = []

    def waiting(user: str, url: str = "", **more: Any) -> Calling:
        client = Client(url or centre.url, user, **more)
        ends.append(client.close)

        def call(method: str, /, *args: Any, **kwargs: Any) -> Any:
            answer = getattr(client, method)(*args, **kwargs)
            return list(answer) if isinstance(answer, Iterator) else answer

        return call

    def not_waiting(user: str, url: str = "", **more: Any) -> Calling:
        runner = asyncio.Runner()
        client = AsyncClient(url or centre.url, user, **more)
        ends.append(lambda: (runner.run(client.close()), runner.close()))

        async def finish(answer: Any) -> Any:
            return [item async for item in answer] if isinstance(answer, AsyncIterator) else await answer

        return lambda method, /, *args, **kwargs: runner.run(finish(getattr(client, method)(*args, **kwargs)))

    yield waiting if request.param == "waiting" else not_waiting
    for end in ends:
        end()


@pytest.fixture
def wire(centre: TestCentre) -> Iterator[Wire]:
    with Wire(centre.url).running() as made:
        yield made
