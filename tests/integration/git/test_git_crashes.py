"""Pushes by git while something dies: what was answered is there, what was not can be pushed again, and nothing is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hubshare_workers.context import Context
from hubshare_workers.maintenance import housekeeping
from hubshare_workers.publish import git_push
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.git_push import ByGit
from hubshare_workers.publish.jobs import give_up_git
from hubshare_workers.publish.publication import PublishOutcome

from hubshare.bus.bus import Bus
from hubshare.centre import Centre
from hubshare.embedded.redis import RedisServer
from hubshare.errors import Unavailable
from hubshare.git.objects import Object
from hubshare.git.packs import pack_of
from hubshare.git.repository import Repository
from hubshare.git.verify import verify_commits
from hubshare.git.waiting import push_dir, spool
from hubshare.jobs.payloads import GitPush
from hubshare.store.models import now
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, new_id
from tests.helpers.centre_fixture import git, published, repository_of, sound
from tests.helpers.forge import packed, snapshot
from tests.helpers.git_client import GitUser, audit, project_of, tip, versions
from tests.helpers.pushing import apply_push


class Killed(BaseException):
    """The worker dies."""


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory, centre: TestCentre) -> Iterator[GitUser]:
    yield GitUser(tmp_path_factory.mktemp("git"), centre, "olga")
    # Here it is the job that empties the quarantine, and most of these tests do without the job.
    shutil.rmtree(centre.settings.quarantine)


def quarantined(olga: GitUser, project: str, objects: list[Object], old: str = "", user: str = "olga") -> GitPush:
    """A push of these objects, the commit last, as the service leaves it for the workers."""
    job = GitPush(
        new_id(), project_of(olga.centre, project).id, user, "", old or tip(olga, project), objects[-1].id, False
    )
    pack = spool(olga.centre.settings.quarantine, job.id)
    pack.parent.mkdir(parents=True)
    pack.write_bytes(pack_of(objects))
    return job


def after(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the worker die right after it has called something."""
    real = getattr(owner, name)

    def dying(*args: Any, **more: Any) -> None:
        real(*args, **more)
        raise Killed

    monkeypatch.setattr(owner, name, dying)


def apply_git_push(centre: Centre, push: GitPush) -> PublishOutcome:
    """Publish what a push by git brings; how it is answered."""
    return publishing.publish(centre, ByGit(centre, push))


