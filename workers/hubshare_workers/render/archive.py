"""Archives: what they hold, by name and size. Nothing of it is unpacked but the beginnings of NumPy's arrays."""

from __future__ import annotations

import io
import lzma
import mmap
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from hubshare.config import KIB, MIB
from hubshare.names import count, size
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.binary import as_seen, what_is
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.headers import numpy_facts
from hubshare_workers.render.notebook_layout import Buffer

#: So many entries are listed.
MOST_ENTRIES = 1000
#: A compressed tar archive is read so far: to find the next entry, all before it is unpacked.
MOST_UNPACKED = 512 * MIB
#: So many arrays are looked at, and so much of each.
_MOST_ARRAYS, _ARRAY_HEAD = 50, 4 * KIB
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
)


class Entry(NamedTuple):
    """What an archive holds at a path.

    Attributes:
        size: in bytes; None for what is no file.
        about: what else is known of it.
    """

    path: str
    size: int | None
    about: str = ""


def render(inputs: Sequence[Buffer], options: Mapping[str, Any]) -> RenderResult:
    """The entries of an archive. Meta: `what`, in words; `entries`, how many are listed; `cut`, whether there are more."""
    data, name = inputs[0], str(options.get("name", ""))
    head = data[: 4 * KIB]
    is_zip = head.startswith(b"PK")
    what = what_is(head, name) if is_zip or head[257:262] == b"ustar" else "a compressed tar archive"
    # What lies in it is listed: one sees whether it is a document.
    what = what.partition(", or a document")[0]
    try:
        entries, total = _zipped(data) if is_zip else _tarred(data)
    except _DAMAGED as error:
        raise Unrenderable("malformed", f"This is {what} that cannot be read: it is damaged.") from error
    unpacked = size(sum(entry.size or 0 for entry in entries))
    if total == len(entries):
        note = f"This file is {what}, with {count(total, 'entry', 'entries')}: {unpacked} when unpacked."
    else:
        of = f" of {total:,}" if total else ""
        note = f"This file is {what}. Its first {len(entries):,}{of} entries are listed: {unpacked} when unpacked."
    rows = "".join(map(_row, entries))
    noted = any(entry.about for entry in entries)
    rows = rows if noted else rows.replace("<td></td></tr>", "</tr>")
    table = (
        '<table class="hs-table"><thead><tr><th scope="col">Name</th><th scope="col" class="hs-right">Size</th>'
        f"{'<th></th>' if noted else ''}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    meta = {"what": what, "entries": len(entries), "cut": total != len(entries)}
    return RenderResult(meta, f'<p class="hs-note">{escape(note)}</p>{table}')


def _row(entry: Entry) -> str:
    length = "" if entry.size is None else size(entry.size)
    return f'<tr><td>{as_seen(entry.path)}</td><td class="hs-right">{length}</td><td>{as_seen(entry.about)}</td></tr>\n'


def _file(data: Buffer) -> Any:
    """Something to read from, of which nothing is copied where it is mapped into memory."""
    return io.BytesIO(data) if isinstance(data, bytes) else _Mapped(data)


class _Mapped:
    """What is mapped into memory, as a file: before Python 3.13 it does not say itself that one can go to places of it."""

    def __init__(self, data: mmap.mmap) -> None:
        self.read, self.seek, self.tell = data.read, data.seek, data.tell

    def seekable(self) -> bool:
        return True


def _zipped(data: Buffer) -> tuple[list[Entry], int]:
    """The entries of a ZIP archive that are listed, and how many there are."""
    with zipfile.ZipFile(_file(data)) as archive:
        found = archive.infolist()
        return [_zip_entry(archive, one, place) for place, one in enumerate(found[:MOST_ENTRIES])], len(found)


def _zip_entry(archive: zipfile.ZipFile, found: zipfile.ZipInfo, place: int) -> Entry:
    about = "encrypted" if found.flag_bits & 1 else ""
    if not about and place < _MOST_ARRAYS and found.filename.endswith(".npy"):
        about = _array(archive, found)
    # Of `is_dir` a name has to have letters, and it may be cut off at its first zero.
    return Entry(found.filename, None if found.filename.endswith("/") else found.file_size, about)


def _array(archive: zipfile.ZipFile, found: zipfile.ZipInfo) -> str:
    """Shape and type of an array in an archive, of which no more than the beginning is unpacked."""
    if found.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return ""
    try:
        with archive.open(found) as content:
            return ", ".join(value for _, value in numpy_facts(content.read(_ARRAY_HEAD)))
    except (*_DAMAGED, RuntimeError, zlib.error):
        return "damaged"


def _tarred(data: Buffer) -> tuple[list[Entry], int | None]:
    """The entries of a tar archive that are listed, and how many there are; None where they are not counted."""
    kinds = {tarfile.SYMTYPE: "link to", tarfile.LNKTYPE: "the same as"}
    entries = list[Entry]()
    with tarfile.open(fileobj=_file(data), mode="r:*") as archive:
        for found in archive:
            if len(entries) == MOST_ENTRIES:
                return entries, None
            about = f"{kinds[found.type]} {found.linkname}" if found.type in kinds else ""
            entries.append(Entry(found.name + "/" * found.isdir(), found.size if found.isfile() else None, about))
            if found.offset_data + found.size > MOST_UNPACKED:
                return entries, None
    return entries, len(entries)
