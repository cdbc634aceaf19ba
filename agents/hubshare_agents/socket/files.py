"""What the file browser shows of a checkout."""

from __future__ import annotations

import asyncio
import os
from itertools import islice
from pathlib import Path
from typing import Literal

from hubshare.errors import NotFound
from hubshare.sync import plan as planning
from hubshare.sync.trees import Side
from hubshare.wire.socket.files import MOST_ENTRIES, FolderMarks, Marks, Plan, PlannedFile, PlannedFiles
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import pushing, requests
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.marks import marks
from hubshare_agents.checkout.planning import planned
from hubshare_agents.checkout.progress import Busy, Patience, Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of, folder_of

#: So long marks wait for what is under way; then they are made of what is known meanwhile.
_MARKS_SECONDS = 0.5


async def mark(agent: Agent, args: Marks, progress: Progress) -> FolderMarks:
    folder = folder_of(args, args.folder or args.cwd)
    try:
        loop, inside = checkout_of(agent, args, args.folder)
    except NotFound:
        return FolderMarks(project=None, folder=str(folder), marks={})

    def look() -> FolderMarks:
        names = list(islice(_entries(folder), MOST_ENTRIES)) if args.names is None else args.names
        found = marks(loop.checkout, inside, names, loop.left)
        return FolderMarks(project=loop.checkout.state.name, folder=str(folder), marks=found)

    try:
        async with loop.held(Patience(progress, _MARKS_SECONDS)):
            return await asyncio.to_thread(look)
    except Busy:
        return await asyncio.to_thread(look)


def _entries(folder: Path) -> list[str]:
    """The names in a folder; those that are not UTF-8 cannot be told to a browser, which does not show them either."""
    try:
        return sorted(
            one.name for one in folder.iterdir() if os.fsencode(one.name) == one.name.encode(errors="replace")
        )
    except OSError:
        return []


async def plan(agent: Agent, args: Plan, progress: Progress) -> PlannedFiles:
    loop, _ = checkout_of(agent, args, args.folder)
    # Further pages are of what was found for the first one.
    made = (
        await requests.plan(loop, progress) if args.after is None else await asyncio.to_thread(planned, loop.checkout)
    )
    return await asyncio.to_thread(_page, loop, made, args)


def _page(loop: CheckoutLoop, made: planning.Plan, args: Plan) -> PlannedFiles:
    index = loop.checkout.index
    in_conflict = {conflict.path for conflict in made.conflicts}
    edits = pushing.edits(loop.checkout, made)
    pushes = {path: (index.row(path).agreed, new) for path, new in edits.items() if path not in in_conflict}
    pulls: dict[str, tuple[Side, Side]] = {**made.write, **{path: (local, None) for path, local in made.delete.items()}}
    held = made.held | loop.left
    files = [
        *(PlannedFile(path=path, way="push", change=_change(*sides), why="") for path, sides in pushes.items()),
        *(PlannedFile(path=path, way="pull", change=_change(*sides), why="") for path, sides in pulls.items()),
        *(PlannedFile(path=one.path, way="conflict", change=None, why=one.kind) for one in made.conflicts),
        *(PlannedFile(path=path, way="held", change=None, why=why) for path, why in held.items()),
    ]
    files = sorted((one for one in files if args.after is None or one.path > args.after), key=lambda one: one.path)
    page = files[: args.limit]
    return PlannedFiles(
        project=loop.checkout.state.name,
        folder=loop.checkout.state.root,
        pushes=len(pushes),
        pulls=len(pulls),
        conflicts=len(in_conflict),
        held=len(held),
        files=page,
        next=page[-1].path if len(files) > len(page) else None,
    )


def _change(old: Side, new: Side) -> Literal["add", "edit", "delete"]:
    return "delete" if new is None else "add" if old is None else "edit"


HANDLERS: dict[str, Handler] = {"marks": mark, "plan": plan}
