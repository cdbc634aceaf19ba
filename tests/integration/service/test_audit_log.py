"""The audit log: every change is written down once, for good, and without secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text, update

from hubshare.store.access.actions import Action
from hubshare.store.models import AuditEntry
from hubshare.testing.centre import TestCentre
from tests.helpers.access_acts import Play
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_matrix import PLAYS, promised
from tests.helpers.stage_requests import ask

pytestmark = pytest.mark.both_databases


def entries(centre: TestCentre, stage: Stage) -> list[AuditEntry]:
    with centre.centre.database.read() as session:
        about = (AuditEntry.project_id == stage.id) | (AuditEntry.team_id == stage.team_id)
        return list(session.scalars(select(AuditEntry).where(about).order_by(AuditEntry.id)))


#: What changes something and is not written down: how fresh a checkout is.
# Who declines is written down for admins of the Hub alone: whoever offered something is not to be told.
# What is done about a person's own server is written down with the project because of which it was asked for.
# A webhook of the whole Hub is of no project.
QUIET = {
    "POST /webhooks",
    "pull",
    "POST /offers/{offer}/decline",
    "POST /server-requests/{request}/decline",
    "DELETE /server-shares/{owner}/{user}",
}
#: What is written down of the project that is looked at here, where that is not what is done to the other one.
TAKEN = {"POST /projects/{owner}/{name}/origin/pull": Action.FORK}
TOP = {"team": "maintainer", "hub": "Hub admin"}
#: Who does what its owner has no reason to do.
OTHERS = {Action.ACCEPT: "stranger", Action.ASK_SERVER: "reader"}


@pytest.mark.parametrize("play", [play for play in PLAYS if play.changes], ids=lambda play: play.verb)
def test_every_change_is_written_down_with_who_what_when_and_how(
    stages: Stages, centre: TestCentre, play: Play
) -> None:
    stage = stages.new(deleted=play.deleted)
    who = stage[TOP.get(play.action.partition(".")[0], OTHERS.get(play.action, "owner"))]
    assert promised(play, who, stage) == 200
    before = len(entries(centre, stage))
    assert play.act(stage, who) < 300
    new = entries(centre, stage)[before:]
    if play.verb in QUIET:
        assert new == []
        return
    (entry,) = new
    door = "git" if ".git" in play.verb else "agent" if play.verb == "push" else "api"
    assert (entry.user, entry.action, entry.door) == (who.user, TAKEN.get(play.verb, play.action), door)
    others = [f"{stage.owner}/other", f"{stage.team}/other", f"{stage['admin'].user}/{stage.name}"]
    assert entry.name in (stage.full, *others, stage.team)
    assert entry.token.startswith("token "), "the note of the token"


def test_whoever_takes_a_copy_is_written_down(stages: Stages, centre: TestCentre) -> None:
    stage = stages.new(visibility="public")
    for who in ("reader", "nobody"):
        ask(stage, who, "GET", f"/projects/{stage.full}/archive")
    copies = [(each.user, each.action, each.details["version"]) for each in entries(centre, stage)]
    assert copies == [(stage["reader"].user, "project.read", 1), ("", "project.read", 1)]


def test_no_entry_holds_a_token_or_the_secret_of_an_invitation(stages: Stages, centre: TestCentre) -> None:
    stage = stages.new()
    token = f"{stage['owner'].user}+write"
    secret = ask(stage, "owner", "POST", f"/projects/{stage.full}/invitations", json={}).json()["secret"]
    ask(stage, "stranger", "POST", f"/invitations/{secret}/accept")
    assert stage.api(token, "GET", f"/projects/{stage.full}/archive").is_success
    with centre.centre.database.read() as session:
        rows = [repr({**row._mapping}) for row in session.execute(select(*AuditEntry.__table__.columns))]
    assert any("project.read" in row for row in rows)
    for row in rows:
        assert token not in row and secret not in row and stage.secret not in row


def test_an_entry_is_not_changed_by_anybody(stages: Stages, centre: TestCentre) -> None:
    stage = stages.new()
    ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": "x"})
    (entry,) = entries(centre, stage)
    changes: list[Callable[[Any], object]] = [
        lambda session: session.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(user="mallory")),
        lambda session: session.execute(text(f"UPDATE audit SET details = '{{}}' WHERE id = {entry.id}")),
    ]
    for change in changes:
        with pytest.raises(Exception, match="append-only"), centre.centre.database.begin() as session:
            change(session)
    assert [(each.user, each.details) for each in entries(centre, stage)] == [(entry.user, entry.details)]


def test_the_log_of_a_team_tells_of_its_projects_and_the_log_of_a_project_only_of_it(stages: Stages) -> None:
    stage = stages.new(of_team=True)
    ask(stage, "maintainer", "PATCH", f"/projects/{stage.full}", json={"description": "x"})
    ask(stage, "maintainer", "PATCH", f"/teams/{stage.team}", json={"role": "reader"})
    of_team = ask(stage, "maintainer", "GET", f"/teams/{stage.team}/audit").json()["items"]
    of_project = ask(stage, "maintainer", "GET", f"/projects/{stage.full}/audit").json()["items"]
    assert [each["action"] for each in of_team] == ["team.configure", "project.configure"]
    assert [each["action"] for each in of_project] == ["project.configure"]
    everything = stage.api("boss+hubadmin", "GET", "/audit").json()["items"]
    assert [each["id"] for each in everything][:2] == [each["id"] for each in of_team]
