"""Loaded by every Python process of the fault test: its clock is off by what a file says, in seconds."""

from __future__ import annotations

import os
import time

_FILE = os.environ.get("HUBSHARE_FAULTS_CLOCK", "")
_time, _time_ns = time.time, time.time_ns


def _off() -> float:
    try:
        with open(_FILE) as file:
            return float(file.read() or 0)
    except (OSError, ValueError):
        return 0.0


if _FILE:
    time.time = lambda: _time() + _off()
    time.time_ns = lambda: _time_ns() + int(_off() * 1e9)
