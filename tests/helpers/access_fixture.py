"""A project, a team, and everybody who has something to do with them: the stage on which access is played."""

from __future__ import annotations

import copy
import itertools
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session as Rows

from hubshare.names import set_aside
from hubshare.store.invitations import invite
from hubshare.store.mirror_tables import Mirror
from hubshare.store.models import (
    Base,
    Checkout,
    Conflict,
    FormerName,
    Grant,
    GroupMember,
    Invitation,
    Member,
    Project,
    Team,
    Version,
    now,
)
from hubshare.store.teams import remove_member
from hubshare.store.users import remove_user
from hubshare.store.webhook_tables import Webhook, WebhookDelivery, WebhookLane
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Access, Outcome, Push, Update, new_id
from tests.helpers.access_doors import Api, Session
from tests.helpers.access_subjects import Subject, everybody
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push

#: What every project on a stage holds at its newest version.
FILES: dict[str | bytes, Any] = {"a.txt": b"published", "sub": {"b.txt": b"b"}}
_NUMBERS = itertools.count(1)
_OF_A_PROJECT = (Grant, Version, Checkout, Conflict, Invitation, Webhook, WebhookDelivery, Mirror)


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
    name = f"template{next(_NUMBERS)}"
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
    return Template(project["id"], sorted(versions, key=lambda row: row.number), objects[-1].id, aside)


def _remove_somebody(session: Rows, project: str) -> str:
    """Remove somebody who had everything once, for real: what that leaves behind is put on all the stages."""
    user, team = f"gone{next(_NUMBERS)}", Team(id=new_id(), name=f"left{new_id()}", creator="second", role="writer")
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


