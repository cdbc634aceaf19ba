"""What somebody's work has cost lately is shown to them, and to admins of the Hub, and to nobody else."""

from __future__ import annotations

import httpx
import pytest

from hubshare import metering
from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser


def ask(centre: TestCentre, who: str, path: str) -> httpx.Response:
    return httpx.get(f"{centre.url}api/v1/{path}", headers={"Authorization": f"token {who}"}, timeout=30)


@pytest.fixture
def spent(centre: TestCentre) -> None:
    meter = metering.Meter(seconds=20, inflated=2_000_000_000, stored=200_000_000, queries=4_000)
    metering.forget(centre.centre.bus.redis, "wasteful user")
    metering.charge(centre.centre.bus.redis, "wasteful user", meter)


def test_everybody_sees_what_their_own_work_has_cost(centre: TestCentre, spent: None) -> None:
    cost = ask(centre, "wasteful user", "me/cost").json()
    assert cost["user"] == "wasteful user" and cost["most_seconds"] == centre.settings.max_cost_seconds
    assert 10 < cost["debt_seconds"] <= 23 and 10 < cost["seconds"] <= 20
    assert 10**9 < cost["unpacked_bytes"] <= 2 * 10**9 and 10**8 < cost["stored_bytes"] <= 2 * 10**8
    assert 2000 < cost["queries"] <= 4000
    other = ask(centre, "thrifty", "me/cost").json()
    assert other["debt_seconds"] == other["queries"] == 0


def test_admins_of_the_hub_see_whose_work_costs_most(centre: TestCentre, spent: None) -> None:
    metering.charge(centre.centre.bus.redis, "thrifty-2", metering.Meter(seconds=8))
    found = [cost["user"] for cost in ask(centre, "root+hubadmin", "costs").json()]
    assert found.index("wasteful user") < found.index("thrifty-2")
    assert ask(centre, "wasteful user", "costs").status_code == 403


def test_the_first_page_says_why_ones_pushes_wait(centre: TestCentre, spent: None) -> None:
    browser = Browser(centre)
    browser.sign_in("wasteful user")
    assert "more than your fair share" in browser.get("").text
