"""Makes snapshots by hand, honest and forged ones."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Mapping
from hashlib import sha1

from hubshare.git.objects import BLOB, FOLDER, TREE, Commit, Object, object_id, write_tree
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


def tree_bomb(levels: int = 10, width: int = 10) -> list[Object]:
    """Some trees of a few hundred bytes, the top one last, that hold each other: they stand for width^levels files."""
    objects = [Object(BLOB, b"x")]
    objects.append(Object(TREE, write_tree({f"f{number}": (FILE, objects[0].id) for number in range(width)})))
    for _ in range(levels - 1):
        objects.append(Object(TREE, write_tree({f"n{number}": (FOLDER, objects[-1].id) for number in range(width)})))
    return objects


def raw_object(kind: int, size: int, data: bytes) -> bytes:
    """An object in a pack as it is written: its type and the size that it claims, then these bytes."""
    head, size = [(kind << 4) | (size & 15)], size >> 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + data


def raw_pack(*objects: bytes) -> bytes:
    """A pack of objects as they are written, with a right checksum."""
    raw = b"PACK" + struct.pack(">LL", 2, len(objects)) + b"".join(objects)
    return raw + sha1(raw, usedforsecurity=False).digest()


def delta_of(base: bytes, copies: int) -> bytes:
    """A difference: the first 64 KiB of a content again and again, one byte for each."""
    return _number(len(base)) + _number(0x10000 * copies) + b"\x80" * copies


def by_id(base: bytes, delta: bytes) -> bytes:
    """An object in a pack that is a difference from a file's content, which is named by its id."""
    return raw_object(7, len(delta), bytes.fromhex(object_id(BLOB, base)) + zlib.compress(delta))


def by_offset(back: int, delta: bytes) -> bytes:
    """An object in a pack that is a difference from what lies so many bytes before it."""
    digits = [back & 0x7F]
    while back := back >> 7:
        back -= 1
        digits.append(0x80 | back & 0x7F)
    return raw_object(6, len(delta), bytes(reversed(digits)) + zlib.compress(delta))


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])
