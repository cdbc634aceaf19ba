"""Putting a repository's packs and loose objects together. No object is ever dropped, and nobody has to wait for it.

What is put together stays where it was for a while: whoever has begun to read it, a clone for instance, can go on. It goes at
a later time, once more than the clock has said so: everything in it is looked up in the pack that took its place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from hubshare.errors import Unavailable
from hubshare.git.durable import durable, flush
from hubshare.git.lock import locked
from hubshare.git.object_folder import ObjectFolder
from hubshare.git.pack_folder import DamagedPack, read_packed
from hubshare.git.packing import pack_objects

#: More loose objects than this, which are in no pack, are put into one.
LOOSE_MOST = 1000
#: So many packs may lie about; with more of them, the smaller ones are put together.
PACKS_MOST = 8
#: A pack is at least so many times as large as all smaller ones together, or it is put together with them.
_FACTOR = 2
#: What was put together stays where it was for so long, in seconds: longer than any look at a push takes.
STAYS_SECONDS = 3600.0
_LOCK, _RETIRED = "hubshare.repack.lock", "hubshare.retired"
#: What is written before it is put in its place; begun so long ago, it is being written by nobody.
_DRAFTS = ("*.tmp", "*.ref", "objects/??/tmp_obj_*", "objects/pack/*.tmp", "objects/??/*.lock", "refs/**/*.lock")
_DRAFT_SECONDS = 86_400


class Unsound(Unavailable):
    """A repository cannot be put in order."""


class _Retired(NamedTuple):
    """A pack that is not needed any more.

    Attributes:
        by: the pack that holds its objects.
        since: when that was made, in seconds since 1970.
    """

    by: str
    since: float


def to_merge(sizes: Sequence[int]) -> int:
    """How many packs are to be put together, the smallest first, so that few are left and large ones are seldom written again.

    Args:
        sizes: of the packs, in bytes, the smallest first.
    """
    if len(sizes) <= PACKS_MOST:
        return 0
    # As `git repack --geometric` does: each pack that stays is larger than all below it.
    count, below = 0, 0
    for at, size in enumerate(sizes):
        if size < _FACTOR * below:
            count = at + 1
        below += size
    return max(count, len(sizes) - PACKS_MOST + 1)


def repack(path: Path, objects: ObjectFolder, now: float) -> int:
    """Put loose objects and small packs together, where there are many.

    Args:
        path: of the repository.
        objects: its folder of objects.
        now: by which ages are told, in seconds since 1970.

    Returns:
        How many objects are in the new pack, 0 for none.

    Raises:
        Unsound: when that cannot be done; all is left as it is.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locked(path / _LOCK, 0))
        except Unavailable:
            return 0  # somebody is at it
        objects.packs.refresh()
        _drop_retired(path, objects, now)
        return _repack(path, objects, now)


def remove_drafts(path: Path, now: float) -> None:
    """Remove what killed processes left, once nobody can be at work on it any more.

    Args:
        path: of the repository.
        now: by which ages are told, in seconds since 1970.
    """
    for found in (found for pattern in _DRAFTS for found in path.glob(pattern)):
        with suppress(FileNotFoundError):
            if found.stat().st_mtime >= now - _DRAFT_SECONDS:
                continue
            if found.is_dir():
                shutil.rmtree(found, ignore_errors=True)
            else:
                found.unlink()


def _repack(path: Path, objects: ObjectFolder, now: float) -> int:
    loose = _drop_packed(objects, now)
    retired = _read_retired(path)
    damaged, packs = list[str](), list[tuple[int, str]]()
    for stem in objects.packs.stems:
        try:
            objects.packs.check(stem)
        except DamagedPack as error:
            damaged.append(error.message)
        else:
            if stem not in retired:
                packs.append((_size(objects, stem), stem))
    packs.sort()
    made = _merge(path, objects, packs, loose, retired, now)
    if damaged:
        raise Unsound(" ".join(damaged))
    return made


