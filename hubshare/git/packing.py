"""Some objects of a repository as one pack, taken as they lie there: nothing is inflated where git is at hand."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from dulwich.pack import write_pack_index_v2

from hubshare.config import MIB
from hubshare.errors import Unavailable
from hubshare.git.packs import Pack, PackWriter
from hubshare.git.stock import Bounds, running
from hubshare.git.update import Streamed, add_object

#: How long git may take for one, in seconds.
_GIT_SECONDS = 3000


def pack_objects(repository: Path, objects: Streamed, names: Collection[str], folder: Path, size: int) -> Path:
    """Write a pack of some objects, and its index beside it; returns the path of the pack.

    git keeps the differences that it has made. Without it there are none.

    Args:
        repository: its folder.
        objects: what it holds.
        names: ids of the objects.
        folder: where the pack is to lie.
        size: about how many bytes the objects have where they lie.

    Raises:
        Unavailable: when one of them is damaged, or git fails.
    """
    if shutil.which("git"):
        return _by_git(repository, names, folder, size)
    return _by_hand(repository, objects, names, folder)


def _by_git(repository: Path, names: Collection[str], folder: Path, size: int) -> Path:
    bounds = Bounds(4096 * MIB + 2 * size, 4096 * MIB + 4 * size, _GIT_SECONDS, _GIT_SECONDS)
    # No new differences are looked for: that is what takes time and memory.
    args = ("pack-objects", "--delta-base-offset", "--window=0", "-q", str(folder / "made"))
    given = "".join(f"{name}\n" for name in names).encode()
    with running(repository, *args, given=given, bounds=bounds) as done:
        name = done.output.read().decode().strip()
        if done.code or not name:
            raise Unavailable(f"git cannot pack {repository.name}: {done.said.strip()[:300] or done.code}")
    return folder / f"made-{name}.pack"


def _by_hand(repository: Path, objects: Streamed, names: Collection[str], folder: Path) -> Path:
    raw = folder / "made"
    with raw.open("w+b") as file:
        writer = PackWriter(file)
        for name in sorted(names):
            add_object(writer, objects, name)
            if name not in writer.written:
                raise Unavailable(f"Object {name} of {repository.name} is damaged: restore it from a backup.")
        writer.close()
    with Pack(raw, None) as pack:
        entries = sorted((bytes.fromhex(name), place.start, place.crc) for name, place in pack.places.items())
        made = folder / f"made-{pack.checksum.hex()}.pack"
        with made.with_suffix(".idx").open("wb") as file:
            write_pack_index_v2(file, entries, pack.checksum)
    return raw.rename(made)
