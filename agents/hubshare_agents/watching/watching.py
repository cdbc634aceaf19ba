"""Watches any number of folders: by the kernel's notices, or in steps where there are none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hubshare_agents.watching.folder import Interest, Report
    from hubshare_agents.watching.notices import Notices

log = logging.getLogger(__name__)


class Watch(Protocol):
    """One folder that is watched."""

    @property
    def fault(self) -> str:
        """Why changes are not noticed at once, or ""."""

    def renew(self, paths: Iterable[str]) -> None:
        """Watch the folders of these paths if they have become of interest; "" for all there are."""

    def stop(self) -> None:
        """Report nothing from now on."""


class Watching:
    """Makes watches. All that the kernel tells comes through one instance, of which a user has few.

    Args:
        skip: tells the names of files that are of no interest.
    """

    def __init__(self, skip: Callable[[str], bool]) -> None:
        self._skip = skip
        self._notices: Notices | None = None
        self._count = 0

    def watch(
        self,
        root: Path,
        report: Report,
        settle_ms: int,
        deadline_ms: int,
        interest: Callable[[], Interest] = lambda: lambda folder: True,
    ) -> Watch:
        """Watch a folder until that is stopped.

        Args:
            root: the folder.
            report: is told, in the event loop, of the paths that changed, relative to it; "" for all of it.
            settle_ms: how long a file that is new or gone waits.
            deadline_ms: after how long any change is reported.
            interest: makes, in any thread, what tells the folders that are of interest as things are. The others need not
                be watched.
        """
        try:
            from hubshare_agents.watching.folder import FolderWatch
            from hubshare_agents.watching.notices import Notices

            if self._notices is None:
                self._notices = Notices()
        except (AttributeError, OSError) as error:
            log.warning("folders are watched in steps, since the kernel gives no notices: %s", error)
            from hubshare_agents.watching.steps import SteppedWatch

            return SteppedWatch(root, report, settle_ms, deadline_ms, self._skip)
        self._count += 1
        watch = FolderWatch(self._notices, root, report, settle_ms, deadline_ms, self._skip, interest)
        return _Counted(watch, self)

    def stopped(self) -> None:
        """One watch less; the last one lets the instance go."""
        self._count -= 1
        if not self._count and self._notices is not None:
            self._notices.close()
            self._notices = None


class _Counted:
    """A watch that holds the instance that it uses."""

    def __init__(self, watch: Watch, watching: Watching) -> None:
        self._watch, self._watching = watch, watching

    @property
    def fault(self) -> str:
        return self._watch.fault

    def renew(self, paths: Iterable[str]) -> None:
        self._watch.renew(paths)

    def stop(self) -> None:
        self._watch.stop()
        self._watching.stopped()
