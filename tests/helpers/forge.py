"""Makes snapshots by hand, honest and forged ones."""

from __future__ import annotations

import time
from collections.abc import Mapping

from hubshare.git.objects import BLOB, FOLDER, TREE, Commit, Object
from hubshare.git.packs import pack_of
from hubshare.sync.trees import FILE

#: What a folder holds, by name: a file's content, a mode with a content or an id, or a folder.
Content = bytes | tuple[int, bytes | str] | Mapping[str | bytes, "Content"]


def folder(items: Mapping[str | bytes, Content]) -> list[Object]:
    """The objects of a folder, its own tree last; names and modes are written as they are, however bad."""
    made: list[Object] = []
    lines: list[tuple[bytes, bytes]] = []
    for name, value in items.items():
        raw = name if isinstance(name, bytes) else name.encode()
        if isinstance(value, Mapping):
            inner = folder(value)
            made += inner
            mode, item = FOLDER, inner[-1].id
        else:
            mode, content = value if isinstance(value, tuple) else (FILE, value)
            if isinstance(content, bytes):
                made.append(Object(BLOB, content))
                item = made[-1].id
            else:
                item = content
        lines.append(
            (raw + (b"/" if mode == FOLDER else b""), b"%o " % mode + raw + b"\0" + bytes.fromhex(item)),
        )
    return [*made, Object(TREE, b"".join(line for _, line in sorted(lines)))]


def snapshot(parent: str, items: Mapping[str | bytes, Content], author: str, message: str = "Edit\n") -> list[Object]:
    """The objects of a snapshot of a whole folder, the commit last."""
    objects = folder(items)
    return [*objects, Commit(objects[-1].id, (parent,), author, int(time.time()), message).encode()]


def packed(objects: list[Object], without: set[str] = frozenset()) -> bytes:  # type: ignore[assignment]
    """A pack of these objects, but for some that are left out."""
    return pack_of([item for item in objects if item.id not in without])
