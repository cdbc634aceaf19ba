"""A client that subscribes: CloudEvents that name what changed, without a gap, and a word where there is one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event

from hubshare.client import AsyncClient, Client
from hubshare.errors import Forbidden, HubShareError
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from hubshare.wire.api.cloud_events import ACCESS, CHANGED, UPDATED, CloudEvent
from tests.helpers.faulty_proxy import Wire

KINDS = pytest.mark.parametrize("kind", ["waiting", "not-waiting"])


class Subscriber:
    """Somebody who has subscribed, in the background, with either client."""

    def __init__(self, kind: str, url: str, user: str, to: str = "", after: str | None = None) -> None:
        self.heard: Queue[CloudEvent | HubShareError | None] = Queue()
        run = self._wait if kind == "waiting" else lambda *args: asyncio.run(self._await(*args))
        threading.Thread(target=run, args=(url, user, to, after), daemon=True).start()

    def _wait(self, url: str, user: str, to: str, after: str | None) -> None:
        with Client(url, user) as client:
            try:
                for event in client.subscribe_hub(after) if to == "hub" else client.subscribe(to, after=after):
                    self.heard.put(event)
                self.heard.put(None)
            except HubShareError as error:
                self.heard.put(error)

    async def _await(self, url: str, user: str, to: str, after: str | None) -> None:
        async with AsyncClient(url, user) as client:
            try:
                async for event in client.subscribe_hub(after) if to == "hub" else client.subscribe(to, after=after):
                    self.heard.put(event)
                self.heard.put(None)
            except HubShareError as error:
                self.heard.put(error)

    def next(self) -> CloudEvent:
        found = self.heard.get(timeout=30)
        assert isinstance(found, CloudEvent), found
        return found

    def until(self, kind: str) -> CloudEvent:
        while (found := self.next()).type != kind:
            pass
        return found


@contextmanager
def alice_with(centre: TestCentre, **grants: str) -> Iterator[tuple[Client, str]]:
    with Client(centre.url, "alice") as alice:
        yield alice, alice.create_project(f"told-{new_id()[:8]}", grants=grants).name


@KINDS
def test_a_subscriber_hears_what_changed_also_after_a_break(kind: str, wire: Wire, centre: TestCentre) -> None:
    with alice_with(centre, bob="reader") as (alice, name):
        bob = Subscriber(kind, wire.url, "bob", name)
        wait_until(lambda: wire.begun, "bob listens")
        alice.change_files(name, write={"a.txt": "1", "b.txt": "2"}, base=0)
        first = bob.until(UPDATED)
        assert first.subject == name and first.sequence == "0000000001" and first.place
        assert [(one.path, one.change) for one in first.updated.changed] == [("a.txt", "added"), ("b.txt", "added")]
        assert first.updated.old and (first.updated.old.number, first.updated.new.number) == (0, 1)
        assert first.updated.author == "alice" and not first.updated.more
        wire.cut()
        alice.change_files(name, write={"a.txt": "new"}, delete=["b.txt"], base=1)
        alice.change_project(name, description="words")
        second = bob.until(UPDATED)
        assert [one.change for one in second.updated.changed] == ["modified", "deleted"]
        assert bob.until(CHANGED).data["project"] == first.updated.project
        # A program that was away goes on behind what it has dealt with.
        assert Subscriber(kind, centre.url, "bob", name, first.place).until(UPDATED).id == second.id
        alice.revoke(name, "bob")
        assert bob.until(ACCESS).lost
        assert bob.heard.get(timeout=30) is None, "that was the last one"


def test_a_stock_library_reads_the_events(centre: TestCentre, wire: Wire) -> None:
    with alice_with(centre) as (alice, name):
        told = Subscriber("waiting", wire.url, "alice", name)
        wait_until(lambda: wire.begun, "alice listens")
        alice.change_files(name, write={"a.txt": "1"}, base=0)
        event = told.until(UPDATED)
        body = json.dumps(event.model_dump(mode="json")).encode()
        read = from_http_event(HTTPMessage({"content-type": "application/cloudevents+json"}, body))
        assert read.get_type() == UPDATED and read.get_subject() == name
        assert read.get_source().endswith("/services/hubshare/")


@KINDS
def test_a_gap_that_was_too_long_is_said(kind: str, centre: TestCentre) -> None:
    with alice_with(centre) as (_, name):
        first = Subscriber(kind, centre.url, "alice", name, "1000-0").next()
        assert first.missed and first.subject == name
        assert Subscriber(kind, centre.url, "alice", "", "1000-0").next().missed


def test_who_had_a_role_is_told_that_a_project_was_deleted_and_nobody_else(centre: TestCentre, wire: Wire) -> None:
    with alice_with(centre, bob="reader") as (alice, name):
        hidden = alice.create_project(f"hidden-{new_id()[:8]}").name
        mine = Subscriber("waiting", wire.url, "alice")
        his = Subscriber("waiting", wire.url, "bob")
        of_hub = Subscriber("waiting", wire.url, "boss+hubadmin", "hub")
        wait_until(lambda: wire.begun == 3, "all listen")
        alice.delete_project(hidden)
        alice.delete_project(name)
        for project in (hidden, name):
            ended = mine.until(ACCESS)
            assert ended.lost and (ended.subject, ended.data["deleted"]) == (project, True)
            while (seen := of_hub.until(ACCESS)).subject != project:
                pass
            assert seen.data["deleted"]
        ended = his.next()
        assert ended.lost and (ended.subject, ended.data["deleted"]) == (name, True), "nothing of what was never his"
        alice.restore_project(name)
        assert mine.until(ACCESS).data["role"] == "owner"
        again = Subscriber("waiting", wire.url, "bob", after=ended.place).next()
        assert again.subject == name and again.data["role"] == "reader" and "deleted" not in again.data


def test_a_team_is_told_of_its_projects_and_admins_of_all_without_what_they_may_not_read(
    centre: TestCentre, wire: Wire
) -> None:
    with Client(centre.url, "alice") as alice:
        team = alice.create_team(f"told-{new_id()[:8]}").name
        name = alice.create_project("together", owner=team).name
        other = alice.create_project(f"other-{new_id()[:8]}").name
        of_team = Subscriber("waiting", wire.url, "alice", f"team:{team}")
        wait_until(lambda: wire.begun, "alice listens")
        of_hub = Subscriber("waiting", wire.url, "boss+hubadmin", "hub")
        wait_until(lambda: wire.begun == 2, "boss listens")
        alice.change_files(other, write={"secret.txt": "1"}, base=0)
        alice.change_files(name, write={"ours.txt": "1"}, base=0)
        assert of_team.until(UPDATED).subject == name
        while (event := of_hub.until(UPDATED)).subject != name:
            assert "secret.txt" not in str(event.data) and event.updated.author is None
        assert event.updated.changed == [] and event.updated.more
        with Client(centre.url, "mallory") as mallory, pytest.raises(Forbidden):
            next(iter(mallory.subscribe_hub()))
