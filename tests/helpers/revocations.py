"""The ways of losing access; each with whom it concerns, what is left, and on what stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import select

from hubshare.store.models import GroupMember
from hubshare.testing.centre import wait_until
from hubshare.vocabulary import Role
from tests.helpers.access_fixture import Stage

Way = Callable[[Stage], None]


def ask(stage: Stage, label: str, method: str, path: str, **more: Any) -> httpx.Response:
    """A request that has to pass."""
    answer = stage.api(stage[label].token, method, path, **more)
    assert answer.is_success, answer.text
    return answer


def member_removed(stage: Stage) -> None:
    ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}/members/{stage['member'].user}")


def member_left(stage: Stage) -> None:
    ask(stage, "member", "DELETE", f"/teams/{stage.team}/membership")


def maintainer_removed(stage: Stage) -> None:
    ask(stage, "second maintainer", "DELETE", f"/teams/{stage.team}/members/{stage['maintainer'].user}")


def grant_taken(stage: Stage) -> None:
    ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/{stage['admin'].user}")


def team_grant_taken(stage: Stage) -> None:
    ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/team:{stage.team}")


def team_deleted(stage: Stage) -> None:
    ask(stage, "maintainer", "DELETE", f"/teams/{stage.team}")


def group_grant_taken(stage: Stage) -> None:
    ask(stage, "owner", "DELETE", f"/projects/{stage.full}/grants/group:{stage.group}")


def _group_is(stage: Stage, members: list[str] | None) -> None:
    if members is None:
        del stage.centre.hub.groups[stage.group]
    else:
        stage.centre.hub.groups[stage.group] = members

    def known() -> bool:
        with stage.centre.centre.database.read() as session:
            rows = select(GroupMember.user).where(GroupMember.group == stage.group)
            return sorted(session.scalars(rows)) == sorted(members or [])

    wait_until(known, "the service has looked at the group")


def group_left(stage: Stage) -> None:
    _group_is(stage, ["somebody-else"])


def group_deleted(stage: Stage) -> None:
    _group_is(stage, None)


def made_private(stage: Stage) -> None:
    ask(stage, "owner", "PATCH", f"/projects/{stage.full}", json={"visibility": "private"})


def project_deleted(stage: Stage) -> None:
    ask(stage, "owner", "DELETE", f"/projects/{stage.full}")


def demoted(stage: Stage) -> None:
    ask(stage, "owner", "PUT", f"/projects/{stage.full}/grants/{stage['admin'].user}", json={"role": "reader"})


def team_reads_only(stage: Stage) -> None:
    ask(stage, "maintainer", "PATCH", f"/teams/{stage.team}", json={"role": "reader"})


def maintainer_demoted(stage: Stage) -> None:
    path = f"/teams/{stage.team}/members/{stage['maintainer'].user}"
    ask(stage, "second maintainer", "PUT", path, json={"role": "member"})


_TEAMS: dict[str, Any] = {"of_team": True}
#: The way, whom it concerns, the role that is left, and the kind of stage.
WAYS: list[tuple[Way, str, Role | None, dict[str, Any]]] = [
    (member_removed, "member", None, {}),
    (member_removed, "member", None, _TEAMS),
    (member_left, "member", None, _TEAMS),
    (maintainer_removed, "maintainer", None, _TEAMS),
    (grant_taken, "admin", None, {}),
    (team_grant_taken, "member", None, {}),
    (team_deleted, "member", None, {}),
    (group_grant_taken, "admin by a group", None, {}),
    (group_left, "admin by a group", None, {}),
    (group_deleted, "admin by a group", None, {}),
    (made_private, "stranger", None, {"visibility": "hub"}),
    (made_private, "stranger", None, {"visibility": "public"}),
    (project_deleted, "admin", None, {}),
    (demoted, "admin", Role.reader, {}),
    (team_reads_only, "member", Role.reader, _TEAMS),
    (maintainer_demoted, "maintainer", Role.writer, _TEAMS),
]
