"""What people find in their homes when the Hub of `make run` starts for the first time."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_HOMES = Path(__file__).parent


def furnish(homes: Path) -> None:
    """Give everybody who has a folder here a home with what is in it; a home that is there is left as it is.

    Args:
        homes: the folder of all homes.
    """
    homes.mkdir(parents=True, exist_ok=True)
    for source in _HOMES.iterdir():
        if not source.is_dir() or source.name.startswith("_") or os.path.lexists(homes / source.name):
            continue
        # Whole or not at all: half a home would never be filled up.
        with tempfile.TemporaryDirectory(prefix=".new-", dir=homes) as aside:
            whole = Path(aside, source.name)
            shutil.copytree(source, whole)
            whole.rename(homes / source.name)
