"""What projects hold: packs, files at any version, and uploads on their way in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from hubshare.config import MIB
from hubshare.errors import Invalid, NotFound, TooLarge
from hubshare.git.objects import FOLDER, read_tree, tree_entry
from hubshare.git.packs import PackWriter
from hubshare.git.repository import Repository
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.service.archive import MEDIA_TYPES, Format, archive
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.openapi import binary
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.models import Version
from hubshare.wire.api.agents import Upload, Wanted
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import Entry

router = APIRouter(tags=["contents"])

#: Largest piece of an upload in one request.
PIECE_BYTES = 16 * MIB

_PACK = binary("application/x-git-packed-objects", words="A pack, as git has it.")
_PIECE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

ProjectId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
UploadId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Reading = Annotated[Caller, Depends(requires(Action.READ))]
Syncing = Annotated[Caller, Depends(requires(Action.SYNC))]
CommitName = Annotated[str, Path(pattern="^[0-9a-f]{40}$")]


@router.get("/packs/{project}/{have}/{want}", response_class=FileResponse, responses=_PACK)
def get_pack(
    caller: Reading,
    centre: TheCentre,
    project: ProjectId,
    have: CommitName,
    want: CommitName,
) -> FileResponse:
    """The immutable pack that brings a checkout from one commit to another."""
    repository = _readable(centre, caller, project, want)
    if repository.kind_and_size(have) is None:
        raise NotFound("That is no version of this project.")
    path = centre.repositories.update(project, have, want)
    return FileResponse(
        path, media_type="application/x-git-packed-objects", headers={"Cache-Control": "private, immutable"}
    )


@router.post("/packs/{project}", response_class=StreamingResponse, responses=_PACK)
def get_contents(caller: Reading, centre: TheCentre, project: ProjectId, wanted: Wanted) -> StreamingResponse:
    """A pack of just the contents at some paths of a published commit."""
    repository = _readable(centre, caller, project, wanted.commit)
    root, paths = repository.commit(wanted.commit).tree, [check_path(path) for path in wanted.paths]
    file = tempfile.TemporaryFile()  # noqa: SIM115 – closed when it has been streamed
    try:
        writer = PackWriter(file)
        for path in paths:
            found = tree_entry(repository.tree, root, path)
            if found is not None and found[0] != FOLDER:
                writer.add(repository.read(found[1]))
        writer.close()
        file.seek(0)
    except BaseException:
        file.close()
        raise

    def stream() -> Iterator[bytes]:
        with file:
            while piece := file.read(MIB):
                yield piece

    return StreamingResponse(stream(), media_type="application/x-git-packed-objects")


@router.get("/projects/{owner}/{name}/entry")
def get_entry(
    caller: Reading,
    centre: TheCentre,
    owner: str,
    name: str,
    path: str,
    version: str | None = None,
) -> Entry:
    """What lies at a path of a version; the newest one unless it is named."""
    _, _, _, found = _find(centre, caller, owner, name, path, version)
    return Entry(path=path, mode=found[0], id=found[1])


@router.get(
    "/projects/{owner}/{name}/file",
    response_class=Response,
    responses=binary("application/octet-stream", words="The file's content."),
)
def get_file(
    caller: Reading,
    centre: TheCentre,
    owner: str,
    name: str,
    path: str,
    version: str | None = Query(None),
) -> Response:
    """A file's content at a version, as a download."""
    repository, _, _, found = _find(centre, caller, owner, name, path, version)
    if found[0] == FOLDER:
        raise Invalid(f"{quoted(path)} is a folder: name a file in it.")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(repository.read(found[1]).data, media_type="application/octet-stream", headers=headers)


