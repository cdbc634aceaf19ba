"""What the stages of access are copies of, made once and for real: a project with a conflict, and what those leave who go."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as Rows

from hubshare.names import set_aside
from hubshare.store.models import Checkout, Grant, Member, Team, Version
from hubshare.store.teams import remove_member
from hubshare.store.users import remove_user
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Push, new_id
from tests.helpers.access_doors import Api
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push

#: What every project on a stage holds at its newest version.
FILES: dict[str | bytes, Any] = {"a.txt": b"published", "sub": {"b.txt": b"b"}}
#: What tells the names of one stage from those of others.
NUMBERS = itertools.count(1)


class Template(NamedTuple):
    """A project that was really made and pushed to; those on the stages are copies.

    Attributes:
        versions: its published versions.
        kept: a snapshot of which the file `a.txt` was kept back as a conflict.
        aside: what follows the name of a removed user where the name stands on what was the user's own.
    """

    id: str
    versions: list[Version]
    kept: str
    aside: str


def make_template(api: Api, centre: TestCentre) -> Template:
    """Make a project, publish a version, and push a conflict."""
    name = f"template{next(NUMBERS)}"
    wanted = {"name": name, "grants": {"second": "writer"}}
    project = api("first", "POST", "/projects", json=wanted).json()
    for who, words in (("first", b"published"), ("second", b"kept back")):
        checkout = api(who, "POST", "/checkouts", json={"project": f"first/{name}", "folder": "/x"}).json()["id"]
        objects = snapshot(project["commit"], FILES | {"a.txt": words}, who)
        push = Push(project=project["id"], checkout=checkout, commit=objects[-1].id)
        outcome = apply_push(centre.centre, who, push, packed(objects))
    assert outcome.status == "conflict"
    with centre.centre.database.read() as session:
        versions = list(session.scalars(select(Version).where(Version.project_id == project["id"])))
    with centre.centre.database.begin() as session:
        aside = _remove_somebody(session, project["id"])
        _remove_member(session)
    return Template(project["id"], sorted(versions, key=lambda row: row.number), objects[-1].id, aside)


def _remove_somebody(session: Rows, project: str) -> str:
    """Remove somebody who had everything once, for real: what that leaves behind is put on all the stages."""
    user, team = f"gone{next(NUMBERS)}", Team(id=new_id(), name=f"left{new_id()}", creator="second", role="writer")
    session.add(team)
    session.flush()
    session.add(Member(team_id=team.id, user="second", role="maintainer"))
    session.add(Member(team_id=team.id, user=user, role="maintainer"))
    session.add(Grant(project_id=project, kind="user", subject=user, role="admin"))
    session.add(Checkout(id=new_id(), project_id=project, user=user, folder=f"/home/{user}/before"))
    session.flush()
    remove_user(session, user, set_aside(user, "01234567"))
    (left,) = session.scalars(select(Checkout.user).where(Checkout.user.startswith(user)))
    assert left.startswith(user) and left != user
    for column in (Grant.subject, Member.user):
        assert not session.scalars(select(column).where(column.startswith(user))).all()
    return left.removeprefix(user)


def _remove_member(session: Rows) -> None:
    """Take somebody out of a team, for real: nothing is left behind, so that on the stages an ex-member is just not in it."""
    team = Team(id=new_id(), name=f"left{new_id()}", creator="second", role="writer")
    session.add(team)
    session.flush()
    session.add_all(Member(team_id=team.id, user=user, role="maintainer") for user in ("second", "leaves"))
    session.flush()
    remove_member(session, team, "leaves")
    session.refresh(team)
    assert team.revision == 2
    assert session.scalars(select(Member.user).where(Member.team_id == team.id)).all() == ["second"]
