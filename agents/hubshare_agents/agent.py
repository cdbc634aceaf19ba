"""The agent: all checkouts of one single-user server, and the one link to the centre that they share."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path

from hubshare.client import Client
from hubshare.config import AgentSettings
from hubshare.ending import end
from hubshare.errors import HubShareError, Invalid, NotFound, Unavailable
from hubshare.vocabulary import ModeName
from hubshare.wire.agent import Access, Lists, Outcome, Pick, Sync, Update
from hubshare.wire.api.checkouts import Begun
from hubshare.wire.socket.sharing import Unlinked
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.label import Label
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.places import find_folder
from hubshare_agents.checkout.progress import Running
from hubshare_agents.checkout.registry import Registry
from hubshare_agents.checkout.state import CheckoutState
from hubshare_agents.checkout.temporary import is_temporary
from hubshare_agents.home import in_home
from hubshare_agents.link.link import Link
from hubshare_agents.memory import Releases
from hubshare_agents.news import Feed, News
from hubshare_agents.offers import Offers
from hubshare_agents.ownership import Ownership
from hubshare_agents.watching.watching import Watching

log = logging.getLogger(__name__)

_SYNC_MOST = 1000
#: How long after the start a checkout whose state could not be opened is tried again, and how often at least from then on.
_OPEN_AGAIN_SECONDS, _OPEN_AGAIN_MOST = 1.0, 15.0
#: A folder that is gone is sought so often at most.
_SEEK_SECONDS = 30.0
#: How long whoever is at work in a folder that is gone is waited for, in seconds.
_LOCK_SECONDS = 2.0


class Agent:
    """Owns every checkout whose state lies in one folder.

    Args:
        settings: where that is, and how to reach the service.
        server: name of the single-user server.

    Raises:
        Unavailable: when another agent owns them.
    """

    def __init__(self, settings: AgentSettings, server: str) -> None:
        if not settings.url or not settings.jupyterhub_api_token.get_secret_value():
            raise Unavailable(
                "HUBSHARE_URL and JUPYTERHUB_API_TOKEN are not set: run this in a terminal of your server on the Hub, "
                "and ask an admin whether HubShare is configured there."
            )
        self.settings, self.server = settings, server
        self._own_settings = set(settings.model_fields_set)
        self._ownership = Ownership(settings.state, _end_at_once)
        # The link and the checkouts do their own waiting, and a person who asks is told at once.
        self.client = Client(settings.url, settings.jupyterhub_api_token.get_secret_value(), patience=2)
        self.news, self.releases = News(self._unfollowed), Releases()
        self.link = Link(self.client, server, self._deliver, self._connected, self.news.changed)
        self._watching = Watching(is_temporary)
        self.registry = Registry(settings, self._begin)
        self.offers = Offers(self.client, self.news)
        #: The commands that people wait for.
        self.running: list[Running] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._moves: set[asyncio.Task[None]] = set()
        self._following = asyncio.Lock()
        self._sought: dict[str, float] = {}

    @property
    def loops(self) -> dict[str, CheckoutLoop]:
        """The checkouts at work, by their ids."""
        return self.registry.loops

    async def start(self) -> None:
        """Take up the checkouts that are known, and connect."""
        await self.registry.open()
        self.link.start()
        self._tasks = [asyncio.create_task(self._reconcile()), asyncio.create_task(self._open_again())]

    async def stop(self) -> None:
        """End; nothing that matters is only in memory."""
        await end(*self._tasks, *self._moves)
        await self.offers.stop()
        # One that cannot end well must not keep the others.
        stops = (loop.stop() for loop in list(self.loops.values()))
        for failed in await asyncio.gather(*stops, self.link.stop(), return_exceptions=True):
            if isinstance(failed, Exception):
                log.warning("ending: %s: %s", type(failed).__name__, failed)
        self.client.close()
        self._ownership.close()

    def _begin(self, checkout: LocalCheckout) -> CheckoutLoop:
        loop = CheckoutLoop(
            checkout,
            self.link,
            self.client,
            self.settings,
            self._watching,
            self._folder_gone,
            self.news,
            self.releases.soon,
        )
        loop.start()
        return loop

    def _deliver(self, event: Update | Outcome | Access | Pick | Lists, pack: bytes) -> None:
        if isinstance(event, Lists):
            self.offers.note_changed()
            return
        for loop in self._meant(event):
            try:
                if isinstance(event, Access):
                    loop.lose(event.message)
                elif isinstance(event, Pick):
                    loop.take_picks(event.paths)
                else:
                    loop.deliver(event, pack)
            except Exception:
                # The messages of the others come over the same link.
                log.exception("%s: a message could not be taken in", loop.checkout.state.name)

    def _meant(self, event: Update | Outcome | Access | Pick) -> Iterable[CheckoutLoop]:
        checkout = event.checkout if isinstance(event, Outcome | Access | Pick) else None
        if checkout is not None:
            return [self.loops[checkout]] if checkout in self.loops else []
        assert not isinstance(event, Outcome | Pick)
        return [loop for loop in self.loops.values() if loop.checkout.state.project == event.project]

    async def _connected(self) -> None:
        for name, value in self.link.limits.items():
            if name != "brake_deletions" or name not in self._own_settings:
                setattr(self.settings, name, value)
        await self._ask()
        for loop in self.loops.values():
            loop.connected()
        self.offers.look()

    async def _ask(self) -> None:
        """Ask where the projects of all checkouts stand; without any, the empty question marks the place in the inbox."""
        names = list(self.loops)
        for at in range(0, max(len(names), 1), _SYNC_MOST):
            await self.link.send(Sync(checkouts=names[at : at + _SYNC_MOST]).encode())

    async def _reconcile(self) -> None:
        """Now and then compare with the centre, in case a message was lost."""
        while True:
            await asyncio.sleep(self.settings.reconcile_seconds)
            self.offers.look()
            if self.link.up.is_set() and self.loops:
                try:
                    await self._ask()
                except Unavailable:
                    continue

    async def _open_again(self) -> None:
        """Now and then try what could not be opened: a lock is let go, a disk has room again."""
        pause = _OPEN_AGAIN_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _OPEN_AGAIN_MOST)
            if self.registry.unopened:
                await self.registry.open()
                self.news.changed()

    # those who follow

    @contextmanager
    def following(self) -> Iterator[Feed]:
        """Follow how the checkouts are: for so long, those that are synced by hand are watched as well."""
        first = not self.news.followed
        with self.news.following() as feed:
            if first:
                for loop in self.loops.values():
                    loop.follow()
            self.offers.look()
            yield feed

    def _unfollowed(self) -> None:
        for loop in self.loops.values():
            # It may be watched no more.
            loop.resume()

    # checkouts

    async def track(self, full: str, root: Path, mode: ModeName) -> CheckoutLoop:
        """Make a folder a checkout of a project.

        Args:
            full: owner/name.
            root: the folder; it exists, and `taking` it holds it for the caller.
            mode: `manual` or `auto`.
        """
        return await self._create(
            await asyncio.to_thread(self.client.create_checkout, full, self.server, in_home(str(root))), root, mode
        )

    async def _create(self, made: Begun, root: Path, mode: ModeName) -> CheckoutLoop:
        """Begin the state of a checkout that the centre knows; where that fails the centre is to forget it again."""
        state = CheckoutState(
            checkout=made.id,
            project=made.project,
            name=made.name,
            root=str(root),
            user=await self.user(),
            role=made.role,
            base=made.first,
            mode=mode,
        )
        try:
            checkout = LocalCheckout.create(self.registry.folder / made.id, self.settings, state)
        except BaseException:
            await self._forget(made.id)
            raise
        return self.registry.add(checkout)

    @contextmanager
    def acting_for(self, token: str) -> Iterator[Agent]:
        """This agent, as it asks the service in the name of somebody else.

        Args:
            token: that person's, of the Hub.
        """
        other = copy(self)
        other.client = Client(self.settings.url, token, patience=2)
        try:
            yield other
        finally:
            other.client.close()

    async def user(self) -> str:
        """The Hub user, as soon as the centre has said so."""
        try:
            async with asyncio.timeout(20):
                await self.link.up.wait()
        except TimeoutError:
            raise Unavailable(f"HubShare cannot be reached now: {self.link.fault}") from None
        return self.link.user

    async def untrack(self, path: Path) -> Unlinked:
        """Stop tracking the folder that a path lies in; its files stay as they are.

        Raises:
            NotFound: when it lies in none.
            Invalid: when it is not the folder itself.
        """
        unopened = self.registry.unopened_at(path)
        if unopened is not None and unopened.label is not None:
            label = unopened.label
            aside = self.registry.set_aside(unopened.folder)
            del self.registry.unopened[unopened.folder.name]
            self.news.changed()
            self._look_again()
            await self._forget(label.checkout)
            return Unlinked(project=label.name, folder=label.root, kept=0, kept_at=str(aside / "kept"))
        loop, inside = self.registry.at(path)
        if inside:
            raise Invalid(f"{path} lies inside the checkout {loop.checkout.disk.root}: name that folder.")
        known, folder = loop.checkout.state, loop.checkout.folder
        kept, kept_at = len(loop.checkout.index.kept()), None
        await self._let_go(loop)
        self._look_again()
        await self._forget(known.checkout)
        if any((folder / "kept").iterdir()):
            kept_at = str(self.registry.set_aside(folder) / "kept")
        else:
            shutil.rmtree(folder)
        return Unlinked(project=known.name, folder=known.root, kept=kept, kept_at=kept_at)

    async def retrack(self, path: Path) -> tuple[CheckoutLoop, Path]:
        """Begin the checkout of a folder anew, because its state is damaged; nothing in the folder changes.

        It is synced by hand from now on: whoever looks at what differs decides which side is right.

        Returns:
            The new checkout, and where the old state lies.
        """
        unopened = self.registry.unopened_at(path)
        if unopened is not None and unopened.label is not None:
            label, loop = unopened.label, None
        else:
            loop, _ = self.registry.at(path)
            label = Label(loop.checkout.state.checkout, loop.checkout.state.name, loop.checkout.state.root)
        root = Path(label.root)
        if Disk(root).identity() is None:
            raise NotFound(f"The folder {root} is gone: bring it back, or run `hubshare unlink {root}`.")
        with self.registry.taking(root, of=label.checkout):
            made = await asyncio.to_thread(self.client.create_checkout, label.name, self.server, in_home(str(root)))
            if loop is not None:
                await self._let_go(loop)
            aside = self.registry.set_aside(self.registry.folder / label.checkout)
            self.registry.unopened.pop(label.checkout, None)
            anew = await self._create(made, root, "manual")
            await self._forget(label.checkout)
        return anew, aside

    async def relocate(self, loop: CheckoutLoop, root: Path) -> CheckoutLoop:
        """Have a checkout go on in the folder that it was moved to.

        Raises:
            Invalid, Clash: when that cannot be its folder.
        """
        state = loop.checkout.state
        with self.registry.taking(root, of=state.checkout):
            folder = loop.checkout.folder
            async with loop.lock:
                loop.checkout.become(state.relocated(str(root)))
            await self._let_go(loop)
            return self.registry.add(await asyncio.to_thread(LocalCheckout, folder, self.settings))

    async def follow_moved(self) -> None:
        """Go on with the checkouts whose folders were moved, where they are found by what they are; not in a trash."""
        async with self._following:
            for loop in list(self.loops.values()):
                root, identity = loop.checkout.disk.root, loop.checkout.state.identity
                now, last = time.monotonic(), self._sought.get(loop.checkout.state.checkout, -_SEEK_SECONDS)
                if identity is None or now - last < _SEEK_SECONDS or await asyncio.to_thread(root.exists):
                    continue
                # What is at work there finds out that the folder is gone, as on the first look after a start, and ends.
                if not await _is_let_go(loop.lock):
                    continue
                self._sought[loop.checkout.state.checkout] = now
                found = await asyncio.to_thread(find_folder, identity, [root.parent, Path.home()])
                loop.checkout.astray = ""
                if found is not None and await asyncio.to_thread(loop.checkout.lies_at, found):
                    try:
                        await self.relocate(loop, found)
                    except HubShareError as error:
                        loop.checkout.astray = (
                            f"; it lies at {found} now, where it cannot go on: {error.message.rstrip('.')}"
                        )
                    else:
                        log.warning("%s was moved to %s, where it goes on", root, found)

    def _folder_gone(self) -> None:
        task = asyncio.create_task(self.follow_moved())
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)

    def _look_again(self) -> None:
        """Have all look at their folders: what was left alone as another checkout's is nobody's now."""
        for loop in self.loops.values():
            loop.wake()

    async def _let_go(self, loop: CheckoutLoop) -> None:
        await loop.stop()
        del self.loops[loop.checkout.state.checkout]
        self.news.changed()

    async def _forget(self, checkout: str) -> None:
        """Tell the centre that a checkout is no more; where it cannot be told now, what counts is that the folder is let go."""
        with suppress(NotFound, Unavailable):
            await asyncio.to_thread(self.client.delete_checkout, checkout)


def _end_at_once() -> None:
    """End as on a kill: another agent owns the checkouts, and what this one has begun is finished by that one."""
    log.critical("another agent owns the checkouts: this one ends")
    os._exit(1)


async def _is_let_go(lock: asyncio.Lock) -> bool:
    """Return whether nobody holds a lock, or at least not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOCK_SECONDS), lock:
            return True
    return False
