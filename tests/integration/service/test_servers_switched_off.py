"""Where a Hub shares no servers, HubShare has neither page nor route nor word of it, and ends what was given before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from hubshare.embedded.redis import RedisServer
from hubshare.service.background.server_ends import ServerEnds
from hubshare.store.models import now
from hubshare.store.server_tables import ServerShare
from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, Shared, needs_assets

pytestmark = needs_assets


@pytest.fixture(scope="module")
def off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCentre]:
    folder, environment = tmp_path_factory.mktemp("off"), {"HUBSHARE_SERVER_SHARES": "false"}
    with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url, environment) as made:
        yield made


def test_there_is_no_trace_of_it(off: TestCentre) -> None:
    project = Shared(off, "alice", "work", grants={"bob": "reader"})
    bob = Browser(off, "bob")
    for page in ("", project.page, "projects"):
        text = bob.get(page).text
        assert "server-request" not in text and "Servers" not in text, page
    assert bob.get("servers").status_code == 404
    assert bob.get(f"servers/requests/{'1' * 32}").status_code == 404
    assert bob.post("servers/end", {"owner": "alice", "user": "bob"}).status_code == 404
    assert bob.post(f"{project.page}/server-request").status_code in (404, 405)
    headers = {"Authorization": "token bob"}
    for method, path in (
        ("PUT", f"projects/{project.full}/server-request"),
        ("GET", "server-requests"),
        ("GET", "servers"),
        ("GET", "server-shares"),
        ("DELETE", "server-shares/alice/bob"),
    ):
        assert httpx.request(method, f"{off.url}api/v1/{path}", headers=headers, timeout=60).status_code in (
            404,
            405,
        ), path
    assert "server-request" not in httpx.get(f"{off.url}api/v1/openapi.json", timeout=60).text


def test_what_was_given_before_still_ends(off: TestCentre) -> None:
    share = ServerShare(id="1" * 32, project_id="2" * 32, owner="alice", user="bob", server="", expires=now())
    with off.centre.database.begin() as session:
        session.add(share)
    off.hub.servers.shares.add(("alice", "", "bob"))
    asyncio.run(ServerEnds(off.centre, off.hub).look())
    assert off.hub.servers.shares == set()
