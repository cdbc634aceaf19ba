"""Every action, as everybody, through every door; what has to come of it is computed from the one table of actions."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any, get_args

import pytest
from sqlalchemy import update

from hubshare.service.web.authorize import declarations
from hubshare.store.access.actions import RULES, Action
from hubshare.store.models import Checkout
from hubshare.store.webhook_tables import Webhook, WebhookDelivery
from hubshare.testing.centre import TestCentre
from hubshare.vocabulary import Role
from hubshare.wire import agent as events
from hubshare.wire.agent import new_id
from tests.helpers import access_matrix, access_oracle, managing_plays, page_plays
from tests.helpers.access_acts import Play, firsts
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_matrix import API, GIT, OF_PROJECTS, OF_TEAMS, expected, promised
from tests.helpers.access_subjects import Subject
from tests.helpers.statements import counted

PLAYS = [*access_matrix.PLAYS, *page_plays.PLAYS, *managing_plays.PLAYS]

#: Who stands at a border that the table draws: each play is tried as all of these.
AT_BORDERS = {"owner", "admin", "writer", "reader", "member", "maintainer", "stranger", "nobody", "Hub admin"}
#: Of the plays of an action through a door the first is tried as everybody, and among so many others the rest is shared out.
SHARES = 4
_FIRSTS = firsts(PLAYS)

#: Routes that find out themselves, in the one request, which of two actions it is.
_BOTH = {f"GET {GIT}/info/refs"}


# that nothing is left out


def short(method: str, path: str) -> str:
    return f"{method} {path.removeprefix(API)}"


def test_every_route_is_played_as_the_action_that_the_design_gives_it(centre: TestCentre) -> None:
    declared = {
        short(method, route.path): route.actions
        for route in declarations(centre.app)
        for method in route.methods - {"HEAD"}
    }
    played: dict[str, set[Action]] = defaultdict(set)
    for play in PLAYS:
        played[play.verb.partition(" #")[0]].add(play.action)
    missing = declared.keys() - played.keys()
    assert not missing, f"nobody plays {sorted(missing)}"
    assert played.keys() - declared.keys() == {"push", "pull", "sync"}
    for verb, actions in declared.items():
        assert set(actions) == played[verb] or (verb in _BOTH and set(actions) < played[verb]), verb


def test_every_event_of_agents_is_played() -> None:
    union = get_args(get_args(events.FromAgent)[0])
    assert {one.model_fields["type"].default for one in union} == {play.verb for play in PLAYS if " " not in play.verb}


def test_every_action_is_played() -> None:
    assert {play.action for play in PLAYS} == set(Action) == set(RULES)


# the play


def play_it(stages: Stages, play: Play, labels: list[str] | None, **kind: Any) -> None:
    """Play one verb as everybody: those who are refused, which changes nothing; then those who pass, in turn."""
    kind |= {"deleted": True} if play.deleted else {}
    changed = True
    try:
        changed = _play_in_turn(stages, play, labels, kind)
    finally:
        # What a play that failed has left behind nobody knows.
        if changed:
            stages.used(stages.take(**kind))


def _play_in_turn(stages: Stages, play: Play, labels: list[str] | None, kind: dict[str, Any]) -> bool:
    """Return whether the stage is not as it was."""
    stage = stages.take(**kind)
    labels = labels or list(stage.people)
    refused = [label for label in labels if promised(play, stage[label], stage) != 200]
    before = stage.state()
    for label in refused:
        found, wanted = play.act(stage, stage[label]), promised(play, stage[label], stage)
        assert found == wanted, f"{label}: {found} instead of {wanted}"
    assert stage.state() == before, "somebody who was refused has changed something"
    changed = False
    for label in labels:
        if label in refused:
            continue
        # From where the branch is by now git would not push.
        found = 409 if changed and play.door == "git" else play.act(stage, stage[label])
        if changed and found >= 300:
            # Whoever came before may have ended what it is about.
            stages.used(stage)
            stage = stages.take(**kind)
            found = play.act(stage, stage[label])
        assert found < 300, f"{label}: {found} instead of passing"
        changed = play.changes
    return changed


def asked(play: Play, stage: Stage) -> list[str]:
    """Return as whom a play is tried: what an action asks for is one rule, whatever route declares it."""
    if play.verb in _FIRSTS:
        return [*stage.people]
    others = [label for label in stage.people if label not in AT_BORDERS]
    share = {*others[PLAYS.index(play) % SHARES :: SHARES]}
    return [label for label in stage.people if label in AT_BORDERS or label in share]


def plays(*actions: Action) -> Any:
    chosen = [play for play in PLAYS if not actions or play.action in actions]
    return pytest.mark.parametrize("play", chosen, ids=lambda play: play.verb)


@plays()
def test_everybody_gets_what_the_table_says(stages: Stages, play: Play) -> None:
    stage = stages.take(**({"deleted": True} if play.deleted else {}))
    leads, member = stage["service that leads the team"], stage["service in the team"]
    # A service that leads the team is let through another door than a member where the table tells them apart.
    same = promised(play, leads, stage) == promised(play, member, stage)
    play_it(stages, play, [label for label in asked(play, stage) if not (same and label == leads.label)])


@plays(*OF_PROJECTS)
def test_a_project_of_a_team_is_its_maintainers_and_its_members_write(stages: Stages, play: Play) -> None:
    people = ["maintainer", "member", "ex-member", "admin by a group", "owner", "maintainer with an expired token"]
    people += ["service that leads the team", "service that leads the team with a token without scopes"]
    play_it(stages, play, people, of_team=True)


@plays(*OF_PROJECTS)
def test_what_the_hub_sees_everybody_who_is_signed_in_reads(stages: Stages, play: Play) -> None:
    people = ["stranger", "ex-member", "nobody", "reader", "writer", "owner with a token without scopes"]
    play_it(stages, play, people, visibility="hub")


@plays(*OF_PROJECTS)
def test_what_is_public_everybody_reads(stages: Stages, play: Play) -> None:
    people = ["stranger", "nobody", "owner with an expired token", "owner with a token without scopes", "writer"]
    play_it(stages, play, people, visibility="public")


@plays(*OF_PROJECTS)
def test_an_archived_project_is_read_and_not_changed(stages: Stages, play: Play) -> None:
    play_it(stages, play, ["owner", "admin", "writer", "reader", "stranger", "Hub admin"], archived=True)


@plays(*OF_PROJECTS, *OF_TEAMS)
@pytest.mark.parametrize("kind", ["private", "deleted", "moved away"])
def test_what_somebody_may_not_know_of_looks_as_if_it_were_not_there(stages: Stages, play: Play, kind: str) -> None:
    if not play.verb.startswith(("GET", "POST", "PUT", "PATCH", "DELETE")) or "/conflicts/" in play.verb:
        return
    stage = stages.take(**{} if kind == "private" else {"deleted": True} if kind == "deleted" else {"moved": True})
    ghost = stage.ghost()
    people = {
        "private": ["stranger", "nobody", "ex-member", "stranger with a token without scopes"],
        # Its readers and writers cannot tell either, as long as it is in the trash.
        "deleted": ["stranger", "nobody"] + ([] if play.deleted else ["reader", "admin"]),
        "moved away": ["stranger", "nobody"],
    }[kind]
    for label in people:
        who = Subject(label, stage["stranger"].user, "none") if "scopes" in label else stage[label]
        if play.action in OF_TEAMS and label in ("reader", "writer", "admin"):
            continue
        told = [_told(stages, play, there, who, tries=1) for there in (stage, ghost)]
        if told[0][1] != told[1][1]:
            # What is looked up once for a while comes on top of one of them.
            told = [_told(stages, play, there, who, tries=10) for there in (stage, ghost)]
        answers = [answer for answer, _ in told]
        assert answers[0] == answers[1] and answers[0][0] in (401, 403, 404), f"{label} can tell"
        statements = [made for _, made in told]
        assert statements[0] == statements[1], f"{label} can tell by what the database is asked"
        # By its id alone nobody learns its name.
        if "{project}" in play.verb:
            assert stage.full not in stage.api.last.text


def _told(
    stages: Stages, play: Play, there: Stage, who: Subject, tries: int
) -> tuple[tuple[int, dict[str, str], str], list[str]]:
    """Status, head and words of the answer, and the statements that it took."""
    status, statements = counted(stages, partial(play.act, there, who), tries)
    # A connection is used for so many requests, whatever they are for.
    others = ("date", "content-length", "connection")
    head = {name: value for name, value in there.api.last.headers.items() if name not in others}
    words = there.api.last.text
    for name in (there.id, there.name, there.team, there.invitation):
        words = words.replace(name, "X")
    return (status, head, words), statements


@pytest.mark.parametrize("of_team", [False, True], ids=["of a user", "of a team"])
def test_what_is_played_is_what_the_page_says_read_by_hand(stages: Stages, of_team: bool) -> None:
    """Each action, as everybody: what the plays expect is made from the table of the code, this from the page alone."""
    assert {str(action) for action in Action} == access_oracle.TABLE.keys()
    for kind in ({}, {"visibility": "hub"}, {"visibility": "public"}, {"archived": True}):
        stage = stages.take(**kind | ({"of_team": True} if of_team else {}))
        for label, who in stage.people.items():
            for action in Action:
                said, found = access_oracle.by_hand(str(action), who, stage), expected(action, who, stage)
                assert said == found, f"{label} on {action} ({kind}): the page says {said}, the plays expect {found}"


def test_the_play_notices_what_it_is_for(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the service let readers push, or nobody, the play would say so."""
    push = next(play for play in PLAYS if play.verb == f"POST {GIT}/git-receive-pack")
    for least in (Role.reader, Role.owner):
        monkeypatch.setitem(RULES, Action.PUSH, RULES[Action.PUSH]._replace(role=least))
        asked = {**RULES}
        monkeypatch.undo()
        wrong = expected.__globals__ | {"RULES": asked}
        assert wrong["RULES"][Action.PUSH].role is least
        monkeypatch.setitem(expected.__globals__, "RULES", asked)
        with pytest.raises(AssertionError, match="instead of"):
            play_it(stages, push, ["reader", "writer"])
        monkeypatch.undo()