class Stage:
    """A project and a team that nobody has touched yet, put straight into the database.

    Args:
        of_team: whether the team owns the project; else `owner` does and the team has a grant.
        visibility, archived, deleted: of the project.
        moved: whether the project has another address now, and `full` only leads to it.

    Attributes:
        people: everybody, by label.
        team: name of the team.
        secret: of an invitation to be reader.
    """

    def __init__(
        self,
        api: Api,
        centre: TestCentre,
        template: Template,
        *,
        of_team: bool = False,
        visibility: str = "private",
        archived: bool = False,
        deleted: bool = False,
        moved: bool = False,
    ) -> None:
        self.api, self.centre, self.of_team, self.visibility = api, centre, of_team, visibility
        self.archived, number = archived, next(_NUMBERS)
        self.id, self.team_id, self.template = new_id(), new_id(), template
        self.team, self.group = f"crew{number}", f"class{number}"
        found = [*everybody(number, of_team)]
        self.people = {each.label: each for each in found}
        owner = self["owner"].user
        self.owner, self.name = (self.team if of_team else owner), f"p{number}"
        self.commit, self.first = template.versions[-1].commit, template.versions[0].commit
        centre.hub.groups[self.group] = [each.user for each in found if each.label == "admin by a group"]
        shutil.copytree(centre.centre.repositories.path(template.id), centre.centre.repositories.path(self.id))
        self.checkouts: dict[str, str] = {}
        self.conflicts: dict[str, str] = {}
        with centre.centre.database.begin() as session:
            team = Team(id=self.team_id, name=self.team, creator=self["maintainer"].user, role="writer")
            session.add(team)
            session.flush()
            for each in found:
                if each.team is not None and each.kind == "":
                    session.add(Member(team_id=team.id, user=each.user, role=each.team.name))
            # Neither stranger is one to everything: there is another team, and another group.
            other = Team(id=new_id(), name=f"others{number}", creator=self["stranger"].user, role="writer")
            session.add(other)
            session.flush()
            session.add(Member(team_id=other.id, user=self["stranger"].user, role="maintainer"))
            session.add(Member(team_id=other.id, user=self["service of the Hub"].user, role="maintainer"))
            session.add(GroupMember(group=f"others{number}", user=self["stranger"].user))
            left = self["ex-member"].user
            session.add(Member(team_id=team.id, user=left, role="member"))
            session.flush()
            project = Project(
                id=self.id,
                owner=self.owner,
                name=self.name,
                team_id=team.id if of_team else None,
                visibility=visibility,
                archived=now() if archived else None,
                deleted=now() if deleted else None,
                head=template.versions[-1].commit,
                version=template.versions[-1].number,
            )
            session.add(project)
            session.flush()
            session.add_all(self._grants(found))
            again = self["namesake of a removed admin"].user
            session.add(Checkout(id=new_id(), project_id=self.id, user=again + template.aside, folder=f"/home/{again}"))
            if moved:
                session.add(FormerName(owner=self.owner, name=self.name, project_id=self.id))
                project.name = f"now{number}"
            for version in template.versions:
                values = {column.key: getattr(version, column.key) for column in inspect(Version).columns}
                session.add(Version(**values | {"project_id": self.id}))
            for user in {each.user for each in found if each.user}:
                self.checkouts[user], self.conflicts[user] = new_id(), new_id()
                session.add(
                    Checkout(
                        id=self.checkouts[user],
                        project_id=self.id,
                        user=user,
                        folder=f"/home/{user}",
                        commit=self.first,
                    )
                )
            session.flush()
            for user, checkout in self.checkouts.items():
                session.add(
                    Conflict(
                        id=self.conflicts[user],
                        project_id=self.id,
                        checkout_id=checkout,
                        path="a.txt",
                        kind="edit",
                        snapshot=template.kept,
                    )
                )
            admin = self["admin"].user if not of_team else self["maintainer"].user
            self.invitation, self.secret = self._invite(session, project, admin)
            self.webhook, self.delivery = self._add_webhook(session, admin)
            self.mirror = self._add_mirror(session, admin)
            remove_member(session, team, left)

    def __getitem__(self, label: str) -> Subject:
        return self.people[label]

    @property
    def full(self) -> str:
        return f"{self.owner}/{self.name}"

    def _grants(self, found: list[Subject]) -> list[Grant]:
        made = [Grant(project_id=self.id, kind="group", subject=self.group, role="admin")]
        if not self.of_team:
            made.append(Grant(project_id=self.id, kind="team", subject=self.team_id, role="writer"))
        return made + [
            Grant(project_id=self.id, kind="user", subject=each.user, role=each.role.name)
            for each in found
            if each.label in ("reader", "writer", "admin", "room server", "service that writes") and each.role
        ]

    def _invite(self, session: Any, project: Project, creator: str) -> tuple[str, str]:
        for user in self.centre.hub.groups[self.group]:
            session.add(GroupMember(group=self.group, user=user))
        session.flush()
        row, secret = invite(session, project, creator, "reader", 7, 1000)
        return row.id, secret

    def _add_webhook(self, session: Any, owner: str) -> tuple[str, int]:
        """A webhook that is paused, so that nothing is sent, and a delivery that failed."""
        hook = Webhook(id=new_id(), project_id=self.id, owner=owner, url="https://example.org/", paused=True)
        hook.source, hook.secret = "http://hub.test/", self.centre.centre.sealer.seal(b"whsec_c2VjcmV0")
        session.add(hook)
        session.flush()
        failed = WebhookDelivery(webhook_id=hook.id, project_id=self.id, event="e", type="t", state="failed")
        session.add_all([failed, WebhookLane(webhook_id=hook.id, project_id=self.id)])
        session.flush()
        return hook.id, failed.id

    def _add_mirror(self, session: Any, owner: str) -> str:
        """A mirror that seems to be pushed to, so that no worker does."""
        made = Mirror(id=new_id(), project_id=self.id, owner=owner, url="https://192.0.2.1/x.git", branch="main")
        made.push_on, made.in_the_way, made.begun_until = "manual", "1" * 40, now() + timedelta(days=1)
        session.add(made)
        session.flush()
        return made.id

    def state(self) -> list[Any]:
        """All that the tables hold of the stage: what a request that was refused must not have changed."""
        tables: list[tuple[type[Base], str, str]] = [
            (Project, "id", self.id),
            *((table, "project_id", self.id) for table in _OF_A_PROJECT),
            (Team, "id", self.team_id),
            (Member, "team_id", self.team_id),
        ]
        found: list[Any] = []
        # As the database has them: to make values of them takes longer than what is played, and each play looks twice.
        with self.centre.centre.database.read() as session:
            for table, key, mine in tables:
                wanted = text(f"SELECT * FROM {table.__tablename__} WHERE {key} = :mine")
                found.append(sorted(repr(row) for row in session.execute(wanted, {"mine": mine})))
        return found

    def ghost(self) -> Stage:
        """A stage that is not there: to somebody who may not know of the real one, both have to look alike."""
        made = copy.copy(self)
        number = next(_NUMBERS)
        made.id, made.name, made.team = new_id(), f"p{number}", f"crew{number}"
        made.checkouts = {user: new_id() for user in self.checkouts}
        made.conflicts = {user: new_id() for user in self.conflicts}
        made.invitation, made.secret, made.webhook, made.mirror = new_id(), new_id(), new_id(), new_id()
        return made

    def leave(self) -> None:
        """Take what the service looks after again and again off the stage."""
        with self.centre.centre.database.begin() as session:
            found = session.get(Grant, (self.id, "group", self.group))
            if found is not None:
                session.delete(found)

    def snapshot(
        self, user: str, files: dict[str | bytes, Any] | None = None, message: str = "Edit\n"
    ) -> tuple[str, bytes]:
        """A commit of somebody on the newest version, and the pack of it."""
        objects = snapshot(self.commit, files or FILES | {f"{new_id()}.txt": b"new"}, user, message)
        repository = self.centre.centre.repositories.open(self.template.id)
        return objects[-1].id, packed(objects, {item.id for item in objects if item.id in repository})

    def push(self, user: str, **more: Any) -> tuple[Push, bytes]:
        """A push of somebody's checkout, with its pack."""
        commit, pack = self.snapshot(user)
        return Push(project=self.id, checkout=self.checkouts[user], commit=commit, **more), pack

    def agent_pushes(self, who: Subject) -> int:
        """What somebody gets whose agent pushes over Redis, as an HTTP status."""
        agent = Session(self.api, who.token)
        try:
            if agent.status != 201:
                return agent.status
            event, pack = self.push(who.user)
            agent.send(event, pack)
            outcome: Outcome = agent.hear(lambda heard: isinstance(heard, Outcome) and heard.event == event.id)
            return {"": 200, "not-found": 404, "forbidden": 403, "clash": 409}[outcome.code]
        finally:
            agent.close()

    def agent_syncs(self, who: Subject) -> int:
        """The same for an agent that asks where the project stands."""
        from hubshare.wire.agent import Sync

        agent = Session(self.api, who.token)
        try:
            if agent.status != 201:
                return agent.status
            agent.send(Sync(checkouts=[self.checkouts[who.user]]))
            told = agent.hear(lambda heard: isinstance(heard, Update | Access) and heard.project == self.id)
            return 200 if isinstance(told, Update) else 404
        finally:
            agent.close()

    def agent_pulled(self, who: Subject) -> int:
        """The same for an agent that says what its checkout holds."""
        from hubshare.wire.agent import Pull

        agent = Session(self.api, who.token)
        try:
            if agent.status != 201:
                return agent.status
            agent.send(Pull(project=self.id, checkout=self.checkouts[who.user], commit=self.commit))

            def known() -> bool:
                with self.centre.centre.database.read() as session:
                    return session.get_one(Checkout, self.checkouts[who.user]).commit == self.commit

            wait_until(known, "the centre knows what the checkout holds")
            return 200
        finally:
            agent.close()

    def repository(self) -> Path:
        """Where the project's canonical repository lies."""
        return self.centre.centre.repositories.path(self.id)


class Stages:
    """Gives out stages; one that nobody has changed anything on is given out again."""

    def __init__(self, centre: TestCentre) -> None:
        self.api, self.centre = Api(centre.url), centre
        self._template = make_template(self.api, centre)
        self._clean: dict[Any, Stage] = {}
        self._made: list[Stage] = []

    def new(self, **kind: Any) -> Stage:
        """A stage of a kind for one test alone."""
        self._made.append(Stage(self.api, self.centre, self._template, **kind))
        return self._made[-1]

    def take(self, **kind: Any) -> Stage:
        """A clean stage of a kind."""
        key = tuple(sorted(kind.items()))
        if key not in self._clean:
            self._clean[key] = self.new(**kind)
        return self._clean[key]

    def used(self, stage: Stage) -> None:
        """Say that a stage is not as it was."""
        stage.leave()
        self._clean = {key: each for key, each in self._clean.items() if each is not stage}

    def leave(self) -> None:
        """Clear all stages, and call nobody any more."""
        for stage in self._made:
            stage.leave()
        self.api.close()
