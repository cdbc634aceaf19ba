"""Git objects as values: blob ids, trees along a path, differences of trees, commits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import lt
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote

from dulwich.objects import ObjectID, parse_tree, serialize_tree, sorted_tree_items

from hubshare.config import KIB
from hubshare.errors import BadPack
from hubshare.names import SUMMARY_CHARACTERS
from hubshare.sync.trees import Entry, Side

#: Object types by the numbers that packs use.
COMMIT, TREE, BLOB = 1, 2, 3
TYPE_NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}

#: Bytes.
_SMALL_TREE = 8 * KIB

FOLDER = 0o040000
#: The bits of a mode that say of what kind it is; and what an entry takes beside mode and name: a blank, a zero and an id.
_KIND, _BESIDES = 0o170000, 22
_LEAST_MODE = 0o1000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

#: Gives the raw content of a tree by its id.
TreeReader = Callable[[str], bytes]


class Object(NamedTuple):
    """One git object: its type number, and its content without git's header."""

    type: int
    data: bytes

    @property
    def id(self) -> str:
        return object_id(self.type, self.data)


def object_id(kind: int, data: bytes) -> str:
    """The git id of an object of type `kind`, 40 hexadecimal digits."""
    digest = start_id(kind, len(data))
    digest.update(data)
    return digest.hexdigest()


def start_id(kind: int, size: int) -> hashlib._Hash:
    """A SHA-1 that has taken git's header; feed it the `size` bytes of content to get the id."""
    return hashlib.sha1(TYPE_NAMES[kind] + b" %d\0" % size, usedforsecurity=False)


def read_tree(data: bytes) -> Mapping[str, tuple[int, str]]:
    """Name to (mode, id) of one tree. Small ones that were read last are at hand: the same tree is read many times over.

    Raises:
        BadPack: when it is not a tree, or holds a name that is not UTF-8, or is not in git's order.
    """
    return _small_tree(data) if len(data) <= _SMALL_TREE else _parse_tree(data)


def _parse_tree(data: bytes) -> Mapping[str, tuple[int, str]]:
    try:
        items = list(parse_tree(data, 20, strict=True))
        found = {name.decode(): (mode, hexa.decode()) for name, mode, hexa in items}
    except UnicodeDecodeError:
        raise BadPack("The push holds a name that is not UTF-8: rename it.") from None
    except Exception as error:
        raise BadPack(f"The push holds a damaged tree: {error}.") from None
    # Git compares folders as if a slash followed their names.
    order = [name + b"/" if mode & _KIND == FOLDER else name for name, mode, _ in items]
    # A mode that is written in another way than git does is longer; git writes none with fewer than four digits.
    widths = {mode: len(b"%o" % mode) + _BESIDES for mode in {mode for _, mode, _ in items}}
    whole = sum(len(name) + widths[mode] for name, mode, _ in items)
    if min(widths, default=_LEAST_MODE) < _LEAST_MODE:
        raise BadPack("The push holds a damaged tree: one of its modes is none.")
    if len(found) != len(items) or whole != len(data) or not all(map(lt, order, order[1:])):
        raise BadPack("The push holds a tree that is out of order or repeats a name.")
    if any("/" in name for name in found):
        raise BadPack("The push holds a tree with a path in place of a name.")
    return MappingProxyType(found)


_small_tree = lru_cache(256)(_parse_tree)


def write_tree(items: Mapping[str, tuple[int, str]]) -> bytes:
    """The raw content of a tree of name to (mode, id)."""
    packed = {name.encode(): (mode, ObjectID(hexa.encode())) for name, (mode, hexa) in items.items()}
    return b"".join(serialize_tree(sorted_tree_items(packed, False)))


@dataclass
class TreeEdit:
    """A new tree, and the trees that were made for it.

    Attributes:
        root: id of the new top tree.
        made: id to raw content of each new tree, the top one included.
    """

    root: str
    made: dict[str, bytes] = field(default_factory=dict)


