"""Git over smart HTTP: `git clone`, `fetch` and `push` at `git/OWNER/NAME.git`, with a token of the Hub as the password.

Source: git's Documentation/gitprotocol-http.txt.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import IO, Annotated, Any, NamedTuple

from anyio import CancelScope
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.routing import APIRoute
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from hubshare import metering
from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.errors import HubShareError, Invalid, NotSignedIn, TooMany, Unavailable
from hubshare.git import pktline, stock
from hubshare.git.fetch_request import Refused, fault_of, published_only
from hubshare.git.published import published_among
from hubshare.git.repository import Repository
from hubshare.operations.audit import check_copies, is_written_down
from hubshare.operations.caller import Caller
from hubshare.service.git_http.receive_pack import answer, receive
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.places import check_cost, takes
from hubshare.service.web.request_body import body
from hubshare.store.access.actions import Action
from hubshare.store.audit import was_cloned
from hubshare.store.projects import latest, published_of

#: What a client may say in one step of a fetch: which commits it has, and which objects it wants.
_WANTS_MOST = 64 * MIB
#: What comes before a pack in protocol 2, and what a pack itself begins with.
_PACK = re.compile(rb"packfile\n|PACK")
_FRESH = {"Cache-Control": "no-cache, max-age=0, must-revalidate", "Pragma": "no-cache", "Expires": "0"}
_HEADERS = _FRESH | {"X-Content-Type-Options": "nosniff"}


class _GitRoute(APIRoute):
    """Answers errors in the one form that git shows to the person: plain text."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except HubShareError as error:
                return _refusal(error)
            except RequestValidationError:
                return _refusal(Invalid("This is not a request as git sends it."))
            except (RedisError, OperationalError):
                return _refusal(Unavailable("HubShare's database or Redis does not answer: try again in a moment."))
            except ClientDisconnect:
                return Response(status_code=400)

        return told


router = APIRouter(prefix="/git/{owner}/{name}.git", route_class=_GitRoute, include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "git"))]
#: Each is a process for as long as the client takes what it gives. Git asks where a project stands without its token at first.
Fetching = Annotated[None, Depends(takes("clone", dear=True))]
Pushing = Annotated[Caller, Depends(requires(Action.PUSH, "git"))]


@router.get("/info/refs")
async def get_refs(
    caller: Reading, request: Request, centre: TheCentre, owner: str, name: str, service: str = ""
) -> Response:
    """Where a project stands; the first request of every fetch and push."""
    if service == "git-upload-pack":
        # Where a token is needed, git sends it when it is asked for it: what visitors from the same address did does not count.
        repository = await run_in_threadpool(_repository, centre, caller, owner, name)
        # Git shows the person what it is told now, and nothing of what it is told later.
        await check_cost(request)
        protocol = request.headers.get("git-protocol", "")
        process = await stock.UploadPack.refs(repository.path, protocol)
        try:
            told = b"".join([piece async for piece in process])
            if await process.failed():
                raise Unavailable("Git could not read the project: tell an admin of the Hub.")
        finally:
            await _end(process)
        told = told if protocol == "version=2" else pktline.service_line(service) + told
    elif service == "git-receive-pack":
        pushing = await requires(Action.PUSH, "git")(request)
        # Workers need it, and most often they are on this machine: say so before anything is sent.
        stock.command()
        found = await run_in_threadpool(_project, centre, pushing, owner, name)
        told = pktline.advertisement("" if found.fresh else found.head)
    else:
        raise Invalid("This Hub speaks git's smart HTTP only: use git itself, 1.6.6 or later.")
    return Response(told, media_type=f"application/x-{service}-advertisement", headers=_HEADERS)


@router.post("/git-upload-pack")
async def fetch(caller: Reading, _: Fetching, request: Request, centre: TheCentre, owner: str, name: str) -> Response:
    """One step of a fetch: what the client has and wants, and the pack."""
    _check_type(request, "git-upload-pack")
    repository = await run_in_threadpool(_repository, centre, caller, owner, name)
    await run_in_threadpool(check_copies, caller, centre)
    # Where there is room for large things.
    folder = centre.settings.packs
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as sent, tempfile.TemporaryFile(dir=folder) as file:
        async for piece in body(request, _WANTS_MOST):
            sent.write(piece)
        try:
            await run_in_threadpool(_hide_unpublished, centre, caller, owner, name, sent, file)
        except Refused as refused:
            told = pktline.line(f"ERR {refused.message}".encode())
            return Response(told, media_type="application/x-git-upload-pack-result", headers=_HEADERS)
        protocol = request.headers.get("git-protocol", "")
        process = await stock.UploadPack.pack(repository.path, protocol, file)
        try:
            pieces = _noting(aiter(process), lambda: run_in_threadpool(_note, centre, caller, owner, name))
            first = await anext(pieces, b"")
            if not first and await process.failed():
                if said := await run_in_threadpool(fault_of, file, protocol, folder):
                    raise Invalid(f"This is not a request as git sends it: {said}.")
                raise Unavailable("Git could not read the project: tell an admin of the Hub.")
        except BaseException:
            await _end(process)
            raise
    return _Fetch(process, first, pieces)