POINTS = {
    "the objects": lambda patch: after(Repository, "install_files", patch),
    "the transaction": lambda patch: after(publishing, "_write", patch),
    "the copy of the branch": lambda patch: after(Repository, "mirror", patch),
    "the answer": lambda patch: after(Bus, "send", patch),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_push_that_is_cut_short_is_made_good_when_it_comes_again(
    olga: GitUser, monkeypatch: pytest.MonkeyPatch, point: str, packed: bool
) -> None:
    project = olga.create(willi="writer")
    files = {f"{number}.txt": b"%d" % number for number in range(50 if packed else 1)}
    # The commit says that somebody else made it.
    objects = snapshot(tip(olga, project), {**files}, "somebody")
    job = quarantined(olga, project, objects, user="willi")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        POINTS[point](patch)
        apply_git_push(olga.centre.centre, job)
    applied = apply_git_push(olga.centre.centre, job)
    assert (applied.status, applied.commit, applied.number) == ("applied", objects[-1].id, 1)
    newest, first = versions(olga.centre, project)
    assert (newest.number, newest.commit, newest.snapshot, newest.author) == (1, job.new, job.new, "willi")
    assert first.number == 0
    assert sum(entry.action == "project.push" for entry in audit(olga.centre, project)) == 1
    assert published(olga.centre, project) == files
    sound(repository_of(olga.centre, project))


@pytest.mark.parametrize("point", POINTS)
def test_what_others_push_after_such_a_crash_finds_all_in_order(
    olga: GitUser, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    project = olga.create()
    first = tip(olga, project)
    objects = snapshot(first, {"git.txt": b"git"}, "somebody")
    job = quarantined(olga, project, objects)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        POINTS[point](patch)
        apply_git_push(olga.centre.centre, job)
    checkout = olga.api("POST", "/checkouts", json={"project": project, "folder": "/x"}).json()["id"]
    edit = snapshot(first, {"agent.txt": b"agent"}, "olga")
    push = Push(project=job.project, checkout=checkout, commit=edit[-1].id)
    assert apply_push(olga.centre.centre, "olga", push, packed(edit)).status in ("applied", "merged")
    moved = point != "the objects"
    answer = apply_git_push(olga.centre.centre, job)
    assert answer.code == ("" if moved else "fetch first")
    found = {"agent.txt": b"agent"} | ({"git.txt": b"git"} if moved else {})
    assert published(olga.centre, project) == found
    assert [version.number for version in versions(olga.centre, project)] == ([2, 1, 0] if moved else [1, 0])
    # What was taken in and never published lies there unused.
    assert git(repository_of(olga.centre, project), "fsck", "--strict", "--no-dangling") == b""


def test_a_push_whose_quarantine_is_gone_is_to_be_pushed_again(olga: GitUser) -> None:
    project = olga.create()
    job = quarantined(olga, project, snapshot(tip(olga, project), {"a.txt": b"a"}, "olga"))
    spool(olga.centre.settings.quarantine, job.id).unlink()
    answer = apply_git_push(olga.centre.centre, job)
    assert (answer.code, answer.message) == ("not-found", "This push is not there any more: push again.")


def test_who_lost_the_right_to_push_meanwhile_does_not(olga: GitUser, monkeypatch: pytest.MonkeyPatch) -> None:
    project = olga.create(willi="writer")
    job = quarantined(olga, project, snapshot(tip(olga, project), {"a.txt": b"a"}, "willi"), user="willi")
    # Between the look at the pack and the lock.
    real = verify_commits

    def late(*args: Any, **more: Any) -> None:
        real(*args, **more)
        olga.api("DELETE", f"/projects/{project}/grants/willi")

    monkeypatch.setattr(git_push, "verify_commits", late)
    assert apply_git_push(olga.centre.centre, job).code == "not-found"
    assert published(olga.centre, project) == {}


def test_workers_without_git_say_so_in_the_end(olga: GitUser, monkeypatch: pytest.MonkeyPatch) -> None:
    project = olga.create()
    job = quarantined(olga, project, snapshot(tip(olga, project), {"a.txt": b"a"}, "olga"))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(Unavailable, match="has no `git`") as caught:
        apply_git_push(olga.centre.centre, job)
    give_up_git(Context(olga.centre.centre, None), job, caught.value)  # type: ignore[arg-type]
    raw = olga.centre.centre.bus.redis.lpop(f"hubshare:answer:{job.id}")
    assert b"has no `git`" in raw
    assert not push_dir(olga.centre.settings.quarantine, job.id).exists()


def test_housekeeping_removes_what_nobody_comes_back_for(olga: GitUser) -> None:
    project = olga.create()
    old, new = (
        quarantined(olga, project, snapshot(tip(olga, project), {"a.txt": name}, "olga")) for name in (b"old", b"new")
    )
    folder = olga.centre.settings.quarantine
    past = time.time() - 2 * 86_400
    (push_dir(folder, old.id) / "try" / "objects").mkdir(parents=True)
    os.utime(push_dir(folder, old.id), (past, past))
    housekeeping.clear_quarantine(olga.centre.centre, now())
    assert not push_dir(folder, old.id).exists() and spool(folder, new.id).exists()
    assert apply_git_push(olga.centre.centre, new).status == "applied"
    give_up_git(Context(olga.centre.centre, None), new, Unavailable(""))  # type: ignore[arg-type]


# real processes


class Alone(NamedTuple):
    """A centre whose workers and Redis a test may stop and kill; it starts them again."""

    redis: RedisServer
    centre: TestCentre


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    folder = tmp_path_factory.mktemp("alone")
    with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url) as centre:
        yield Alone(server, centre)


class Background:
    """A push under way."""

    def __init__(self, someone: GitUser, clone: Path) -> None:
        self._done: list[subprocess.CompletedProcess[str]] = []
        self._thread = threading.Thread(target=lambda: self._done.append(someone.run("push", cwd=clone)))
        self._thread.start()

    def wait(self) -> subprocess.CompletedProcess[str]:
        self._thread.join()
        return self._done[0]


def begin(olga: GitUser, project: str) -> tuple[Path, Background]:
    """A push that takes a while to look at; it is being looked at."""
    clone = olga.clone(project)
    made = (f"M 100644 inline {number % 50}/{number}.txt\ndata <<.\n{number}\n.\n" for number in range(6000))
    head = "commit refs/heads/main\ncommitter Me <me@example.org> 1 +0000\ndata <<.\nMany files\n.\nfrom HEAD\n"
    olga("fast-import", "--quiet", cwd=clone, given=(head + "".join(made)).encode())
    olga("reset", "-q", "--hard", cwd=clone)
    under_way = Background(olga, clone)
    folder = olga.centre.settings.quarantine
    wait_until(lambda: list(folder.glob("*/*/objects/pack/*.idx")), "the pack is being looked at")
    return clone, under_way


def kill(centre: TestCentre) -> None:
    assert centre.workers is not None
    centre.workers.kill()
    centre.workers.wait()


def test_a_push_whose_worker_is_killed_is_applied_by_the_next_one(alone: Alone, tmp_path: Path) -> None:
    centre = alone.centre
    olga = GitUser(tmp_path, centre, "olga")
    project = olga.create()
    clone, under_way = begin(olga, project)
    kill(centre)
    assert published(centre, project) == {}, "it was applied before it was killed: make the push larger"
    centre.start_workers()
    done = under_way.wait()
    assert done.returncode == 0, done.stderr
    assert tip(olga, project) == olga("rev-parse", "HEAD", cwd=clone)
    assert [version.author for version in versions(centre, project)] == ["olga", "olga"]
    wait_until(lambda: not list(centre.settings.quarantine.iterdir()), "nothing is left in quarantine")
    sound(repository_of(centre, project))


def test_another_push_after_the_kill_goes_first_and_the_killed_one_fetches(alone: Alone, tmp_path: Path) -> None:
    centre = alone.centre
    olga = GitUser(tmp_path, centre, "olga")
    project = olga.create()
    other = olga.clone(project)
    clone, under_way = begin(olga, project)
    kill(centre)
    centre.start_workers()
    olga.commit(other, {"other.txt": "other"})
    olga("push", "-q", cwd=other)
    assert published(centre, project) == {"other.txt": b"other"}
    assert "(fetch first)" in under_way.wait().stderr
    olga("pull", "-q", "--no-edit", cwd=clone)
    olga("push", "-q", cwd=clone)
    assert len(published(centre, project)) == 6001
    assert [version.number for version in versions(centre, project)] == [2, 1, 0]
    sound(repository_of(centre, project))


def test_a_push_that_is_not_answered_in_time_can_be_pushed_again(
    alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = alone.centre
    monkeypatch.setattr(centre.settings, "git_push_seconds", 1.0)
    olga = GitUser(tmp_path, centre, "olga")
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    centre.stop_workers()
    said = olga.fault("push", cwd=clone)
    assert "(no answer yet)" in said and "remote: The Hub has not answered in time" in said
    centre.start_workers()
    # The first one is still in the queue; pushed again or not, it is one version.
    wait_until(lambda: olga.run("push", cwd=clone).returncode == 0, "pushed again it is well")
    assert published(centre, project) == {"a.txt": b"a"} and len(versions(centre, project)) == 2
    wait_until(lambda: not list(centre.settings.quarantine.iterdir()), "nothing is left in quarantine")
    sound(repository_of(centre, project))


def test_without_redis_the_person_is_told_so(alone: Alone, tmp_path: Path) -> None:
    olga = GitUser(tmp_path, alone.centre, "olga")
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    alone.redis.kill()
    said = olga.fault("push", cwd=clone)
    assert "remote: HubShare's database or Redis does not answer" in said and "503" in said
    assert (olga.clone(project) / ".git").exists(), "reading needs none"
    alone.redis.start()
    wait_until(lambda: olga.run("push", cwd=clone).returncode == 0, "it goes on with Redis")
