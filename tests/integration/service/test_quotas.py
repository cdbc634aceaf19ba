"""Quotas and rates: what is over them is refused in words, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubshare.store.models import Project
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stages
from tests.helpers.pushing import apply_push
from tests.helpers.stage_requests import ask, given, refused

pytestmark = pytest.mark.both_databases


@pytest.fixture
def limits(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets limits of the service, which runs in this process."""

    def to(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setattr(centre.settings, name, value)

    return to


def test_nobody_owns_more_projects_than_the_quota(stages: Stages, limits: Callable[..., None]) -> None:
    stage, team = stages.new(), stages.new(of_team=True)
    limits(max_projects=2)
    assert ask(stage, "owner", "POST", "/projects", json={"name": "second"}).status_code == 201
    answer = ask(stage, "owner", "POST", "/projects", json={"name": "third"})
    assert refused(answer) == (413, "over-quota") and "2 projects" in answer.json()["detail"]
    # What is in the trash counts, or it could not be restored.
    ask(stage, "owner", "DELETE", f"/projects/{stage.owner}/second")
    assert refused(ask(stage, "owner", "POST", "/projects", json={"name": "third"})) == (413, "over-quota")
    # Nor does anybody get more by a transfer.
    admin = stage["admin"].user
    for name in ("one", "two"):
        assert stage.api(admin, "POST", "/projects", json={"name": name}).status_code == 201
    assert refused(given(stage, "owner", admin)) == (413, "over-quota")
    wanted = {"name": "second", "owner": team.team}
    assert ask(team, "maintainer", "POST", "/projects", json=wanted).status_code == 201
    wanted["name"] = "third"
    assert refused(ask(team, "member", "POST", "/projects", json=wanted)) == (413, "over-quota")


def test_nobody_makes_more_teams_than_the_quota(stages: Stages, limits: Callable[..., None]) -> None:
    stage = stages.new()
    limits(max_teams=1)
    user = f"u{new_id()}"
    assert stage.api(user, "POST", "/teams", json={"name": f"t{new_id()}"}).status_code == 201
    assert refused(stage.api(user, "POST", "/teams", json={"name": f"t{new_id()}"})) == (413, "over-quota")


def test_nobody_has_more_checkouts_than_the_quota(stages: Stages, limits: Callable[..., None]) -> None:
    stage = stages.new()
    limits(max_checkouts=2)
    # One of each they have from the beginning.
    reader, writer, wanted = stage["reader"].user, stage["writer"].user, {"project": stage.full, "folder": "/x"}
    made = stage.api(reader, "POST", "/checkouts", json=wanted)
    assert made.status_code == 201
    answer = stage.api(reader, "POST", "/checkouts", json=wanted)
    assert refused(answer) == (413, "over-quota") and "2 checkouts" in answer.json()["detail"]
    assert stage.api(writer, "POST", "/checkouts", json=wanted).status_code == 201
    assert stage.api(reader, "DELETE", f"/checkouts/{made.json()['id']}").status_code == 204
    assert stage.api(reader, "POST", "/checkouts", json=wanted).status_code == 201


def test_no_owner_holds_more_bytes_than_the_quota(
    stages: Stages, centre: TestCentre, limits: Callable[..., None]
) -> None:
    stage = stages.new()
    limits(max_owner_bytes=10_000)
    event, pack = stage.push(stage["writer"].user)
    assert apply_push(centre.centre, stage["writer"].user, event, pack).status == "applied"
    with centre.centre.database.begin() as session:
        row = session.get_one(Project, stage.id)
        assert row.bytes == len(pack)
        row.bytes = 10_000 - 10
    event, pack = stage.push(stage["second maintainer"].user)
    outcome = apply_push(centre.centre, stage["second maintainer"].user, event, pack)
    assert (outcome.status, outcome.code, outcome.retry) == ("refused", "over-quota", False)


def test_too_many_pushes_wait(stages: Stages, centre: TestCentre, limits: Callable[..., None]) -> None:
    stage = stages.new(of_team=True)
    limits(pushes_per_minute=0)
    event, pack = stage.push(stage["writer"].user)
    outcome = apply_push(centre.centre, stage["writer"].user, event, pack)
    assert (outcome.code, outcome.retry) == ("too-many", True)
    limits(pushes_per_minute=100, team_pushes_per_minute=0)
    outcome = apply_push(centre.centre, stage["writer"].user, event, pack)
    assert (outcome.code, outcome.retry) == ("too-many", True)
    limits(team_pushes_per_minute=100)
    assert apply_push(centre.centre, stage["writer"].user, event, pack).status == "applied"


def test_too_many_changes_are_refused_for_a_while_and_reading_goes_on(
    stages: Stages, limits: Callable[..., None]
) -> None:
    stage = stages.new()
    limits(writes_per_minute=0)
    answer = ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": "x"})
    assert refused(answer) == (429, "too-many") and answer.headers["retry-after"] == "60"
    assert ask(stage, "owner", "GET", f"/projects/{stage.full}").json()["description"] == ""
