"""Watches a folder in steps, by `watchfiles`: for systems without the notices that `folder.py` goes by."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles._rust_notify import RustNotify

log = logging.getLogger(__name__)

#: Told, in the event loop, of the paths that changed, relative to the folder.
Report = Callable[[set[str]], None]

#: A folder in which nothing happened for this long is looked at less often, to leave the processor alone.
_CALM_SECONDS = 30.0
_CALM_STEP_MS = 40
#: How long the thread waits for changes before it looks whether it is to end.
_WAIT_MS = 1000
_AGAIN_SECONDS = 60.0
#: How long to wait after a name that the back end cannot tell, so that a program that writes such files costs little.
_DECODE_SECONDS = 0.5
#: More changed paths than this at once are answered with a scan of the whole folder.
_MOST_PATHS = 500


class SteppedWatch:
    """Watches one folder in a thread, until it is stopped.

    The back end collects changes in steps: it reports when a step brought nothing new, so that the step is the quiet time.

    Args:
        root: the folder.
        report: is told of changed paths.
        settle_ms: quiet time after which changes are reported.
        deadline_ms: changes that never pause are reported after this time all the same.
        skip: tells the names of files that are of no interest.

    Attributes:
        fault: why changes are not noticed at once, or "".
    """

    def __init__(
        self, root: Path, report: Report, settle_ms: int, deadline_ms: int, skip: Callable[[str], bool]
    ) -> None:
        self._root, self._report = root, report
        self._settle_ms, self._deadline_ms = settle_ms, deadline_ms
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._skip = skip
        self.fault = ""
        threading.Thread(target=self._run, name=f"watch {self._root}", daemon=True).start()

    def renew(self, paths: Iterable[str]) -> None:
        """All folders are watched anyway."""

    def stop(self) -> None:
        """Report nothing from now on; the thread ends soon."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with RustNotify([str(self._root)], False, False, 300, True, False) as notify:
                    self._tell({""})
                    self.fault = ""
                    self._watch(notify)
            except (OSError, RuntimeError) as error:
                if "decode path" in str(error):
                    # A file whose name is not UTF-8, which is not shared anyway: look at everything, and watch on.
                    self._stop.wait(_DECODE_SECONDS)
                    continue
                self.fault = f"{self._root} is not watched ({error}); it is compared every few seconds instead"
                log.warning("%s", self.fault)
                self._tell({""})
                self._stop.wait(_AGAIN_SECONDS)

    def _watch(self, notify: RustNotify) -> None:
        last = time.monotonic()
        while not self._stop.is_set():
            calm = time.monotonic() - last > _CALM_SECONDS
            changes = notify.watch(self._deadline_ms, _CALM_STEP_MS if calm else self._settle_ms, _WAIT_MS, None)
            if isinstance(changes, set):
                last = time.monotonic()
                paths = below(self._root, (Path(path) for _, path in changes), self._skip)
                if paths:
                    self._tell(paths)

    def _tell(self, paths: set[str]) -> None:
        if not self._stop.is_set():
            try:
                self._loop.call_soon_threadsafe(self._report, paths)
            except RuntimeError:
                # The loop has ended, and the agent with it.
                self._stop.set()


def below(root: Path, changed: Iterable[Path], skip: Callable[[str], bool]) -> set[str]:
    """Return the paths below a folder that are of interest, relative to it: not in a `.git`, and none to be skipped."""
    found: set[str] = set()
    for path in changed:
        parts = path.relative_to(root).parts
        if not parts:
            found.add("")
        elif ".git" in parts:
            # A repository that appears or goes changes whether its folder is shared; what happens in it does not.
            if parts[-1] == ".git" and len(parts) > 1:
                found.add("/".join(parts[:-1]))
        elif not skip(parts[-1]):
            found.add("/".join(parts))
    return _tops(found)


def _tops(paths: set[str]) -> set[str]:
    """Without the paths that lie below another one."""
    if "" in paths or len(paths) > _MOST_PATHS:
        return {""}
    return {path for path in paths if not any(path.startswith(f"{other}/") for other in paths)}