def edit_tree(read: TreeReader, root: str, changes: Mapping[str, Side]) -> TreeEdit:
    """Rebuild the trees along changed paths; the cost depends on their depth and the width of their folders.

    Args:
        read: gives a tree of the old state.
        root: id of the old top tree.
        changes: path to its new side; None deletes. A file that takes a folder's place removes the folder.
    """
    edit = TreeEdit(root)

    def build(tree: str, wanted: Mapping[str, Side]) -> str | None:
        items = dict(read_tree(read(tree))) if tree != EMPTY_TREE else {}
        inner: dict[str, dict[str, Side]] = {}
        for path, side in wanted.items():
            name, slash, rest = path.partition("/")
            if slash:
                inner.setdefault(name, {})[rest] = side
            elif side is not None:
                items[name] = (side.mode, side.id)
            elif name in items and items[name][0] != FOLDER:
                del items[name]
        for name, below in inner.items():
            mode, old = items.get(name, (FOLDER, EMPTY_TREE))
            if mode != FOLDER:
                if wanted.get(name) is not None or all(side is None for side in below.values()):
                    continue
                old = EMPTY_TREE
            new = build(old, below)
            if new is not None:
                items[name] = (FOLDER, new)
            else:
                items.pop(name, None)
        if not items:
            return None
        data = write_tree(items)
        made = object_id(TREE, data)
        if made != tree:
            edit.made[made] = data
        return made

    if changes:
        edit.root = build(root, changes) or EMPTY_TREE
        if edit.root == EMPTY_TREE:
            edit.made[EMPTY_TREE] = b""
    return edit


def tree_entry(read: TreeReader, root: str, path: str) -> tuple[int, str] | None:
    """(mode, id) of what lies at `path`, a folder included, or None."""
    found = (FOLDER, root)
    for name in path.split("/"):
        if found[0] != FOLDER or found[1] == EMPTY_TREE:
            return None
        item = read_tree(read(found[1])).get(name)
        if item is None:
            return None
        found = item
    return found


def walk_tree(read: TreeReader, root: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Every (path, entry) below a tree, in git's order of names."""
    if root == EMPTY_TREE:
        return
    for name, (mode, hexa) in read_tree(read(root)).items():
        if mode == FOLDER:
            yield from walk_tree(read, hexa, f"{prefix}{name}/")
        else:
            yield prefix + name, Entry(mode, hexa)


def diff_trees(
    read: TreeReader, old: str, new: str, prefix: str = "", behind: str = ""
) -> Iterator[tuple[str, Side, Side]]:
    """(path, old side, new side) of every path in which two trees differ; equal folders are not opened.

    Args:
        prefix: the folder that the trees are of, with a slash at its end.
        behind: a path below that folder, as it came out of this: only what comes later is given.
    """
    if old == new:
        return
    before = read_tree(read(old)) if old != EMPTY_TREE else {}
    after = read_tree(read(new)) if new != EMPTY_TREE else {}
    first, _, below = behind.partition("/")
    for name in sorted({name for name, _ in before.items() ^ after.items()}):
        if name < first or (name == behind):
            continue
        was, now = before.get(name), after.get(name)
        was_folder, now_folder = was is not None and was[0] == FOLDER, now is not None and now[0] == FOLDER
        if was_folder or now_folder:
            yield from diff_trees(
                read,
                was[1] if was and was_folder else EMPTY_TREE,
                now[1] if now and now_folder else EMPTY_TREE,
                f"{prefix}{name}/",
                below if name == first else "",
            )
        left = Entry(*was) if was and not was_folder else None
        right = Entry(*now) if now and not now_folder else None
        if left != right:
            yield prefix + name, left, right


@dataclass(frozen=True)
class Commit:
    """A commit, as HubShare writes it or as somebody's git did.

    Attributes:
        tree: id of the top tree.
        parents: ids; none for the first commit, two for a merge (in HubShare's, published state first, then the snapshot).
        author: name of the Hub user; in a commit of somebody's git, whatever name it carries.
        time: seconds since 1970, UTC.
        message: summary, then trailers.
    """

    tree: str
    parents: tuple[str, ...]
    author: str
    time: int
    message: str

    def encode(self) -> Object:
        """The git object of this commit."""
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in self.parents)]
        who = f"{signature(self.author)} {self.time} +0000"
        lines += [f"author {who}", f"committer {who}", "", self.message.rstrip("\n") + "\n"]
        return Object(COMMIT, "\n".join(lines).encode())

    @property
    def summary(self) -> str:
        """The first line, or as much of it as lists of versions hold."""
        return self.message.partition("\n")[0][:SUMMARY_CHARACTERS]

    def trailer(self, name: str) -> str | None:
        """The value of a trailer such as `HubShare-Checkout`."""
        # Only the last paragraph: what is above it a person may have written.
        last = self.message.rstrip().rpartition("\n\n")[2]
        found = re.search(rf"^{re.escape(name)}: (.*)$", last, re.MULTILINE)
        return found[1] if found else None


