"""A conversation of the server extension with the agent: one request, then lines until the answer, or for ever."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from hubshare.errors import Unavailable
from hubshare_agents.agent_process import TAKE_OVER_SECONDS, connect, last_words, may_be_owned, state_folder

#: The longest line of an agent, in bytes.
_LINE_BYTES = 64 * 1024 * 1024
#: So long is waited for an agent that has just been started.
_START_SECONDS = 20.0
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0
#: An agent that carries a command out says more often than this that it is at work.
SILENT_SECONDS = 30.0


@asynccontextmanager
async def ask(
    request: Mapping[str, object], waits: Callable[[], object] = lambda: None
) -> AsyncIterator[asyncio.StreamReader]:
    """Send the agent a request, and give what it says; it stops what was asked for when this is left.

    Args:
        request: as `hubshare.wire.socket` has it.
        waits: told now and then that there is no agent yet.

    Raises:
        Unavailable: when there is none.
    """
    reader, writer = await _connected(state_folder(), waits)
    try:
        writer.write(json.dumps(request).encode() + b"\n")
        await writer.drain()
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _connected(state: Path, waits: Callable[[], object]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the agent, which the extension starts, and starts again should it die."""
    began, wait = time.monotonic(), _FIRST_WAIT
    while True:
        made = connect(state)
        if made is not None:
            made.setblocking(False)
            return await asyncio.open_unix_connection(sock=made, limit=_LINE_BYTES)
        waited = time.monotonic() - began
        if waited > TAKE_OVER_SECONDS or (waited > _START_SECONDS and not may_be_owned(state)):
            raise Unavailable(_why(state))
        waits()
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def _why(state: Path) -> str:
    try:
        return f"The agent of this server does not run: {last_words(state)}"
    except OSError:
        return "The agent of this server does not run."
