"""Has the server say what it uses and whether it is at work: to the agent, which passes it on to the Hub's HubShare."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.utils import ensure_async

from hubshare.errors import HubShareError
from hubshare_agents.jupyter import agent_stream
from hubshare_agents.jupyter.activity import Activity, kernels_told
from hubshare_agents.jupyter.rooms import Room
from hubshare_agents.monitoring.cgroups import read_cgroups
from hubshare_agents.monitoring.processes import read_processes
from hubshare_agents.monitoring.usage import Usage, cpu_rate, with_limits_of

#: So many kernels are named; see `hubshare.wire.api.usage`, whose models are not loaded by a server.
_KERNELS_MOST = 50
#: Where nobody says when the next report is due.
_REPORT_SECONDS = 60.0
_ANSWER_SECONDS = 30.0


class Monitor:
    """Looks at a server now and then, and reports.

    Args:
        server: of Jupyter.
        activity: of that server.
        rooms: the documents that people have open together there.
        seconds: between two looks.
    """

    def __init__(
        self, server: Any, activity: Activity, rooms: Callable[[], Iterator[Room]] | None, seconds: float
    ) -> None:
        self._server, self._activity, self._rooms, self._seconds = server, activity, rooms, seconds
        self._before: tuple[Usage, float] | None = None

    async def run(self) -> None:
        """Look and report until it is cancelled."""
        due = 0.0
        while True:
            # Servers that were started together need not report together.
            await asyncio.sleep(self._seconds * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                kernels = await self._look()
                if time.monotonic() >= due:
                    due = time.monotonic() + await self._report(kernels)
            except Exception:
                self._server.log.exception("HubShare could not look at what this server uses")

    async def _look(self) -> list[dict[str, Any]]:
        """Note what is at work at this moment; return the kernels."""
        now = datetime.now(UTC)
        kernels = kernels_told(await ensure_async(self._server.kernel_manager.list_kernels()), now, _KERNELS_MOST)
        if kernels and kernels[0]["busy"]:
            # It need not have said anything for hours.
            self._activity.note(now)
        self._activity.note_shared({room.path or "": room.document.ydoc.get_state() for room in self._open()}, now)
        return kernels

    def _open(self) -> list[Room]:
        return [] if self._rooms is None else [room for room in self._rooms() if room.ready and not room.empty]

    async def _report(self, kernels: list[dict[str, Any]]) -> float:
        """Tell the agent; return after how many seconds to do so again."""
        usage, disk = await asyncio.to_thread(_measure)
        at, last = time.monotonic(), self._activity.last(self._server.kernel_manager.last_kernel_activity)
        cpu = None if self._before is None else cpu_rate(self._before[0], usage, at - self._before[1])
        self._before = usage, at
        said = {
            "server": os.environ.get("JUPYTERHUB_SERVER_NAME", ""),
            "idle_seconds": max(0.0, (datetime.now(UTC) - last).total_seconds()),
            "memory_bytes": usage.memory,
            "memory_limit_bytes": usage.memory_limit,
            "cpu": cpu,
            "cpu_limit": usage.cpu_limit,
            "processes": usage.processes,
            "disk_bytes": disk and disk.used,
            "disk_limit_bytes": disk and disk.total,
            "documents": len(self._open()),
            "kernels": kernels,
        }
        answer: dict[str, Any] = {}
        with suppress(HubShareError, OSError, TimeoutError, ValueError):
            async with (
                asyncio.timeout(_ANSWER_SECONDS),
                agent_stream.ask({"command": "report-usage", "args": {"said": said}}) as lines,
            ):
                answer = json.loads(await lines.readline() or b"{}").get("result", {})
        pushed = answer.get("pushed_seconds_ago")
        if pushed is not None:
            self._activity.note(datetime.now(UTC) - timedelta(seconds=pushed))
        return float(answer.get("seconds") or _REPORT_SECONDS)


def _measure() -> tuple[Usage, Any]:
    """What this server uses, and what there is where the home lies; None where that cannot be looked at."""
    found = None if _beside_others() else read_cgroups()
    usage = with_limits_of(read_processes() if found is None else found, os.environ)
    try:
        return usage, shutil.disk_usage(Path.home())
    except OSError:
        return usage, None


def _beside_others() -> bool:
    """Return whether this server runs on the Hub's own machine, where a control group may hold the servers of everybody."""
    host = urlsplit(os.environ.get("JUPYTERHUB_API_URL", "")).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
