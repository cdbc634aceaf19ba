"""Turns: who wants to work on the same thing waits for the one who does, and whoever has the turn works for all who wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hubshare.errors import Unavailable
from hubshare.git.lock import BUSY

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Does the work of several at once; gives the result of each, or the error. It is given one of them, and a function that it
#: calls once, as late as it can: this gives all that are worked on, and whoever comes until then is among them.
Work = Callable[[Item, Callable[[], list[Item]]], list[Result | Exception]]


@dataclass(eq=False)
class _Waiting(Generic[Item, Result]):
    """Somebody who waits for a result, or has it."""

    item: Item
    alone: bool
    result: Result | Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class _Line(Generic[Item, Result]):
    """Those who wait for the same thing."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.began = 0.0
        self.waiting: list[_Waiting[Item, Result]] = []
        self.users = 0

    def patience(self, seconds: float) -> float:
        """How long to wait for the turn: so long as others may have it, which may be over."""
        return max(0.0, self.began + seconds - time.monotonic()) if self.turn.locked() else seconds


class Turns(Generic[Item, Result]):
    """The threads of one process take turns.

    Args:
        work: is called by one thread at a time for each key.
        most: how many items at most it is given at once.
    """

    def __init__(self, work: Work[Item, Result], most: int = 64) -> None:
        self._work, self._most = work, most
        self._guard = threading.Lock()
        self._lines: dict[Hashable, _Line[Item, Result]] = {}

    def take(self, key: Hashable, item: Item, seconds: float, alone: bool = False) -> Result:
        """Have an item worked on, by this thread or by the one whose turn it is.

        Args:
            key: what it is about.
            seconds: how long somebody may have the turn before others wait no more for it. Who comes later than that does not
                wait at all, so that one thing that stands still keeps no more threads.
            alone: whether it is not worked on together with others.

        Raises:
            Unavailable: when the turn did not come in time.
            Exception: what the work has for this item.
        """
        mine = _Waiting[Item, Result](item, alone)
        with self._guard:
            line = self._lines.setdefault(key, _Line())
            line.waiting.append(mine)
            line.users += 1
        try:
            if line.turn.acquire(timeout=line.patience(seconds)):
                try:
                    line.began = time.monotonic()
                    while not mine.done.is_set():
                        self._work_for(line)
                finally:
                    line.turn.release()
            elif self._leave(line, mine):
                raise Unavailable(f"This project {BUSY}")
            mine.done.wait()
        finally:
            with self._guard:
                line.users -= 1
                if not line.users:
                    del self._lines[key]
        if isinstance(mine.result, Exception):
            raise mine.result
        return mine.result  # type: ignore[return-value]

    def _next(self, line: _Line[Item, Result]) -> list[_Waiting[Item, Result]]:
        """Those who have waited longest, as many as may be worked for together."""
        with self._guard:
            count = 1
            while count < min(len(line.waiting), self._most) and not (
                line.waiting[0].alone or line.waiting[count].alone
            ):
                count += 1
            taken, line.waiting = line.waiting[:count], line.waiting[count:]
        return taken

    def _leave(self, line: _Line[Item, Result], mine: _Waiting[Item, Result]) -> bool:
        """Stop waiting. Return False when somebody is at work on it already, who will end."""
        with self._guard:
            if mine not in line.waiting:
                return False
            line.waiting.remove(mine)
            return True

    def _work_for(self, line: _Line[Item, Result]) -> None:
        """Work for those who have waited longest."""
        taken: list[_Waiting[Item, Result]] = []

        def collect() -> list[Item]:
            taken.extend(self._next(line))
            return [one.item for one in taken]

        with self._guard:
            first = line.waiting[0].item
        results: list[Result | Exception] = []
        try:
            results = self._work(first, collect)
        except Unavailable as error:
            # None of them is to blame, and none is to wait as long once more.
            if not taken:
                collect()
            results = [error] * len(taken)
        except Exception as error:
            if not taken:
                collect()
            # One of them may be at fault: the others are not to suffer for it.
            results = [self._work_alone(one.item) for one in taken] if len(taken) > 1 else [error]
        finally:
            # Also when this thread is ended in the middle of it.
            left: list[Result | Exception] = [Unavailable("This was cut short: it is tried again.")] * len(taken)
            for one, result in zip(taken, results or left, strict=True):
                one.result = result
                one.done.set()

    def _work_alone(self, item: Item) -> Result | Exception:
        try:
            return self._work(item, lambda: [item])[0]
        except Exception as error:
            return error
