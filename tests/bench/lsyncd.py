"""lsyncd, beside which a save until it is visible is measured: it copies on the same disk, with no server in between."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = """
settings {{ nodaemon = true, inotifyMode = "CloseWrite or Modify" }}
sync {{ default.direct, source = "{source}", target = "{target}", delay = 0 }}
"""


@contextmanager
def mirrored(folder: Path) -> Iterator[tuple[Path, Path] | None]:
    """Have lsyncd run for a while, without delay.

    Args:
        folder: an empty one, for its files.

    Returns:
        The folder that it watches and the one that it copies to; None where it is not installed.
    """
    found = shutil.which("lsyncd")
    if found is None:
        yield None
        return
    source, target, settings = folder / "source", folder / "target", folder / "lsyncd.lua"
    source.mkdir()
    target.mkdir()
    settings.write_text(_SETTINGS.format(source=source, target=target))
    process = subprocess.Popen([found, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield source, target
    finally:
        process.terminate()
        process.wait()
