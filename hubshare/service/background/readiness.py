"""Whether the centre can work for people at this moment: each part is asked by itself, and given a bounded time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from hubshare.wire.api.hub import Readiness

log = logging.getLogger(__name__)

#: So long a part may take to answer, in seconds.
_SECONDS = 5.0

#: Says `ok`, or what is wrong; an exception is no answer.
Check = Callable[[], str]


class Parts:
    """Asks all parts; for the event loop only.

    However many want to know, a part is asked once at a time: one that hangs holds one thread.

    Args:
        checks: by the name of the part.
        seconds: how long one may take.
    """

    def __init__(self, checks: Mapping[str, Check], seconds: float = _SECONDS) -> None:
        self._checks, self._seconds = checks, seconds
        self._asked: dict[str, asyncio.Future[str]] = {}

    async def look(self) -> Readiness:
        """How all of them are."""
        asked = {part: self._ask(part) for part in self._checks}
        await asyncio.wait(asked.values(), timeout=self._seconds)
        late = f"does not answer within {self._seconds:.0f} s"
        found = {part: one.result() if one.done() else late for part, one in asked.items()}
        return Readiness(ready=all(words == "ok" for words in found.values()), **found)

    def _ask(self, part: str) -> asyncio.Future[str]:
        asked = self._asked.get(part)
        if asked is None or asked.done():
            asked = self._asked[part] = asyncio.get_running_loop().create_future()
            # No thread of a pool: those are waited for when the process ends, however long a part hangs.
            answering = threading.Thread(target=_answer, args=(part, self._checks[part], asked), daemon=True)
            answering.start()
        return asked


def _answer(part: str, check: Check, asked: asyncio.Future[str]) -> None:
    try:
        words = check()
    except Exception as error:
        log.warning("not ready: %s does not answer: %s", part, error)
        words = "does not answer"
    # The loop is closed when the process ends: nobody asks any more.
    with suppress(RuntimeError):
        asked.get_loop().call_soon_threadsafe(asked.set_result, words)