def test_what_workers_tell_the_hub_of_a_project_is_nothing_that_somebody_has_changed(stages: Stages) -> None:
    """They do so whenever they come to it; what is sent of the project's own webhook somebody has asked for."""
    stage, of_hub = stages.take(), new_id()
    before = stage.state()
    with stages.centre.centre.database.begin() as session:
        secret = stages.centre.centre.sealer.seal(b"whsec_c2VjcmV0")
        hook = Webhook(id=of_hub, owner="boss", url="https://192.0.2.1/", source="", secret=secret, paused=True)
        session.add_all([hook, WebhookDelivery(webhook_id=of_hub, project_id=stage.id, event="e", type="t")])
    assert stage.state() == before
    with stages.centre.centre.database.begin() as session:
        session.delete(session.get_one(Webhook, of_hub))
        session.add(WebhookDelivery(webhook_id=stage.webhook, project_id="", event="e", type="test", state="failed"))
    assert stage.state() != before
    stages.used(stage)


def test_a_checkout_of_somebody_else_opens_no_door(stages: Stages, centre: TestCentre) -> None:
    stage = stages.take()
    with centre.centre.database.begin() as session:
        theirs = stage.checkouts[stage["owner"].user]
        mine = stage.checkouts[stage["stranger"].user]
        session.execute(update(Checkout).where(Checkout.id == mine).values(folder="/mine"))
    stage.checkouts[stage["stranger"].user] = theirs
    assert stage.agent_pushes(stage["stranger"]) == 404
    assert stage.api(stage["stranger"].token, "DELETE", f"/checkouts/{theirs}").status_code == 404
    stages.used(stage)
