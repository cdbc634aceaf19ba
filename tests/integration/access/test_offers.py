"""Nobody is put into a team, or made the owner of a project, without a yes."""

from __future__ import annotations

from typing import Any

import pytest

from hubshare.store import offers
from hubshare.testing.centre import TestCentre
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.stage_requests import accept, ask, refused, transfer


def waiting(stage: Stage, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(stage, who, "GET", "/offers").json()["items"]
    return found


def put(stage: Stage, who: str, user: str, role: str = "member") -> Any:
    return ask(stage, who, "PUT", f"/teams/{stage.team}/members/{user}", json={"role": role})


def everything_of(stage: Stage, who: str) -> str:
    """All that somebody sees of their own, but for what waits for a yes."""
    paths = ("/projects", "/projects?own=true", "/teams", "/checkouts", "/conflicts", "/me")
    return "".join(ask(stage, who, "GET", path).text for path in paths)


def test_a_place_in_a_team_gives_nothing_before_the_yes(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    user = stage["stranger"].user
    before = everything_of(stage, "stranger")
    assert put(stage, "maintainer", user, "maintainer").status_code == 204
    assert everything_of(stage, "stranger") == before
    assert ask(stage, "stranger", "GET", f"/projects/{stage.full}").status_code == 404
    assert ask(stage, "stranger", "GET", f"/teams/{stage.team}").status_code == 404
    assert user not in ask(stage, "member", "GET", f"/teams/{stage.team}").text, (
        "only who manages the team sees who is asked"
    )
    assert user not in ask(stage, "maintainer", "GET", f"/projects/{stage.full}/access").text
    [offer] = waiting(stage, "stranger")
    assert (offer["kind"], offer["name"], offer["role"], offer["giver"]) == (
        "team",
        stage.team,
        "maintainer",
        stage["maintainer"].user,
    )
    assert accept(stage, "stranger").json() == {"kind": "team", "name": stage.team, "role": "maintainer"}
    assert ask(stage, "stranger", "GET", f"/projects/{stage.full}").json()["role"] == "owner"
    assert waiting(stage, "stranger") == []


def test_a_project_stays_where_it_is_before_the_yes(stages: Stages) -> None:
    stage = stages.new()
    admin = stage["admin"].user
    assert transfer(stage, "owner", admin, name="dirt").json()["name"] == stage.full
    assert f"{admin}/dirt" not in everything_of(stage, "admin")
    [offer] = waiting(stage, "admin")
    assert (offer["kind"], offer["name"], offer["called"]) == ("project", stage.full, "dirt")
    assert ask(stage, "admin", "POST", f"/offers/{offer['id']}/decline", json={}).status_code == 204
    assert waiting(stage, "admin") == []
    assert ask(stage, "owner", "GET", f"/projects/{stage.full}").json()["role"] == "owner"


def test_an_admin_of_the_hub_needs_no_yes(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    assert put(stage, "Hub admin", stage["stranger"].user).status_code == 204
    assert ask(stage, "stranger", "GET", f"/projects/{stage.full}").json()["role"] == "writer"


def test_an_offer_is_worth_what_its_giver_may_do_today(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    assert put(stage, "second maintainer", stage["stranger"].user).is_success
    offer = waiting(stage, "stranger")[0]["id"]
    assert put(stage, "maintainer", stage["second maintainer"].user).is_success
    assert waiting(stage, "stranger") == []
    assert refused(ask(stage, "stranger", "POST", f"/offers/{offer}/accept", json={})) == (404, "not-found")
    other = stages.new()
    assert transfer(other, "owner", other["admin"].user).is_success
    offer = waiting(other, "admin")[0]["id"]
    assert ask(other, "owner", "DELETE", f"/projects/{other.full}/grants/{other['admin'].user}").is_success
    assert refused(ask(other, "admin", "POST", f"/offers/{offer}/accept", json={})) == (404, "not-found")


def test_an_offer_is_for_one_person_and_can_be_taken_back(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    user = stage["stranger"].user
    assert put(stage, "maintainer", user).is_success
    offer = waiting(stage, "stranger")[0]["id"]
    for who in ("reader", "owner", "ex-member"):
        for path in ("accept", "decline"):
            assert refused(ask(stage, who, "POST", f"/offers/{offer}/{path}", json={})) == (404, "not-found")
    assert ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}/members/{user}").is_success
    assert waiting(stage, "stranger") == []
    assert refused(ask(stage, "stranger", "POST", f"/offers/{offer}/accept", json={})) == (404, "not-found")


def test_who_is_declined_for_good_is_heard_of_no_more_and_cannot_tell(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    user = stage["stranger"].user
    told = [put(stage, "maintainer", user).status_code]
    offer = waiting(stage, "stranger")[0]["id"]
    assert ask(stage, "stranger", "POST", f"/offers/{offer}/decline", json={"always": True}).status_code == 204
    seen = ask(stage, "maintainer", "GET", f"/teams/{stage.team}").json()["invited"]
    told.append(put(stage, "maintainer", user).status_code)
    assert told == [204, 204] and waiting(stage, "stranger") == []
    assert [one["user"] for one in seen] == [user]
    # Others are heard.
    assert put(stage, "second maintainer", user).is_success
    assert [one["giver"] for one in waiting(stage, "stranger")] == [stage["second maintainer"].user]


def test_what_waits_for_one_person_is_bounded(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, centre: TestCentre
) -> None:
    monkeypatch.setattr(offers, "_OF_ONE_FOR_ONE", 3)
    stage = stages.new()
    user, victim = stage["stranger"].user, stage["reader"].user
    answers = []
    for number in range(5):
        team = f"spam{number}-{stage.name}"
        assert ask(stage, "stranger", "POST", "/teams", json={"name": team}).status_code == 201
        answers.append(
            ask(stage, "stranger", "PUT", f"/teams/{team}/members/{victim}", json={"role": "member"}).status_code
        )
    assert answers == [204, 204, 204, 413, 413]
    assert len([one for one in waiting(stage, "reader") if one["giver"] == user]) == 3


def test_a_teacher_asks_two_hundred_students_and_each_says_yes_once(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    students = [f"student{number}-{stage.name}" for number in range(200)]
    for student in students:
        assert stage.api(stage["maintainer"].token, "PUT", f"/teams/{stage.team}/members/{student}", json={}).is_success
    for student in (students[0], students[-1]):
        assert accept(stage, student).is_success
        assert stage.api(student, "GET", f"/projects/{stage.full}").json()["role"] == "writer"
