"""What access costs on a Hub of many people: one decision, one's own list of projects, and the removal from a large team.

Run alone: `python -m tests.bench.access [--database URL]`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import redis
from sqlalchemy import insert, text

from hubshare.bus.keys import inbox
from hubshare.bus.streams import messages
from hubshare.embedded.redis import RedisServer
from hubshare.names import split_project
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require, roles_of
from hubshare.store.database import Database
from hubshare.store.models import Base, Checkout, Grant, GroupMember, Member, Project, Team, Version, now
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, new_id

Row = tuple[str, str, str, bool | None]
Values = list[dict[str, Any]]

USERS, TEAMS, PROJECTS, GROUPS = 10_000, 1_000, 10_000, 50
#: Somebody who is in a lot: a tutor of many courses.
BUSY_TEAMS, BUSY_PROJECTS = 50, 1_000
#: The large team.
MEMBERS, OWNED = 200, 50
_DECISION_MS, _LIST_MS, _REMOVAL_SECONDS = 1.0, 50.0, 2.0


def fill(database: Database) -> dict[str, list[str]]:
    """Put many users, teams and projects straight into the tables.

    Returns:
        Names to ask for: `users`, `projects`, and the one `busy` user.
    """
    chooser = random.Random(1)
    users = [f"user{number:05}" for number in range(USERS)]
    teams = [(new_id(), f"team{number:04}") for number in range(TEAMS)]
    rows: dict[type[Base], Values] = {table: [] for table in (Team, Project, Member, GroupMember, Grant, Version)}
    for number, (key, name) in enumerate(teams):
        inside = {*chooser.sample(users, 10), *(["busy"] if number < BUSY_TEAMS else [])}
        first = min(inside)
        rows[Team].append({"id": key, "name": name, "creator": first, "role": "writer"})
        rows[Member] += [
            {"team_id": key, "user": user, "role": "maintainer" if user == first else "member"} for user in inside
        ]
    for number in range(GROUPS):
        rows[GroupMember] += [{"group": f"class{number}", "user": user} for user in chooser.sample(users, 200)]
    names = []
    for number in range(PROJECTS):
        key, team = new_id(), chooser.choice(teams) if number % 2 else None
        owner = team[1] if team else chooser.choice(users)
        names.append(f"{owner}/p{number:05}")
        visibility = "hub" if number % 20 == 0 else "private"
        rows[Project].append(
            {
                "id": key,
                "owner": owner,
                "name": f"p{number:05}",
                "team_id": team and team[0],
                "visibility": visibility,
                "head": f"{number:032x}{4:08x}",
                "version": 4,
            }
        )
        given = [("user", user, "reader") for user in chooser.sample(users, 3)]
        given += [("team", chooser.choice(teams)[0], "reader")] if number % 3 == 0 else []
        given += [("group", f"class{chooser.randrange(GROUPS)}", "reader")] if number % 10 == 0 else []
        given += [("user", "busy", "writer")] if number < BUSY_PROJECTS else []
        rows[Grant] += [
            {"project_id": key, "kind": kind, "subject": subject, "role": role} for kind, subject, role in given
        ]
        rows[Version] += [
            {
                "project_id": key,
                "number": version,
                "commit": f"{number:032x}{version:08x}",
                "snapshot": f"{number:032x}{version:08x}",
                "author": owner,
                "summary": "Edit",
                "created": now(),
            }
            for version in range(5)
        ]
    with database.begin() as session:
        for table, values in rows.items():
            for begin in range(0, len(values), 5000):
                session.execute(insert(table), values[begin : begin + 5000])
    with database.begin() as session:
        session.execute(text("ANALYZE"))
    return {"users": users, "projects": names, "busy": ["busy"]}


def decisions(database: Database, found: dict[str, list[str]], count: int = 500) -> list[Row]:
    """Whether somebody may read a project, with everything that a request asks the database for it."""
    chooser = random.Random(2)

    def decide(user: str, name: str) -> None:
        with database.read() as session:
            project = projects.find(session, name)
            try:
                require(session, project, user, Action.READ, name)
            except Exception as error:
                assert "There is no project" in str(error)

    asked = [(chooser.choice([*found["users"], "busy"]), chooser.choice(found["projects"])) for _ in range(count)]
    decide(*asked[0])
    times = []
    for user, name in asked:
        start = time.perf_counter()
        decide(user, name)
        times.append((time.perf_counter() - start) * 1000)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
    size = f"{USERS:,} users, {TEAMS:,} teams, {PROJECTS:,} projects"
    return [
        (f"a permission, {size}: p50", f"{p50:.2f} ms", f"< {_DECISION_MS:.0f} ms", p50 < _DECISION_MS),
        ("  p95", f"{p95:.2f} ms", "", None),
    ]


def lists(database: Database, found: dict[str, list[str]], count: int = 30) -> list[Row]:
    """The first page of the projects that somebody may read, and of their own; as the API asks for them."""
    chooser = random.Random(3)

    def page(user: str, own: bool) -> int:
        with database.read() as session:
            rows = projects.visible(session, user, None, 101, own)
            roles_of(session, user)
            projects.newest_of(session, [row.id for row in rows])
        return len(rows)

    made: list[Row] = []
    for words, who in (("somebody", chooser.sample(found["users"], count)), ("a busy tutor", ["busy"] * count)):
        for own in (True, False):
            page(who[0], own)
            times = []
            for user in who:
                start = time.perf_counter()
                page(user, own)
                times.append((time.perf_counter() - start) * 1000)
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
            what = "own projects" if own else "all that one may read"
            measured, promised = f"{p50:.1f} / {p95:.1f} ms", f"p50 < {_LIST_MS:.0f} ms"
            made.append((f"list of {words}, {what}: p50 / p95", measured, promised, p50 < _LIST_MS))
    return made


# the removal


class LargeTeam:
    """A team of many with many projects, all of which everybody has checked out.

    Args:
        centre: running.
    """

    def __init__(self, centre: TestCentre) -> None:
        self._centre = centre
        self._client = httpx.Client(base_url=f"{centre.url}api/v1", timeout=60)
        self.users = [f"member{number:03}" for number in range(MEMBERS)]
        self._ask("boss", "POST", "/teams", json={"name": "crew"})
        made = self._ask("boss", "POST", "/projects", json={"name": "p00", "owner": "crew"}).json()
        self.commit = made["commit"]
        names = [f"p{number:02}" for number in range(OWNED)]
        self.ids = [made["id"], *(new_id() for _ in names[1:])]
        repositories = centre.centre.repositories
        with centre.centre.database.begin() as session:
            first = session.get_one(Project, made["id"])
            version = projects.latest(session, first.id)
            assert version is not None
            for key, name in zip(self.ids[1:], names[1:], strict=True):
                shutil.copytree(repositories.path(first.id), repositories.path(key))
                at = {"head": first.head, "version": first.version}
                session.add(Project(id=key, owner="crew", name=name, team_id=first.team_id, **at))
                session.flush()
                values = {column.key: getattr(version, column.key) for column in Version.__table__.columns}
                session.add(Version(**values | {"project_id": key}))
            session.flush()
            members = [{"team_id": first.team_id, "user": user, "role": "member"} for user in self.users]
            session.execute(insert(Member), members)
            checkouts = [
                {"id": new_id(), "project_id": key, "user": user, "folder": "/x"}
                for key in self.ids
                for user in self.users
            ]
            session.execute(insert(Checkout), checkouts)
        self.checkout = next(
            each["id"] for each in checkouts if (each["user"], each["project_id"]) == (self.users[0], self.ids[0])
        )

    def _ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self._client.request(method, path, headers={"Authorization": f"token {who}"}, **more)
        answer.raise_for_status()
        return answer

    def removal(self) -> list[Row]:
        """Take one member out; how long until each door is shut, counted from the request."""
        user = self.users[0]
        session = self._ask(user, "POST", "/agent/session", json={"server": ""}).json()
        address = session["redis_url"].rpartition("//")[2]
        agent = redis.Redis.from_url(f"redis://{session['username']}:{session['password']}@{address}")
        with agent, self._listening(user) as ended:
            start = time.perf_counter()
            receipt = self._ask("boss", "DELETE", f"/teams/crew/members/{user}").json()
            answered = time.perf_counter() - start
            assert len(receipt["lost"]) == OWNED and len(receipt["copies"]) == OWNED, "the receipt is not complete"
            shut = {door: self._shut(start, look) for door, look in self._doors(user).items()}
            shut["push of an agent"] = self._refused(agent, session, start)
            assert ended.wait(30), "the event stream goes on"
            shut["event stream of one project"] = cast(Any, ended).at - start
            shut["word to the agent, of all projects"] = self._told(user, start)
        rows: list[Row] = [
            (
                f"removal from a team of {MEMBERS} with {OWNED} projects: the request",
                f"{answered * 1000:.0f} ms",
                f"< {_REMOVAL_SECONDS:.0f} s",
                answered < _REMOVAL_SECONDS,
            )
        ]
        promised = f"< {_REMOVAL_SECONDS:.0f} s"
        return rows + [
            (f"  until shut: {door}", f"{seconds * 1000:.0f} ms", promised, seconds < _REMOVAL_SECONDS)
            for door, seconds in shut.items()
        ]

    def _doors(self, user: str) -> dict[str, Callable[[], bool]]:
        headers = {"Authorization": f"token {user}"}
        root = self._centre.url

        def gone(path: str) -> Callable[[], bool]:
            return lambda: self._client.get(f"{root}{path}", headers=headers).status_code == 404

        here = f"api/v1/projects/crew/p{OWNED - 1:02}"
        lists = ("api/v1/projects", "api/v1/checkouts")
        return {
            "API": gone(here),
            "tree": gone(f"{here}/tree"),
            "archive": gone(f"{here}/archive"),
            "packs": gone(f"api/v1/packs/{self.ids[-1]}/{self.commit}/{self.commit}"),
            "git": gone(f"git/crew/p{OWNED - 1:02}.git/info/refs?service=git-upload-pack"),
            "lists": lambda: all(
                "crew/" not in self._client.get(f"{root}{one}", headers=headers).text for one in lists
            ),
        }

    @staticmethod
    def _shut(start: float, look: Callable[[], bool]) -> float:
        wait_until(look, "a door is shut")
        return time.perf_counter() - start

    def _refused(self, agent: redis.Redis, session: dict[str, Any], start: float) -> float:
        push = Push(project=self.ids[0], checkout=self.checkout, commit=self.commit)
        agent.xadd(session["outbox"], {"event": push.encode(), "pack": b"PACK"})
        wait_until(lambda: self._heard(session["inbox"], "outcome"), "the push is answered")
        (outcome,) = self._heard(session["inbox"], "outcome")
        assert (outcome["status"], outcome["code"]) == ("refused", "not-found"), outcome
        return time.perf_counter() - start

    def _told(self, user: str, start: float) -> float:
        wait_until(lambda: len(self._heard(inbox(user), "access")) == OWNED, "the agent is told of all projects")
        return time.perf_counter() - start

    def _heard(self, stream: str, kind: str) -> list[dict[str, Any]]:
        found: Any = self._centre.centre.bus.redis.xread({stream: "0"})
        events = [json.loads(fields[b"event"]) for _, _, fields in messages(found or [])]
        return [event for event in events if event["type"] == kind]

    @contextmanager
    def _listening(self, user: str) -> Iterator[threading.Event]:
        """An event stream; set, with the time in `at`, when it ends."""
        ended, begun = threading.Event(), threading.Event()
        client = httpx.Client(timeout=60)

        def listen() -> None:
            address = f"{self._centre.url}api/v1/projects/crew/p00/events"
            with client.stream("GET", address, headers={"Authorization": f"token {user}"}) as answer:
                for _ in answer.iter_lines():
                    begun.set()
            cast(Any, ended).at = time.perf_counter()
            ended.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert begun.wait(10), "the event stream does not begin"
        try:
            yield ended
            thread.join(10)
        finally:
            client.close()


def measure(place: Path, url: str = "") -> list[Row]:
    """All rows.

    Args:
        place: an empty folder.
        url: of an empty database; SQLite in the folder if not given.
    """
    database = Database(url or f"sqlite:///{place / 'many.sqlite'}")
    try:
        database.migrate()
        found = fill(database)
        rows = [*decisions(database, found), *lists(database, found)]
        assert all(split_project(name) for name in found["projects"][:10])
    finally:
        database.close()
    with RedisServer(place / "redis") as server, TestCentre(place / "data", server.url) as centre:
        return rows + LargeTeam(centre).removal()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="SQLAlchemy address of an empty database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as folder:
        for what, measured, promised, kept in measure(Path(folder), options.database):
            print(f"{what:75} {measured:>10} {promised:>10} {'' if kept is not False else 'NOT KEPT'}")
