"""Finding the route of a request by one look at the paths of a router."""

from __future__ import annotations

import asyncio
import functools

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from hubshare.service.web.routing import PathsRouter, PrefixRouter

BELOW = "/services/hub.share"


def some_routers() -> list[APIRouter]:
    """Routers of which two have paths that are alike."""
    things, files = APIRouter(prefix="/things/{name}"), APIRouter()
    things.add_api_route("", lambda name: ["thing", name])
    things.add_api_route("/same", lambda name: ["same", name], methods=["GET", "POST"])
    things.add_api_route("/{number:int}.git", lambda name, number: ["number", name, number])
    files.add_api_route("/things/{name}/files/{path:path}", lambda name, path: ["files", name, path])
    files.add_api_route("/things/{name}/{any}", lambda name, any: ["any", name, any], methods=["GET", "DELETE"])
    files.add_api_route("/files/", lambda: ["all"])
    return [things, files]


@functools.cache
def made(by_paths: bool) -> FastAPI:
    app, below = FastAPI(), PrefixRouter(BELOW)
    for router in some_routers():
        below.include_router(PathsRouter(router, BELOW) if by_paths else router)
        app.include_router(PathsRouter(router, "/pages") if by_paths else router, prefix="/pages")
    app.include_router(below, prefix=BELOW)
    return app


async def asked(app: FastAPI, root: str, method: str, address: str) -> tuple[object, ...]:
    """The answer of an application: status, words, and where it leads."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, root_path=root), base_url="http://hub.test"
    ) as client:
        answer = await client.request(method, address)
        return answer.status_code, answer.text, answer.headers.get("location"), answer.headers.get("allow")


@pytest.mark.parametrize("root", ["", "/proxied"])
@pytest.mark.parametrize("below", [BELOW, "/pages", "/services/hubXshare", ""])
@pytest.mark.parametrize(
    "path",
    [
        "/things/a",
        "/things/a/",
        "/things/a%0A",
        "/things/a%2Fb",
        "/things/%2E%2E",
        "/things/a/same",
        "/things/a/same/",
        "/things/a/same%0A",
        "/things/a/7.git",
        "/things/a/7xgit",
        "/things/a/files",
        "/things/a/files/",
        "/things/a/files/b/c%0Ad",
        "/things/a/other",
        "/things/a/other/more",
        "/files",
        "/files/",
        "/files/%0A",
        "/nothing",
        "",
    ],
)
def test_each_request_is_answered_as_if_every_route_had_been_compared(root: str, below: str, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        found, wanted = (
            asyncio.run(asked(made(by_paths), root, method, f"{root}{below}{path}")) for by_paths in (True, False)
        )
        assert found == wanted


def test_what_is_in_no_path_of_a_router_is_compared_with_none_of_its_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(APIRouter, "matches", lambda self, scope: compared.append(self.routes) or (0, {}))
    things, files = (PathsRouter(router, "") for router in some_routers())
    for router in (things, files):
        router.matches({"path": "/files/"})
    assert compared == [files.routes]
