"""What the centre of version 0.1.0 left – data folder, and what waited in Redis – is taken over.

`recorded/centre-0.1.0.tar.xz` was made by the code of that version: alice and bob pushed, one push met a conflict, git pushed;
then the workers were stopped, bob pushed once more, and an edit was asked for. In it are the data folder, the append-only
file of Redis, and the facts that are compared here.
"""

from __future__ import annotations

import json
import socket
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hubshare.embedded.redis import RedisServer
from hubshare.git.objects import walk_tree
from hubshare.store.models import Conflict, Project, PublicationRecord
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Outcome, Push, read_from_centre
from tests.helpers.centre_fixture import git, repository_of
from tests.helpers.git_client import GitUser, audit, versions
from tests.helpers.pushing import apply_push

RECORDED = Path(__file__).parent / "recorded" / "centre-0.1.0.tar.xz"
COURSE = "alice/course"


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("left")
    with tarfile.open(RECORDED) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def facts(left: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((left / "facts.json").read_text())
    return found


@pytest.fixture(scope="module")
def taken_over(left: Path, facts: dict[str, Any]) -> Iterator[TestCentre]:
    """The centre of today on what was left, once it has done what was waiting."""
    with RedisServer(left / "redis") as server:
        replay(left / "redis.aof", server)
        with TestCentre(left / "data", server.url) as centre:
            wait_until(
                lambda: project(centre).version == len(facts["versions"]) + 1, "the push and the edit are published"
            )
            yield centre


def replay(file: Path, server: RedisServer) -> None:
    """Give a Redis the commands that another one had kept."""
    host, _, port = server.url.rpartition("@")[2].partition("/")[0].partition(":")
    password = server.url.partition("://:")[2].partition("@")[0]
    with socket.create_connection((host, int(port))) as connection, connection.makefile("rb") as answers:
        if password:
            connection.sendall(f"AUTH {password}\r\n".encode())
            assert answers.readline() == b"+OK\r\n"
        connection.sendall(file.read_bytes() + b"*2\r\n$4\r\nECHO\r\n$3\r\nend\r\n")
        while (line := answers.readline()) != b"end\r\n":
            assert line, "Redis took it amiss"


def project(centre: TestCentre) -> Project:
    with centre.centre.database.read() as session:
        return session.scalars(select(Project)).one()


def test_every_version_is_there_and_the_newest_is_the_head(taken_over: TestCentre, facts: dict[str, Any]) -> None:
    found = versions(taken_over, COURSE)
    assert [found[-1 - number].commit for number in range(len(facts["versions"]))] == [
        version["commit"] for version in reversed(facts["versions"])
    ]
    assert (project(taken_over).head, project(taken_over).version) == (found[0].commit, found[0].number)
    assert git(repository_of(taken_over, COURSE), "fsck", "--strict", "--no-dangling") == b""


def test_what_waited_in_redis_was_done(taken_over: TestCentre, facts: dict[str, Any]) -> None:
    repository = taken_over.centre.repositories.open(facts["project"])
    tree = walk_tree(repository.tree, repository.commit(project(taken_over).head).tree)
    held = {path: repository.read(entry.id).data for path, entry in tree}
    assert held["b.txt"] == b"b, later" and held["page.txt"] == b"x" and held["by-git.txt"] == b"git"
    inbox = taken_over.centre.bus.redis.xrange("hubshare:{bob}:inbox")
    told = [read_from_centre(fields[b"event"]) for _, fields in inbox]
    outcomes = [event for event in told if isinstance(event, Outcome)]
    # Before the edit, or after it.
    assert [found.status in ("applied", "merged") for found in outcomes if found.event == facts["late"]["id"]] == [True]
    pushes = [entry for entry in audit(taken_over, COURSE) if entry.action == "project.push"]
    assert {entry.door for entry in pushes} == {"agent", "git", "page"}


def test_a_push_that_0_1_0_had_answered_is_answered_the_same(
    taken_over: TestCentre, facts: dict[str, Any], left: Path
) -> None:
    before = project(taken_over).head
    event = Push.model_validate(facts["first"]["event"])
    answer = apply_push(taken_over.centre, "alice", event, (left / "first.pack").read_bytes())
    known = facts["first"]["outcome"]
    assert (answer.status, answer.commit, answer.number) == (known["status"], known["commit"], known["number"])
    assert project(taken_over).head == before


def test_conflicts_and_answers_are_kept(taken_over: TestCentre, facts: dict[str, Any]) -> None:
    with taken_over.centre.database.read() as session:
        (conflict,) = session.scalars(select(Conflict))
        assert (conflict.path, conflict.checkout_id) == ("a.txt", facts["checkouts"]["alice"])
        answered = {row.id: row.user for row in session.scalars(select(PublicationRecord))}
    assert answered[facts["first"]["event"]["id"]] == "alice" and answered[facts["late"]["id"]] == "bob"


def test_stock_git_goes_on(taken_over: TestCentre, tmp_path: Path) -> None:
    alice = GitUser(tmp_path, taken_over, "alice")
    clone = alice.clone(COURSE)
    alice.commit(clone, {"more.txt": "more"})
    alice("push", "-q", cwd=clone)
    assert (alice.clone(COURSE) / "more.txt").read_text() == "more"
