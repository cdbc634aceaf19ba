"""The versions of one file that can be looked at: in the folder, published, agreed on, kept, or of any published version."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing, suppress
from typing import NamedTuple

from hubshare.client import Client
from hubshare.config import MIB
from hubshare.errors import HubShareError, Invalid, NotFound, TooLarge
from hubshare.git.objects import BLOB, FOLDER, object_id
from hubshare.names import quoted
from hubshare.sync.trees import FILE, LINK, Entry, Side
from hubshare.wire.api.projects import Version
from hubshare_agents.checkout.index import Kept
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.progress import Progress

#: Larger contents are not shown side by side, in bytes.
SHOWN_BYTES = 2 * MIB
#: So many versions of a file are looked at to find the one that both sides agreed on.
_AGREED_MOST = 20


class Content(NamedTuple):
    """One version of a file.

    Attributes:
        words: which one it is, for a person.
        entry: what the version is; of a notebook whose outputs are not shared, without them.
        data: what is shown, so with the outputs; None for more than `SHOWN_BYTES`.
        size: of what is shown, in bytes; 0 where that is not known.
    """

    words: str
    entry: Entry
    data: bytes | None
    size: int


class _Wanted(NamedTuple):
    """A content that is not at hand: it is in a published commit."""

    words: str
    entry: Entry
    commit: str


async def find(client: Client, loop: CheckoutLoop, path: str, which: str, progress: Progress) -> Content | None:
    """Return a version of a file; None where there is no file in it.

    Args:
        which: as `hubshare.wire.socket.differences` says.

    Raises:
        NotFound: when there is no such version.
        Invalid: when the path is a folder.
    """
    checkout = loop.checkout
    if which == "none":
        return None
    if which in ("disk", "published", "base") or which.startswith("kept:"):
        async with loop.held(progress):
            await asyncio.to_thread(checkout.scan, [path])
            found = await asyncio.to_thread(_known, checkout, path, which)
        if found is None or isinstance(found, Content):
            return found
        if found.commit:
            return await _fetched(loop, path, found, progress)
        commit = await asyncio.to_thread(_agreed, client, checkout.state.name, path, found.entry)
        return await _fetched(loop, path, found._replace(commit=commit), progress)
    project = checkout.state.name
    version = await asyncio.to_thread(version_named, client, project, which)
    try:
        entry = await asyncio.to_thread(client.entry, project, path, version.commit)
    except NotFound:
        return None
    if entry.mode == FOLDER:
        raise Invalid(f"{quoted(path)} is a folder in version {version.number}: name a file.")
    side, words = Entry(entry.mode, entry.id), f"version {version.number}"
    async with loop.held(progress):
        local = await asyncio.to_thread(_at_hand, checkout, path, side, words)
    return local or await _fetched(loop, path, _Wanted(words, side, version.commit), progress)


def given(text: str) -> Content:
    """Return what an editor holds as a version."""
    data = text.encode(errors="surrogatepass")
    return Content(
        "not saved", Entry(FILE, object_id(BLOB, data)), data if len(data) <= SHOWN_BYTES else None, len(data)
    )


def version_named(client: Client, project: str, said: str) -> Version:
    """Return the version that a person names by its number, with or without a v, or by its commit.

    Raises:
        NotFound: when there is none.
    """
    number = said.removeprefix("v")
    by_number = number.isdecimal() and len(number) < 10
    if by_number or re.fullmatch("[0-9a-f]{7,40}", said):
        for found in client.versions(project):
            if found.number == int(number) if by_number else found.commit.startswith(said):
                return found
    raise NotFound(f"{quoted(said)} is no version of {project}: use a number from `hubshare log`, for example v3.")


def kept_version(checkout: LocalCheckout, path: str, number: int) -> Kept:
    """Return a kept version of a file.

    Raises:
        NotFound: when there is none of that number.
    """
    for kept in checkout.index.kept(path):
        if kept.number == number:
            return kept
    raise NotFound(f"That version of {quoted(path)} is not kept any more.")


def read_here(checkout: LocalCheckout, path: str, mode: int) -> bytes | None:
    """Return what lies at a path now; None for more than `SHOWN_BYTES`."""
    if mode == LINK:
        return checkout.disk.read_link(path)
    with checkout.disk.open(path) as file:
        data = b""
        while len(data) <= SHOWN_BYTES and (piece := file.read(SHOWN_BYTES + 1 - len(data))):
            data += piece
    return data if len(data) <= SHOWN_BYTES else None


def _known(checkout: LocalCheckout, path: str, which: str) -> Content | _Wanted | None:
    """Return one of the versions that this checkout knows, or what has to be fetched for it."""
    row = checkout.index.row(path)
    if which == "disk":
        if row.local is None:
            if row.held:
                raise Invalid(f"{quoted(path)} cannot be shown: {row.held}.")
            return None
        return _here(checkout, path, row.local, "in this folder")
    if which.startswith("kept:"):
        if not which[5:].isdecimal():
            raise NotFound(f"{quoted(which)} is no version that is kept.")
        kept = kept_version(checkout, path, int(which[5:][:9]))
        if kept.commit is not None:
            return _at_hand(checkout, path, kept.entry, kept.why) or _Wanted(kept.why, kept.entry, kept.commit)
        return _kept(checkout, kept, kept.why)
    side: Side
    if which == "published":
        side, words, commit = checkout.index.published(path), f"version {checkout.state.number}", checkout.state.base
    else:
        side, words, commit = row.agreed, "before both", ""
    if side is None:
        return None
    return _at_hand(checkout, path, side, words) or _Wanted(words, side, commit)


def _at_hand(checkout: LocalCheckout, path: str, side: Entry, words: str) -> Content | None:
    """Return a content that is in its place in the folder, or kept."""
    row = checkout.index.row(path)
    if row.on_disk is not None and row.on_disk.id == side.id:
        with suppress(OSError):
            found = _here(checkout, path, side, words)
            if found.data is None or object_id(BLOB, found.data) == side.id:
                return found
    for kept in checkout.index.kept(path):
        if kept.entry.id == side.id and kept.commit is None:
            with suppress(OSError):
                return _kept(checkout, kept._replace(entry=side), words)
    return None


def _here(checkout: LocalCheckout, path: str, entry: Entry, words: str) -> Content:
    data, seen = read_here(checkout, path, entry.mode), checkout.index.row(path).seen
    return Content(words, entry, data, len(data) if data is not None else seen.size if seen else 0)


def _kept(checkout: LocalCheckout, kept: Kept, words: str) -> Content:
    data, size = bytearray(), 0
    with closing(checkout.stash.stream(kept)) as pieces:
        for piece in pieces:
            size += len(piece)
            if size <= SHOWN_BYTES:
                data += piece
    return Content(words, kept.entry, bytes(data) if size <= SHOWN_BYTES else None, size)


async def _fetched(loop: CheckoutLoop, path: str, wanted: _Wanted, progress: Progress) -> Content:
    """Fetch a content, unless it turns out to be too large to be shown."""

    def moved(done: int, total: int) -> None:
        # A pack is about as large as what it holds, or smaller.
        if total > 2 * SHOWN_BYTES:
            raise TooLarge("It is not fetched.")
        progress("download", done, total)

    try:
        pack = await loop.protocol.transfers.contents(wanted.commit, [path], moved)
    except TooLarge:
        return Content(wanted.words, wanted.entry, None, 0)
    with pack:
        if wanted.entry.id not in pack:
            raise NotFound(f"{quoted(path)} is not in that version of {loop.checkout.state.name} any more.")
        size = pack.places[wanted.entry.id].size
        data = await asyncio.to_thread(pack.read, wanted.entry.id) if size <= SHOWN_BYTES else None
    return Content(wanted.words, wanted.entry, data.data if data is not None else None, size)


def _agreed(client: Client, project: str, path: str, entry: Entry) -> str:
    """Return the newest commit that holds what both sides agreed on.

    Raises:
        NotFound: when none of the last versions of the file does.
    """
    for number, version in enumerate(client.versions(project, path=path)):
        if number == _AGREED_MOST:
            break
        with suppress(HubShareError):
            if client.entry(project, path, version.commit).id == entry.id:
                return version.commit
    raise NotFound(f"What both versions of {quoted(path)} began from is not found among its last versions.")
