"""Packs between a checkout and the service, over HTTP."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hubshare.client import Client
from hubshare.errors import TooMany, Unavailable
from hubshare.git.packs import Pack
from hubshare_agents.room import check_download

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0

#: Told of (bytes moved, bytes in all).
Moved = Callable[[int, int], None]


class Transfers:
    """Packs of one project.

    Args:
        client: of the service.
        project: its id.
        folder: for packs on their way in.

    Attributes:
        fault: why the last one could not be fetched; "" when it could.
        again_at: when (monotonic seconds) it is tried again; until then the fault is what one gets.
    """

    def __init__(self, client: Client, project: str, folder: Path) -> None:
        self._client, self._project, self._folder = client, project, folder
        self.fault, self.again_at, self._wait = "", 0.0, _FIRST_WAIT

    def try_now(self) -> None:
        """Have the next one tried whatever became of the last one: the service answers again, or a person asks."""
        self.again_at, self._wait = 0.0, _FIRST_WAIT

    async def upload(self, name: str, pack: Path, moved: Moved) -> None:
        """Send the pack of a push; goes on where an upload of this name broke off."""
        with _later():
            await asyncio.to_thread(self._client.upload, name, pack, moved)

    async def upload_list(self, name: str, data: bytes) -> None:
        """Send what is too long for a message."""
        path = self._folder / f"{uuid4().hex}.out"

        def run() -> None:
            try:
                path.write_bytes(data)
                self._client.upload(name, path, lambda done, total: None)
            finally:
                path.unlink(missing_ok=True)

        with _later():
            await asyncio.to_thread(run)

    async def conflicts(self, checkout: str) -> dict[str, str]:
        """Path to kind of the conflicts of a checkout that are open at the centre."""

        def run() -> dict[str, str]:
            return {found.path: found.kind for found in self._client.conflicts() if found.checkout == checkout}

        return await asyncio.to_thread(run)

    async def update(self, have: str, want: str, moved: Moved, again: bool = False) -> Pack:
        """Fetch what brings a checkout on from one published commit to another.

        Args:
            again: have it made anew: it did not bring the checkout there.
        """
        moved = self._if_there_is_room(moved)
        return await self._download(
            lambda file: self._client.download_update(self._project, have, want, file, moved, again)
        )

    async def contents(self, commit: str, paths: list[str], moved: Moved) -> Pack:
        """Fetch the contents of files at a published commit."""
        moved = self._if_there_is_room(moved)
        return await self._download(
            lambda file: self._client.download_contents(self._project, commit, paths, file, moved)
        )

    def _if_there_is_room(self, moved: Moved) -> Moved:
        """Stop a download for which there is no room, as soon as its size is known."""
        known = 0

        def told(done: int, total: int) -> None:
            nonlocal known
            if total > known:
                known = total
                check_download(self._folder, total - done)
            moved(done, total)

        return told

    async def _download(self, fetch: Callable[[BinaryIO], None]) -> Pack:
        if time.monotonic() < self.again_at:
            raise Unavailable(self.fault)
        path = self._folder / f"{uuid4().hex}.in"

        def run() -> Pack:
            try:
                with path.open("w+b") as file:
                    fetch(file)
                return Pack(path, limits=None)
            finally:
                path.unlink(missing_ok=True)

        try:
            pack = await asyncio.to_thread(run)
        except (Unavailable, TooMany) as error:
            self.fault = error.message
            self.again_at = time.monotonic() + self._wait * random.uniform(0.5, 1.0)  # noqa: S311 – spreads load, no secret
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
            raise Unavailable(error.message) from error
        self.fault = ""
        self.try_now()
        return pack


@contextmanager
def _later() -> Iterator[None]:
    """What is too many now is tried again later, as everything that is not to be had now."""
    try:
        yield
    except TooMany as error:
        raise Unavailable(error.message) from error
