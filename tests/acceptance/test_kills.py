"""Every process is killed in the middle of a stream of saves; nothing that was acknowledged is lost."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from demo.course import files, save
from demo.stack import LocalStack
from demo.story import fsck, git
from hubshare.secret_file import load_or_create_secret
from hubshare.testing.centre import wait_until

#: How long everything may take to go on after a kill, in seconds; that it is quick is for the benchmarks to show.
RECOVERY = 60.0
#: More than fits into an event, in bytes.
LARGE = 100_000
#: Bob's agent, which is what Alice's is, is killed with all the others.
ALONE = ("service", "workers", "redis", "agent of alice")
KINDS = (*ALONE, "agent of bob")


class Stream:
    """One person who saves one of a few files after the other, until told to stop.

    Args:
        source: the person's checkout.
        target: where the saves are to arrive.
    """

    def __init__(self, name: str, source: Path, target: Path) -> None:
        self.name, self.source, self.target = name, source, target
        self.saved: dict[str, bytes] = {}
        self.count = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.03):
            # A large one now and then: it goes by HTTP, the others go by Redis.
            random = base64.b64encode(os.urandom(LARGE if self.count % 5 == 0 else 3000)).decode()
            name, content = (
                f"{self.name}/{self.count % 7}.txt",
                f"save {self.count} of {self.name}\n{random}\n",
            )
            save(self.source / name, content.encode())
            self.saved[name] = content.encode()
            self.count += 1

    def arrived(self) -> int:
        """The newest of this person's saves that has arrived at the other."""
        found = files(self.target / self.name).values()
        return max((int(content.split()[1]) for content in found if content.endswith(b"\n")), default=-1)


class Course:
    """A folder that alice and bob keep in sync by itself, and all that the centre has said about it."""

    def __init__(self, stack: LocalStack, name: str) -> None:
        self.stack, self.project = stack, f"alice/{name}"
        self.alice, self.bob = stack.home("alice") / name, stack.home("bob") / name
        self.versions: dict[int, str] = {}
        for user in ("alice", "bob"):
            (self.alice / user).mkdir(parents=True)
            (self.alice / user / "0.txt").write_text("save 0")
        before = self.repositories()
        self.said("alice", "share", self.alice, "--with", "bob:writer", "--auto")
        (self.repository,) = self.repositories() - before
        self.said("bob", "checkout", self.project, self.bob, "--auto")

    def repositories(self) -> set[Path]:
        """All that the centre has."""
        return set((self.stack.data / "repositories").glob("*/*.git"))

    def said(self, user: str, *args: str | Path) -> Any:
        """What `hubshare … --json` answers."""
        done = self.stack.run(user, *args, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def note_versions(self) -> None:
        """Remember the versions that the centre acknowledges at this moment, if it answers."""
        done = self.stack.run("alice", "log", self.alice, "-n", "500", "--json")
        if done.returncode == 0:
            for version in json.loads(done.stdout)["versions"]:
                known = self.versions.setdefault(version["number"], version["commit"])
                assert known == version["commit"], f"version {version['number']} has become another one"

    def quiet(self) -> bool:
        """Whether neither checkout has anything to push, to pull or to settle, and both folders are equal."""
        for user, folder in (("alice", self.alice), ("bob", self.bob)):
            found = self.said(user, "status", folder)
            if any(found[key] for key in ("outgoing", "incoming", "conflicts", "pushing", "lost", "paused", "offline")):
                return False
        return files(self.alice) == files(self.bob)

    def check(self, *streams: Stream) -> None:
        """Wait until all is quiet; then everything that was saved and acknowledged is there."""
        wait_until(self.quiet, "both agents are in sync", RECOVERY)
        for stream in streams:
            assert files(stream.target).items() >= stream.saved.items()
        acknowledged = dict(self.versions)
        self.note_versions()
        assert self.versions.items() >= acknowledged.items()
        repository = self.repository
        assert fsck(repository) == ""
        assert git(repository, "rev-parse", "main") == self.versions[max(self.versions)]
        assert set(git(repository, "rev-list", "main").split()) >= set(self.versions.values())
        published = git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()
        assert {name: (git(repository, "show", f"main:{name}") + "\n").encode() for name in published} == files(
            self.bob
        )


def kill(stack: LocalStack, kind: str) -> None:
    """End the processes of a kind as a crash would."""
    kind, _, user = kind.partition(" of ")
    for process in stack.processes(kind):
        with contextlib.suppress(psutil.NoSuchProcess):
            if not user or process.environ()["JUPYTERHUB_USER"] == user:
                process.kill()


def forget(stack: LocalStack) -> None:
    """Have Redis forget everything."""
    port = json.loads((stack.data / "ports.json").read_text())["redis"]
    with redis.Redis(port=port, password=load_or_create_secret(stack.data, "redis")) as client:
        client.flushall()


@pytest.fixture(scope="module")
def course(servers: LocalStack) -> Course:
    return Course(servers, "stream")


@pytest.fixture
def streams(course: Course) -> Iterator[list[Stream]]:
    """Alice and bob save different files all the time."""
    with (
        Stream("alice", course.alice, course.bob) as first,
        Stream("bob", course.bob, course.alice) as second,
    ):
        wait_until(lambda: min(first.arrived(), second.arrived()) > 10, "saves arrive", RECOVERY)
        yield [first, second]


def goes_on(streams: list[Stream]) -> None:
    """Wait until saves of this moment have arrived on both sides."""
    for stream, now in [(stream, stream.count) for stream in streams]:
        wait_until(lambda stream=stream, now=now: stream.arrived() >= now, f"{stream.name}'s saves arrive", RECOVERY)


def stop(streams: list[Stream]) -> None:
    for stream in streams:
        stream.__exit__()


@pytest.mark.parametrize("kind", ALONE)
def test_a_kill_loses_nothing(course: Course, streams: list[Stream], kind: str) -> None:
    course.note_versions()
    kill(course.stack, kind)
    goes_on(streams)
    stop(streams)
    course.check(*streams)


def test_kills_at_once_lose_nothing(course: Course, streams: list[Stream]) -> None:
    course.note_versions()
    for kind in KINDS:
        kill(course.stack, kind)
    goes_on(streams)
    stop(streams)
    course.check(*streams)
    everything = sorted(course.repositories())
    assert [fsck(repository) for repository in everything] == ["" for _ in everything]


def test_a_redis_that_forgets_everything_loses_nothing(course: Course, streams: list[Stream]) -> None:
    for _ in range(2):
        course.note_versions()
        forget(course.stack)
        goes_on(streams)
    stop(streams)
    course.check(*streams)
