"""Calls of what projects hold: versions, folders and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Literal
from uuid import uuid4

from hubshare.client.call import Call, Download, Listing, Progress, Steps, nothing, one, project_path
from hubshare.client.calls.agents import upload
from hubshare.client.calls.verbs import get, given, listing, silent
from hubshare.wire import api as r
from hubshare.wire.api.contents import Existing


def versions(project: str, page: int = 500, path: str | None = None) -> Listing[r.Version]:
    """Published versions, the newest first.

    Args:
        path: only those that changed this file, or something in this folder.
    """
    return listing(project_path(project, "versions"), r.Version, page, path=path)


def restore_version(
    project: str, version: str, path: str = "", confirmed: bool = False, newest: int | None = None
) -> Call[r.Settled]:
    """Publish a file, a folder or all of an earlier version again, as a new version.

    Args:
        version: a number, `v` and a number, or at least 7 digits of a commit.
        path: a file or folder; the whole project if empty.
        confirmed: that many files may be deleted by it.
        newest: only while this is the number of the newest version.
    """
    body = given(path=path, confirmed=confirmed, newest=newest)
    return Call("POST", project_path(project, "versions", version, "restore"), one(r.Settled), body=body)


def change_files(
    project: str,
    write: Mapping[str, str] | None = None,
    move: Mapping[str, str] | None = None,
    delete: Sequence[str] = (),
    message: str = "",
    base: int | None = None,
    confirmed: bool = False,
) -> Call[r.Settled]:
    """Write, move and delete files, all as one version.

    Args:
        write: path to the whole text that a file is to have.
        move: path of a file or folder to the path that it is to have.
        delete: files and folders that are to go.
        base: number of the version that was looked at; what somebody has changed since is refused.
        confirmed: that many files may be deleted by it.
    """
    body = given(
        write=dict(write or {}),
        move=dict(move or {}),
        delete=list(delete),
        message=message,
        base=base,
        confirmed=confirmed,
    )
    return Call("POST", project_path(project, "changes"), one(r.Settled), body=body)


def publish_upload(
    project: str,
    upload: str,
    folder: str = "",
    *,
    existing: Existing = "ask",
    take_off: bool = False,
    base: int | None = None,
    message: str = "",
) -> Call[r.Uploaded]:
    """Publish the files of a zip that was uploaded in pieces and finished, all as one version.

    Args:
        upload: its id.
        folder: of the project, into which they go; its top if empty.
        existing: what becomes of files that are there already; `ask` refuses with the code `already-there`, and names them.
        take_off: whether one folder that all in the zip lies in is taken off.
        base: number of the version that was looked at; what somebody has changed since is not replaced.
    """
    body = given(upload=upload, folder=folder, existing=existing, take_off=take_off, message=message, base=base)
    return Call("POST", project_path(project, "uploads"), one(r.Uploaded), body=body)


def upload_zip(
    project: str,
    source: Path,
    folder: str = "",
    *,
    existing: Existing = "ask",
    take_off: bool = False,
    base: int | None = None,
    message: str = "",
    progress: Progress = silent,
) -> Steps[r.Uploaded]:
    """Upload a zip, and publish the files in it; see `publish_upload`."""
    name = uuid4().hex
    yield from upload(name, source, progress)
    made: r.Uploaded = yield publish_upload(
        project, name, folder, existing=existing, take_off=take_off, base=base, message=message
    )
    return made


def tree(project: str, path: str = "", version: str | None = None) -> Listing[r.Entry]:
    """The files and folders in a folder of a version; the top of the newest one if they are not named."""
    return listing(project_path(project, "tree"), r.Entry, path=path, version=version)


def entry(project: str, path: str, version: str | None = None) -> Call[r.Entry]:
    """What lies at a path of a version; the newest one unless it is named."""
    return get(project_path(project, "entry"), r.Entry, path=path, version=version)


def file(project: str, path: str, version: str | None = None) -> Call[bytes]:
    """A file's content at a version; the newest one unless it is named."""
    return Call("GET", project_path(project, "file"), bytes, {"path": path, "version": version}, repeat=True)


def download_file(
    project: str, path: str, target: BinaryIO, version: str | None = None, progress: Progress = silent
) -> Download:
    """Fetch a file's content at a version, piece by piece; the newest one unless it is named."""
    query = {"path": path, "version": version}
    return Download(Call("GET", project_path(project, "file"), nothing, query, repeat=True), target, progress)


def download_archive(
    project: str,
    target: BinaryIO,
    format: Literal["zip", "tar"] = "zip",
    version: str | None = None,
    progress: Progress = silent,
) -> Download:
    """Fetch a version as one zip or tar file."""
    query = {"format": format, "version": version}
    return Download(Call("GET", project_path(project, "archive"), nothing, query, repeat=True), target, progress)
