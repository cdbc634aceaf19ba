"""A project, a team, and everybody who has something to do with them: the stage on which access is played."""

from __future__ import annotations

import copy
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, insert, inspect, select, text
from sqlalchemy.orm import Session as Rows

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
from hubshare.store.webhook_tables import Webhook, WebhookDelivery, WebhookLane
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Access, Outcome, Push, Update, new_id
from tests.helpers.access_doors import Api, Session
from tests.helpers.access_subjects import Subject, everybody
from tests.helpers.access_template import FILES, NUMBERS, Template, make_template
from tests.helpers.forge import packed, snapshot

_OF_A_PROJECT = (Grant, Version, Checkout, Conflict, Invitation, Webhook, Mirror)


class _Batch:
    """Rows of many tables, written by one statement a table: as objects they take longer than what is played."""

    def __init__(self) -> None:
        self._rows: dict[Table, list[dict[str, Any]]] = {}

    def add(self, table: type[Base], **values: Any) -> None:
        """Note a row; all of a table name the same columns."""
        self._rows.setdefault(cast(Table, table.__table__), []).append(values)

    def write(self, session: Rows) -> None:
        """Write the tables in the order in which they were named first."""
        for table, rows in self._rows.items():
            session.execute(insert(table), rows)


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
        self.archived, number = archived, next(NUMBERS)
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
        rows = _Batch()
        self._add_teams(rows, found)
        self._add_project(rows, archived, deleted, moved)
        for kind, subject, role in self._grants(found):
            rows.add(Grant, project_id=self.id, kind=kind, subject=subject, role=role)
        self._add_checkouts(rows, {each.user for each in found if each.user})
        admin = self["admin"].user if not of_team else self["maintainer"].user
        self.webhook, self.mirror = new_id(), new_id()
        self._add_webhook(rows, admin)
        self._add_mirror(rows, admin)
        with centre.centre.database.begin() as session:
            rows.write(session)
            # Of the project it asks for the id alone.
            invitation, self.secret = invite(session, Project(id=self.id), admin, "reader", 7, 1000)
            self.invitation = invitation.id
            failed = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == self.webhook)
            self.delivery = session.scalars(failed).one()

    def __getitem__(self, label: str) -> Subject:
        return self.people[label]

    @property
    def full(self) -> str:
        return f"{self.owner}/{self.name}"

    def _add_teams(self, rows: _Batch, found: list[Subject]) -> None:
        """The team, without its ex-member; and, as neither stranger is one to everything, another one, and groups."""
        other, stranger = new_id(), self["stranger"].user
        named = self.team.removeprefix("crew")
        # The revision counts the ex-member's end, which making the template has seen.
        rows.add(Team, id=self.team_id, name=self.team, creator=self["maintainer"].user, role="writer", revision=2)
        rows.add(Team, id=other, name=f"others{named}", creator=stranger, role="writer", revision=1)
        for each in found:
            if each.team is not None and each.kind == "":
                rows.add(Member, team_id=self.team_id, user=each.user, role=each.team.name)
        for user in (stranger, self["service of the Hub"].user):
            rows.add(Member, team_id=other, user=user, role="maintainer")
        rows.add(GroupMember, group=f"others{named}", user=stranger)
        for user in self.centre.hub.groups[self.group]:
            rows.add(GroupMember, group=self.group, user=user)

    def _add_project(self, rows: _Batch, archived: bool, deleted: bool, moved: bool) -> None:
        newest = self.template.versions[-1]
        rows.add(
            Project,
            id=self.id,
            owner=self.owner,
            name=f"now{self.name.removeprefix('p')}" if moved else self.name,
            team_id=self.team_id if self.of_team else None,
            visibility=self.visibility,
            archived=now() if archived else None,
            deleted=now() if deleted else None,
            head=newest.commit,
            version=newest.number,
        )
        if moved:
            rows.add(FormerName, owner=self.owner, name=self.name, project_id=self.id)
        for version in self.template.versions:
            values = {column.key: getattr(version, column.key) for column in inspect(Version).columns}
            rows.add(Version, **values | {"project_id": self.id})

    def _grants(self, found: list[Subject]) -> list[tuple[str, str, str]]:
        made = [("group", self.group, "admin")]
        if not self.of_team:
            made.append(("team", self.team_id, "writer"))
        return made + [
            ("user", each.user, each.role.name)
            for each in found
            if each.label in ("reader", "writer", "admin", "room server", "service that writes") and each.role
        ]

    def _add_checkouts(self, rows: _Batch, users: set[str]) -> None:
        """A checkout of each user with a conflict in it, and one that somebody left who was removed."""
        again = self["namesake of a removed admin"].user
        wanted = {user: (user, self.first) for user in users} | {again + self.template.aside: (again, None)}
        for user, (home, commit) in wanted.items():
            made = new_id()
            rows.add(Checkout, id=made, project_id=self.id, user=user, folder=f"/home/{home}", commit=commit)
            if user in users:
                self.checkouts[user], self.conflicts[user] = made, new_id()
        for user in users:
            rows.add(
                Conflict,
                id=self.conflicts[user],
                project_id=self.id,
                checkout_id=self.checkouts[user],
                path="a.txt",
                kind="edit",
                snapshot=self.template.kept,
            )

    def _add_webhook(self, rows: _Batch, owner: str) -> None:
        """A webhook that is paused, so that nothing is sent, and a delivery that failed."""
        rows.add(
            Webhook,
            id=self.webhook,
            project_id=self.id,
            owner=owner,
            url="https://example.org/",
            paused=True,
            source="http://hub.test/",
            secret=self.centre.centre.sealer.seal(b"whsec_c2VjcmV0"),
        )
        of_it = {"webhook_id": self.webhook, "project_id": self.id}
        rows.add(WebhookDelivery, **of_it, event="e", type="t", state="failed")
        rows.add(WebhookLane, **of_it)

    def _add_mirror(self, rows: _Batch, owner: str) -> None:
        """A mirror that seems to be pushed to, so that no worker does."""
        rows.add(
            Mirror,
            id=self.mirror,
            project_id=self.id,
            owner=owner,
            url="https://192.0.2.1/x.git",
            branch="main",
            push_on="manual",
            in_the_way="1" * 40,
            begun_until=now() + timedelta(days=1),
        )

    def state(self) -> list[Any]:
        """All that the tables hold of the stage: what a request that was refused must not have changed."""
        tables: list[tuple[type[Base], str, str]] = [
            (Project, "id", self.id),
            *((table, "project_id", self.id) for table in _OF_A_PROJECT),
            (Team, "id", self.team_id),
            (Member, "team_id", self.team_id),
            # Of the project's own webhooks: those of the Hub, which workers tell of it meanwhile, are others.
            (WebhookDelivery, "webhook_id", self.webhook),
        ]
        found: list[Any] = []
        # As the database has them: to make values of them takes longer than what is played, and each play looks twice.
        with self.centre.centre.database.read() as session:
            for table, key, mine in tables:
                wanted = text(f"SELECT * FROM {table.__tablename__} WHERE {key} = :mine")
                found.append(sorted(str(tuple(row)) for row in session.execute(wanted, {"mine": mine})))
        return found

    def ghost(self) -> Stage:
        """A stage that is not there: to somebody who may not know of the real one, both have to look alike."""
        made = copy.copy(self)
        number = next(NUMBERS)
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
