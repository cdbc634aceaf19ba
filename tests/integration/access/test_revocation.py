"""Taking access away takes effect at once, at every door; and whoever does it is told what it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hubshare.service.background import feed
from hubshare.store.models import Grant
from hubshare.testing.centre import TestCentre
from hubshare.vocabulary import Role
from hubshare.wire.agent import Access, Outcome, Update, new_id
from tests.helpers.access_acts import Play, firsts, git_fetch
from tests.helpers.access_doors import Session, read_events
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_matrix import OF_PROJECTS, PLAYS, promised
from tests.helpers.listening import listening
from tests.helpers.revocations import (
    WAYS,
    Way,
    ask,
    group_grant_taken,
    made_private,
    maintainer_demoted,
    maintainer_removed,
    member_removed,
    project_deleted,
)
from tests.helpers.stage_requests import accept

every_way = pytest.mark.parametrize(
    ("way", "label", "left", "kind"), WAYS, ids=lambda value: getattr(value, "__name__", None) or str(value)
)


#: Of the plays of an action through a door the first is tried after each way, and each of the others after every fourth.
SHARES = 4
_OF_PROJECTS = [play for play in PLAYS if play.action in OF_PROJECTS and not play.deleted]
_FIRSTS = firsts(_OF_PROJECTS)


def tried_after(number: int) -> list[Play]:
    """Return what is tried after the way of a number."""
    return [play for at, play in enumerate(_OF_PROJECTS) if play.verb in _FIRSTS or at % SHARES == number % SHARES]


def news(stage: Stage) -> None:
    """Somebody who still may publishes a version."""
    who = stage["second maintainer" if stage.of_team else "owner"]
    assert stage.agent_pushes(who) == 200


@every_way
@pytest.mark.both_databases
def test_every_door_is_closed_at_once(stages: Stages, way: Way, label: str, left: Role | None, kind: Any) -> None:
    stage = stages.new(**kind)
    who = stage[label]
    played = tried_after(WAYS.index((way, label, left, kind)))
    for play in played:
        if not play.changes:
            assert play.act(stage, who) == promised(play, who, stage), play.verb
    assert stage.api(who.token, "GET", f"/projects/{stage.full}").is_success
    way(stage)
    after = replace(who, role=left)
    stage.visibility = "private"
    for play in played:
        wanted = promised(play, after, stage)
        if wanted == 200 and play.changes:
            continue
        assert play.act(stage, after) == wanted, play.verb
    for path in ("/projects", "/checkouts", "/conflicts"):
        shown = stage.full in stage.api(who.token, "GET", path).text
        assert shown == (left is not None), path


def end_of(stage: Stage, way: Way) -> dict[str, Any]:
    """What a stream says last of a project."""
    deleted = {"deleted": True} if way is project_deleted else {}
    return {"type": "access", "project": stage.full, "role": None} | deleted


@every_way
def test_what_is_open_already_ends(stages: Stages, way: Way, label: str, left: Role | None, kind: Any) -> None:
    """An agent's session and event streams that were there before."""
    stage = stages.new(**kind)
    who, other = stage[label], stages.new()
    with other.centre.centre.database.begin() as session:
        session.add(Grant(project_id=other.id, kind="user", subject=who.user, role="reader"))
    agent = Session(stage.api, who.token)
    with (
        listening(stage, who, f"/projects/{stage.full}/events") as of_project,
        listening(stage, who, "/events") as of_all,
    ):
        way(stage)
        told = agent.hear(lambda heard: isinstance(heard, Access | Update) and heard.project == stage.id)
        if left is None:
            assert isinstance(told, Access) and told.message
            heard = of_project.until(lambda event: event is None)
            assert heard[-2] == end_of(stage, way)
        else:
            assert isinstance(told, Update) and told.role == left.name
            assert of_project.until(lambda event: True)[0] == {"type": "access", "project": stage.full}
        # Her agent may go on pushing as it likes.
        event, pack = stage.push(who.user)
        agent.send(event, pack)
        outcome = agent.hear(lambda heard: isinstance(heard, Outcome) and heard.event == event.id)
        may = left is not None and left >= Role.writer
        assert outcome.code == ("" if may else "not-found" if left is None else "forbidden")
        if way is not project_deleted and not may:
            news(stage)
        news(other)
        versions = of_all.until(lambda event: event and event["type"] == "version" and event["project"] == other.full)
        heard_of = [event["project"] for event in versions if event and event["type"] == "version"]
        assert (stage.full in heard_of) == (left is not None)
        if left is None:
            got = agent.all_heard()
            mine = [event for event in got if getattr(event, "project", None) == stage.id]
            assert [type(event) for event in mine] == [Access], "something went out after the end of access"
    agent.close()


