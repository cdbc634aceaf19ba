"""The progress bar of a command that takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_WORDS = {
    "owner": "Waiting for a sign of the agent before, which may run on another machine",
    "wait": "Waiting for what was under way before",
    "sent": "Waiting for the Hub",
    "scan": "Looking at the folder",
    "fetch": "Fetching from the internet",
    "pack": "Packing",
    "upload": "Uploading",
    "download": "Downloading",
    "write": "Writing files",
    "jobs": "Acting on jobs",
}


class ProgressBar:
    """A progress bar on the terminal, made only when there is progress to show."""

    def __init__(self, off: bool) -> None:
        self._off = off
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, what: str, done: int, total: int) -> None:
        """Show how far it has come.

        Args:
            total: 0 if it is not known.
        """
        if self._off or what not in _WORDS:
            return
        if self._progress is None:
            self._progress = _begin()
            self._progress.start()
        if what not in self._tasks:
            for earlier in self._tasks.values():
                self._progress.update(earlier, visible=False)
            self._tasks[what] = self._progress.add_task(_WORDS[what], total=total or None)
        self._progress.update(self._tasks[what], completed=done, total=total or None)


def _begin() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
