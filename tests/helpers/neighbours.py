"""People at the doors of agents, by hand: one who saves and sees it arrive, and one who does to the Hub what an account can."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import httpx
import redis

from hubshare.bus.streams import messages
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.errors import TooMany
from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import pack_of
from hubshare.wire.agent import Outcome, Pull, Push, Sync, new_id, read_from_centre
from tests.helpers.forge import Content, packed, snapshot
from tests.helpers.pushing import apply_push

MIB = 2**20


class Hub(Protocol):
    """What people come to: a service somewhere, and its centre at hand."""

    url: str
    centre: Centre
    settings: CentreSettings


class Neighbour:
    """Somebody with an agent's credentials and a project of their own.

    Args:
        centre: the Hub.
        user: who it is.
    """

    def __init__(self, centre: Hub, user: str) -> None:
        self.centre, self.user, self.full = centre, user, f"{user}/of-{user}"
        made = self.api("POST", "projects", json={"name": f"of-{user}", "visibility": "public"})
        self.project, self.head = str(made["id"]), str(made["commit"])
        self.checkout = self.api("POST", "checkouts", json={"project": self.full, "folder": "/x"})["id"]
        self._saves = 0
        self._seen = "0"
        self._refused: dict[int, tuple[str, bytes]] = {}
        self.connect()

    def connect(self) -> None:
        """Have new credentials, as soon as there are any."""
        while True:
            try:
                session = self.api("POST", "agent/session", json={"server": ""})
                break
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise
                time.sleep(float(error.response.headers["Retry-After"]))
        self.outbox, self.inbox = session["outbox"], session["inbox"]
        # As an agent does: what it was given ends at its time, whatever it is busy with.
        self._again = time.monotonic() + session["seconds"] * 0.8
        credentials = {"username": session["username"], "password": session["password"]}
        # Longer than any wait here: what is slow is to be measured.
        self.redis: Any = redis.Redis.from_url(session["redis_url"], socket_timeout=90, **credentials)

    def api(self, method: str, path: str, **more: Any) -> Any:
        """Call the service."""
        headers = {"Authorization": f"token {self.user}"}
        answer = httpx.request(method, f"{self.centre.url}api/v1/{path}", headers=headers, timeout=60, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def send(self, event: Push | Pull | Sync, pack: bytes = b"") -> None:
        """Put an event into the outbox."""
        if time.monotonic() > self._again:
            self.connect()
        self.redis.xadd(self.outbox, {"event": event.encode(), **({"pack": pack} if pack else {})})

    def save(self) -> float:
        """Publish an edit on top of what is published; seconds until it is."""
        start = time.monotonic()
        self.wait_for(self.send_save())
        return time.monotonic() - start

    def send_save(self) -> Push:
        """Send an edit on top of what is published."""
        self._saves += 1
        objects = snapshot(self.head, {"a.txt": b"%d" % self._saves * 50}, self.user)
        event = Push(project=self.project, checkout=self.checkout, commit=objects[-1].id)
        self.send(event, packed(objects))
        return event

    def wait_for(self, event: Push) -> None:
        """Wait until what was sent is published."""
        while True:
            for message in messages(self.redis.xread({self.inbox: self._seen}, block=60_000)):
                self._seen = message.entry
                if event.id.encode() in message.fields[b"event"]:
                    outcome = read_from_centre(message.fields[b"event"])
                    assert isinstance(outcome, Outcome) and outcome.status == "applied", outcome
                    self.head = event.commit
                    return

    def publish(self, files: Mapping[str | bytes, Content]) -> None:
        """Publish a version with just these files, at once and without a worker."""
        objects = snapshot(self.head, files, self.user)
        repository = self.centre.centre.repositories.open(self.project)
        known = {item.id for item in objects if item.id in repository}
        event = Push(project=self.project, checkout=self.checkout, commit=objects[-1].id, confirmed=True)
        outcome = apply_push(self.centre.centre, self.user, event, packed(objects, known))
        assert outcome.status == "applied", outcome
        self.head = str(outcome.commit)

    def push(self, files: Mapping[str | bytes, Content]) -> None:
        """Have a worker publish a version with just these files."""
        objects = snapshot(self.head, files, self.user)
        repository = self.centre.centre.repositories.open(self.project)
        upload = self.upload(packed(objects, {item.id for item in objects if item.id in repository}))
        event = Push(project=self.project, checkout=self.checkout, commit=objects[-1].id, confirmed=True, upload=upload)
        self.send(event)
        self.wait_for(event)

    def refused(self, unpacked: int) -> tuple[str, bytes]:
        """A snapshot and its pack, which is small, unpacks to so many bytes, and is refused for what it holds besides."""
        if known := self._refused.get(unpacked):
            # What it takes to make it is not what it takes to answer.
            return known
        objects = snapshot(self.head, {"a.txt": b"a"}, self.user)
        zeros = [Object(BLOB, bytes([place]) * (20 * MIB)) for place in range(unpacked // (20 * MIB))]
        zeros.append(Object(BLOB, b"z" * (unpacked % (20 * MIB))))
        made = self._refused[unpacked] = objects[-1].id, pack_of([*zeros, *objects])
        return made

    def upload(self, pack: bytes) -> str:
        """Upload a pack."""
        name = new_id()
        self.centre.centre.uploads.append(self.user, name, 0, pack)
        self.centre.centre.uploads.finish(self.user, name)
        return name


# What one account can do by its outbox. Each is done again and again; credentials may end meanwhile.


def entries_too_large_to_be_read(mallory: Neighbour) -> None:
    """24 entries of 12 MB."""
    with contextlib.suppress(redis.RedisError):
        for _ in range(24):
            mallory.redis.xadd(mallory.outbox, dict.fromkeys(("a", "b", "c"), b"x" * (4 * MIB - 64)))
    mallory.connect()


def one_upload_named_often(mallory: Neighbour) -> None:
    """A little that unpacks to 400 MB, named by 40 events."""
    commit, pack = mallory.refused(400 * MIB)
    try:
        name = mallory.upload(pack)
    except TooMany:
        # As many as anybody may have wait to be looked at.
        time.sleep(0.1)
        return
    for _ in range(40):
        mallory.send(Push(project=mallory.project, checkout=mallory.checkout, commit=commit, upload=name))


def dear_pushes(mallory: Neighbour, count: int = 100) -> None:
    """Many pushes, each of which unpacks to 10 MB, and is refused."""
    commit, pack = mallory.refused(10 * MIB)
    for _ in range(count):
        mallory.send(Push(project=mallory.project, checkout=mallory.checkout, commit=commit), pack)


def long_lists(mallory: Neighbour) -> None:
    """Events that name much: checkouts that there are and that there are not, and paths."""
    # Made once: what it takes to send is not what it takes to answer.
    mark, settled = new_id(), [f"no conflict {number}" for number in range(9_000)]
    asked = Sync(checkouts=[mallory.checkout] * 500 + [new_id() for _ in range(499)] + [mark])
    pulled = Pull(project=mallory.project, checkout=mallory.checkout, commit=mark + "0" * 8, settled=settled)
    for event in [asked.encode(), pulled.encode()] * 15:
        mallory.redis.xadd(mallory.outbox, {"event": event.replace(mark.encode(), new_id().encode())})


def a_project_that_stands_still(mallory: Neighbour) -> None:
    """The lock of her repository does not come free while she pushes to it."""
    with mallory.centre.centre.repositories.locked(mallory.project):
        for number in range(24):
            objects = snapshot(mallory.head, {"b.txt": b"%d" % number}, mallory.user)
            event = Push(project=mallory.project, checkout=mallory.checkout, commit=objects[-1].id)
            mallory.send(event, packed(objects))
        time.sleep(3)


@contextlib.contextmanager
def door(centre: Hub, user: str) -> Iterator[Neighbour]:
    """Somebody, until the end of the block."""
    made = Neighbour(centre, user)
    try:
        yield made
    finally:
        made.redis.close()
