"""The agent: all checkouts of one single-user server, and the one link to the centre that they share."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from hubshare.client import Client
from hubshare.config import AgentSettings
from hubshare.errors import Clash, Invalid, NotFound, Unavailable
from hubshare.names import quoted
from hubshare.vocabulary import ModeName
from hubshare.wire.agent import Access, Outcome, Pick, Sync, Update
from hubshare.wire.socket.sharing import Unlinked
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.state import CheckoutState
from hubshare_agents.link.link import Link

log = logging.getLogger(__name__)

_SYNC_MOST = 1000
#: How long the agent before this one may take to be gone for good.
_OWN_SECONDS = 5.0


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
        self._lock_file = _own(settings.state)
        # The link and the checkouts do their own waiting, and a person who asks is told at once.
        self.client = Client(settings.url, settings.jupyterhub_api_token.get_secret_value(), patience=2)
        self.link = Link(self.client, server, self._deliver, self._connected)
        self.loops: dict[str, CheckoutLoop] = {}

    def start(self) -> None:
        """Take up the checkouts that are known, and connect."""
        for folder in sorted((self.settings.state / "checkouts").glob("*")):
            if LocalCheckout.lies_in(folder):
                try:
                    self._begin(LocalCheckout(folder, self.settings))
                except NotFound as error:
                    log.warning("%s", error.message)
        self.link.start()
        self._reconciling = asyncio.create_task(self._reconcile())

    async def stop(self) -> None:
        """End; nothing that matters is only in memory."""
        self._reconciling.cancel()
        for loop in list(self.loops.values()):
            await loop.stop()
        await self.link.stop()
        self.client.close()
        self._lock_file.close()

    def _begin(self, checkout: LocalCheckout) -> CheckoutLoop:
        loop = CheckoutLoop(checkout, self.link, self.client, self.settings)
        self.loops[checkout.state.checkout] = loop
        loop.start()
        return loop

    def _deliver(self, event: Update | Outcome | Access | Pick, pack: bytes) -> None:
        for loop in self._meant(event):
            if isinstance(event, Access):
                loop.lose(event.message)
            elif isinstance(event, Pick):
                loop.take_picks(event.paths)
            else:
                loop.deliver(event, pack)

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

    async def _ask(self) -> None:
        """Ask where the projects of all checkouts stand; without any, the empty question marks the place in the inbox."""
        names = list(self.loops)
        for at in range(0, max(len(names), 1), _SYNC_MOST):
            await self.link.send(Sync(checkouts=names[at : at + _SYNC_MOST]).encode())

    async def _reconcile(self) -> None:
        """Now and then compare with the centre, in case a message was lost."""
        while True:
            await asyncio.sleep(self.settings.reconcile_seconds)
            if self.link.up.is_set() and self.loops:
                try:
                    await self._ask()
                except Unavailable:
                    continue

    # checkouts

    def at(self, path: Path) -> tuple[CheckoutLoop, str]:
        """The checkout that a path lies in, and the path relative to its folder ("" for the folder itself).

        Raises:
            NotFound: when there is none.
        """
        for loop in self.loops.values():
            root = loop.checkout.disk.root
            if path == root or root in path.parents:
                relative = path.relative_to(root)
                return loop, "" if relative == Path() else relative.as_posix()
        raise NotFound(f"{path} is not in a shared folder: run `hubshare share` or `hubshare checkout` first.")

    def check_free(self, root: Path) -> None:
        """Whether a folder may become a checkout.

        Raises:
            Invalid, Clash: with the reason why not.
        """
        home, state = Path.home().resolve(), self.settings.state.resolve()
        if root == home or root in home.parents:
            raise Invalid(f"{root} is a home folder or holds one: share a folder inside it.")
        if root == state or root in state.parents or state in root.parents:
            raise Invalid(f"{root} holds HubShare's own state: choose another folder.")
        if ".git" in root.parts:
            raise Invalid(f"{root} lies in a git repository's own folder: choose another folder.")
        if not os.fsencode(root).isascii():
            try:
                str(root).encode()
            except UnicodeEncodeError:
                raise Invalid(f"The name of {quoted(str(root))} is not valid UTF-8: rename the folder.") from None
        for loop in self.loops.values():
            other = loop.checkout.disk.root
            if root == other:
                raise Clash(f"{root} is a checkout of {loop.checkout.state.name} already: run `hubshare sync` in it.")
            if other in root.parents or root in other.parents:
                raise Clash(
                    f"{root} lies inside or around {other}, a checkout of {loop.checkout.state.name}: checkouts cannot nest."
                )

    async def track(self, full: str, root: Path, mode: ModeName) -> CheckoutLoop:
        """Make a folder a checkout of a project.

        Args:
            full: owner/name.
            root: the folder; it exists.
            mode: `manual` or `auto`.
        """
        made = await asyncio.to_thread(self.client.create_checkout, full, self.server, str(root))
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
        return self._begin(LocalCheckout.create(self.settings.state / "checkouts" / made.id, self.settings, state))

    async def user(self) -> str:
        """The Hub user, as soon as the centre has said so."""
        try:
            async with asyncio.timeout(20):
                await self.link.up.wait()
        except TimeoutError:
            raise Unavailable(f"HubShare cannot be reached now: {self.link.fault}") from None
        return self.link.user

    async def untrack(self, loop: CheckoutLoop) -> Unlinked:
        """Stop tracking a folder; its files stay as they are."""
        known, folder = loop.checkout.state, loop.checkout.folder
        kept, kept_at = len(loop.checkout.index.kept()), None
        await loop.stop()
        del self.loops[known.checkout]
        # If the centre cannot be told now, what counts is that this folder is let go.
        with suppress(NotFound, Unavailable):
            await asyncio.to_thread(self.client.delete_checkout, known.checkout)
        if any((folder / "kept").iterdir()):
            aside = self.settings.state / "unlinked" / known.checkout
            aside.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(aside)
            kept_at = str(aside / "kept")
        else:
            shutil.rmtree(folder)
        return Unlinked(project=known.name, folder=known.root, kept=kept, kept_at=kept_at)


def _own(state: Path) -> TextIO:
    """Take the state folder for this process; the kernel lets it go on any death, a moment after the death is known."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    state.chmod(0o700)
    file = (state / "agent.lock").open("a")
    end = time.monotonic() + _OWN_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < end:
                time.sleep(0.02)
                continue
            file.close()
            raise Unavailable(f"Another agent owns the checkouts in {state}: only one runs at a time.") from None
        return file
