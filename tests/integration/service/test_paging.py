"""Pages of lists: they hold everything once, and a cursor that was made up shows nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.helpers.access_fixture import Stages
from tests.helpers.stage_requests import ask

pytestmark = pytest.mark.both_databases


def cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


LISTS = [
    "/projects",
    "/checkouts",
    "/conflicts",
    "/audit",
    "/jobs",
    "/tokens",
    "/projects/{full}/versions",
    "/projects/{full}/checkouts",
    "/projects/{full}/audit",
    "/teams/{team}/audit",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "%00",
        "é",
        "=" * 2000,
        "A" * 5000,
        cursor(),
        cursor(None),
        cursor(True),
        cursor(1.5),
        cursor([1]),
        cursor({"a": 1}),
        cursor(1, 2, 3),
        cursor(2**63),
        cursor(-(2**80)),
        cursor("\ud800", "\ud800"),
        cursor("\ud800"),
        cursor("\0"),
        cursor("\0", "\0"),
        base64.urlsafe_b64encode(b"[" * 900).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"NaN").decode(),
    ],
    ids=range(22),
)
def test_a_cursor_that_was_made_up_is_refused(stages: Stages, path: str, after: str) -> None:
    stage = stages.take()
    who = "boss+hubadmin" if path != "/projects/{full}/versions" else stage["owner"].token
    path = path.format(full=stage.full, team=stage.team)
    answer = stage.api(who, "GET", path, params={"after": after})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_of_another_list_shows_nothing_that_one_may_not_see(stages: Stages, path: str) -> None:
    stage, other = stages.take(), stages.take(of_team=True)
    path = path.format(full=stage.full, team=stage.team)
    for after in (cursor(0), cursor(10**15), cursor("", ""), cursor(other.owner, ""), cursor("0")):
        for who in ("owner", "stranger"):
            answer = ask(stage, who, "GET", path, params={"after": after})
            assert other.full not in answer.text and answer.status_code in (200, 403, 404, 422)


def test_pages_hold_everything_once_and_in_order(stages: Stages) -> None:
    stage = stages.new()
    for number in range(5):
        assert ask(stage, "owner", "POST", "/projects", json={"name": f"page{number}"}).status_code == 201
        ask(stage, "owner", "POST", "/checkouts", json={"project": stage.full, "folder": f"/{number}"})
    for path, name in (
        ("/projects?own=true&limit=2", "name"),
        ("/checkouts?limit=2", "id"),
        (f"/projects/{stage.full}/audit?limit=2", "id"),
        (f"/projects/{stage.full}/versions?limit=1", "number"),
    ):
        whole = ask(stage, "owner", "GET", path.partition("?")[0], params={"own": True, "limit": 500}).json()["items"]
        found, after = [], None
        while True:
            page = ask(stage, "owner", "GET", path, params={**({"after": after} if after else {})} | _of(path)).json()
            found += page["items"]
            after = page["next"]
            if after is None:
                break
        assert [each[name] for each in found] == [each[name] for each in whole] and len(found) > 1


def _of(path: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in path.partition("?")[2].split("&"))  # type: ignore[misc]
