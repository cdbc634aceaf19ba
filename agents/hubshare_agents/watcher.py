"""The watcher: reports paths that changed, after a short quiet time. A hint only; full scans are the truth."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from watchfiles import awatch

from hubshare_agents.disk import is_temporary

log = logging.getLogger(__name__)

#: Told of the paths that changed, relative to the folder.
Report = Callable[[set[str]], Awaitable[None]]


class Watcher:
    """Watches one folder until it is stopped.

    Args:
        root: the folder.
        report: is told of changed paths.
        settle_ms: quiet time after which changes are reported.
        deadline_ms: changes that never pause are reported after this time all the same.
    """

    def __init__(self, root: Path, report: Report, settle_ms: int, deadline_ms: int) -> None:
        self._root, self._report = root, report
        self._settle_ms, self._deadline_ms = settle_ms, deadline_ms
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.fault = ""

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, and wait for the end."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                async for changes in awatch(
                    self._root,
                    watch_filter=None,
                    step=self._settle_ms,
                    debounce=self._deadline_ms,
                    stop_event=self._stop,
                    rust_timeout=60_000,
                    recursive=True,
                ):
                    paths = self.relative(Path(path) for _, path in changes)
                    if paths:
                        await self._report(paths)
            except (OSError, RuntimeError) as error:
                self.fault = f"{self._root} is not watched ({error}); it is compared every few minutes instead"
                log.warning("%s", self.fault)
                try:
                    await asyncio.wait_for(self._stop.wait(), 60)
                except TimeoutError:
                    continue

    def relative(self, changed: Iterable[Path]) -> set[str]:
        """The paths below the folder that are of interest: not in a `.git`, and none of our temporary files."""
        found: set[str] = set()
        for path in changed:
            parts = path.relative_to(self._root).parts
            if not parts:
                found.add("")
            elif ".git" in parts:
                # A repository that appears or goes changes whether its folder is shared; what happens in it does not.
                if parts[-1] == ".git" and len(parts) > 1:
                    found.add("/".join(parts[:-1]))
            elif not is_temporary(parts[-1]):
                found.add("/".join(parts))
        return _tops(found)


def _tops(paths: set[str]) -> set[str]:
    """Without the paths that lie below another one."""
    if "" in paths:
        return {""}
    return {path for path in paths if not any(path.startswith(other + "/") for other in paths)} if len(paths) < 500 else {""}
