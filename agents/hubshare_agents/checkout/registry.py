"""All checkouts of one agent: those at work, those whose state cannot be opened, and folders that are just being taken."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from hubshare.config import AgentSettings
from hubshare.errors import Clash, HubShareError, Invalid, NotFound, Paused
from hubshare.names import quoted
from hubshare_agents.checkout.label import Label, read_label
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.neighbours import Identity, Neighbour
from hubshare_agents.checkout.places import identity_of, relation
from hubshare_agents.checkout.program_folders import check_no_programs
from hubshare_agents.home import in_home

log = logging.getLogger(__name__)


class Unopened(NamedTuple):
    """A checkout whose state cannot be opened; its folder is left alone, and the others go on.

    Attributes:
        folder: of its state.
        label: whose it is; None where that cannot be read either.
        why: in words for the person.
        twin: whether it could be opened, but another checkout has its folder.
    """

    folder: Path
    label: Label | None
    why: str
    twin: bool = False

    @property
    def message(self) -> str:
        """What happened, and what to do."""
        if self.label is None:
            return (
                f"The state of a checkout in {self.folder} cannot be read ({self.why}), nor which folder it is of: run "
                "`hubshare checkout OWNER/NAME FOLDER` for the folder that is missing in `hubshare list`; its files stay."
            )
        if self.twin:
            return (
                f"{self.label.root} is a checkout of {self.label.name} that stands still, since {self.why}: run "
                f"`hubshare unlink {self.label.root}` to forget the one that stands still; the files stay."
            )
        return (
            f"The state of {self.label.root}, a checkout of {self.label.name}, cannot be read ({self.why}): your files and "
            f"your other checkouts are untouched. It is tried again by itself; if it stays so, run "
            f"`hubshare repair {self.label.root}`, which compares the folder with the project anew."
        )


class Registry:
    """Knows which folders are checkouts.

    Args:
        settings: of the agent.
        begin: makes the loop of a checkout, and starts it.

    Attributes:
        loops: the checkouts at work, by their ids.
        unopened: the others, by the names of their folders of state.
    """

    def __init__(self, settings: AgentSettings, begin: Callable[[LocalCheckout], CheckoutLoop]) -> None:
        self._settings, self._begin = settings, begin
        self.folder = settings.state / "checkouts"
        self.loops: dict[str, CheckoutLoop] = {}
        self.unopened: dict[str, Unopened] = {}
        self._taken: list[Path] = []
        #: What the folder of each checkout was recognised by since this agent runs: one that was moved may lie anywhere.
        self._identities: dict[str, frozenset[Identity]] = {}

    async def open(self) -> None:
        """Take up the checkouts that are not at work yet, each for itself."""
        found = [folder for folder in sorted(self.folder.glob("*")) if not folder.name.startswith(".")]
        opened = await asyncio.gather(*(self._open(folder) for folder in found if folder.name not in self.loops))
        for checkout in opened:
            if checkout is not None:
                self._add_opened(checkout)

    async def _open(self, folder: Path) -> LocalCheckout | None:
        label = read_label(folder)
        if label is None and not LocalCheckout.lies_in(folder):
            return None
        try:
            if not LocalCheckout.lies_in(folder):
                raise NotFound("its database is gone")
            return await asyncio.to_thread(LocalCheckout, folder, self._settings)
        except Exception as error:
            if label is None and isinstance(error, NotFound):
                log.warning("%s", error.message)
                return None
            self.unopened[folder.name] = Unopened(folder, label, _reason(error))
            log.warning("%s", self.unopened[folder.name].message, exc_info=not isinstance(error, HubShareError))
            return None

    def _add_opened(self, checkout: LocalCheckout) -> None:
        folder, root = checkout.folder, checkout.disk.root
        if folder.name in self.loops or not LocalCheckout.lies_in(folder):
            # A command was quicker: it was repaired or unlinked meanwhile.
            checkout.close()
            return
        for other, name, _ in self._at_work():
            if relation(root, other) != "apart":
                # Agents before this one let two commands at once make two checkouts of one folder.
                self.unopened[folder.name] = Unopened(
                    folder, read_label(folder), f"{other} is one of {name}", twin=True
                )
                log.warning("%s", self.unopened[folder.name].message)
                checkout.close()
                return
        self.unopened.pop(folder.name, None)
        self.add(checkout)

    def add(self, checkout: LocalCheckout) -> CheckoutLoop:
        """Have a checkout at work."""
        # Before it finds that its folder is another one by now.
        self._neighbour(checkout)
        checkout.scanner.shareable.others = partial(self._neighbours, checkout.state.checkout)
        loop = self.loops[checkout.state.checkout] = self._begin(checkout)
        return loop

    def _neighbours(self, of: str) -> list[Neighbour]:
        """Return all checkouts but one."""
        found = [self._neighbour(loop.checkout) for name, loop in [*self.loops.items()] if name != of]
        for one in [*self.unopened.values()]:
            if one.label is not None and one.label.checkout != of:
                root = Path(one.label.root)
                known = frozenset(one for one in (one.label.identity, identity_of(root)) if one is not None)
                found.append(
                    Neighbour(one.label.name, root, known, tuple, tuple, lambda path: False, lambda path: None)
                )
        return found

    def _neighbour(self, checkout: LocalCheckout) -> Neighbour:
        state, root = checkout.state, checkout.disk.root
        sure = {one for one in (state.identity, state.identity_before) if one is not None}
        known, index = self._identities.get(state.checkout, frozenset()) | sure, checkout.index
        made = Neighbour(
            state.name, root, known, index.some_paths, index.seen, index.has, lambda path: index.row(path).seen
        )
        now = identity_of(root)
        if now is not None and now not in known and made.is_at(root):
            # Mounted anew.
            made = made._replace(identities=known | {now})
        self._identities[state.checkout] = made.identities
        return made

    def at(self, path: Path) -> tuple[CheckoutLoop, str]:
        """Return the checkout that a path lies in, and the path relative to its folder ("" for the folder itself).

        Raises:
            NotFound: when there is none.
            Paused: when its state cannot be opened.
        """
        loops = [(loop.checkout.disk.root, loop) for loop in self.loops.values()]
        # One that was moved away, with a link to it in its place, is known by that place.
        for root, loop in (*loops, *((Path(os.path.realpath(root)), loop) for root, loop in loops)):
            if path == root or root in path.parents:
                relative = path.relative_to(root)
                return loop, "" if relative == Path() else relative.as_posix()
        if (unopened := self.unopened_at(path)) is not None:
            raise Paused(unopened.message)
        if any(path == taken or taken in path.parents for taken in self._taken):
            raise Clash(f"{in_home(path)} is just being made a checkout by another command: wait for it.")
        raise NotFound(f"{in_home(path)} is not in a shared folder: run `hubshare share` or `hubshare checkout` first.")

    def unopened_at(self, path: Path) -> Unopened | None:
        """Return the checkout around a path whose state cannot be opened."""
        for one in self.unopened.values():
            if one.label is not None and (path == Path(one.label.root) or Path(one.label.root) in path.parents):
                return one
        return None

    @contextmanager
    def taking(self, root: Path, of: str = "", programs: bool = False) -> Iterator[None]:
        """Keep a folder for one command until that has made it a checkout, or has failed.

        Args:
            root: the folder, with links followed.
            of: the checkout that it is, or is to be, the folder of; "" for a new one.
            programs: whether the person allows for a folder that programs are run from.

        Raises:
            Invalid, Clash: with the reason why it cannot be a checkout.
        """
        self._check_free(root, of)
        if not of and not programs:
            check_no_programs(root, Path.home().resolve(), os.environ)
        self._taken.append(root)
        try:
            yield
        finally:
            self._taken.remove(root)

    def _check_free(self, root: Path, of: str) -> None:
        home, state = Path.home().resolve(), self._settings.state.resolve()
        if root == home or root in home.parents:
            raise Invalid(f"{in_home(root)} is a home folder or holds one: share a folder inside it.")
        if root == state or root in state.parents or state in root.parents:
            raise Invalid(f"{in_home(root)} holds HubShare's own state: choose another folder.")
        if ".git" in root.parts:
            raise Invalid(f"{in_home(root)} lies in a git repository's own folder: choose another folder.")
        if not os.fsencode(root).isascii():
            try:
                str(root).encode()
            except UnicodeEncodeError:
                raise Invalid(f"The name of {quoted(str(root))} is not valid UTF-8: rename the folder.") from None
        for other, name, checkout in self._known():
            how = "apart" if checkout == of else relation(root, other)
            if how == "same":
                raise Clash(f"{in_home(root)} is a checkout of {name} already: run `hubshare sync` in it.")
            if how == "nested":
                raise Clash(
                    f"{in_home(root)} lies inside or around {in_home(other)}, a checkout of {name}: checkouts cannot nest."
                )
        for other in self._taken:
            if relation(root, other) != "apart":
                where = in_home(root) if root == other else f"{in_home(root)}, or {in_home(other)} inside or around it,"
                raise Clash(f"{where} is just being made a checkout by another command: wait for it.")

    def _known(self) -> Iterator[tuple[Path, str, str]]:
        """Give the folder, the project and the id of every checkout."""
        yield from self._at_work()
        for one in self.unopened.values():
            if one.label is not None:
                yield Path(one.label.root), one.label.name, one.label.checkout

    def _at_work(self) -> Iterator[tuple[Path, str, str]]:
        for loop in self.loops.values():
            yield loop.checkout.disk.root, loop.checkout.state.name, loop.checkout.state.checkout

    def set_aside(self, folder: Path) -> Path:
        """Move state that is not needed any more to where nobody uses it, with all that was kept in it; return that place."""
        aside = self._settings.state / "unlinked" / folder.name
        aside.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while aside.exists():
            number += 1
            aside = aside.with_name(f"{folder.name}-{number}")
        folder.rename(aside)
        return aside


def _reason(error: Exception) -> str:
    if isinstance(error, HubShareError):
        return error.message.rstrip(".")
    if isinstance(error, sqlite3.OperationalError):
        return f"its database: {error}"
    if isinstance(error, sqlite3.DatabaseError):
        return f"its database is damaged: {error}"
    return f"{type(error).__name__}: {error}"
