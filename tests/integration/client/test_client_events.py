"""A client that listens to events: a stream that breaks is taken up, and nothing is missed."""

from __future__ import annotations

import asyncio
import threading
from queue import Queue
from typing import Any

import pytest

from hubshare import errors
from hubshare.client import AsyncClient, Client
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from hubshare.wire.api.hub import Event
from tests.helpers.faulty_proxy import Wire


class Listener:
    """Somebody who listens in the background, with either client."""

    def __init__(self, kind: str, url: str, user: str, project: str | None = None, last: str | None = None) -> None:
        self.heard: Queue[Event | Exception | None] = Queue()
        run = self._wait if kind == "waiting" else lambda *args: asyncio.run(self._await(*args))
        threading.Thread(target=run, args=(url, user, project, last), daemon=True).start()

    def _wait(self, url: str, user: str, project: str | None, last: str | None) -> None:
        with Client(url, user) as client:
            try:
                for event in client.project_events(project, last) if project else client.events(last):
                    self.heard.put(event)
                self.heard.put(None)
            except errors.HubShareError as error:
                self.heard.put(error)

    async def _await(self, url: str, user: str, project: str | None, last: str | None) -> None:
        async with AsyncClient(url, user) as client:
            try:
                async for event in client.project_events(project, last) if project else client.events(last):
                    self.heard.put(event)
                self.heard.put(None)
            except errors.HubShareError as error:
                self.heard.put(error)

    def next(self) -> Any:
        return self.heard.get(timeout=30)


def streams(wire: Wire) -> list[str]:
    return [one.headers.get("last-event-id", "") for one in wire.seen if one.path.endswith("/events")]


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_a_stream_of_events_that_breaks_is_taken_up_and_nothing_is_missed(
    kind: str, wire: Wire, centre: TestCentre
) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"heard-{new_id()[:8]}", grants={"bob": "reader"}).name
        listener = Listener(kind, wire.url, "bob", name)
        wait_until(lambda: wire.begun, "bob listens")
        alice.change_project(name, description="1")
        first = listener.next()
        assert (first.type, first.project, first.lost) == ("project", name, False)
        wire.cut()
        alice.change_project(name, description="2")
        alice.change_project(name, description="3")
        second, third = listener.next(), listener.next()
        assert len({first.id, second.id, third.id}) == 3
        wait_until(lambda: len(streams(wire)) > 1, "bob has come again")
        assert streams(wire)[:2] == ["", first.id]
        alice.revoke(name, "bob")
        while not (last := listener.next()).lost:
            pass
        assert last.project == name
        assert listener.next() is None, "that was the last one"
        with pytest.raises(errors.NotFound):
            raise Listener(kind, wire.url, "bob", name).next()


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_a_stream_that_breaks_before_anything_was_heard_misses_nothing_either(
    kind: str, wire: Wire, centre: TestCentre
) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"unheard-{new_id()[:8]}", grants={"bob": "reader"}).name
        listener = Listener(kind, wire.url, "bob", name)
        wait_until(lambda: wire.begun, "bob listens")
        wire.cut()
        alice.change_project(name, description="1")
        assert listener.next().project == name
        assert streams(wire)[1] != "", "it was taken up from where it began"


@pytest.mark.parametrize("kind", ["waiting", "not-waiting"])
def test_somebody_who_comes_back_hears_what_happened_meanwhile(kind: str, wire: Wire, centre: TestCentre) -> None:
    with Client(centre.url, "alice") as alice:
        name = alice.create_project(f"later-{new_id()[:8]}").name
        listener = Listener(kind, wire.url, "alice")
        wait_until(lambda: wire.begun, "alice listens")
        alice.change_project(name, description="1")
        first = listener.next()
        alice.change_project(name, description="2")
        again = Listener(kind, centre.url, "alice", last=first.id).next()
        assert again.project == name and again.id != first.id and again == listener.next()
