"""Names that somebody may not know of: whatever takes a name answers as if there were nothing of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from hubshare.store.models import FormerName
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.statements import counted


class Told(NamedTuple):
    """What an answer tells, with the name that was asked for left out."""

    status: int
    words: str
    statements: int


def told(stages: Stages, user: str, name: str, method: str, path: str, body: dict[str, Any], tries: int = 3) -> Told:
    """What somebody is told about a name."""
    answer, statements = counted(stages, lambda: stages.api(user, method, path, json=body), tries)
    return Told(answer.status_code, answer.text.replace(name, "X"), len(statements))


#: Gives method, path and body of a request that takes a name.
Asking = Callable[[Stage, str], tuple[str, str, dict[str, Any]]]

ASKINGS: dict[str, Asking] = {
    "create for an owner": lambda stage, name: ("POST", "/projects", {"name": "x", "owner": name}),
    "create for a team": lambda stage, name: ("POST", "/projects", {"name": "x", "owner": f"team:{name}"}),
    "create with a team": lambda stage, name: (
        "POST",
        "/projects",
        {"name": f"n{new_id()}", "grants": {f"team:{name}": "reader"}},
    ),
    "create with a group": lambda stage, name: (
        "POST",
        "/projects",
        {"name": f"n{new_id()}", "grants": {f"group:{name}": "reader"}},
    ),
    "grant to a team": lambda stage, name: ("PUT", "/projects/{own}/grants/team:" + name, {"role": "reader"}),
    "grant to a group": lambda stage, name: ("PUT", "/projects/{own}/grants/group:" + name, {"role": "reader"}),
    "revoke from a team": lambda stage, name: ("DELETE", "/projects/{own}/grants/team:" + name, {}),
    "revoke from a group": lambda stage, name: ("DELETE", "/projects/{own}/grants/group:" + name, {}),
    "revoke from a user": lambda stage, name: ("DELETE", "/projects/{own}/grants/" + name, {}),
    "transfer to a team": lambda stage, name: ("PUT", "/projects/{own}/owner", {"owner": f"team:{name}"}),
    "transfer to a user": lambda stage, name: ("PUT", "/projects/{own}/owner", {"owner": name}),
    "transfer to a group": lambda stage, name: ("PUT", "/projects/{own}/owner", {"owner": f"group:{name}"}),
    "see a team": lambda stage, name: ("GET", "/teams/" + name, {}),
    "rename a team": lambda stage, name: ("PATCH", "/teams/" + name, {"name": "x"}),
    "delete a team": lambda stage, name: ("DELETE", "/teams/" + name, {}),
    "leave a team": lambda stage, name: ("DELETE", f"/teams/{name}/membership", {}),
    "add to a team": lambda stage, name: ("PUT", f"/teams/{name}/members/x", {"role": "member"}),
    "the log of a team": lambda stage, name: ("GET", f"/teams/{name}/audit", {}),
}


@pytest.mark.parametrize("asking", ASKINGS.values(), ids=ASKINGS)
def test_a_name_that_i_may_not_know_answers_as_one_that_is_not_there(stages: Stages, asking: Asking) -> None:
    stage, moved, deleted = stages.take(), stages.take(moved=True), stages.take(deleted=True)
    user = stage["stranger"].user
    own = stages.api(user, "POST", "/projects", json={"name": f"own{new_id()}"}).json()["name"]
    names = {
        "a team that one is not in": stage.team,
        "a group that one is not in": stage.group,
        "the owner of a private project": stage.owner,
        "the owner of what has moved": moved.owner,
        "the owner of what was deleted": deleted.owner,
        "made up": f"nobody{new_id()}",
    }
    answers: dict[str, Told] = {}
    for tries in (3, 25):
        for kind, name in names.items():
            method, path, body = asking(stage, name)
            answers[kind] = told(stages, user, name, method, path.format(own=own), body, tries)
        if len(set(answers.values())) == 1:
            break
    assert set(answers.values()) == {answers["made up"]}, answers
    assert answers["made up"].status in (403, 404)


def test_what_only_looks_like_a_name_is_told_apart_without_a_look_at_what_there_is(stages: Stages) -> None:
    """The play would notice: a team that one is in answers otherwise."""
    stage = stages.new()
    member = stage["member"].user
    own = stages.api(member, "POST", "/projects", json={"name": f"own{new_id()}"}).json()["name"]
    mine = stages.api(member, "PUT", f"/projects/{own}/grants/team:{stage.team}", json={"role": "reader"})
    other = stages.api(member, "PUT", f"/projects/{own}/grants/team:nobody", json={"role": "reader"})
    assert (mine.status_code, other.status_code) == (204, 404)


def test_a_name_that_a_team_cannot_have_does_not_tell_whose_it_is(stages: Stages) -> None:
    stage = stages.new()
    moved = stages.new(moved=True)
    with stages.centre.centre.database.begin() as session:
        gone = f"gone{new_id()[:8]}"
        session.add(FormerName(owner=gone, name="p", project_id=moved.id))
    stages.centre.hub.users = {"somebody"}
    user = stage["stranger"].user
    for method, path in (("POST", "/teams"), ("PATCH", f"/teams/others{stage.name[1:]}")):
        answers = {
            told(stages, user, name, method, path, {"name": name})
            for name in (stage.team, stage.owner, gone, "somebody")
        }
        assert len(answers) == 1 and answers.pop().status == 409, answers
    stages.centre.hub.users = set()


def test_only_members_see_the_members_of_a_team_and_of_a_group(stages: Stages) -> None:
    stage = stages.new()
    owner, full = stage["owner"].user, stage.full
    secret = {stage["member"].user, stage["second maintainer"].user, stage["admin by a group"].user}
    for label in ("owner", "admin", "writer"):
        said = stages.api(stage[label].user, "GET", f"/projects/{full}/access")
        assert not [name for name in secret if f'"{name}"' in said.text], said.text
        assert said.json()["unseen"] == [f"group {stage.group}", f"team {stage.team}"]
    said = stages.api(stage["member"].user, "GET", f"/projects/{full}/access").json()
    assert stage["second maintainer"].user in [person["user"] for person in said["people"]]
    assert said["unseen"] == [f"group {stage.group}"]
    said = stages.api(stage["Hub admin"].token, "GET", f"/projects/{full}/access").json()
    assert secret <= {person["user"] for person in said["people"]} and said["unseen"] == []
    # Nor by the receipt of taking it away.
    for subject in (f"group:{stage.group}", f"team:{stage.team}"):
        got = stages.api(owner, "DELETE", f"/projects/{full}/grants/{subject}")
        assert got.status_code == 200 and got.json()["items"] == [], got.text