@pytest.mark.both_databases
def test_an_access_event_is_heard_on_ones_own_stream(stages: Stages) -> None:
    for way, label, left, kind in WAYS:
        if left is None and way not in (made_private, project_deleted):
            stage = stages.new(**kind)
            with listening(stage, stage[label], "/events") as stream:
                way(stage)
                *others, last = stream.until(lambda event: event and event["type"] == "access")
                assert last == end_of(stage, way)
                assert all(event == {"type": "inbox", "project": ""} for event in others if event)


@pytest.mark.both_databases
def test_an_event_stream_ends_with_its_token(
    stages: Stages, centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TRUST_SECONDS", -1.0)
    stage = stages.new()
    with listening(stage, stage["reader"], "/events") as stream:
        ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": "one"})
        assert stream.until(lambda event: True)[0]
        centre.tokens.revoked.add(stage["reader"].token)
        ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": "two"})
        assert stream.until(lambda event: True) == [None]


@pytest.mark.both_databases
def test_a_stream_that_is_taken_up_tells_what_was_missed_and_nothing_of_what_was_lost(stages: Stages) -> None:
    stage = stages.new()
    with listening(stage, stage["reader"], f"/projects/{stage.full}/events") as stream:
        news(stage)
        assert stream.until(lambda event: True)[0]
    with stage.api.client.stream(
        "GET", "/events", headers={"Authorization": f"token {stage['reader'].token}", "Last-Event-ID": "0-0"}
    ) as answer:
        heard = (event for _, event in read_events(answer.iter_lines()))
        # Other tests have made projects that the whole Hub sees.
        assert next(event for event in heard if event["project"] == stage.full)["type"] == "version"
    grant = f"/projects/{stage.full}/grants/{stage['reader'].user}"
    ask(stage, "owner", "DELETE", grant)
    headers = {"Authorization": f"token {stage['reader'].token}", "Last-Event-ID": "0-0"}
    with stage.api.client.stream("GET", "/events", headers=headers) as answer:
        heard = (event for _, event in read_events(answer.iter_lines()))
        assert next(event for event in heard if event["project"] == stage.full) == {
            "type": "access",
            "project": stage.full,
            "role": None,
        }


# invitations


@pytest.mark.parametrize("way", [maintainer_removed, maintainer_demoted])
@pytest.mark.both_databases
def test_an_invitation_is_worth_what_its_maker_may_do_now(stages: Stages, way: Way) -> None:
    stage = stages.new(of_team=True)
    way(stage)
    answer = stage.api("guest", "POST", f"/invitations/{stage.secret}/accept")
    assert answer.status_code == 404
    assert stage.api("guest", "GET", f"/projects/{stage.full}").status_code == 404
    path = f"/teams/{stage.team}/members/{stage['maintainer'].user}"
    ask(stage, "second maintainer", "PUT", path, json={"role": "maintainer"})
    if way is maintainer_removed:
        accept(stage, "maintainer")
    assert stage.api("guest", "POST", f"/invitations/{stage.secret}/accept").json()["role"] == "reader"


@pytest.mark.both_databases
def test_an_invitation_is_used_up_and_taken_back(stages: Stages) -> None:
    stage = stages.new()
    path = f"/projects/{stage.full}/invitations"
    made = ask(stage, "admin", "POST", path, json={"role": "writer", "uses": 1}).json()
    accept = f"/invitations/{made['secret']}/accept"
    assert stage.api("first-guest", "POST", accept).json() == {"project": stage.full, "role": "writer"}
    assert stage.api("first-guest", "POST", accept).json()["role"] == "writer", "twice is once"
    assert stage.api("second-guest", "POST", accept).status_code == 404
    listed = ask(stage, "owner", "GET", path)
    assert made["id"] not in listed.text and made["secret"] not in listed.text
    again = ask(stage, "admin", "POST", path, json={"role": "reader", "uses": 5}).json()
    # A smaller role than one has takes nothing away and uses nothing up.
    assert stage.api("first-guest", "POST", f"/invitations/{again['secret']}/accept").json()["role"] == "writer"
    assert (
        next(row for row in ask(stage, "owner", "GET", path).json()["items"] if row["id"] == again["id"])["uses"] == 5
    )
    ask(stage, "owner", "DELETE", f"{path}/{again['id']}")
    assert stage.api("third-guest", "POST", f"/invitations/{again['secret']}/accept").status_code == 404
    other = stages.new()
    fresh = ask(stage, "admin", "POST", path, json={}).json()
    answer = stage.api(other["owner"].token, "DELETE", f"/projects/{other.full}/invitations/{fresh['id']}")
    assert answer.status_code == 404, "an invitation of another project"


# the receipt


@pytest.mark.both_databases
def test_the_receipt_says_what_ended_and_what_copies_there_are(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    who = stage["member"]
    ask(stage, "member", "GET", f"/projects/{stage.full}/archive", params={"version": "v0"}).read()
    assert git_fetch(stage, who) == 200
    ask(stage, "second maintainer", "PUT", f"/projects/{stage.full}/grants/{who.user}", json={"role": "reader"})
    got = ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}/members/{who.user}").json()
    assert got["user"] == who.user
    assert got["lost"] == [{"project": stage.full, "before": "writer", "after": "reader"}], "the grant is left"
    copies = [(each["project"], each["kind"], each["where"], each["version"]) for each in got["copies"]]
    assert copies == [
        (stage.full, "archive", "token of a server", 0),
        (stage.full, "checkout", f"default server: /home/{who.user}", 0),
        (stage.full, "clone", "token of a server", 1),
    ]
    got = ask(stage, "maintainer", "DELETE", f"/projects/{stage.full}/grants/{who.user}").json()["items"]
    assert [(each["user"], each["lost"]) for each in got] == [
        (who.user, [{"project": stage.full, "before": "reader", "after": None}])
    ]


@pytest.mark.both_databases
def test_the_receipt_of_a_team_names_everybody_who_lost_something(stages: Stages) -> None:
    """To somebody who is in the team, or in the group: only members see members."""
    stage = stages.new()
    stage.centre.hub.groups[stage.group].append("classmate")
    for label in ("maintainer", "admin by a group"):
        ask(stage, "owner", "PUT", f"/projects/{stage.full}/grants/{stage[label].user}", json={"role": "admin"})
    ask(stage, "owner", "PUT", f"/projects/{stage.full}/grants/group:{stage.group}", json={"role": "admin"})
    got = ask(stage, "maintainer", "DELETE", f"/projects/{stage.full}/grants/team:{stage.team}").json()["items"]
    lost = ("member", "second maintainer", "service in the team", "service that leads the team")
    assert {each["user"] for each in got} == {stage[label].user for label in lost}
    assert {copy["kind"] for each in got for copy in each["copies"]} == {"checkout"}
    path = f"/projects/{stage.full}/grants/group:{stage.group}"
    got = ask(stage, "admin by a group", "DELETE", path).json()["items"]
    assert [each["user"] for each in got] == ["classmate"]


@pytest.mark.both_databases
def test_what_everybody_may_read_is_still_in_the_receipt_as_reading(stages: Stages) -> None:
    stage = stages.new(visibility="hub")
    got = ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/{stage['admin'].user}").json()["items"]
    assert got[0]["lost"] == [{"project": stage.full, "before": "admin", "after": "reader"}]
    got = ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/{stage['reader'].user}").json()["items"]
    assert got == [] or got[0]["lost"] == []


# what was answered once


@pytest.mark.both_databases
def test_a_repeated_request_tells_nothing_after_the_end_of_access(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    who = stage["member"].token
    wanted = [
        ("/projects", {"name": f"p{new_id()}", "owner": stage.team, "description": "secret"}),
        ("/checkouts", {"project": stage.full, "folder": "/x"}),
    ]
    keys = [new_id() for _ in wanted]
    for key, (path, body) in zip(keys, wanted, strict=True):
        first = stage.api(who, "POST", path, {"Idempotency-Key": key}, json=body)
        again = stage.api(who, "POST", path, {"Idempotency-Key": key}, json=body)
        assert (first.status_code, first.json()) == (again.status_code, again.json()) and first.status_code == 201
        assert first.headers.get("etag") == again.headers.get("etag")
        # Another person's key is another key.
        assert stage.api("stranger", "POST", path, {"Idempotency-Key": key}, json=body).status_code == 404
        assert stage.api(who, "POST", path, {"Idempotency-Key": key}, json=body | {"owner": "x"}).status_code in (
            409,
            422,
        )
    member_removed(stage)
    for key, (path, body) in zip(keys, wanted, strict=True):
        answer = stage.api(who, "POST", path, {"Idempotency-Key": key}, json=body)
        assert answer.status_code == 404, "it tells what it told a member"


@pytest.mark.both_databases
def test_a_repeated_making_of_a_team_tells_nothing_to_somebody_who_left(stages: Stages) -> None:
    stage = stages.new()
    name, headers = f"t{new_id()}", {"Idempotency-Key": new_id()}
    wanted = {"name": name}
    made = stage.api("teamer", "POST", "/teams", headers, json=wanted)
    assert made.status_code == 201
    assert stage.api("teamer", "PUT", f"/teams/{name}/members/other", json={"role": "maintainer"}).is_success
    offer = next(one["id"] for one in stage.api("other", "GET", "/offers").json()["items"] if one["name"] == name)
    assert stage.api("other", "POST", f"/offers/{offer}/accept", json={}).is_success
    assert stage.api("teamer", "POST", "/teams", headers, json=wanted).json()["name"] == name
    assert stage.api("other", "DELETE", f"/teams/{name}/members/teamer").is_success
    assert stage.api("teamer", "POST", "/teams", headers, json=wanted).status_code == 404


@pytest.mark.both_databases
def test_a_group_that_nobody_looked_after_for_a_while_lets_nobody_in(stages: Stages) -> None:
    """Who was in a group when it last had a grant, and was taken out of it since, has nothing by its next grant."""
    stage = stages.new()
    who = stage["admin by a group"]
    group_grant_taken(stage)
    stage.centre.hub.groups[stage.group] = [stage["owner"].user]
    wanted = {"name": f"p{new_id()}", "grants": {f"group:{stage.group}": "reader"}}
    made = ask(stage, "owner", "POST", "/projects", json=wanted).json()
    assert stage.api(who.token, "GET", f"/projects/{made['name']}").status_code == 404
    wanted = {"name": f"p{new_id()}", "grants": {"group:nobody-knows-it": "reader"}}
    assert stage.api(stage["owner"].token, "POST", "/projects", json=wanted).status_code == 404
    ask(stage, "owner", "DELETE", f"/projects/{made['name']}/grants/group:{stage.group}")


@pytest.mark.both_databases
def test_what_is_a_copy_stays_but_is_brought_up_to_date_no_more(stages: Stages) -> None:
    """The pack by id, with ids that somebody knows from before, is as closed as the address."""
    stage = stages.new()
    who = stage["reader"]
    ask(stage, "reader", "GET", f"/packs/{stage.id}/{stage.first}/{stage.commit}")
    ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/{who.user}")
    answer = stage.api(who.token, "GET", f"/packs/{stage.id}/{stage.first}/{stage.commit}")
    assert answer.status_code == 404 and stage.full not in answer.text
