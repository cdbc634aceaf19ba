"""What the Hub's own home gets of HubShare: about whoever looks, for the Hub's origin alone, and as text."""

from __future__ import annotations

from starlette.requests import Request

from hubshare.service.pages.hub_home import _readable_by_the_hub
from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, Shared, needs_assets

pytestmark = needs_assets


def test_everybody_gets_what_is_shared_with_them_and_nothing_else(centre: TestCentre) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    Shared(centre, "ina", "for-home", description=hostile, grants={"joan-at-home": "reader"})
    Shared(centre, "ina", "hub-secret")
    Browser(centre, "ina").post("teams", {"name": "hub-homers"})
    Browser(centre, "ina").post("teams/hub-homers/members", {"user": "joan-at-home", "role": "member"})
    found = Browser(centre, "joan-at-home").get("hub-home")
    assert found.headers["content-type"] == "application/json" and found.headers["cache-control"] == "no-store"
    assert found.json() == {
        "needs": [{"name": "HubShare", "path": "/services/hubshare/", "words": "1 offer to answer"}],
        "shared": [{"name": "ina/for-home", "path": "/services/hubshare/projects/ina/for-home", "words": hostile}],
    }
    assert Browser(centre, "ina").get("hub-home").json()["shared"] == []
    assert Browser(centre, "kim-nobody").get("hub-home").json() == {"needs": [], "shared": []}


def test_who_has_not_signed_in_is_told_so_without_being_sent_anywhere(centre: TestCentre) -> None:
    answer = Browser(centre).get("hub-home", headers={"Accept": "application/json"})
    assert answer.status_code == 401 and answer.json()["code"] == "not-signed-in"


def test_other_origins_than_the_hubs_may_not_read_it(centre: TestCentre) -> None:
    jon = Browser(centre, "joan-at-home")
    for origin in ("https://alice.hub.example", "null", "https://evil.example"):
        assert "access-control-allow-origin" not in jon.get("hub-home", headers={"Origin": origin}).headers

    def allowed(origin: str, hub: str) -> str | None:
        request = Request({"type": "http", "headers": [(b"origin", origin.encode())]})
        return _readable_by_the_hub(request, hub).get("Access-Control-Allow-Origin")

    hub = "https://hub.example"
    assert allowed(hub, hub) == hub
    assert allowed("https://alice.hub.example", hub) is None
    assert allowed("", "") is None
