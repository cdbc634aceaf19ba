"""A project is begun with the files of another one, and takes what is new there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hubshare.store.models import AuditEntry, Grant, Project
from hubshare.testing.centre import TestCentre
from hubshare.testing.notebooks import notebook
from tests.helpers.centre_fixture import git, published, repository_of, sound
from tests.helpers.forge import Content
from tests.helpers.page_visitors import Shared as SharedFolder
from tests.helpers.page_visitors import doors


class Person:
    """Somebody who uses the API."""

    def __init__(self, centre: TestCentre, name: str) -> None:
        self.centre, self.name = centre, name

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"token {self.name}"}
        return httpx.request(method, f"{self.centre.url}api/v1/{path}", headers=headers, timeout=60, **more)

    def fork(self, origin: str, **wanted: Any) -> dict[str, Any]:
        answer = self.api("POST", f"projects/{origin}/forks", json=wanted)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def plan(self, project: str) -> dict[str, Any]:
        answer = self.api("GET", f"projects/{project}/origin/plan")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def pull(self, project: str, plan: dict[str, Any] | None = None, **wanted: Any) -> httpx.Response:
        plan = plan or self.plan(project)
        body = {"version": plan["version"], "base": plan["base"], **wanted}
        return self.api("POST", f"projects/{project}/origin/pull", json=body)

    def write(self, project: str, **files: str) -> None:
        answer = self.api("POST", f"projects/{project}/changes", json={"write": files})
        assert answer.status_code == 200, answer.text

    def origin(self, project: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api("GET", f"projects/{project}/origin").json()
        return found


class Shared(SharedFolder):
    """A project of somebody that can be pushed to, with files by their whole path."""

    def push(self, files: dict[str, Content], message: str = "Edit") -> None:  # type: ignore[override]
        tree: dict[str | bytes, Any] = {}
        for path, content in files.items():
            *above, name = path.split("/")
            inside = tree
            for one in above:
                inside = inside.setdefault(one, {})
            inside[name] = content
        super().push(tree, message)


NONE = {"project": None, "taken": None, "newest": None, "behind": None, "open": None}
_FILES: dict[str, Content] = {"a.txt": b"one", "week-1/b.txt": b"two", "week-1/run": (0o100755, b"#!")}


@pytest.fixture
def course(centre: TestCentre, request: pytest.FixtureRequest) -> Shared:
    """A course of Tina's with two versions, which Stu may read."""
    name = f"c{abs(hash(request.node.nodeid))}"
    made = Shared(centre, "tina", name, grants={"stu": "reader"})
    made.push({**_FILES, "secret.txt": b"taken back"})
    made.push(_FILES)
    return made


@pytest.fixture
def stu(centre: TestCentre) -> Person:
    return Person(centre, "stu")


def _revoke(centre: TestCentre, shared: Shared, user: str) -> None:
    with centre.centre.database.begin() as session:
        session.delete(session.get_one(Grant, (shared.id, "user", user)))


