"""What gives way works as well where the system does not let it."""

from __future__ import annotations

import errno
import os

import pytest
from hubshare_workers.scheduling import interrupt_nobody


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.EPERM])
def test_a_system_that_does_not_know_of_it_ends_no_process(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(process: int, policy: int, _: os.sched_param) -> None:
        asked.append((process, policy))
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    interrupt_nobody()
    assert asked == [(0, os.SCHED_BATCH)]