def signature(user: str) -> str:
    """How a Hub user is written in a commit: a name without git's own separators, and an unambiguous address."""
    plain = re.sub(r"[<>\n\0]", "", user).strip(" .,:;\"'\\") or "user"
    return f"{plain} <{quote(user, safe='')}@hubshare>"


_COMMIT = re.compile(
    r"tree (?P<tree>[0-9a-f]{40})\n(?P<parents>(?:parent [0-9a-f]{40}\n)*)"
    r"author (?P<author>[^\n<>]+ <(?P<user>[^\n<> ]+)@hubshare> (?P<time>\d{1,11}) \+0000)\n"
    r"committer (?P=author)\n\n(?P<message>[^\0]*)",
)


def decode_commit(data: bytes) -> Commit:
    """Read a commit of the one form that HubShare writes; see `read_commit` for all others.

    Raises:
        BadPack: for any other form: a signature, an encoding, another committer, a NUL.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BadPack("The push holds a commit that is not UTF-8.") from None
    found = _COMMIT.fullmatch(text)
    if not found:
        raise BadPack("The push holds a commit of a form that HubShare does not write.")
    parents = tuple(re.findall(r"parent ([0-9a-f]{40})\n", found["parents"]))
    commit = Commit(found["tree"], parents, unquote(found["user"]), int(found["time"]), found["message"])
    if commit.encode().data != data:
        raise BadPack("The push holds a commit whose author is not written as HubShare writes it.")
    return commit


_WHO = re.compile(rb"([^<>\n]*)<([^<>\n]*)> (\d{1,18})\b")
_CHARSETS = re.compile(
    r"(utf-?8|(us-)?ascii|iso-?8859-?\d+|latin-?\d+|windows-125\d|cp\d+|koi8-[ru]|euc-(jp|kr)|shift[-_]jis|big5|gbk?|gb\d+)",
    re.IGNORECASE,
)
#: The last second that a date can stand for.
_LAST_SECOND = 253_402_300_799


def read_commit(data: bytes) -> Commit:
    """Read a commit that any git may have written: by anybody, anywhere, signed, merged or in another encoding.

    What cannot be decoded is replaced; a commit without a readable author has "" and the time 0.

    Raises:
        BadPack: when it does not name a tree.
    """
    head, _, message = data.partition(b"\n\n")
    tree, *lines = head.split(b"\n")
    if not re.fullmatch(rb"tree [0-9a-f]{40}", tree):
        raise BadPack("The project holds a damaged commit: it names no tree.")
    parents = tuple(line[7:].decode() for line in lines if re.fullmatch(rb"parent [0-9a-f]{40}", line))
    # The lines that continue a header (a signature, a merged tag) begin with a space.
    charset = next((line[9:].decode(errors="replace") for line in lines if line.startswith(b"encoding ")), "utf-8")
    charset = charset if _CHARSETS.fullmatch(charset) else "utf-8"
    found = next((_WHO.match(line[7:]) for line in lines if line.startswith(b"author ")), None)
    name, address = (_text(part, charset).strip() for part in found.group(1, 2)) if found else ("", "")
    user, own, rest = address.partition("@hubshare")
    author = unquote(user) if own and not rest else name or address
    return Commit(
        tree[5:].decode(), parents, author, min(int(found[3]), _LAST_SECOND) if found else 0, _text(message, charset)
    )


def _text(raw: bytes, charset: str) -> str:
    try:
        text = raw.decode(charset, "replace")
    except LookupError:
        text = raw.decode(errors="replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
