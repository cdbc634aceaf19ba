"""What stands in for Redis and the service in a `World`: messages wait in lists, contents come right from the repositories."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from hubshare.bus.deliveries import Delivery, ReplyTo, Tell
from hubshare.bus.replies import Reply
from hubshare.bus.taken import PushCount
from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.errors import NotFound
from hubshare.git.objects import walk_tree
from hubshare.git.packs import PackWriter
from hubshare.git.update import add_object
from hubshare.names import split_project
from hubshare.store.conflicts import conflicts_of_user
from hubshare.store.models import Project
from hubshare.wire.agent import Access, Lists, Outcome, Pick, Pull, Push, Update, read_from_agent, read_from_centre
from hubshare.wire.api.agents import PlaceInLine

#: An event and its pack, as they travel.
Mail = tuple[bytes, bytes]
#: What waits for a checkout.
Inbox = list[tuple[Update | Outcome | Access | Pick, bytes]]


class ListBus:
    """Puts messages of the centre into lists.

    Attributes:
        inboxes: the lists, each with its user; a user may have several.
        outcomes: all that were told, each with its user.
        replies: id of a job to the last reply.
    """

    def __init__(self) -> None:
        self.inboxes: list[tuple[str, Inbox]] = []
        self.outcomes: list[tuple[str, Outcome]] = []
        self.replies: dict[str, Reply] = {}

    def over(self, what: str, who: str, most: int) -> bool:
        return False

    def count_push(self, user: str) -> PushCount:
        return PushCount(1, 0.0, full=False)

    def count_try(self, outbox: str, entry: str) -> int:
        return 1

    def announce(self, project: str, event: dict[str, Any], user: str = "") -> None:
        """Nobody listens to events here."""

    def send(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            if isinstance(delivery, Tell):
                self.tell(delivery.users, delivery.event, delivery.pack)
            elif isinstance(delivery, ReplyTo):
                self.replies[delivery.job] = delivery.reply

    def set_full_logs(self, users: Any) -> None:
        """Nobody is held up here by what the audit log holds of them."""

    def tell_lists(self, users: Any) -> None:
        """Nobody shows lists here."""

    def tell(self, users: Any, event: bytes, pack: bytes = b"") -> None:
        message = read_from_centre(event)
        assert not isinstance(message, Lists)
        for user in users:
            if isinstance(message, Outcome):
                self.outcomes.append((user, message))
            for owner, inbox in self.inboxes:
                if owner == user:
                    inbox.append((message, pack))


class ListLink:
    """Puts events of an agent into the list of those that wait for the centre.

    Args:
        user: whose agent.
        to_centre: that list.
        snapshots: event to the snapshots that were pushed with it; is added to.
    """

    fault = ""

    def __init__(self, user: str, to_centre: list[tuple[str, Mail]], snapshots: dict[str, set[str]]) -> None:
        self.user, self._to_centre, self._snapshots = user, to_centre, snapshots
        self.up = asyncio.Event()
        self.up.set()

    def centre_time(self) -> float:
        return time.time()

    async def send(self, event: bytes, pack: bytes = b"", age: float | None = None) -> None:
        message = read_from_agent(event, 1 << 20)
        assert isinstance(message, Push | Pull)
        if isinstance(message, Push):
            self._snapshots.setdefault(message.id, set()).add(message.commit)
        self._to_centre.append((self.user, (event, pack)))


class Standing(NamedTuple):
    """What of a project's resource an agent looks at."""

    id: str
    name: str
    commit: str
    version: int
    role: str
    outputs: str


class Listed(NamedTuple):
    """What of an open conflict an agent looks at."""

    checkout: str
    path: str
    kind: str


class DirectClient:
    """Answers an agent from the centre's repositories, as the service would."""

    def __init__(self, user: str, centre: Centre, project: Project) -> None:
        self._user, self._centre, self._project = user, centre, project

    def project(self, full: str) -> Standing:
        owner, name = split_project(full)
        assert (owner, name) == (self._project.owner, self._project.name)
        standing = self._centre.standing(self._project, self._user)
        if isinstance(standing, Access):
            raise NotFound(standing.message)
        return Standing(
            standing.project, standing.name, standing.commit, standing.number, standing.role, standing.outputs
        )

    def download_update(
        self, project: str, have: str, want: str, target: BinaryIO, progress: Any, again: bool = False
    ) -> None:
        with self._centre.repositories.update(project, have, want, again).open("rb") as pack:
            shutil.copyfileobj(pack, target)
        target.flush()

    def download_contents(self, project: str, commit: str, paths: list[str], target: BinaryIO, progress: Any) -> None:
        repository = self._centre.repositories.open(project)
        entries = dict(walk_tree(repository.tree, repository.commit(commit).tree))
        writer = PackWriter(target)
        for path in paths:
            if path in entries:
                add_object(writer, repository, entries[path].id)
        writer.close()

    def upload(self, name: str, source: Path, progress: Any) -> None:
        uploads = self._centre.uploads
        if uploads.complete(self._user, name):
            return
        done = uploads.size(self._user, name)
        with source.open("rb") as pack:
            pack.seek(done)
            while piece := pack.read(MIB):
                done = uploads.append(self._user, name, done, piece)
        uploads.finish(self._user, name)

    def place_in_line(self, entry: str) -> PlaceInLine:
        # Nothing stands in line here: what waits may have been forgotten, and is sent again.
        return PlaceInLine(words="")

    def conflicts(self) -> list[Listed]:
        with self._centre.database.read() as session:
            return [
                Listed(found.checkout.id, found.conflict.path, found.conflict.kind)
                for found in conflicts_of_user(session, self._user, None, 1_000_000)
            ]
