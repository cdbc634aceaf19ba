"""Addresses, owners, the trash, teams, revisions: what holds around every project and team."""

from __future__ import annotations

import pytest

from hubshare.store.access.actions import Action
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_matrix import PLAYS
from tests.helpers.stage_requests import accept, ask, given, refused, transfer

pytestmark = pytest.mark.both_databases


# addresses


def test_an_earlier_address_leads_to_the_project_at_every_door(stages: Stages) -> None:
    stage = stages.new()
    made = ask(stage, "owner", "PUT", f"/projects/{stage.full}/name", json={"name": "renamed"})
    assert made.json()["name"] == f"{stage.owner}/renamed" and made.headers["etag"] == f'"{made.json()["revision"]}"'
    for address in (stage.full, f"{stage.owner}/renamed"):
        assert ask(stage, "reader", "GET", f"/projects/{address}").json()["name"] == f"{stage.owner}/renamed"
        assert ask(stage, "reader", "GET", f"/projects/{address}/archive").is_success
        assert (
            ask(stage, "reader", "GET", f"/projects/{address}/file", params={"path": "a.txt"}).content == b"published"
        )
        assert ask(stage, "reader", "POST", "/checkouts", json={"project": address, "folder": "/x"}).status_code == 201
        refs = stage.api.git(stage["reader"].token, "GET", f"{address}.git/info/refs?service=git-upload-pack")
        assert stage.commit in refs.text
    assert ask(stage, "reader", "GET", f"/packs/{stage.id}/{stage.first}/{stage.commit}").is_success
    assert stage.agent_pushes(stage["writer"]) == 200


def test_an_earlier_address_leads_on_until_it_is_taken_and_can_be_taken_back(stages: Stages) -> None:
    stage = stages.new()
    there = f"/projects/{stage.owner}"
    for name in ("second", "third"):
        assert ask(stage, "owner", "PUT", f"/projects/{stage.full}/name", json={"name": name}).is_success
    for name in (stage.name, "second", "third"):
        assert ask(stage, "owner", "GET", f"{there}/{name}").json()["name"] == f"{stage.owner}/third"
    assert refused(ask(stage, "owner", "POST", "/projects", json={"name": "third"})) == (409, "clash")
    other = ask(stage, "owner", "POST", "/projects", json={"name": "other"}).json()
    assert refused(ask(stage, "owner", "PUT", f"{there}/other/name", json={"name": "third"})) == (409, "clash")
    assert ask(stage, "owner", "PUT", f"{there}/third/name", json={"name": "second"}).json()["name"].endswith("/second")
    assert ask(stage, "owner", "GET", f"{there}/third").json()["name"].endswith("/second")
    assert ask(stage, "owner", "GET", f"{there}/other").json()["id"] == other["id"]
    # Another project of the owner takes one: it leads nowhere else any more.
    assert ask(stage, "owner", "PUT", f"{there}/other/name", json={"name": "third"}).is_success
    assert ask(stage, "owner", "GET", f"{there}/third").json()["id"] == other["id"]


