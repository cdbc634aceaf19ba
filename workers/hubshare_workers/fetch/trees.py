"""What of a fetched tree a project can hold. Where that is all of it, the tree stays what it is, however many files it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.errors import Invalid, NotFound, TooLarge
from hubshare.git.objects import EMPTY_TREE, FOLDER
from hubshare.git.verify import is_attributes, long_attributes
from hubshare.names import link_fault, quoted, size
from hubshare.sync.trees import LINK, Entry, Side
from hubshare_workers.fetch.left_out import LINK_BYTES, STAYS, LeftOut, entry_fault
from hubshare_workers.fetch.lfs import POINTER_BYTES, Pointer, is_annexed, read_pointer
from hubshare_workers.fetch.stage import Stage

_LISTED = re.compile(rb"(\d{6}) (\w+) ([0-9a-f]{40}) +(-|\d+)\t(.*)", re.DOTALL)
#: As much is read of a `.gitattributes`.
_ATTRIBUTES = MIB

#: How a line of a history begins that tells of a path: old mode, new mode, old id, new id, at these places.
_NEW_MODE, _NEW_ID = slice(8, 14), slice(56, 96)
#: So many paths of a history are remembered, so that they are looked at once.
_REMEMBERED = 100_000

#: Fetches large files: gives what lies at the path of each pointer, in place of it; those that it cannot are missing.
FetchLarge = Callable[[dict[str, Pointer]], dict[str, Entry]]


class Item(NamedTuple):
    """One line of a tree's list.

    Attributes:
        path: "" where its bytes are not UTF-8.
        raw: the path's bytes.
        mode, id, size: of git; the size of a folder is 0.
    """

    path: str
    raw: bytes
    mode: int
    id: str
    size: int


class Chosen(NamedTuple):
    """What is taken of a tree.

    Attributes:
        root: the id of the tree that is left.
        plain: whether it is as the source has it, but for files in place of pointers to them.
    """

    root: str
    plain: bool


class History(NamedTuple):
    """What the history of a commit is found to hold.

    Attributes:
        fault: why it cannot be in a project; "" where it can.
        names: the ids of all that it leads to; where it goes on from another one, of all that is not as it was there.
    """

    fault: str
    names: frozenset[str] = frozenset()


def at_path(stage: Stage, commit: str, path: str) -> str:
    """The id of the tree at a path of a commit; for a file a tree with that alone.

    Raises:
        NotFound: when there is nothing.
    """
    if not path:
        return _tree_of(stage, commit)
    items = list(_listed(stage, "--full-tree", "-z", "-l", commit, "--", f":(literal){path}"))
    if not items or items[0].path != path:
        raise NotFound(f"There is no {quoted(path)} in the source: is the address right?")
    if items[0].mode == FOLDER:
        return items[0].id
    return stage.edited(EMPTY_TREE, {path.rpartition("/")[2]: Entry(items[0].mode, items[0].id)})


def anchored(stage: Stage, commit: str, anchor: str) -> str:
    """The path of the file at the top of a commit that the page of a gist calls so, in small letters with `-` for signs.

    Raises:
        NotFound: when there is none, or more than one.
    """
    names = [item.path for item in _listed(stage, "--full-tree", "-z", "-l", commit) if item.mode != FOLDER]
    found = [name for name in names if re.sub(r"[^\w-]", "-", name.lower()) == anchor]
    if len(found) == 1:
        return found[0]
    raise NotFound(f"No file of the gist is the one of {quoted(f'#file-{anchor}')}: take the address without that.")


def choose(stage: Stage, root: str, left_out: LeftOut, fetch_large: FetchLarge) -> Chosen:
    """Leave out of a tree what a project cannot hold.

    Args:
        root: id of the tree.

    Raises:
        TooLarge: when all of it together is.
    """
    changes, odd, plain = _look(stage, root, left_out, fetch_large)
    if odd:
        return Chosen(rebuilt(stage, root, changes), plain=False)
    return Chosen(stage.edited(root, changes) if changes else root, plain)


def rebuilt(stage: Stage, root: str, changes: dict[str, Side] | None = None) -> str:
    """Make a tree anew out of its files: one with things in it that git should not hold."""
    entries = {
        item.path: Entry(item.mode, item.id)
        for item in _items(stage, root)
        if item.mode != FOLDER and not entry_fault(item.path, item.mode, item.size, stage.settings)
    }
    for path, side in (changes or {}).items():
        if side is None:
            entries.pop(path, None)
        else:
            entries[path] = side
    return stage.edited(EMPTY_TREE, dict(entries))


def _look(stage: Stage, root: str, left_out: LeftOut, fetch_large: FetchLarge) -> tuple[dict[str, Side], bool, bool]:
    """Path to what is to lie there instead; whether something is in the tree that cannot be taken out of it; see `Chosen`."""
    changes, odd, count, total = dict[str, Side](), False, 0, 0
    links, attributes = dict[str, str](), dict[str, str]()
    limits = stage.settings
    for item in _items(stage, root):
        count += 1
        if count > limits.max_push_objects:
            raise TooLarge(
                f"The source has more than {limits.max_push_objects:,} files and folders: take a part of it."
            )
        if item.mode == FOLDER:
            # Nothing stands for an empty folder in git; who wrote one wrote it by hand.
            odd = odd or item.id == EMPTY_TREE or not item.path
            continue
        if fault := entry_fault(item.path, item.mode, item.size, limits) if item.path else "its name is not UTF-8":
            odd = odd or not _can_be_edited(item.path)
            changes[item.path] = left_out.replace(item.path or item.raw.decode(errors="replace"), fault)
            continue
        total += item.size
        if total > limits.max_push_bytes:
            raise TooLarge(f"The source has more than {size(limits.max_push_bytes)}: take a part of it.")
        if item.mode == LINK:
            links[item.path] = item.id
        elif is_attributes(item.path):
            attributes[item.path] = item.id
    changes.pop("", None)
    for path, name in links.items():
        if fault := _link_fault(path, stage.read(name)):
            changes[path] = left_out.replace(path, fault)
    elsewhere = _attributes(stage, attributes, changes, left_out)
    plain = not changes and not odd
    if elsewhere and (large := _pointers(stage, root, changes, left_out)):
        changes |= fetch_large(large)
        for path in sorted(large.keys() - changes.keys()):
            _leave_pointer(stage, path, "it is kept by Git LFS, and could not be fetched", changes, left_out)
    return changes, odd, plain


def _leave_pointer(stage: Stage, path: str, reason: str, changes: dict[str, Side], left_out: LeftOut) -> None:
    """Leave a pointer where it is, unless the file itself was there before."""
    old = left_out.before(path)
    if old is not None:
        with stage.stream(old.id) as content:
            head = content.read(POINTER_BYTES)
        if not read_pointer(head, old.mode) and not is_annexed(head):
            changes[path] = old
    left_out.add(path, f"{reason}: {STAYS if path in changes else 'the pointer to it is there'}")


def _attributes(stage: Stage, attributes: dict[str, str], changes: dict[str, Side], left_out: LeftOut) -> bool:
    """Leave out what git would refuse; returns whether the repository says that the content of some files is elsewhere."""
    elsewhere = False
    for path, name in attributes.items():
        with stage.stream(name) as content:
            if long_attributes(path, content):
                changes[path] = left_out.replace(path, "it has a line that is too long for git")
        with stage.stream(name) as content:
            elsewhere = elsewhere or re.search(rb"filter=(lfs|annex)", content.read(_ATTRIBUTES)) is not None
    return elsewhere


def _pointers(stage: Stage, root: str, changes: dict[str, Side], left_out: LeftOut) -> dict[str, Pointer]:
    """Path to pointer, of those files whose content is elsewhere."""
    found = dict[str, Pointer]()
    for item in _items(stage, root):
        if item.mode in (FOLDER, LINK) or item.path in changes or item.size > POINTER_BYTES:
            continue
        content_read = stage.read(item.id)
        if pointer := read_pointer(content_read, item.mode):
            found[item.path] = pointer
        elif is_annexed(content_read):
            _leave_pointer(stage, item.path, "it is kept by git-annex", changes, left_out)
    return found


def contents_of(stage: Stage, commit: str, wanted: Mapping[str, int]) -> dict[str, str]:
    """Find contents among the files of a commit; each file that is as large as one of them is read once.

    Args:
        wanted: SHA-256 to size in bytes.

    Returns:
        SHA-256 to the id of the file, for those that are there.
    """
    sizes, looked_at, found = set(wanted.values()), set[str](), dict[str, str]()
    for item in _items(stage, stage.root_of(commit)):
        if item.mode in (FOLDER, LINK) or item.size not in sizes or item.id in looked_at:
            continue
        looked_at.add(item.id)
        digest = sha256()
        with stage.stream(item.id) as content:
            for piece in content:
                digest.update(piece)
                stage.budget.check()
        if digest.hexdigest() in wanted:
            found[digest.hexdigest()] = item.id
    return found


def _link_fault(path: str, target: bytes) -> str:
    try:
        text = target[: LINK_BYTES + 1].decode()
    except UnicodeDecodeError:
        return "the link's target is not UTF-8"
    if ".git/annex/objects/" in text:
        return "it is kept by git-annex, which is not read here"
    return link_fault(path, text) or ""


def _can_be_edited(path: str) -> bool:
    """Whether the trees that a path lies in can be read, and it be taken out of them."""
    return bool(path) and not any(part in ("", ".", "..") for part in path.split("/"))


def _tree_of(stage: Stage, commit: str) -> str:
    with stage.git("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}") as done:
        found = done.output.read().decode().strip()
    if not found:
        raise Invalid("The source has no files.")
    return found


def _items(stage: Stage, root: str) -> Iterator[Item]:
    """All that a tree leads to, folders as well."""
    if root != EMPTY_TREE:
        yield from _listed(stage, "-r", "-t", "-z", "-l", "--full-tree", root)


def _listed(stage: Stage, *args: str) -> Iterator[Item]:
    for line in stage.lines("ls-tree", *args):
        found = _LISTED.fullmatch(line)
        if found is None:
            continue
        try:
            path = found[5].decode()
        except UnicodeDecodeError:
            path = ""
        yield Item(path, found[5], int(found[1], 8), found[3].decode(), int(found[4]) if found[4].isdigit() else 0)


def read_history(stage: Stage, commit: str, before: str) -> History:
    """Look at each path that any commit changed, and list what they all lead to: what no commit changed, the first one has.

    Args:
        before: a commit whose history was looked at; "" for none.
    """
    links, looked_at, names = dict[str, set[str]](), set[tuple[bytes, bytes]](), set[str]()
    how = ("--root", "-m", "-t", "--no-renames", "--raw", "-z", "--no-abbrev", "--format=%H %T")
    change = b""
    for line in stage.lines("log", *how, commit, *([f"^{before}"] if before else []), "--"):
        # A line of a commit and its tree; then for each change one of modes and ids, and one of the path.
        if not change:
            change = line.lstrip(b"\n")
            if not change.startswith(b":"):
                names.update(change.decode().split())
                change = b""
            continue
        new, name, change = change[_NEW_MODE], change[_NEW_ID].decode(), b""
        if new == b"000000":
            continue
        names.add(name)
        if len(names) > stage.settings.max_push_objects:
            return History("it is larger than what is taken in at once")
        mode = int(new, 8)
        if mode == FOLDER or ((line, new) in looked_at and mode != LINK):
            continue
        if len(looked_at) < _REMEMBERED:
            looked_at.add((line, new))
        try:
            path = line.decode()
        except UnicodeDecodeError:
            return History("a name in it is not UTF-8")
        if fault := entry_fault(path, mode, 0, stage.settings):
            return History(f"{quoted(path)} was in it: {fault}")
        if mode == LINK:
            links.setdefault(name, set()).add(path)
    for name, paths in links.items():
        for path in paths:
            if fault := _link_fault(path, stage.read(name)):
                return History(f"{quoted(path)} was in it: {fault}")
    return History("", frozenset(names))
