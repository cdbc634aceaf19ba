"""A small world without network or clock: real folders, real repositories, the real engine; messages wait in lists.

Tests decide which message is delivered when, how often, and who dies in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from hubshare_agents.checkout import requests, restoring, standing
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.state import CheckoutState
from hubshare_workers.intake.dispatch import dispatch
from pydantic import SecretStr, TypeAdapter

from hubshare.centre import Centre
from hubshare.config import AgentSettings, CentreSettings
from hubshare.errors import Paused
from hubshare.git.objects import walk_tree
from hubshare.git.repositories import Repositories
from hubshare.git.repository import Repository
from hubshare.store import grants, projects
from hubshare.store.access.decisions import role_of, subscribers
from hubshare.store.database import Database
from hubshare.store.models import Checkout, Project
from hubshare.store.versions import NewVersion, begin_history
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Entry
from hubshare.testing.doubles import DirectClient, Inbox, ListBus, ListLink, Mail
from hubshare.testing.empty_tables import put_empty_tables
from hubshare.uploads import Uploads
from hubshare.vocabulary import ModeName, OutputsName, PolicyName, Role, RoleName
from hubshare.wire.agent import Access, Outcome, Pick, new_id

_ROLE: TypeAdapter[RoleName] = TypeAdapter(RoleName)
Result = TypeVar("Result")


class World:
    """One project, its centre and any number of checkouts.

    Args:
        place: an empty folder.
        brake: how many deletions at once need a confirmation.
        confirms: whether people say yes to what the deletion guard asks them, as soon as it does.
        database_url: address of a database without rows; a SQLite of its own if not given.
    """

    def __init__(self, place: Path, brake: int = 500, database_url: str = "", confirms: bool = False) -> None:
        self.place, self.confirms = place, confirms
        settings = CentreSettings(data=place / "centre", brake_deletions=brake, database_url=SecretStr(database_url))
        settings.data.mkdir(parents=True)
        put_empty_tables(settings.database)
        database = Database(settings.database)
        database.migrate()
        self.bus = ListBus()
        self.centre = Centre(
            settings,
            database,
            Repositories(settings.repositories, settings.packs),
            Uploads(settings.uploads, settings.max_push_bytes),
            self.bus,  # type: ignore[arg-type]
        )
        self.brake = brake
        self.loop = asyncio.new_event_loop()
        self.members: list[Member] = []
        self.to_centre: list[tuple[str, Mail]] = []
        self.outcomes, self.replies = self.bus.outcomes, self.bus.replies
        #: Event to the snapshots that were pushed with it.
        self.snapshots: dict[str, set[str]] = {}
        with database.begin() as session:
            self.project = projects.create(session, "alice", "course", "private")
            at = int(time.time())
            self.repository = self.centre.repositories.create(self.project.id, "alice", at, "Create")
            first = self.repository.main
            begin_history(session, self.project, NewVersion(first, first, "alice", "Create", at))
        self.repository = self.centre.repositories.open(self.project.id)

    def join(self, user: str, role: str = "writer", mode: ModeName = "auto") -> Member:
        """Give a user a role and a checkout."""
        with self.centre.database.begin() as session:
            if user != self.project.owner:
                grants.grant(session, self.project, grants.Subject.of_user(user), role)
            checkout = new_id()
            session.add(Checkout(id=checkout, project_id=self.project.id, user=user, folder=user))
        member = Member(self, user, checkout, mode)
        self.members.append(member)
        self.bus.inboxes.append((user, member.inbox))
        return member

    def grant(self, user: str, role: str | None) -> None:
        """Change a role, and tell of it as the service does."""
        with self.centre.database.begin() as session:
            if role is None:
                grants.revoke(session, self.project, user)
            else:
                grants.grant(session, self.project, grants.Subject.of_user(user), role)
        self.bus.tell([user], self.centre.standing(self.project, user).encode())

    def set_outputs(self, policy: OutputsName) -> None:
        """Share the outputs of notebooks or have them stripped, and tell of it as the service does."""
        with self.centre.database.begin() as session:
            session.get_one(Project, self.project.id).outputs = policy
        self.centre.access_changed([self.project.id])

    def apply(self, number: int = 0, keep: bool = False) -> None:
        """Let the centre answer one of the waiting messages; `keep` leaves it there, to come once more."""
        user, (event, pack) = self.to_centre[number] if keep else self.to_centre.pop(number)
        dispatch(self.centre, user, event, pack)

    def published(self) -> dict[str, Entry]:
        """Path to entry of the published state."""
        repository = Repository(self.repository.path)
        try:
            return dict(walk_tree(repository.tree, repository.commit(repository.main).tree))
        finally:
            repository.close()

    def settle(self, rounds: int = 60) -> None:
        """Deliver everything and let everybody work until nothing moves any more.

        Raises:
            RuntimeError: when it never ends.
        """
        for _ in range(rounds):
            moved = False
            while self.to_centre:
                self.apply()
                moved = True
            for member in self.members:
                while member.inbox:
                    member.deliver()
                    moved = True
                before = len(self.to_centre)
                member.work()
                moved = moved or len(self.to_centre) > before or bool(member.inbox)
            if not moved:
                return
        raise RuntimeError("the world does not come to rest")

    def ask(self) -> None:
        """Everybody asks where the project stands, as after a new connection."""
        for member in self.members:
            member.inbox.append((self.centre.standing(self.project, member.user), b""))
            member.loop.connected()

    def close(self) -> None:
        """Let all files go."""
        for member in self.members:
            member.close()
        self.loop.close()
        self.repository.close()
        self.centre.database.close()


class Member:
    """One user's checkout.

    Args:
        world: where it is.
        user: whose.
        checkout: its id.
        mode: `auto` or `manual`.
    """

    def __init__(self, world: World, user: str, checkout: str, mode: ModeName) -> None:
        self.world, self.user, self.checkout = world, user, checkout
        self.root = world.place / f"home-{user}-{checkout[:6]}"
        self.root.mkdir()
        self.state = world.place / f"state-{user}-{checkout[:6]}"
        self.settings = AgentSettings(state=self.state, brake_deletions=world.brake, resend_seconds=1e6)
        self.inbox: Inbox = []
        with world.centre.database.read() as session:
            role = role_of(session, world.project, user)
            first = projects.version(session, world.project.id, "v0")
            newest = projects.latest(session, world.project.id)
        assert role is not None and newest is not None
        state = CheckoutState(
            checkout=checkout,
            project=world.project.id,
            name=world.project.full_name,
            root=str(self.root),
            user=user,
            role=_ROLE.validate_python(role.name),
            base=first.commit,
            mode=mode,
        )
        self.local = LocalCheckout.create(self.state, self.settings, state)
        self.loop = self._loop()
        self.inbox.append((world.centre.standing(world.project, user), b""))

    def _loop(self) -> CheckoutLoop:
        link = ListLink(self.user, self.world.to_centre, self.world.snapshots)
        client = DirectClient(self.user, self.world.centre, self.world.project)
        return CheckoutLoop(self.local, link, client, self.settings)  # type: ignore[arg-type]

    def deliver(self, number: int = 0, keep: bool = False) -> None:
        """Deliver one of the waiting messages."""
        event, pack = self.inbox[number] if keep else self.inbox.pop(number)
        if isinstance(event, Access):
            self.loop.lose(event.message)
        elif isinstance(event, Pick):
            if event.checkout == self.checkout:
                self.loop.take_picks(event.paths)
        elif not isinstance(event, Outcome) or event.checkout == self.checkout:
            self.loop.deliver(event, pack)

    def work(self) -> None:
        """One turn of the checkout's loop, after a full look at the disk."""
        self.loop.wake()
        try:
            self.do(self.loop.turn())
        except Paused:
            if not (self.world.confirms and self.asked):
                raise
            self.confirm()

    @property
    def asked(self) -> bool:
        """Whether the deletion guard waits for this person."""
        return bool(self.local.state.asked or self.local.state.asked_here)

    def confirm(self) -> None:
        """Say yes to what the deletion guard asks; while something new is deleted, it asks again."""
        while self.asked:
            with suppress(Paused):
                if self.local.state.asked_here:
                    self.pull(confirmed=True)
                else:
                    self.push(confirmed=True)

    def do(self, work: Awaitable[Result]) -> Result:
        """Run something of the checkout to its end."""
        return self.world.loop.run_until_complete(_awaited(work))

    def answer_while(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run something that waits for the centre, which answers at once."""

        async def run() -> Any:
            task = asyncio.ensure_future(work())
            while not task.done():
                await asyncio.sleep(0.001)
                while self.world.to_centre:
                    self.world.apply()
                while self.inbox:
                    self.deliver()
            return await task

        return self.world.loop.run_until_complete(run())

    def push(self, **options: Any) -> Any:
        """`hubshare push`."""
        return self.answer_while(lambda: requests.push(self.loop, **options)).model_dump()

    def pull(self, **options: Any) -> Any:
        """`hubshare pull`."""
        return self.answer_while(lambda: requests.pull(self.loop, **options)).model_dump()

    def resolve(self, pick: Any, *paths: str) -> Any:
        """`hubshare resolve`; all conflicts without paths."""
        return self.answer_while(lambda: requests.resolve(self.loop, list(paths) or None, pick)).model_dump()

    def restart(self) -> None:
        """The agent dies and is started again: what was in memory is gone."""
        self.local.close()
        self.local = LocalCheckout(self.state, self.settings)
        self.loop = self._loop()

    def close(self) -> None:
        """Let all files go."""
        self.local.close()

    def write(self, path: str, text: str) -> None:
        """Save a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def read(self, path: str) -> str | None:
        """A file's content, or None."""
        target = self.root / path
        return target.read_text() if target.is_file() else None

    def files(self) -> dict[str, str]:
        """Path to content of all files in the folder."""
        return {
            found.relative_to(self.root).as_posix(): found.read_text()
            for found in sorted(self.root.rglob("*"))
            if found.is_file()
        }

    def plan(self) -> Plan:
        """What differs from what is published, and what is to be done about it."""
        return settle(self.local)

    def set_mode(self, mode: ModeName) -> None:
        """`hubshare auto`, without a turn of the loop."""
        standing.set_mode(self.local, mode)

    def set_policy(self, policy: PolicyName) -> None:
        """`hubshare policy`."""
        standing.set_policy(self.local, policy)

    def restore(self, path: str, entry: Entry, content: bytes) -> None:
        """`hubshare restore`, of a content that is at hand."""
        restoring.restore(self.local, path, entry, [content])

    def conflicts(self) -> dict[str, str]:
        """Path to kind of the open conflicts."""
        return {conflict.path: conflict.kind for conflict in self.plan().conflicts}


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work


def readers(world: World) -> set[str]:
    """The users who may read but not write."""
    with world.centre.database.read() as session:
        return {user for user, role in subscribers(session, world.project).items() if role is Role.reader}
