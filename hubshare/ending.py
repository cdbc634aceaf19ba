"""Ending asyncio's tasks for sure, whatever becomes of a cancellation on its way."""

from __future__ import annotations

import asyncio
from typing import Any

#: How long a task may take over its own clean-up before it is cancelled once more.
_AGAIN_SECONDS = 0.5


async def end(*tasks: asyncio.Task[Any] | None, again_seconds: float = _AGAIN_SECONDS) -> None:
    """Cancel tasks, and do so again until each has ended; what they raise is theirs.

    One cancellation may be lost: `asyncio.wait_for`, which libraries use, swallows it on Python 3.11 when it comes together
    with the result (https://github.com/python/cpython/issues/86296).

    Args:
        tasks: may be None or at their end already.
        again_seconds: how long to wait before a task is cancelled once more.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_seconds)
    for ended in tasks:
        if ended is not None and not ended.cancelled():
            ended.exception()
