"""What a server uses where it shares a machine with others: what its own processes do."""

from __future__ import annotations

import os

import psutil

from hubshare_agents.monitoring.usage import Usage

#: Of a server with more processes than this the rest is not looked at.
_MOST = 1000


def read_processes(pid: int | None = None) -> Usage:
    """Return what a process and all that it has started use.

    Args:
        pid: of the process; None for this one.
    """
    top = psutil.Process(os.getpid() if pid is None else pid)
    memory, seconds, threads = 0, 0.0, 0
    for process in [top, *top.children(recursive=True)][:_MOST]:
        try:
            with process.oneshot():
                times = process.cpu_times()
                memory += process.memory_info().rss
                seconds += times.user + times.system
                threads += process.num_threads()
        except psutil.Error:
            # It has ended meanwhile, or is not ours to look at.
            continue
    return Usage(memory=memory, cpu_seconds=seconds, processes=threads)