@router.post("/git-receive-pack")
async def push(
    caller: Pushing,
    _: Annotated[None, Depends(takes("push"))],
    request: Request,
    centre: TheCentre,
    owner: str,
    name: str,
) -> Response:
    """A push: what it wants, and the pack."""
    _check_type(request, "git-receive-pack")
    project = (await run_in_threadpool(_project, centre, caller, owner, name)).id
    received = await receive(centre.settings, request, caller.user)
    told = answer(centre, request.app.state.broker, caller, project, received)
    return StreamingResponse(told, media_type="application/x-git-receive-pack-result", headers=_HEADERS)


class _Fetch(StreamingResponse):
    """The answer of a process, which ends when there is nobody to take it."""

    def __init__(self, process: stock.UploadPack, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._process = process

        async def pieces() -> AsyncIterator[bytes]:
            yield first
            async for piece in rest:
                yield piece

        super().__init__(pieces(), media_type="application/x-git-upload-pack-result", headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await _end(self._process)


async def _end(process: stock.UploadPack) -> None:
    """Have git end, and count what it took."""
    process.end()
    # Also when the answer was broken off.
    with CancelScope(shield=True):
        metering.count(seconds=await process.used())


class _Found(NamedTuple):
    """A project at an address: its id, the commit that is published, and whether nobody needs to know of that.

    The empty first version is not shown to who pushes: git would want to have it merged with a repository that there was
    before. Who has a clone of it goes on from there.
    """

    id: str
    head: str
    fresh: bool


def _project(centre: Centre, caller: Caller, owner: str, name: str) -> _Found:
    """The project that a request is about, if the person may do that at this moment."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        fresh = project.version == 0 and not was_cloned(session, project.id)
        return _Found(project.id, project.head, fresh)


def _repository(centre: Centre, caller: Caller, owner: str, name: str) -> Repository:
    """The repository to fetch from, with its branch where the database says that it is."""
    found = _project(centre, caller, owner, name)
    repository = centre.repositories.open(found.id)
    repository.mirror(found.head)
    return repository


def _hide_unpublished(
    centre: Centre, caller: Caller, owner: str, name: str, request: IO[bytes], target: IO[bytes]
) -> None:
    """Write down what of a request git is to hear; see `hubshare.git.fetch_request`."""
    found = _project(centre, caller, owner, name)
    repository = centre.repositories.open(found.id)

    def versions(names: set[str]) -> set[str]:
        with centre.database.read() as session:
            return published_of(session, found.id, names)

    def published(names: set[str]) -> set[str]:
        known = versions(names)
        # The branch, of which the client was told, may be ahead of a database that came back from a backup.
        return known | published_among(repository.path, repository.branch, names - known)

    request.seek(0)
    published_only(request, target, published, versions)


async def _noting(pieces: AsyncIterator[bytes], note: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
    """The answer to one step of a fetch; `note` is called before the client gets a pack.

    Whether there is one cannot be told from the request: in most protocols git decides when it knows enough.
    """
    noted, end = False, b""
    async for piece in pieces:
        if not noted and _PACK.search(end + piece):
            await note()
            noted = True
        end = piece[-16:]
        yield piece


def _note(centre: Centre, caller: Caller, owner: str, name: str) -> None:
    """A copy is taken: that goes into the audit log, and into the receipt when access ends."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
    if not is_written_down(caller, centre, project=project.id, version=project.version):
        return
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        newest = latest(session, project.id)
        caller.note(session, project, version=newest.number if newest else None)


def _check_type(request: Request, service: str) -> None:
    # Browsers send no such thing by themselves, so no other site can have them push.
    if request.headers.get("content-type", "") != f"application/x-{service}-request":
        raise Invalid("This is not a request as git sends it.")


def _refusal(error: HubShareError) -> Response:
    headers = dict(_HEADERS)
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Basic realm="HubShare", charset="UTF-8"'
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    return PlainTextResponse(f"{error.message}\n", error.status, headers)
