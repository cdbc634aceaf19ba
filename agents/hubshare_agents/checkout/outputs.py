"""Outputs that a project does not share: what of a notebook on disk is shared, and how they stay when an update is written."""

from __future__ import annotations

import os

from hubshare.config import MIB
from hubshare.errors import Invalid
from hubshare.git.objects import BLOB, Object
from hubshare.sync.notebooks.outputs import NOTEBOOK_BYTES, is_notebook, join, strip
from hubshare.sync.trees import LINK, Entry
from hubshare.vocabulary import OutputsName
from hubshare_agents.checkout.disk import Busy, Disk
from hubshare_agents.checkout.index import Row
from hubshare_agents.checkout.stash import Stash

UNREADABLE = (
    "it is not a notebook that can be read, so its outputs, which this project does not share, cannot be left out: "
    "mend it, or have the project share outputs"
)

TOO_LARGE = (
    f"it has more than {NOTEBOOK_BYTES // MIB} MiB, too much to leave out its outputs, which this project does not share: "
    "clear them, or have the project share outputs"
)

#: Why a version was kept.
WITH_OUTPUTS = "version with outputs, replaced by an update"


def shared(disk: Disk, row: Row, found: Entry, outputs: OutputsName) -> Entry:
    """What of a file is shared: of a notebook that was edited, where outputs are stripped, all but these.

    Args:
        row: what is known of its path. A file that is as it was, or as agreed on, is no edit whatever the project wants now.
        found: the file on disk.
        outputs: what the project says of them.

    Raises:
        Invalid: when it is no notebook that can be read, or is too large; in words for the person.
        Busy: when it changed since it was found.
    """
    small = row.seen is None or row.seen.size <= NOTEBOOK_BYTES
    if row.raw and row.local is not None and row.on_disk == found and (small or row.local == row.agreed):
        return row.local
    if not is_notebook(row.path) or found.mode == LINK or found == row.agreed or outputs != "strip":
        return found
    data = _read(disk, row.path, found.id)
    try:
        stripped = strip(data)
    except Invalid:
        raise Invalid(UNREADABLE) from None
    return found if stripped is data else found._replace(id=Object(BLOB, stripped).id)


def shared_content(disk: Disk, row: Row) -> Object:
    """The content of what is shared of a notebook with outputs.

    Raises:
        Busy: when it changed since it was last looked at.
    """
    try:
        return Object(BLOB, strip(_read(disk, row.path, row.raw)))
    except Invalid:
        raise Busy(row.path) from None


def with_own(disk: Disk, stash: Stash, row: Row, published: bytes) -> bytes:
    """What is written for a published notebook over one with outputs: they stay where the source has stayed.

    A version whose outputs do not all stay is kept first.

    Raises:
        Busy: when the file changed since it was last looked at.
    """
    assert row.on_disk is not None
    try:
        joined, complete = join(published, _read(disk, row.path, row.raw))
    except Invalid:
        raise Busy(row.path) from None
    if not complete:
        stash.put(row.path, row.on_disk, WITH_OUTPUTS)
    return joined


def _read(disk: Disk, path: str, expected: str) -> bytes:
    with disk.open(path) as file:
        if os.fstat(file.fileno()).st_size > NOTEBOOK_BYTES:
            raise Invalid(TOO_LARGE)
        data = file.read()
    if Object(BLOB, data).id != expected:
        raise Busy(path)
    return data
