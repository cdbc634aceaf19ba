"""How processes of the workers share processors with others."""

from __future__ import annotations

import logging
import os
import sys

log = logging.getLogger(__name__)


def interrupt_nobody() -> None:
    """Let this process, and those that it starts, wait for whoever computes when it wakes; where the system knows of that."""
    if sys.platform != "linux":
        return
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError as error:
        # Python with musl does not have it, nor does every sandbox.
        log.info("work that gives way interrupts others when it wakes: %s", error.strerror)
