"""Calls that agents make: sessions, and packs that come and go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from hubshare.client.call import Call, Download, Progress, Steps, api, nothing, one
from hubshare.client.calls.verbs import get, silent
from hubshare.wire import api as r

#: How much of a file is uploaded at once, in bytes.
_PIECE = 8 * 1024 * 1024


def open_session(server: str) -> Call[r.Session]:
    """Trade the token for Redis credentials; the same server's earlier ones end."""
    return Call("POST", api("agent", "session"), one(r.Session), body={"server": server})


def place_in_line(entry: str) -> Call[r.PlaceInLine]:
    """Where a push of your agents stands that has not been answered.

    Args:
        entry: its id on your outbox.
    """
    return get(api("agent", "place"), r.PlaceInLine, entry=entry)


def download_update(
    project_id: str, have: str, want: str, target: BinaryIO, progress: Progress = silent, again: bool = False
) -> Download:
    """Fetch the pack that brings a checkout from one commit to another.

    Args:
        again: have it built anew: it was damaged.
    """
    query = {"again": "true" if again else None}
    return Download(Call("GET", api("packs", project_id, have, want), nothing, query, repeat=True), target, progress)


def download_contents(
    project_id: str, commit: str, paths: list[str], target: BinaryIO, progress: Progress = silent
) -> Download:
    """Fetch a pack of the contents at some paths of a published commit."""
    body = {"commit": commit, "paths": paths}
    return Download(Call("POST", api("packs", project_id), nothing, body=body, repeat=True), target, progress)


def upload_size(upload: str) -> Call[r.Upload]:
    """How many bytes of an upload have arrived."""
    return get(api("uploads", upload), r.Upload)


def append_upload(upload: str, offset: int, piece: bytes) -> Call[r.Upload]:
    """Add a piece of at most 16 MiB at an offset."""
    return Call("PATCH", api("uploads", upload), one(r.Upload), {"offset": offset}, piece=piece)


def finish_upload(upload: str) -> Call[r.Upload]:
    """Flush an upload to disk, so that a push may name it."""
    return Call("POST", api("uploads", upload, "finish"), one(r.Upload), repeat=True)


def upload(upload: str, source: Path, progress: Progress = silent) -> Steps[None]:
    """Bring a file to the centre, going on where an earlier try broke off."""
    with source.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        done = (yield upload_size(upload)).size
        while done < total:
            file.seek(done)
            done = (yield append_upload(upload, done, file.read(_PIECE))).size
            progress(done, total)
    yield finish_upload(upload)