@pytest.mark.both_databases
def test_a_fork_is_mine_alone_with_the_files_that_are_published_and_nothing_else_of_its_origin(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    made = stu.fork(course.full, name="mine-alone")
    full = made["name"]
    assert (made["visibility"], made["role"], made["version"], made["description"]) == ("private", "owner", 1, "")
    assert published(centre, full) == {"a.txt": b"one", "week-1/b.txt": b"two", "week-1/run": b"#!"}
    assert git(repository_of(centre, full), "ls-tree", "main:week-1").startswith(b"100644") and b"100755" in git(
        repository_of(centre, full), "ls-tree", "main:week-1"
    )
    assert Person(centre, "tina").api("GET", f"projects/{full}").status_code == 404
    # No version, author or message of the origin is in it, nor what was taken back there.
    objects = git(repository_of(centre, full), "cat-file", "--batch-check", "--batch-all-objects").decode()
    secret = git(repository_of(centre, course.full), "hash-object", "--stdin", told=b"taken back").decode().strip()
    assert secret not in objects and course.commit not in objects
    log = git(repository_of(centre, full), "log", "--format=%an %ae %s").decode()
    assert course.full not in log and course.owner not in log, log
    sound(repository_of(centre, full))


def test_a_fork_of_an_empty_project_is_empty_and_takes_what_comes(centre: TestCentre, stu: Person) -> None:
    empty = Shared(centre, "tina", "nothing-yet", visibility="hub")
    made = stu.fork(empty.full, name="of-nothing")
    assert (made["version"], published(centre, made["name"])) == (0, {})
    assert stu.origin(made["name"]) == {"project": empty.full, "taken": 0, "newest": 0, "behind": 0, "open": 0}
    empty.push({"a.txt": b"first"})
    assert stu.origin(made["name"])["behind"] == 1
    assert stu.pull(made["name"]).json() == {"version": 1}
    assert published(centre, made["name"]) == {"a.txt": b"first"}


@pytest.mark.both_databases
def test_what_is_new_at_the_origin_is_shown_first_and_then_taken_as_one_version(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    full = stu.fork(course.full)["name"]
    stu.write(full, **{"mine.txt": "own"})
    course.push({"a.txt": b"one more", "week-2/c.txt": b"new", "week-1/b.txt": b"two"})
    assert stu.origin(full) == {"project": course.full, "taken": 2, "newest": 3, "behind": 1, "open": 0}
    plan = stu.plan(full)
    assert (plan["added"], plan["changed"], plan["deleted"]) == (["week-2/c.txt"], ["a.txt"], ["week-1/run"])
    assert plan["counts"] == {"added": 1, "changed": 1, "deleted": 1, "conflicts": 0} and plan["conflicts"] == []
    assert stu.pull(full, plan).json() == {"version": 3}
    now = {"a.txt": b"one more", "week-2/c.txt": b"new", "week-1/b.txt": b"two", "mine.txt": b"own"}
    assert published(centre, full) == now
    assert stu.origin(full)["behind"] == 0
    assert stu.pull(full).json() == {"version": 3}, "there is nothing new"
    sound(repository_of(centre, full))


@pytest.mark.both_databases
def test_what_both_changed_is_left_open_and_settled_by_a_pick(centre: TestCentre, course: Shared, stu: Person) -> None:
    full = stu.fork(course.full)["name"]
    stu.write(full, **{"a.txt": "stu's", "week-1/b.txt": "stu's"})
    course.push({"a.txt": b"tina's", "week-1/b.txt": b"tina's", "week-1/run": (0o100755, b"#!"), "c.txt": b"new"})
    plan = stu.plan(full)
    assert [(met["path"], met["kind"]) for met in plan["conflicts"]] == [
        ("a.txt", "edited on both sides"),
        ("week-1/b.txt", "edited on both sides"),
    ]
    assert stu.pull(full, plan).json() == {"version": 3}
    assert published(centre, full)["a.txt"] == b"stu's" and published(centre, full)["c.txt"] == b"new"
    assert stu.origin(full) == {"project": course.full, "taken": 3, "newest": 3, "behind": 0, "open": 2}
    again = stu.plan(full)
    assert [met["path"] for met in again["conflicts"]] == ["a.txt", "week-1/b.txt"]
    stu.pull(full, again, theirs=["a.txt"], ours=["week-1/b.txt"])
    assert (published(centre, full)["a.txt"], published(centre, full)["week-1/b.txt"]) == (b"tina's", b"stu's")
    assert stu.plan(full)["counts"]["conflicts"] == stu.origin(full)["open"] == 0


def test_a_pick_is_of_what_was_seen_and_of_nothing_newer(centre: TestCentre, course: Shared, stu: Person) -> None:
    full = stu.fork(course.full)["name"]
    stu.write(full, **{"a.txt": "stu's"})
    course.push(_FILES | {"a.txt": b"tina's"})
    plan = stu.plan(full)
    stu.write(full, **{"a.txt": "stu's second"})
    refused = stu.pull(full, plan, rest="theirs")
    assert refused.status_code == 409 and "a.txt" in refused.json()["detail"]
    assert published(centre, full)["a.txt"] == b"stu's second"
    course.push(_FILES | {"a.txt": b"tina's second"})
    assert stu.pull(full, plan | {"base": 3}, rest="theirs").status_code == 200
    assert published(centre, full)["a.txt"] == b"tina's", "what was shown is taken, and no more"
    assert stu.origin(full)["behind"] == 1
    assert stu.pull(full, ours=["b.txt"]).status_code == 422


def test_a_folder_that_gives_way_to_the_origins_file_holds_nothing_that_was_not_seen(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    fork = stu.fork(course.full)["name"]
    course.push({**_FILES, "notes": b"the origin's file"})
    stu.write(fork, **{"notes/mine.txt": "mine"})
    plan = stu.plan(fork)
    stu.write(fork, **{"notes/later.txt": "by somebody, meanwhile"})
    for picks in ({"theirs": [plan["conflicts"][0]["path"]]}, {"rest": "theirs"}):
        refused = stu.pull(fork, plan, **picks)
        assert refused.status_code == 409 and "'notes/later.txt' meanwhile" in refused.json()["detail"], refused.text
    assert published(centre, fork)["notes/later.txt"] == b"by somebody, meanwhile"
    assert stu.pull(fork, rest="theirs").status_code == 200
    assert published(centre, fork)["notes"] == b"the origin's file"


def test_many_deletions_at_the_origin_wait_for_a_confirmation(centre: TestCentre, course: Shared, stu: Person) -> None:
    course.push({f"f{number}.txt": b"x" for number in range(12)})
    full = stu.fork(course.full)["name"]
    course.push({"f0.txt": b"x"})
    refused = stu.pull(full)
    assert (refused.status_code, refused.json()["code"]) == (409, "paused") and "11 files" in refused.json()["detail"]
    assert len(published(centre, full)) == 12
    assert stu.pull(full, confirmed=True).status_code == 200
    assert published(centre, full) == {"f0.txt": b"x"}


def test_whoever_may_not_read_the_origin_any_more_gets_nothing_and_learns_nothing(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    full = stu.fork(course.full)["name"]
    plan = stu.plan(full)
    course.push(_FILES | {"new.txt": b"not for stu"})
    _revoke(centre, course, "stu")
    assert stu.origin(full) == NONE
    for answer in (stu.api("GET", f"projects/{full}/origin/plan"), stu.pull(full, plan | {"version": 3})):
        assert answer.status_code == 404 and course.full not in answer.text and course.owner not in answer.text
    assert stu.api("POST", f"projects/{course.full}/forks", json={}).status_code == 404
    assert published(centre, full)["a.txt"] == b"one", "what was copied stays"
    # Another reader of the fork never learns what it was begun from.
    assert stu.api("PUT", f"projects/{full}/grants/user:eva", json={"role": "writer"}).status_code < 300
    eva = Person(centre, "eva")
    with centre.centre.database.begin() as session:
        session.add(Grant(project_id=course.id, kind="user", subject="stu", role="reader"))
    assert stu.origin(full)["project"] == course.full and eva.origin(full) == NONE
    said = eva.api("GET", f"projects/{full}/versions").text + eva.api("GET", f"projects/{full}").text
    assert course.full not in said and course.owner not in said
    assert eva.pull(full, plan | {"version": 3}).status_code == 404


@pytest.mark.both_databases
def test_a_fork_follows_its_origin_to_another_name_and_outlives_it(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    full = stu.fork(course.full)["name"]
    tina = Person(centre, "tina")
    assert tina.api("PUT", f"projects/{course.full}/name", json={"name": f"{course.full[5:]}-2"}).status_code == 200
    assert stu.origin(full)["project"] == f"{course.full}-2"
    course.push(_FILES | {"a.txt": b"before the archive"})
    assert tina.api("PUT", f"projects/{course.full}-2/archived", json={"archived": True}).status_code == 200
    assert stu.pull(full).status_code == 200 and published(centre, full)["a.txt"] == b"before the archive"
    assert stu.fork(f"{course.full}-2", name="of-the-archive")["version"] == 1
    assert tina.api("DELETE", f"projects/{course.full}-2").status_code == 204
    assert stu.origin(full) == NONE and stu.api("GET", f"projects/{full}/origin/plan").status_code == 404
    with centre.centre.database.begin() as session:
        session.delete(session.get_one(Project, course.id))
    assert stu.origin(full) == NONE and stu.api("GET", f"projects/{full}").json()["version"] == 2
    stu.write(full, **{"a.txt": "goes on"})


def test_a_fork_of_a_fork_has_that_one_as_its_origin(centre: TestCentre, course: Shared, stu: Person) -> None:
    first = stu.fork(course.full, visibility="hub")["name"]
    eva = Person(centre, "eva")
    second = eva.fork(first)["name"]
    assert eva.origin(second)["project"] == first
    stu.write(first, **{"a.txt": "stu's"})
    eva.pull(second)
    assert published(centre, second)["a.txt"] == b"stu's"


@pytest.mark.both_databases
def test_a_name_that_is_taken_and_a_quota_leave_no_half_made_project(
    centre: TestCentre, course: Shared, stu: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stu.fork(course.full, name="taken")
    refused = stu.api("POST", f"projects/{course.full}/forks", json={"name": "taken"})
    assert refused.status_code == 409 and "taken exists already" in refused.json()["detail"]
    monkeypatch.setattr(centre.settings, "max_owner_bytes", 1)
    refused = stu.api("POST", f"projects/{course.full}/forks", json={"name": "too-much"})
    assert (refused.status_code, refused.json()["code"]) == (413, "over-quota")
    assert stu.api("GET", "projects/stu/too-much").status_code == 404
    monkeypatch.setattr(centre.settings, "max_owner_bytes", 0)
    monkeypatch.setattr(centre.settings, "max_projects", 1)
    assert stu.api("POST", f"projects/{course.full}/forks", json={"name": "one-more"}).json()["code"] == "over-quota"


@pytest.mark.both_databases
def test_the_same_request_that_comes_twice_makes_one_fork(centre: TestCentre, course: Shared, stu: Person) -> None:
    path, key = f"projects/{course.full}/forks", {"Idempotency-Key": f"once-{course.id}", "Authorization": "token stu"}
    made = [httpx.post(f"{centre.url}api/v1/{path}", json={"name": "once"}, headers=key).json() for _ in range(2)]
    assert made[0]["id"] == made[1]["id"] and made[1]["version"] == 1


def test_who_copied_what_is_in_the_audit_log_of_the_origin_and_what_came_of_it_in_that_of_the_fork(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    made = stu.fork(course.full)
    course.push(_FILES | {"new.txt": b"new"})
    stu.pull(made["name"])
    ours = [one for one in doors(centre, project_id=course.id, user="stu")]
    assert ours == [("project.fork", "api"), ("project.fork", "api")]
    assert doors(centre, project_id=made["id"]) == [
        ("me.create-project", "api"),
        ("project.push", "api"),
        ("project.push", "api"),
    ]
    with centre.centre.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.project_id == made["id"]))
        told = json.dumps([[row.name, row.details] for row in rows])
    assert course.full not in told and course.id not in told


def test_a_fork_that_shares_no_outputs_meets_no_conflict_for_that(
    centre: TestCentre, course: Shared, stu: Person
) -> None:
    def ran(source: str, count: int) -> bytes:
        return notebook(source, output=f"{count}").encode()

    course.push({"n.ipynb": ran("1 + 1", 1)})
    full = stu.fork(course.full)["name"]
    assert b"stdout" in published(centre, full)["n.ipynb"]
    stu.api("PATCH", f"projects/{full}", json={"outputs": "strip"})
    course.push({"n.ipynb": ran("1 + 1", 2)})
    assert stu.plan(full)["counts"] == {"added": 0, "changed": 0, "deleted": 0, "conflicts": 0}
    course.push({"n.ipynb": ran("1 + 2", 3)})
    assert stu.pull(full).status_code == 200
    assert b"stdout" not in published(centre, full)["n.ipynb"] and b"1 + 2" in published(centre, full)["n.ipynb"]
    course.push({"n.ipynb": ran("1 + 3", 4)})
    assert stu.plan(full)["counts"] == {"added": 0, "changed": 1, "deleted": 0, "conflicts": 0}
    stu.api("PATCH", f"projects/{full}", json={"outputs": "share"})
    assert stu.pull(full).status_code == 200
    assert published(centre, full)["n.ipynb"] == ran("1 + 3", 4)


def _objects(centre: TestCentre, full: str) -> Path:
    return repository_of(centre, full) / "objects"


def test_a_large_project_is_copied_as_it_lies_in_its_packs(centre: TestCentre, stu: Person) -> None:
    big = Shared(centre, "tina", "large", visibility="hub")
    files: dict[str, Content] = {f"d{number % 7}/f{number}.txt": b"%d" % number * 50 for number in range(300)}
    big.push(files)
    made = stu.fork(big.full, name="of-large")
    assert published(centre, made["name"]) == published(centre, big.full)
    assert len(list((_objects(centre, made["name"]) / "pack").glob("*.pack"))) == 1
    loose = [path for path in _objects(centre, made["name"]).glob("??/*")]
    assert len(loose) < 10, "files and folders lie in one pack"
    assert not list(repository_of(centre, made["name"]).glob("*.tmp"))
    sound(repository_of(centre, made["name"]))
