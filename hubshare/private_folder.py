"""A folder that nobody else on the machine may look into."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

from hubshare.errors import Unavailable

_OTHERS, _GROUP = stat.S_IRWXO, stat.S_IRWXG


def make_private(folder: Path) -> None:
    """Make a folder that is its owner's alone, or make one so that is there.

    A folder that belongs to somebody else, as in a container whose volume is shared with a group, may stay open to its group.

    Raises:
        Unavailable: everybody on the machine may look into it, and that cannot be changed.
    """
    # Who may write to a folder above could put one of their own in its place.
    for above in reversed(folder.parents):
        if not above.exists():
            above.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    mode = folder.stat().st_mode
    if not mode & (_OTHERS | _GROUP):
        return
    with suppress(OSError):
        folder.chmod(stat.S_IMODE(mode) & ~(_OTHERS | _GROUP))
    if folder.stat().st_mode & _OTHERS:
        raise Unavailable(
            f"Everybody on this machine may look into {folder}, which holds what people share in private, and its permissions "
            f"cannot be changed: run `chmod o-rwx {folder}` as its owner, or mount it so that others are kept out."
        )