def _merge(
    path: Path,
    objects: ObjectFolder,
    packs: list[tuple[int, str]],
    loose: list[str],
    retired: dict[str, _Retired],
    now: float,
) -> int:
    """Put those together that are too many.

    Args:
        packs: size and name of each that counts, the smallest first.
        loose: ids of the loose objects that are in no pack.
        retired: the packs that count no more.
    """
    merged = [stem for _, stem in packs[: to_merge([size for size, _ in packs])]]
    if not merged and len(loose) <= LOOSE_MOST:
        return 0
    wanted = {raw for stem in merged for raw in objects.packs.names(stem)} | {bytes.fromhex(name) for name in loose}
    made = _write(path, objects, wanted, sum(size for size, _ in packs))
    objects.packs.refresh()
    if not wanted.issubset(objects.packs.names(made)):
        raise Unsound(f"The pack {made} that was made in {path.name} lacks objects: all is left as it was.")
    _write_retired(path, retired | {stem: _Retired(made, now) for stem in merged if stem != made})
    return len(wanted)


def _drop_packed(objects: ObjectFolder, now: float) -> list[str]:
    """Remove the loose objects that lie in a pack for long enough; returns those that are in none."""
    left = []
    for name in objects.loose():
        found = objects.packs.find(name)
        if found is None:
            left.append(name)
        elif now - found.pack.stat().st_mtime > STAYS_SECONDS and read_packed(found).id == name:
            objects.loose_path(name).unlink(missing_ok=True)
    return left


def _drop_retired(path: Path, objects: ObjectFolder, now: float) -> None:
    """Remove the packs that were put together long enough ago, and all of whose objects are where they should be."""
    retired = _read_retired(path)
    over = {stem: found.by for stem, found in retired.items() if now - found.since > STAYS_SECONDS}
    for stem, made in over.items():
        _drop(objects, stem, made)
    if over:
        objects.packs.refresh()
        _write_retired(path, {stem: found for stem, found in retired.items() if stem not in over})


def _drop(objects: ObjectFolder, stem: str, made: str) -> None:
    """Remove a pack, unless the one that took its place is gone or lacks something: then it is a pack like any other."""
    if made not in objects.packs.stems:
        return
    with suppress(FileNotFoundError):
        if not set(objects.packs.names(stem)).issubset(objects.packs.names(made)):
            return
    # The index goes last: git takes no notice of one without a pack.
    for ending in (".pack", ".rev", ".bitmap", ".idx"):
        (objects.packs.path / f"{stem}{ending}").unlink(missing_ok=True)


def _write(path: Path, objects: ObjectFolder, wanted: set[bytes], size: int) -> str:
    """Write a pack, in its place and flushed when this returns; returns its name."""
    draft = path / f"{uuid4().hex}.tmp"
    draft.mkdir()
    try:
        try:
            made = pack_objects(path, objects, [raw.hex() for raw in wanted], draft, size)
        except Unavailable as error:
            raise Unsound(error.message) from error
        folder = objects.packs.path
        name = f"pack-{made.stem.rpartition('-')[2]}"
        if not (folder / f"{name}.idx").exists():
            # The pack comes before its index: what has an index is looked into.
            for ending in (".pack", ".idx"):
                flush(made.with_suffix(ending))
                made.with_suffix(ending).replace(folder / f"{name}{ending}")
                flush(folder)
        return name
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _size(objects: ObjectFolder, stem: str) -> int:
    return (objects.packs.path / f"{stem}.pack").stat().st_size


def _read_retired(path: Path) -> dict[str, _Retired]:
    """The packs that are not needed any more, by name. Where that cannot be read, all are needed."""
    try:
        return {stem: _Retired(*found) for stem, found in json.loads((path / _RETIRED).read_text()).items()}
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _write_retired(path: Path, retired: dict[str, _Retired]) -> None:
    if not retired:
        (path / _RETIRED).unlink(missing_ok=True)
        return
    with durable(path / _RETIRED) as file:
        file.write(json.dumps(retired).encode())
    flush(path)
