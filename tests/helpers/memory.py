"""How much memory this process takes while it does something."""

from __future__ import annotations

import gc
from pathlib import Path
from types import TracebackType

_OWN = Path("/proc/self")


class PeakMemory:
    """The growth of this process' resident memory at its peak, while the block runs.

    Attributes:
        grown: bytes, once the block has ended.
    """

    grown = 0

    def __enter__(self) -> PeakMemory:
        gc.collect()
        # Linux begins to look for the peak anew (proc(5): clear_refs).
        (_OWN / "clear_refs").write_text("5")
        self._before = _status("VmRSS")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.grown = _status("VmHWM") - self._before


def _status(field: str) -> int:
    lines = (_OWN / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
