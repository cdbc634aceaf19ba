"""Event streams as a door: everybody listens at once, and hears what they may know of when it is told, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from hubshare.store.access.actions import Action
from hubshare.wire.agent import new_id
from tests.helpers import access_oracle
from tests.helpers.access_doors import read_events
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_subjects import Subject
from tests.helpers.listening import Listener, listening
from tests.helpers.revocations import ask

KINDS: dict[str, dict[str, Any]] = {
    "private": {},
    "of a team": {"of_team": True},
    "of the Hub": {"visibility": "hub"},
    "public": {"visibility": "public"},
}


class Ear(NamedTuple):
    """Somebody who listens: to all that happens, or to one project."""

    who: Subject
    listener: Listener
    all: bool

    def hears(self, last: str) -> list[dict[str, Any]]:
        """What comes up to the event whose project, or description of it, is known to be the last one."""
        found = self.listener.until(lambda event: event is None or event["project"] == last)
        return [event for event in found if event is not None and event["project"] != last]


def may(action: Action, who: Subject, stage: Stage) -> bool:
    """Whether the page on access lets somebody do something; written by hand, not computed from the table."""
    return access_oracle.by_hand(str(action), who, stage) == 200


@pytest.fixture(params=KINDS, ids=str)
def stage(request: pytest.FixtureRequest, stages: Stages) -> Iterator[Stage]:
    made = stages.new(**KINDS[request.param])
    yield made
    made.leave()


def everybody_listens(stage: Stage, stack: ExitStack) -> list[Ear]:
    """Open both streams as each person who may."""
    ears = []
    for who in stage.people.values():
        for action, path in ((Action.BROWSE_OWN, "/events"), (Action.READ, f"/projects/{stage.full}/events")):
            if may(action, who, stage):
                listener = stack.enter_context(listening(stage, who, path))
                ears.append(Ear(who, listener, action is Action.BROWSE_OWN))
            else:
                assert stage.api.listens(who.token, path) in (401, 403, 404)
    return ears


def last_of_all(stages: Stages, stage: Stage) -> str:
    """Have something happen that everybody hears of who has an account; return the name of that project."""
    last = stages.take(visibility="hub")
    ask(last, "owner", "PATCH", f"/projects/{last.full}", json={"description": new_id()})
    return last.full


def test_everybody_hears_what_they_may_know_until_it_is_taken_from_them(stage: Stage, stages: Stages) -> None:
    boss = "maintainer" if stage.of_team else "owner"
    path, secret = f"/projects/{stage.full}", f"secret-{new_id()}"
    with ExitStack() as stack:
        ears = everybody_listens(stage, stack)
        assert {ear.who.label for ear in ears} >= {"Hub admin", "namesake of a removed admin", "stranger"}
        assert stage.agent_pushes(stage[boss]) == 200
        # What concerns one person alone is told to that person alone.
        ask(stage, boss, "PUT", f"{path}/grants/{stage['reader'].user}", json={"role": "writer"})
        last = last_of_all(stages, stage)
        for ear in ears:
            label = f"{ear.who.label} on {'all' if ear.all else 'one'}"
            own = ear.who.user == stage["reader"].user
            wanted = (["version"] + ["access"] * own) if may(Action.READ, ear.who, stage) else []
            heard = ear.hears(last) if ear.all else [ear.listener.until(bool)[0] for _ in wanted]
            told = [event["type"] for event in heard if event and event["project"] == stage.full]
            assert told == wanted, f"{label}: {heard}"
        # Now all of it is taken from all but those who have a role of their own.
        open_before = stage.visibility
        readers = {ear.who.label for ear in ears if may(Action.READ, ear.who, stage)}
        ask(stage, boss, "PATCH", path, json={"visibility": "private"})
        stage.visibility = "private"
        ask(stage, boss, "DELETE", f"{path}/grants/{stage['reader'].user}")
        gone = {"reader"}
        ask(stage, boss, "PUT", f"{path}/name", json={"name": secret})
        assert stage.agent_pushes(stage[boss]) == 200
        last = last_of_all(stages, stage)
        for ear in ears:
            label = f"{ear.who.label} on {'all' if ear.all else 'one'} ({open_before})"
            left = may(Action.READ, ear.who, stage) and ear.who.label not in gone
            if left:
                assert ear.listener.until(lambda event: event and secret in event["project"]), label
                continue
            heard = ear.hears(last) if ear.all else ear.listener.until(lambda event: event is None)[:-1]
            mine = [event for event in heard if event and (event["project"] == stage.full or secret in str(event))]
            assert secret not in json.dumps(mine), f"{label} heard {mine}"
            end = {"type": "access", "project": stage.full, "role": None}
            ended = [event in (end, end | {"deleted": True}) for event in mine]
            assert ended == sorted(ended), f"{label} heard something after the end: {mine}"
            assert any(ended) or ear.all, f"{label} is not told of the end"
            assert not mine or ear.who.label in readers, f"{label} heard {mine} and never had access"


def test_who_takes_a_stream_up_is_told_what_they_may_know_now_and_not_what_they_might_have_then(stages: Stages) -> None:
    """Of a project that was deleted, of one that is private again, and of one that was private when it happened."""
    gone, shut, opened = (stages.new(visibility=kind) for kind in ("hub", "hub", "private"))
    made = (gone, shut, opened)
    for stage in made:
        ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"description": f"secret-{stage.name}"})
        assert stage.agent_pushes(stage["owner"]) == 200
    ask(gone, "owner", "DELETE", f"/projects/{gone.full}")
    ask(shut, "owner", "PATCH", f"/projects/{shut.full}", json={"visibility": "private"})
    ask(opened, "owner", "PATCH", f"/projects/{opened.full}", json={"visibility": "hub"})
    after = stages.new(visibility="hub")
    ask(after, "owner", "PATCH", f"/projects/{after.full}", json={"description": "the last"})
    for who, mine in ((gone["stranger"], [opened]), (gone["owner"], [opened]), (shut["owner"], [shut, opened])):
        headers = {"Authorization": f"token {who.token}", "Last-Event-ID": "0-0"}
        heard = set[str]()
        with gone.api.client.stream("GET", "/events", headers=headers) as answer:
            for _, event in read_events(answer.iter_lines()):
                if event["type"] == "version":
                    heard.add(event["project"])
                if event["project"] == after.full:
                    break
        assert heard & {stage.full for stage in made} == {stage.full for stage in mine}, who.label
    for stage in (*made, after):
        stage.leave()
