"""The title of a version for which nobody gave a message, made from what it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from hubshare.names import count, quoted
from hubshare.sync.renames import unchanged
from hubshare.sync.trees import Side, ancestors

#: A title has at most so many characters, and a path in it.
TITLE_CHARACTERS, _PATH_CHARACTERS = 120, 56
#: So many files of a kind are named one by one.
_NAMED = 3


class _Part(NamedTuple):
    """What a title says of one kind of change: naming files, and in short."""

    long: str
    short: str


def title(changes: Mapping[str, tuple[Side, Side]]) -> str:
    """Return one line that says what a version does, such as "Edit 03-Fourier.ipynb, add data/waves.csv".

    Args:
        changes: path to what is there before and after.
    """
    moved = unchanged(changes)
    done = {*moved, *moved.values()}
    rest = {path: sides for path, sides in changes.items() if path not in done and sides[0] != sides[1]}
    return title_of(
        edited=[path for path, (before, after) in rest.items() if before is not None and after is not None],
        added=[path for path, (before, _) in rest.items() if before is None],
        deleted=[path for path, (_, after) in rest.items() if after is None],
        renamed=moved,
    )


def title_of(
    edited: Collection[str] = (),
    added: Collection[str] = (),
    deleted: Collection[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> str:
    """Return the title of a version whose changes are known by kind; "" if there are none.

    Args:
        renamed: old path to new one.
    """
    parts = [_about(verb, paths) for verb, paths in (("edit", edited), ("add", added)) if paths]
    parts += [_moving(renamed)] if renamed else []
    parts += [_about("delete", deleted)] if deleted else []
    said = [part.long for part in parts]
    # Longest first: the one that gains most by being short.
    for number in sorted(range(len(parts)), key=lambda number: -len(parts[number].long)):
        if len(", ".join(said)) <= TITLE_CHARACTERS:
            break
        said[number] = parts[number].short
    whole = ", ".join(said)
    return whole[:1].upper() + whole[1:]


def about(verb: str, paths: Collection[str]) -> str:
    """Return what is done to some files, with a capital: "Upload 3 files to data"."""
    part = _about(verb, paths)
    whole = part.long if len(part.long) <= TITLE_CHARACTERS else part.short
    return whole[:1].upper() + whole[1:]


def _about(verb: str, paths: Collection[str]) -> _Part:
    where = _common(paths)
    short = f"{verb} {count(len(paths), 'file')}" + (f" in {_shown(where)}" if where else "")
    if len(paths) == 1:
        short = long = f"{verb} {_shown(*paths)}"
    else:
        long = f"{verb} {_listed(sorted(paths))}" if len(paths) <= _NAMED else short
    return _Part(long, short)


def _moving(renamed: Mapping[str, str]) -> _Part:
    old, new = next(iter(renamed.items()))
    short = f"rename {count(len(renamed), 'file')}"
    if len(renamed) == 1:
        return _Part(f"rename {_shown(old)} to {_shown(new)}", f"rename {_shown(old)}")
    before, after = _stems(old, new)
    if before and after and all(_stems(*pair) == (before, after) for pair in renamed.items()):
        return _Part(f"rename {_shown(before)} to {_shown(after)} ({count(len(renamed), 'file')})", short)
    to = _common(renamed.values())
    if to and all(path.rpartition("/")[2] == there.rpartition("/")[2] for path, there in renamed.items()):
        return _Part(f"move {count(len(renamed), 'file')} to {_shown(to)}", short)
    return _Part(short, short)


def _stems(old: str, new: str) -> tuple[str, str]:
    """What of two paths differs before the folders and the name that both end with."""
    first, second = old.split("/"), new.split("/")
    while first and second and first[-1] == second[-1]:
        first.pop()
        second.pop()
    return "/".join(first), "/".join(second)


def _common(paths: Iterable[str]) -> str:
    """The deepest folder that all lie in; "" for the project's own."""
    shared: list[str] | None = None
    for path in paths:
        above = list(ancestors(path))
        shared = above if shared is None else [folder for folder in shared if folder in above]
        if not shared:
            return ""
    return shared[0] if shared else ""


def _listed(paths: list[str]) -> str:
    return " and ".join([*filter(None, [", ".join(map(_shown, paths[:-1]))]), _shown(paths[-1])])


def _shown(path: str) -> str:
    # The end of a path tells more than its beginning.
    cut = path if len(path) <= _PATH_CHARACTERS else "…" + path[1 - _PATH_CHARACTERS :]
    return cut if cut.isprintable() else quoted(cut, _PATH_CHARACTERS)
