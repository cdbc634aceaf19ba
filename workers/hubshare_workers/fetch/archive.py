"""Archives from the internet, read entry by entry into git objects; nothing is unpacked to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from hubshare import metering
from hubshare.config import MIB, CentreSettings
from hubshare.errors import Invalid, NotFound, TooLarge
from hubshare.features.imports.providers.interface import Download
from hubshare.git.objects import BLOB
from hubshare.git.packs import PackWriter
from hubshare.names import link_fault, quoted, size
from hubshare.sync.trees import FILE, LINK, Entry, ancestors
from hubshare_workers.fetch.archive_entry import Archive, ArchiveEntry
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import host_of
from hubshare_workers.fetch.left_out import LeftOut, entry_fault
from hubshare_workers.fetch.tar_file import TarReader, is_tar
from hubshare_workers.fetch.zip_entries import ZipEntries

#: Most files in an archive.
MOST_FILES = 200_000
#: What a Mac puts beside the files.
_OF_MACS = "__MACOSX"


@contextmanager
def opened(file: BinaryIO, settings: CentreSettings, budget: Budget, host: str) -> Iterator[Archive]:
    """Open a zip or tar, by what is in it and not by its name.

    Raises:
        Invalid: when it is neither.
    """
    head = file.read(512)
    file.seek(0)
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\10")):
        yield ZipEntries(file, settings)
    elif is_tar(head):
        yield TarReader(file, budget, 2 * settings.max_push_bytes + 64 * MIB)
    else:
        raise Invalid(f"What {host} sends is no zip and no tar: is the address right?")


def take(
    file: Download, writer: PackWriter, settings: CentreSettings, budget: Budget, left_out: LeftOut, folder: str = ""
) -> dict[str, Entry]:
    """Write the contents of an archive into a pack; returns path to what is to lie there.

    One folder that all of it lies in is taken off.

    Args:
        folder: the part of it that is wanted; "" for all.

    Raises:
        Invalid, TooLarge: when it is damaged, or unpacks to too much.
        NotFound: when there is no such folder.
    """
    files, links, faults = dict[str, Entry](), dict[str, str](), dict[str, str]()
    total = count = 0
    with file.path.open("rb") as raw, opened(raw, settings, budget, host_of(file.url)) as archive:
        for entry in archive.entries():
            budget.check()
            count += 1
            if count > MOST_FILES:
                raise TooLarge(f"The archive holds more than {MOST_FILES:,} files: take a part of it.")
            if fault := _fault(entry, settings):
                faults[entry.name] = fault
                continue
            # Of two of the same name the later one counts, as when it is unpacked.
            links.pop(entry.name, None)
            if entry.mode == LINK:
                target = entry.target.encode()
                files[entry.name] = Entry(LINK, writer.add_unnamed(BLOB, len(target), [target]))
                links[entry.name] = entry.target
            elif entry.same_as:
                if entry.same_as not in files:
                    faults[entry.name] = "it is another name of a file that is not in the archive before it"
                    continue
                files[entry.name] = files[entry.same_as]
            else:
                total += entry.size
                if total > settings.max_push_bytes:
                    raise TooLarge(
                        f"The archive unpacks to more than {size(settings.max_push_bytes)}: take a part of it."
                    )
                metering.count(inflated=entry.size)
                name = writer.add_unnamed(BLOB, entry.size, archive.content())
                if not name:
                    raise Invalid("The archive is damaged, or was cut short: try again.")
                files[entry.name] = Entry(entry.mode or FILE, name)
            budget.progress("Unpacking", count, 0)
    found = _settled(files, links, faults, left_out, f"{folder}/" if folder else "")
    if folder and not found:
        raise NotFound(f"There is no folder {quoted(folder)} in the archive.")
    return found


def _fault(entry: ArchiveEntry, settings: CentreSettings) -> str:
    if entry.name.partition("/")[0] == _OF_MACS:
        return "it is what a Mac notes for itself"
    return entry.fault or entry_fault(entry.name, entry.mode, entry.size, settings)


def _settled(
    files: dict[str, Entry], links: dict[str, str], faults: dict[str, str], left_out: LeftOut, inside: str
) -> dict[str, Entry]:
    """What lies inside a folder, without the one that all of it lies in and without what has no place. Pure, but for the list.

    Args:
        faults: path to why something is left out.
    """
    tops = {path.partition("/")[:2] for path in files}
    top = next(iter(tops))[0] + "/" if len(tops) == 1 and next(iter(tops))[1] else ""
    made = dict[str, Entry]()
    for path, entry in files.items():
        short = path.removeprefix(top)
        if any(top + above in files for above in ancestors(short)):
            left_out.add(path, "there is a file where it needs a folder")
        elif path in links and (fault := link_fault(short, links[path])):
            faults[path] = fault
        elif short.startswith(inside):
            made[short.removeprefix(inside)] = entry
    folders = {above for path in made for above in ancestors(path)}
    for path, fault in faults.items():
        short = path.removeprefix(top)
        place = short.removeprefix(inside) if short.startswith(inside) else ""
        taken = place in made or place in folders or any(above in made for above in ancestors(place))
        if old := left_out.replace(path, fault, "" if taken else place):
            made[place] = old
    return made