@router.get("/projects/{owner}/{name}/tree")
def get_tree(
    caller: Reading,
    centre: TheCentre,
    owner: str,
    name: str,
    path: str = "",
    version: str | None = None,
) -> Page[Entry]:
    """The files and folders in a folder of a version; "" is the top."""
    repository, _, root, _ = _find(centre, caller, owner, name, "", version)
    found = tree_entry(repository.tree, root, check_path(path)) if path else (FOLDER, root)
    if found is None or found[0] != FOLDER:
        raise NotFound(f"There is no folder {quoted(path)} in {owner}/{name}.")
    items = read_tree(repository.tree(found[1]))
    return Page(
        items=[Entry(path=f"{path}/{item}" if path else item, mode=mode, id=oid) for item, (mode, oid) in items.items()]
    )


@router.get(
    "/projects/{owner}/{name}/archive",
    response_class=StreamingResponse,
    responses=binary(*MEDIA_TYPES.values(), words="The archive."),
)
def get_archive(
    caller: Reading,
    centre: TheCentre,
    owner: str,
    name: str,
    form: Annotated[Format, Query(alias="format")] = "zip",
    version: str | None = None,
) -> StreamingResponse:
    """A version as one zip or tar file."""
    repository, row, root, _ = _find(centre, caller, owner, name, "", version)
    with centre.database.begin(row.project_id) as session:
        project, _ = caller.project(session, owner, name)
        caller.note(session, project, version=row.number, format=form)
        top = f"{project.name}-v{row.number}"
    seconds = int(row.created.replace(tzinfo=UTC).timestamp())

    def stream() -> Iterator[bytes]:
        # Another thread sends each piece: the repository that is open in this one is not to be used there.
        own = Repository(repository.path)
        try:
            yield from archive(own, root, top, seconds, form)
        finally:
            own.close()

    headers = {"Content-Disposition": f'attachment; filename="{top}.{form}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(stream(), media_type=MEDIA_TYPES[form], headers=headers)


@router.get("/uploads/{upload}")
def get_upload(caller: Syncing, centre: TheCentre, upload: UploadId) -> Upload:
    """How many bytes of an upload have arrived."""
    return Upload(size=centre.uploads.size(caller.user, upload))


@router.patch("/uploads/{upload}", openapi_extra={"requestBody": {"required": True, "content": _PIECE}})
async def append_upload(
    caller: Syncing,
    centre: TheCentre,
    upload: UploadId,
    request: Request,
    offset: Annotated[int, Query(ge=0)],
) -> Upload:
    """Add a piece of at most 16 MiB, in the body, at an offset."""
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) > PIECE_BYTES:
            raise TooLarge(f"A piece of an upload has at most {PIECE_BYTES:,} bytes.")
    size = await run_in_threadpool(centre.uploads.append, caller.user, upload, offset, bytes(piece))
    return Upload(size=size)


@router.post("/uploads/{upload}/finish")
def finish_upload(caller: Syncing, centre: TheCentre, upload: UploadId) -> Upload:
    """Flush an upload to disk, so that a push may name it."""
    size = centre.uploads.size(caller.user, upload)
    if not size:
        raise NotFound("There is no such upload: begin it again.")
    centre.uploads.finish(caller.user, upload)
    return Upload(size=size)


def _readable(centre: TheCentre, caller: Caller, project: str, commit: str) -> Repository:
    """A project's repository, if the person may read it and the commit is published: it also keeps what is not."""
    with centre.database.read() as session:
        caller.project_of_id(session, project)
        if not projects.is_published(session, project, commit):
            raise NotFound("That is no version of this project.")
    return centre.repositories.open(project)


def _find(
    centre: TheCentre, caller: Caller, owner: str, name: str, path: str, version: str | None
) -> tuple[Repository, Version, str, tuple[int, str]]:
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        row = projects.version(session, project.id, version) if version else projects.latest(session, project.id)
    if row is None:
        raise NotFound(f"{owner}/{name} has no version yet.")
    repository = centre.repositories.open(project.id)
    root = repository.commit(row.commit).tree
    found = tree_entry(repository.tree, root, check_path(path)) if path else (FOLDER, root)
    if found is None:
        raise NotFound(f"There is no {quoted(path)} in version {row.number} of {owner}/{name}: see `hubshare log`.")
    return repository, row, root, found
