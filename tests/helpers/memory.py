"""How much memory a process takes while it does something."""

from __future__ import annotations

import gc
from pathlib import Path
from types import TracebackType


class PeakMemory:
    """The growth of a process' resident memory at its peak, while the block runs.

    Args:
        process: its id; this one if not given.

    Attributes:
        grown: bytes, once the block has ended.
    """

    grown = 0

    def __init__(self, process: int | str = "self") -> None:
        self._process = Path(f"/proc/{process}")

    def __enter__(self) -> PeakMemory:
        gc.collect()
        # Linux begins to look for the peak anew (proc(5): clear_refs).
        (self._process / "clear_refs").write_text("5")
        self._before = self._status("VmRSS")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.grown = self._status("VmHWM") - self._before

    def _status(self, field: str) -> int:
        lines = (self._process / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
