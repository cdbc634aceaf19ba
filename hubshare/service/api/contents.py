"""What projects hold: files, folders and archives at any version, and packs for checkouts."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from hubshare.config import MIB
from hubshare.git.archive import Format
from hubshare.operations import contents, files, uploaded
from hubshare.operations.caller import Caller
from hubshare.service.web.answers import answer_to
from hubshare.service.web.asker import asker_of
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.downloads import AS_A_FILE, Downloading, FileContent, Pieces
from hubshare.service.web.making import Making
from hubshare.service.web.openapi import binary
from hubshare.service.web.places import takes
from hubshare.service.web.shared_stream import SharedStreams
from hubshare.store.access.actions import Action
from hubshare.wire.api.agents import Wanted
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import Settled
from hubshare.wire.api.contents import NewChange, NewUpload, Uploaded
from hubshare.wire.api.projects import Entry

router = APIRouter(tags=["contents"])

_PACK_TYPE = "application/x-git-packed-objects"
_PACK = binary(_PACK_TYPE, words="A pack, as git has it.")
_ARCHIVE_TYPES: dict[Format, str] = {"zip": "application/zip", "tar": "application/x-tar"}

ProjectId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Reading = Annotated[Caller, Depends(requires(Action.READ))]
CommitName = Annotated[str, Path(pattern="^[0-9a-f]{40}$")]


@router.get("/packs/{project}/{have}/{want}", response_class=FileResponse, responses=_PACK)
async def get_pack(
    caller: Reading,
    _: Downloading,
    request: Request,
    centre: TheCentre,
    project: ProjectId,
    have: CommitName,
    want: CommitName,
    again: bool = False,
) -> FileResponse:
    """The immutable pack that brings a checkout from one commit to another; built anew with `again`, if it was damaged."""
    found = await run_in_threadpool(
        contents.find_update_pack, caller, centre, project=project, have=have, want=want, again=again
    )
    if not found.there:
        making: Making = request.app.state.packs
        make = partial(contents.make_update_pack, centre, project=project, have=have, want=want)
        await making.once((project, have, want), asker_of(request, caller), make)
    return FileResponse(found.path, media_type=_PACK_TYPE, headers={"Cache-Control": "private, immutable"})


@router.post("/packs/{project}", response_class=StreamingResponse, responses=_PACK)
async def get_contents(
    caller: Reading, _: Downloading, request: Request, centre: TheCentre, project: ProjectId, wanted: Wanted
) -> Pieces:
    """A pack of just the contents at some paths of a published commit."""
    making: Making = request.app.state.packs
    make = partial(contents.pack_contents, caller, centre, project=project, wanted=wanted)
    # Nobody else's: the file is read by this one.
    file = await making.once(object(), asker_of(request, caller), make)
    # Whoever has no room for it knows that before it comes.
    length = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    return Pieces(iter(lambda: file.read(MIB), b""), file.close, _PACK_TYPE, length)


@router.get("/projects/{owner}/{name}/entry")
def get_entry(
    caller: Reading, centre: TheCentre, owner: str, name: str, path: str, version: str | None = None
) -> Entry:
    """What lies at a path of a version; the newest one unless it is named."""
    return contents.get_entry(caller, centre, owner=owner, name=name, path=path, version=version)


@router.get(
    "/projects/{owner}/{name}/file",
    response_class=Response,
    responses=binary("application/octet-stream", words="The file's content."),
)
def get_file(
    caller: Reading,
    _: Downloading,
    centre: TheCentre,
    owner: str,
    name: str,
    path: str,
    version: str | None = Query(None),
) -> Response:
    """A file's content at a version, as a download."""
    content = contents.open_file(caller, centre, owner=owner, name=name, path=path, version=version)
    return FileContent(content, "application/octet-stream", AS_A_FILE)


@router.get("/projects/{owner}/{name}/tree")
def get_tree(
    caller: Reading, centre: TheCentre, owner: str, name: str, path: str = "", version: str | None = None
) -> Page[Entry]:
    """The files and folders in a folder of a version; "" is the top."""
    return contents.list_folder(caller, centre, owner=owner, name=name, path=path, version=version)


@router.get(
    "/projects/{owner}/{name}/archive",
    response_class=StreamingResponse,
    responses=binary(*_ARCHIVE_TYPES.values(), words="The archive."),
)
def get_archive(
    caller: Reading,
    _: Annotated[None, Depends(takes("archive", dear=True))],
    request: Request,
    centre: TheCentre,
    owner: str,
    name: str,
    form: Annotated[Format, Query(alias="format")] = "zip",
    version: str | None = None,
) -> Pieces:
    """A version as one zip or tar file."""
    made = contents.export_archive(caller, centre, owner=owner, name=name, form=form, version=version)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "X-Content-Type-Options": "nosniff"}
    archives: SharedStreams = request.app.state.archives
    return Pieces(archives.take(made.key, made.begin), lambda: None, _ARCHIVE_TYPES[form], headers)


@router.post("/projects/{owner}/{name}/changes")
def change_files(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewChange,
) -> Settled:
    """Write, move and delete files, all as one version."""
    return files.change_files(caller, centre, owner=owner, name=name, wanted=wanted)


@router.post("/projects/{owner}/{name}/uploads")
async def publish_upload(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    _: Annotated[None, Depends(takes("upload", dear=True))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewUpload,
) -> Uploaded:
    """Publish the files of a zip that was uploaded in pieces, all as one version."""
    job = await run_in_threadpool(uploaded.publish_upload, caller, centre, owner=owner, name=name, wanted=wanted)
    return uploaded.read_outcome(await answer_to(centre, job))
