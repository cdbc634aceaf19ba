"""Earlier versions, and what was done."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from uuid import uuid4

from hubshare.client import calls
from hubshare.errors import Clash, HubShareError, Invalid, NotFound
from hubshare.git.objects import FOLDER
from hubshare.names import check_path, quoted, split_project
from hubshare.sync.trees import Entry
from hubshare.wire.api.projects import Version
from hubshare.wire.socket.history import (
    Audit,
    AuditEntries,
    Download,
    Downloaded,
    Kept,
    KeptVersion,
    KeptVersions,
    Log,
    Restore,
    Restored,
    Undo,
    Undone,
    Versions,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import requests, restoring
from hubshare_agents.checkout.file_versions import kept_version, version_named
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.link.link import told
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of, project_of

#: Most items of a list that the service gives at once.
_PAGE = 500


async def log(agent: Agent, args: Log, progress: Progress) -> Versions:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    state, found, after = loop.checkout.state, list[Version](), args.after
    listing = calls.contents.versions(state.name, min(args.limit, _PAGE), path if args.path else None)
    while len(found) < args.limit:
        page = listing.after(after) if after is not None else listing.first
        items, after = await asyncio.to_thread(agent.client.carry_out, page)
        found += items
        if after is None:
            break
    return Versions(project=state.name, here=state.number, versions=found[: args.limit], next=after)


async def kept(agent: Agent, args: Kept, progress: Progress) -> KeptVersions:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    checkout = loop.checkout
    async with loop.held(progress):
        await asyncio.to_thread(checkout.scan, [path])
        here = checkout.index.row(path)
        found = [
            KeptVersion(number=one.number, when=one.time, why=one.why, here=one.entry in (here.on_disk, here.local))
            for one in checkout.index.kept(path)
            # What was published is among the versions.
            if one.commit is None
        ]
    return KeptVersions(project=checkout.state.name, path=path, kept=found)


async def restore(agent: Agent, args: Restore, progress: Progress) -> Restored:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    project = loop.checkout.state.name
    auto = loop.checkout.state.mode == "auto" and loop.checkout.state.role != "reader"
    if path:
        check_path(path)
    if args.kept is not None:
        if args.version is not None:
            raise Invalid("Name a version, or one that is kept, not both.")
    elif args.version is None:
        brought = await requests.restore_deleted(loop, path, progress)
        if brought or not path:
            return Restored(project=project, path=path or ".", from_="the project", restored=brought)
    elif not path or (await asyncio.to_thread(agent.client.entry, project, path, args.version)).mode == FOLDER:
        version = await asyncio.to_thread(version_named, agent.client, project, args.version)
        written, left = await requests.restore_version(loop, version.commit, path, progress)
        return Restored(
            project=project,
            path=path or ".",
            from_=f"version {version.number}",
            restored=written,
            left=left,
            auto=auto,
        )
    async with loop.held(progress):
        with ExitStack() as opened:
            entry, content, source = await _earlier(agent, loop, path, args, progress, opened)
            await asyncio.to_thread(restoring.restore, loop.checkout, path, entry, content)
        loop.note_placed([path], restored=True)
        loop.wake()
    return Restored(project=project, path=path, from_=source, auto=auto)


async def undo(agent: Agent, args: Undo, progress: Progress) -> Undone:
    loop, _ = checkout_of(agent, args, args.folder)
    project, before = loop.checkout.state.name, f"v{args.version - 1}"
    # The centre decides, so that what others publish at the same moment is not undone with it.
    made = await asyncio.to_thread(
        agent.client.restore_version, project, before, confirmed=args.confirm, newest=args.version
    )
    done = Undone(
        project=project,
        undone=args.version,
        version=made.version or args.version,
        written=[],
        deleted=[],
        conflicts={},
        fault="",
    )
    try:
        pulled = await requests.pull(loop, progress)
    except HubShareError as error:
        return done.model_copy(update={"fault": told(error)})
    return done.model_copy(update=pulled.model_dump(include={"written", "deleted", "conflicts"}))


async def _earlier(
    agent: Agent, loop: CheckoutLoop, path: str, args: Restore, progress: Progress, opened: ExitStack
) -> tuple[Entry, Iterable[bytes], str]:
    """Return a version of a file other than the one on the disk, its content in pieces, and in words where it comes from.

    Args:
        opened: gets what is to be closed when the content was read.
    """
    checkout, client, version = loop.checkout, agent.client, args.version

    async def fetched(commit: str, entry: Entry) -> Iterable[bytes]:
        moved = lambda done, total: progress("download", done, total)  # noqa: E731
        pack = opened.enter_context(await loop.protocol.transfers.contents(commit, [path], moved))
        if entry.id not in pack:
            raise NotFound(f"{quoted(path)} is not in that version of {checkout.state.name} any more.")
        return pack.stream(entry.id)

    await asyncio.to_thread(checkout.scan, [path])
    row = checkout.index.row(path)
    wanted = kept_version(checkout, path, args.kept) if args.kept is not None else None
    if version is None:
        for one in [wanted] if wanted is not None else checkout.index.kept(path):
            if one.entry == row.on_disk and wanted is None:
                continue
            if one.commit is None:
                content = opened.enter_context(closing(checkout.stash.stream(one)))
                return one.entry, content, one.why
            return one.entry, await fetched(one.commit, one.entry), one.why
        published = checkout.index.published(path)
        if published is None or published == row.local:
            raise NotFound(
                f"There is no other version of {quoted(path)} to restore: name one from `hubshare log` with --version."
            )
    if version in (None, "latest"):
        commit = (await asyncio.to_thread(client.project, checkout.state.name)).commit
    else:
        commit = (await asyncio.to_thread(version_named, agent.client, checkout.state.name, version)).commit
    found = await asyncio.to_thread(client.entry, checkout.state.name, path, commit)
    entry = Entry(found.mode, found.id)
    return entry, await fetched(commit, entry), f"version {version}" if version else "the published version"


async def audit(agent: Agent, args: Audit, progress: Progress) -> AuditEntries:
    size, name = min(args.limit, _PAGE), args.project or ""
    if name.startswith("team:"):
        entries = agent.client.team_audit(name.removeprefix("team:"), page=size)
    else:
        name = project_of(agent, args)
        entries = agent.client.project_audit(name, page=size)
    found = await asyncio.to_thread(lambda: list(islice(entries, args.limit)))
    return AuditEntries(of=name, entries=found)


async def download(agent: Agent, args: Download, progress: Progress) -> Downloaded:
    project, version = project_of(agent, args), args.version
    if version is not None and not re.fullmatch("v?[0-9]{1,9}|[0-9a-f]{7,40}", version):
        raise NotFound(f"{quoted(version)} is no version: use a number from `hubshare log`, for example v3.")
    if version is None:
        version = f"v{(await asyncio.to_thread(agent.client.project, project)).version}"
    version = f"v{version}" if version.isdecimal() and len(version) < 10 else version
    target = _target(args, f"{split_project(project)[1]}-{version}.{args.format}")
    temporary = target.with_name(f".hubshare-{uuid4().hex}.tmp")

    def fetch() -> int:
        try:
            with temporary.open("xb") as file:
                agent.client.download_archive(
                    project, file, args.format, version, lambda done, total: progress("download", done, total)
                )
                size = file.tell()
            _put(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        return size

    return Downloaded(project=project, version=version, file=str(target), size=await asyncio.to_thread(fetch))


def _target(args: Download, name: str) -> Path:
    """Return the file that a download makes.

    Args:
        name: its name, where a folder is named.

    Raises:
        Clash: when it is there already.
        NotFound: when the folder that it is to lie in is not.
    """
    named = Path(os.path.normpath(Path(args.cwd) / Path(args.file or ".").expanduser()))
    target = named / name if named.is_dir() else named
    if not target.parent.is_dir():
        raise NotFound(f"There is no folder {target.parent}: make it first, or choose another one with -o.")
    if target.exists() or target.is_symlink():
        raise _there_already(target)
    return target


def _put(temporary: Path, target: Path) -> None:
    """Give a finished file its name, and replace nothing that has come to be there meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _there_already(target) from None
    except OSError:
        # A file system without links.
        temporary.rename(target)


def _there_already(target: Path) -> Clash:
    return Clash(f"{target} is there already: name another file with -o.")


HANDLERS: dict[str, Handler] = {
    "log": log,
    "kept": kept,
    "restore": restore,
    "undo": undo,
    "audit": audit,
    "download": download,
}
