"""Two versions of one file side by side; all of it is made on this machine."""

from __future__ import annotations

import asyncio
import base64
from typing import Any, Literal

from hubshare.errors import Invalid
from hubshare.names import check_path, quoted
from hubshare.rendering.encodings import WESTERN, guessed
from hubshare.rendering.kinds import image_type, wide_encoding
from hubshare.sync.notebooks.cells import Cell, pieces, read_notebook, source
from hubshare.sync.notebooks.outputs import is_notebook
from hubshare.sync.trees import LINK
from hubshare.wire.socket.differences import CellPair, Difference, FileDifference, FileVersion, NotebookCell
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import file_versions
from hubshare_agents.checkout.file_versions import Content
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of

_HEAD = 4096

Kind = Literal["notebook", "text", "image", "binary"]


async def difference(agent: Agent, args: Difference, progress: Progress) -> FileDifference:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    if not path:
        raise Invalid("Name a file in the checkout.")
    check_path(path)
    old = await file_versions.find(agent.client, loop, path, args.old, progress)
    if args.text is not None:
        new: Content | None = file_versions.given(args.text)
    else:
        new = await file_versions.find(agent.client, loop, path, args.new, progress)
    if old is None and new is None:
        raise Invalid(f"There is no {quoted(path)} in either of these versions.")
    async with loop.held(progress):
        made = await asyncio.to_thread(settle, loop.checkout)
    kind = next((conflict.kind for conflict in made.conflicts if conflict.path == path), None)
    shown = await asyncio.to_thread(compare, path, old, new)
    in_conflict = (args.old, args.new) == ("published", "disk") and args.text is None and kind is not None
    by_cell = in_conflict and shown["pairs"] is not None and old is not None and new is not None
    return FileDifference(project=loop.checkout.state.name, path=path, conflict=kind, by_cell=by_cell, **shown)


def compare(path: str, old: Content | None, new: Content | None) -> dict[str, Any]:
    """Return how two versions are shown: of `FileDifference` what does not depend on the checkout."""
    both = [content for content in (old, new) if content is not None]
    found: dict[str, Any] = {"kind": "binary", "pairs": None, "why": ""}
    if any(content.data is None for content in both):
        found["why"] = f"It has more than {file_versions.SHOWN_BYTES // 1024**2} MiB in one of the versions."
    else:
        found["kind"] = _kind(both)
        if found["kind"] == "binary":
            found["why"] = "It is no text and no image in one of the versions."
        elif is_notebook(path) and found["kind"] == "text":
            try:
                found["pairs"] = _pairs(old, new)
                found["kind"] = "notebook"
            except Invalid:
                # It is shown as the text that it is.
                pass
    found["old"], found["new"] = (content and _shown(content, found["kind"]) for content in (old, new))
    return found


def _kind(both: list[Content]) -> Kind:
    heads = [(content.data or b"")[:_HEAD] for content in both]
    if all(image_type(head) for head in heads) and all(content.entry.mode != LINK for content in both):
        return "image"
    return "text" if all(_text(content) is not None for content in both) else "binary"


def _text(content: Content) -> str | None:
    data = content.data or b""
    encoding = wide_encoding(data)
    if b"\0" in data and not encoding:
        return None
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        found = "" if encoding else guessed(data)
    try:
        return data.decode(found) if found and found != WESTERN else None
    except UnicodeDecodeError:
        return None


def _shown(content: Content, kind: Kind) -> FileVersion:
    made = FileVersion(words=content.words, id=content.entry.id, mode=content.entry.mode, size=content.size)
    if kind == "text":
        made.text = _text(content)
    elif kind == "image" and content.data is not None:
        made.data, made.media = base64.b64encode(content.data).decode(), image_type(content.data[:_HEAD])
    return made


def _pairs(old: Content | None, new: Content | None) -> list[CellPair]:
    before, after = (_cells(content) for content in (old, new))
    return [
        CellPair(
            old=_cell(piece.theirs),
            new=None if piece.ours == piece.theirs else _cell(piece.ours),
            same=piece.ours == piece.theirs,
            differs=piece.differs,
        )
        for piece in pieces(after, before)
    ]


def _cells(content: Content | None) -> dict[str, Any]:
    return read_notebook(content.data or b"") if content is not None else {"nbformat": 4, "cells": []}


def _cell(cell: Cell | None) -> NotebookCell | None:
    if cell is None:
        return None
    count, outputs = cell.get("execution_count"), cell.get("outputs")
    return NotebookCell(
        kind=cell["cell_type"],
        source=source(cell),
        count=count if isinstance(count, int) and not isinstance(count, bool) else None,
        outputs=[one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else [],
    )


HANDLERS: dict[str, Handler] = {"difference": difference}