def test_a_team_takes_the_addresses_of_its_projects_along_when_it_is_renamed(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    name = f"{stage.team}-new"
    assert ask(stage, "maintainer", "PATCH", f"/teams/{stage.team}", json={"name": name}).json()["projects"] == [
        f"{name}/{stage.name}"
    ]
    for owner in (name, stage.team):
        assert ask(stage, "member", "GET", f"/projects/{owner}/{stage.name}").json()["name"] == f"{name}/{stage.name}"
    assert ask(stage, "maintainer", "GET", f"/teams/{stage.team}").status_code == 404
    assert ask(stage, "stranger", "GET", f"/projects/{stage.full}").status_code == 404
    # Whoever took the name could find out by trying which projects had been there.
    assert refused(ask(stage, "stranger", "POST", "/teams", json={"name": stage.team})) == (409, "clash")
    assert ask(stage, "maintainer", "PATCH", f"/teams/{name}", json={"name": stage.team}).is_success
    assert ask(stage, "member", "GET", f"/projects/{name}/{stage.name}").json()["name"] == stage.full


def test_a_team_takes_no_name_that_somebody_has(stages: Stages) -> None:
    stage = stages.new()
    for name in (stage.owner, stage.team):
        assert refused(ask(stage, "stranger", "POST", "/teams", json={"name": name})) == (409, "clash")
    stage.centre.hub.users = {"known"}
    try:
        assert refused(ask(stage, "stranger", "POST", "/teams", json={"name": "known"})) == (409, "clash")
        answer = ask(stage, "maintainer", "PATCH", f"/teams/{stage.team}", json={"name": "known"})
        assert refused(answer) == (409, "clash")
    finally:
        stage.centre.hub.users = set()


# owners


def test_a_project_goes_only_to_somebody_who_is_its_admin_already(stages: Stages) -> None:
    stage = stages.new()
    for label in ("stranger", "reader", "writer", "member"):
        assert refused(transfer(stage, "owner", stage[label].user)) == (403, "forbidden")
    assert refused(transfer(stage, "owner", f"group:{stage.group}")) == (403, "forbidden")
    assert refused(transfer(stage, "owner", "team:nobody-has-it")) == (404, "not-found")
    got = transfer(stage, "owner", stage["admin"].user)
    assert (got.json()["name"], got.json()["role"]) == (stage.full, "owner"), "it waits for a yes"
    assert accept(stage, "admin").json() == {
        "kind": "project",
        "name": f"{stage['admin'].user}/{stage.name}",
        "role": "owner",
    }
    got = ask(stage, "owner", "GET", f"/projects/{stage.full}")
    assert (got.json()["name"], got.json()["role"]) == (f"{stage['admin'].user}/{stage.name}", "admin")
    assert ask(stage, "admin", "GET", f"/projects/{stage.full}").json()["role"] == "owner"
    listed = ask(stage, "admin", "GET", f"/projects/{stage.full}/grants").json()["items"]
    subjects = {each["subject"]: each["role"] for each in listed}
    assert subjects[stage.owner] == "admin" and stage["admin"].user not in subjects
    # The former owner cannot take it back alone.
    assert transfer(stage, "owner", stage["owner"].user).status_code == 403


def test_a_project_goes_to_a_team_only_by_one_of_its_maintainers(stages: Stages) -> None:
    stage = stages.new()
    crew = f"team:{stage.team}"
    assert refused(transfer(stage, "owner", crew)) == (404, "not-found")
    path = f"/teams/{stage.team}/members/{stage.owner}"
    assert ask(stage, "maintainer", "PUT", path, json={"role": "member"}).is_success
    assert accept(stage, "owner").is_success
    assert refused(transfer(stage, "owner", crew)) == (404, "not-found")
    assert ask(stage, "maintainer", "PUT", path, json={"role": "maintainer"}).is_success
    got = transfer(stage, "owner", crew, name="ours").json()
    assert (got["name"], got["role"], got["owned_by_team"]) == (f"{stage.team}/ours", "owner", True)
    assert ask(stage, "member", "GET", f"/projects/{stage.full}").json()["role"] == "writer"
    assert ask(stage, "second maintainer", "GET", f"/projects/{stage.full}").json()["role"] == "owner"
    grants = ask(stage, "maintainer", "GET", f"/projects/{stage.full}/grants").text
    assert crew not in grants


def test_a_maintainer_gives_a_project_of_the_team_away(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    assert transfer(stage, "member", stage["admin"].user).status_code == 403
    assert given(stage, "maintainer", stage["admin"].user).json()["role"] == "owner"
    got = ask(stage, "maintainer", "GET", f"/projects/{stage.full}")
    assert got.json()["role"] == "admin", "who gives something away does not lose it"
    assert ask(stage, "admin", "GET", f"/projects/{stage.full}").json()["role"] == "owner"
    assert ask(stage, "member", "GET", f"/projects/{stage.full}").json()["role"] == "writer", "as before"


def test_an_admin_of_the_hub_takes_over_what_somebody_left_behind_and_nothing_else(stages: Stages) -> None:
    stage = stages.new()
    stage.centre.hub.users = {stage.owner}
    try:
        assert refused(transfer(stage, "Hub admin", stage["reader"].user)) == (403, "forbidden")
    finally:
        stage.centre.hub.users = set()
    assert transfer(stage, "Hub admin whose token only reads", stage["reader"].user).status_code == 403
    got = transfer(stage, "Hub admin", stage["reader"].user).json()
    assert (got["name"], got["role"]) == (f"{stage['reader'].user}/{stage.name}", None)
    assert ask(stage, "owner", "GET", f"/projects/{stage.full}").status_code == 404, "who has left keeps nothing"
    assert ask(stage, "reader", "GET", f"/projects/{stage.full}").json()["role"] == "owner"
    of_team = stages.new(of_team=True)
    assert transfer(of_team, "Hub admin", "anybody").status_code == 403


def test_a_project_comes_to_no_address_that_is_taken_and_a_team_makes_room_for_a_user(stages: Stages) -> None:
    stage = stages.new()
    admin = stage["admin"].user
    assert stage.api(admin, "POST", "/projects", json={"name": stage.name}).status_code == 201
    # Who gives it away is not told what the other one has.
    assert refused(given(stage, "owner", admin)) == (409, "clash")
    assert given(stage, "owner", admin, name="moved").is_success
    other = stages.new()
    assert ask(other, "owner", "PUT", f"/projects/{other.full}/grants/{other.team}", json={"role": "admin"}).is_success
    assert given(other, "owner", other.team).json()["name"] == f"{other.team}/{other.name}", (
        "a user's name is the user's"
    )
    assert ask(other, "maintainer", "GET", f"/teams/{other.team}").status_code == 404
    assert ask(other, "maintainer", "GET", f"/teams/{other.team}-team").json()["name"] == f"{other.team}-team"


def test_an_owner_needs_no_grant(stages: Stages) -> None:
    for stage, whom in ((stages.new(), ""), (stages.new(of_team=True), "team:")):
        who = "maintainer" if whom else "owner"
        answer = ask(stage, who, "PUT", f"/projects/{stage.full}/grants/{whom}{stage.owner}", json={"role": "reader"})
        assert refused(answer) == (422, "invalid")


# the trash


def lost_by(stage: Stage, label: str) -> list[str]:
    """What somebody is told to have lost of this project."""
    told = ask(stage, label, "GET", "/me/notifications").json()["items"]
    return [one["words"] for one in told if one["kind"] == "access_lost" and stage.full in one["words"]]


def test_what_is_deleted_is_reached_by_nobody_until_it_is_restored(stages: Stages) -> None:
    stage = stages.new(visibility="public")
    before = ask(stage, "owner", "GET", f"/projects/{stage.full}/grants").json()
    ask(stage, "writer", "POST", "/checkouts", json={"project": stage.full, "folder": "/x"}).raise_for_status()
    assert ask(stage, "owner", "DELETE", f"/projects/{stage.full}").status_code == 204
    # To who is not signed in it is as one that was never public.
    stage.visibility = "private"
    for play in PLAYS:
        if play.action is Action.READ or play.action is Action.PUSH or play.action is Action.GRANT:
            for label in ("owner", "admin", "reader", "Hub admin", "nobody"):
                assert play.act(stage, stage[label]) in ((401,) if label == "nobody" else (404,)) or (
                    label == "nobody" and play.own
                ), (play.verb, label)
    assert lost_by(stage, "writer") == [f"You no longer have access to {stage.full}"]
    assert lost_by(stage, "owner") == [], "who did it knows"
    told = ask(stage, "owner", "GET", f"/projects/{stage.full}").json()["detail"]
    assert f"hubshare undelete {stage.full}" in told
    for path in ("/projects", "/checkouts", "/conflicts"):
        assert stage.full not in ask(stage, "owner", "GET", path).text
    assert refused(ask(stage, "owner", "POST", "/projects", json={"name": stage.name})) == (409, "clash")
    assert ask(stage, "admin", "POST", f"/projects/{stage.full}/restore").status_code == 403
    assert ask(stage, "owner", "POST", f"/projects/{stage.full}/restore").json()["deleted"] is None
    assert ask(stage, "owner", "GET", f"/projects/{stage.full}/grants").json() == before
    assert lost_by(stage, "writer") == []
    assert stage.agent_pushes(stage["writer"]) == 200
    assert refused(ask(stage, "owner", "POST", f"/projects/{stage.full}/restore")) == (404, "not-found")


def test_a_team_that_owns_something_is_not_deleted_nor_what_is_in_its_trash_lost(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    for _ in range(2):
        assert refused(ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}")) == (409, "clash")
        ask(stage, "maintainer", "DELETE", f"/projects/{stage.full}")
    assert ask(stage, "second maintainer", "POST", f"/projects/{stage.full}/restore").is_success


def test_an_archived_project_is_put_back_by_its_admins(stages: Stages) -> None:
    stage = stages.new(archived=True)
    answer = ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": "x"})
    assert refused(answer) == (409, "clash") and "--undo" in answer.json()["detail"]
    assert ask(stage, "admin", "PUT", f"/projects/{stage.full}/archived", json={"archived": False}).is_success
    assert stage.agent_pushes(stage["writer"]) == 200


# teams


def test_a_team_keeps_one_maintainer(stages: Stages) -> None:
    stage = stages.new()
    members = f"/teams/{stage.team}/members"
    for label in ("second maintainer", "service that leads the team"):
        assert ask(stage, "maintainer", "DELETE", f"{members}/{stage[label].user}").is_success
    alone = f"{members}/{stage['maintainer'].user}"
    for answer in (
        ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}/membership"),
        ask(stage, "maintainer", "DELETE", alone),
        ask(stage, "maintainer", "PUT", alone, json={"role": "member"}),
        ask(stage, "Hub admin", "DELETE", alone),
    ):
        assert refused(answer) == (409, "clash")
    assert ask(stage, "maintainer", "PUT", f"{members}/{stage['member'].user}", json={"role": "maintainer"}).is_success
    assert ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}/membership").is_success
    assert ask(stage, "maintainer", "GET", f"/teams/{stage.team}").status_code == 404


def test_reading_members_make_no_projects_for_their_team(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    wanted = {"name": "by-a-member", "owner": stage.team}
    assert ask(stage, "stranger", "POST", "/projects", json=wanted).status_code == 404
    assert ask(stage, "member", "POST", "/projects", json=wanted).json()["role"] == "writer"
    assert ask(stage, "maintainer", "PATCH", f"/teams/{stage.team}", json={"role": "reader"}).is_success
    wanted["name"] = "by-another"
    assert refused(ask(stage, "member", "POST", "/projects", json=wanted)) == (403, "forbidden")
    assert ask(stage, "maintainer", "POST", "/projects", json=wanted).json()["role"] == "owner"


# revisions


def test_a_change_that_was_made_of_an_older_state_is_refused(stages: Stages) -> None:
    stage = stages.new()
    for path, change, who in (
        (f"/projects/{stage.full}", {"description": "new"}, "owner"),
        (f"/teams/{stage.team}", {"role": "reader"}, "maintainer"),
    ):
        seen = ask(stage, who, "GET", path).headers["etag"]
        changed = ask(stage, who, "PATCH", path, {"If-Match": seen}, json=change)
        assert changed.is_success and changed.headers["etag"] != seen
        assert refused(ask(stage, who, "PATCH", path, {"If-Match": seen}, json=change)) == (412, "changed")
        assert refused(ask(stage, who, "DELETE", path, {"If-Match": seen})) == (412, "changed")
        for fine in ("*", changed.headers["etag"], "W/" + changed.headers["etag"]):
            assert ask(stage, who, "GET", path, {"If-Match": fine}).is_success
        for bad in ("x", '"', '"x"', "-1", '"1", "2"', "9" * 30, "²"):
            assert ask(stage, who, "PATCH", path, {"If-Match": bad.encode()}, json=change).status_code == 422  # type: ignore[dict-item]
        # A stranger is not told whether the state is another one.
        assert ask(stage, "stranger", "PATCH", path, {"If-Match": seen}, json=change).status_code == 404
        assert ask(stage, who, "GET", path).headers["etag"] == changed.headers["etag"]


def test_what_changes_access_makes_a_new_revision(stages: Stages) -> None:
    stage = stages.new()
    seen = [ask(stage, "owner", "GET", f"/projects/{stage.full}").json()["revision"]]
    grant = f"/projects/{stage.full}/grants/somebody"
    for method, path, more in (
        ("PUT", grant, {"json": {"role": "reader"}}),
        ("DELETE", grant, {}),
        ("PUT", f"/projects/{stage.full}/archived", {"json": {"archived": True}}),
        ("PUT", f"/projects/{stage.full}/archived", {"json": {"archived": False}}),
        ("DELETE", f"/projects/{stage.full}", {}),
        ("POST", f"/projects/{stage.full}/restore", {}),
    ):
        assert ask(stage, "owner", method, path, **more).is_success
        if method != "DELETE" or path == grant:
            seen.append(ask(stage, "owner", "GET", f"/projects/{stage.full}").json()["revision"])
    assert seen == sorted(set(seen))
