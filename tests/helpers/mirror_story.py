"""One project with its mirrors, and a git server that it is pushed to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from hubshare_workers.context import Context

from hubshare.features.mirrors import lane, operations, worker
from hubshare.features.mirrors.jobs import Push
from hubshare.operations.caller import Caller, Person
from hubshare.store import projects, releases
from hubshare.store.access.actions import Action, Scope
from hubshare.store.audit import entries
from hubshare.store.mirror_tables import Mirror as Row
from hubshare.store.models import now
from hubshare.testing.world import World
from hubshare.wire.api.mirrors import Mirror, MirrorChange, NewMirror
from tests.helpers.internet import Internet

SECRET = "open-sesame"


class Queue:
    """Holds the jobs until the test does them."""

    def enqueue(self, message: Any, *, delay: int | None = None) -> None:
        """What is due is found by looking."""


class Story:
    """One project, its mirrors, and a git server; time passes as the test says."""

    def __init__(self, world: World, internet: Internet) -> None:
        self.world, self.internet, self.centre = world, internet, world.centre
        self.context = Context(world.centre, None)  # type: ignore[arg-type]
        world.centre.__dict__["queue"] = Queue()
        self.centre.settings.fetch_allowed_networks = (ip_network("127.0.0.0/8"),)
        self.centre.settings.fetch_idle_seconds = 2
        self.at = now()
        self.there = internet.repository(f"r{time.monotonic_ns()}")

    @property
    def address(self) -> dict[str, str]:
        return {"owner": self.world.project.owner, "name": self.world.project.name}

    def caller(self, user: str = "alice") -> Caller:
        return Caller(Action.MIRRORS, Person(user, scopes=frozenset(Scope)))

    def mirror(self, by: str = "alice", **wanted: Any) -> str:
        given = {"url": self.there.url, "user": "git", "secret": SECRET} | wanted
        made = operations.create_mirror(self.caller(by), self.centre, **self.address, wanted=NewMirror(**given))
        self.at = max(self.at, now())
        return made.id

    def change(self, mirror: str, by: str = "alice", **wanted: Any) -> Mirror:
        changes = MirrorChange(**wanted)
        return operations.change_mirror(self.caller(by), self.centre, **self.address, mirror=mirror, wanted=changes)

    def ask(self, mirror: str, overwrites: str = "") -> None:
        operations.push_mirror(self.caller(), self.centre, **self.address, mirror=mirror, overwrites=overwrites)

    def work(self) -> int:
        """Do what is due, as often as it is due now; returns how many pushes that were."""
        for number in range(20):
            with self.centre.database.read() as session:
                due = lane.due(session, self.at, 100)
            if not due:
                return number
            for mirror, owner in due:
                worker.push(self.context, Push(mirror, owner, ""), lambda: self.at)
        raise AssertionError("it never ends")

    def wait(self, time: timedelta) -> int:
        self.at += time
        return self.work()

    def row(self, mirror: str) -> Row:
        with self.centre.database.read() as session:
            return session.get_one(Row, mirror)

    def shown(self, mirror: str) -> Mirror:
        return operations.get_mirror(self.caller(), self.centre, **self.address, mirror=mirror)

    def release(self, name: str, version: int) -> None:
        with self.centre.database.begin() as session:
            row = projects.version(session, self.world.project.id, f"v{version}")
            releases.add_release(session, row, name, "", "alice")

    def refs(self) -> dict[str, str]:
        lines = self.there.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    @property
    def main(self) -> str:
        return self.refs().get("refs/heads/main", "")

    @property
    def pushes(self) -> int:
        return sum(one.method == "POST" and one.path.endswith("/git-receive-pack") for one in self.internet.asked)

    def audit(self) -> list[dict[str, Any]]:
        with self.centre.database.read() as session:
            found = entries(session, project=self.world.project.id)
        return [one.details for one in found if one.action == Action.MIRRORS]


@contextmanager
def told(world: World, internet: Internet) -> Iterator[Story]:
    """A story, to its end."""
    internet.asked.clear()
    internet.answers.clear()
    yield Story(world, internet)
    world.close()


def hook(story: Story, script: str, when: str = "pre-receive") -> None:
    """Have the git server run a script."""
    path = story.there.path / "hooks" / when
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
