"""Mirrors over a stock git server with passwords: what it is given, what it refuses, and what becomes of pushes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.fetch import mirroring, stage
from sqlalchemy import select

from hubshare.errors import Clash, Forbidden, NotFound, OverQuota
from hubshare.features.mirrors import lane, operations, worker
from hubshare.git import stock
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.store import projects
from hubshare.store.mirror_tables import Mirror as Row
from hubshare.store.models import Project, now
from hubshare.store.notification_tables import Notification
from hubshare.store.users import remove_user
from tests.helpers.mirror_story import SECRET, Story, hook
from tests.helpers.pushing import publish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_all_versions_and_releases_go_there_as_they_are(story_of_each: Story) -> None:
    story = story_of_each
    publish(story.world, "a.txt")
    newest = publish(story.world, "folder/é b.txt")
    story.release("Winter term 2026", 1)
    mirror = story.mirror()
    assert story.work() == 1
    assert story.main == newest == story.world.repository.main
    assert story.there.git("log", "--format=%an", "main").splitlines() == ["alice"] * 3
    first = story.there.git("rev-parse", "main^")
    assert story.refs()["refs/tags/Winter-term-2026"] == first
    story.there.git("fsck", "--strict")
    shown = story.shown(mirror)
    assert (shown.state, shown.version, shown.behind, shown.message) == ("done", 2, False, "")
    assert {key: one for key, one in story.audit()[0].items() if key == "pushed"} == {"pushed": 2}


def test_many_versions_at_once_are_one_push_and_nothing_new_is_none(story: Story) -> None:
    story.mirror()
    story.work()
    before = story.pushes
    for number in range(5):
        publish(story.world, f"{number}.txt")
    # Nobody says so: what is behind follows from the tables alone, also after Redis has forgotten everything.
    assert story.work() == 1 and story.main == story.world.repository.main
    assert story.pushes == before + 1
    assert story.wait(DAY) == 0


def test_the_password_is_nowhere_but_in_the_header(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    begin = subprocess.Popen

    class Watched(begin):  # type: ignore[type-arg, misc, valid-type]
        def __init__(self, args: Any, *more: Any, **given: Any) -> None:
            started.append(args)
            super().__init__(args, *more, **given)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    mirror = story.mirror()
    story.work()
    assert story.row(mirror).version == 0 and any("push" in args for args in started)
    held = [path.read_bytes() for path in story.centre.settings.data.rglob("*") if path.is_file()]
    told = [str(started), str(vars(story.row(mirror))), story.shown(mirror).model_dump_json(), str(story.audit())]
    assert not any(SECRET.encode() in one for one in held) and not any(SECRET in one for one in told)
    assert "authorization" in story.internet.asked[-1].headers


def test_what_others_have_put_there_is_never_overwritten_unseen(story: Story) -> None:
    theirs = story.there.commit({"theirs.txt": "1"})
    publish(story.world)
    mirror = story.mirror()
    story.work()
    shown = story.shown(mirror)
    assert (shown.state, shown.in_the_way, story.main) == ("refused", theirs, theirs)
    assert "Take another branch" in shown.message and story.pushes == 0
    # They go on, and so what was looked at is not what would be given up.
    newer = story.there.commit({"theirs.txt": "2"})
    story.ask(mirror, theirs)
    story.work()
    assert story.main == newer and story.shown(mirror).in_the_way == newer
    story.ask(mirror, newer)
    story.work()
    assert story.main == story.world.repository.main and story.shown(mirror).state == "done"
    # That was for once.
    moved = story.there.commit({"theirs.txt": "3"})
    publish(story.world)
    story.work()
    assert story.main == moved and story.shown(mirror).state == "refused"


def test_who_changes_the_branch_at_the_moment_of_the_push_keeps_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = story.mirror()
    story.work()
    publish(story.world)
    ask = mirroring._ask

    def and_then_somebody_pushes(*args: Any) -> Any:
        found = ask(*args)
        if len(story.there.git("rev-list", "main").splitlines()) == 1:
            story.there.commit({"theirs.txt": "1"})
        return found

    monkeypatch.setattr(mirroring, "_ask", and_then_somebody_pushes)
    story.work()
    assert story.there.git("log", "-1", "--format=%an", "main") == "Una"
    assert story.shown(mirror).state == "refused" and "changed by others" in story.shown(mirror).message


def test_a_mirror_that_is_ahead_of_the_last_release_has_it(story: Story) -> None:
    mirror = story.mirror(push_on="release")
    for _ in range(3):
        publish(story.world)
    assert story.work() == 0
    story.ask(mirror)
    assert story.work() == 1
    assert story.refs() == {} and "nothing to push yet" in story.shown(mirror).log[-1].text
    story.release("one", 2)
    story.work()
    assert story.main == story.refs()["refs/tags/one"] != story.world.repository.main
    story.change(mirror, push_on="version")
    story.work()
    assert story.main == story.world.repository.main
    story.change(mirror, push_on="release")
    story.release("two", 1)
    story.work()
    assert "refs/tags/two" in story.refs() and story.shown(mirror).state == "done"


def test_a_tag_that_leads_elsewhere_there_stays(story: Story) -> None:
    theirs = story.there.commit({"theirs.txt": "1"}, branch="other")
    story.there.git("tag", "one", theirs)
    publish(story.world)
    story.release("one", 1)
    story.release("two", 1)
    mirror = story.mirror()
    story.work()
    refs = story.refs()
    assert refs["refs/tags/one"] == theirs and refs["refs/tags/two"] == story.main
    assert "stay as they are: one" in story.shown(mirror).log[-1].text


def test_what_it_refuses_is_shown_as_plain_text_and_tried_again(story: Story) -> None:
    mirror = story.mirror()
    words = (
        r"printf 'GH001: Large files detected \033[31m\033]0;title\007<script>alert(1)</script>\nask \302\233us\n' >&2"
    )
    hook(story, f"{words}\nexit 1")
    story.work()
    shown = story.shown(mirror)
    assert shown.state == "refused" and "as large as" in shown.message
    assert shown.said == "GH001: Large files detected <script>alert(1)</script>\nask us"
    assert story.main == "" and story.work() == 0
    hook(story, "exit 0")
    assert story.wait(2 * HOUR) == 1
    assert story.main == story.world.repository.main and story.shown(mirror).said == ""
    assert [next(key for key in one if key in ("refused", "pushed", "branch")) for one in story.audit()][:2] == [
        "pushed",
        "refused",
    ]


def test_who_may_not_push_there_is_told_so(story: Story) -> None:
    mirror = story.mirror(secret="wrong")
    story.work()
    assert story.shown(mirror).state == "refused" and "does not let this account push" in story.shown(mirror).message
    assert "`hubshare mirror PROJECT URL --login USER`" in story.shown(mirror).message
    story.change(mirror, user="git", secret=SECRET)
    story.work()
    assert story.shown(mirror).state == "done"
    gone = story.mirror(url=f"{story.internet.url}/nothing.git")
    story.work()
    assert "no repository at this address" in story.shown(gone).message


@pytest.mark.parametrize("step", ["begun", "pushed", "written"])
def test_a_worker_that_dies_leaves_the_push_to_another(
    story: Story, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any, **__: Any) -> Any:
        raise Killed

    mirror = story.mirror()
    place: Any = {"begun": (worker, "push_history"), "pushed": (worker, "_end"), "written": (worker, "_tell")}[step]
    with monkeypatch.context() as patch:
        patch.setattr(*place, kill)
        with pytest.raises(Killed):
            story.work()
    publish(story.world)
    # Nobody pushes beside one that may be alive.
    assert story.work() == (1 if step == "written" else 0)
    assert story.wait(lane.BEGUN + timedelta(seconds=1)) == (0 if step == "written" else 1)
    assert story.main == story.world.repository.main and story.shown(mirror).state == "done"


def test_a_git_that_is_killed_in_the_middle_of_a_push_breaks_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror, mark = story.mirror(), tmp_path / "arrived"
    hook(story, f"touch {mark}; sleep 0.5; exit 1")
    exited = stock.exited

    def kill(pid: int, seconds: float) -> bool:
        if mark.exists():
            mark.unlink()
            os.killpg(pid, signal.SIGKILL)
        return exited(pid, 0.01)

    monkeypatch.setattr(stage, "exited", kill)
    story.work()
    assert story.shown(mirror).state == "unreachable" and "broke off" in story.shown(mirror).message
    assert not list(story.centre.settings.quarantine.iterdir())
    hook(story, "exit 0")
    publish(story.world)
    assert story.wait(2 * HOUR) == 1
    assert story.main == story.world.repository.main
    assert os.listdir(story.world.repository.path / "refs/heads") == ["main"]


def test_whoever_lost_the_project_pushes_no_more_and_whoever_takes_over_brings_a_token(story: Story) -> None:
    story.world.grant("bob", "admin")
    mirror = story.mirror("bob")
    story.work()
    story.world.grant("bob", "writer")
    publish(story.world)
    asked = len(story.internet.asked)
    story.work()
    assert len(story.internet.asked) == asked and "bob may not" in story.shown(mirror).reason
    with story.centre.database.read() as session:
        told = session.scalars(
            select(Notification.user).where(Notification.thing == mirror, Notification.done.is_(None))
        )
        assert set(told) == {"alice", "bob"}, "who may take it over hears of it"
    with pytest.raises(Forbidden):
        story.change(mirror, "bob", paused=False)
    # The token of bob is not for alice to use, whatever she makes of the address.
    story.change(mirror, url=f"{story.there.url}/")
    assert not story.shown(mirror).has_secret and story.shown(mirror).owner == "alice"
    story.work()
    assert story.shown(mirror).state == "refused"
    story.change(mirror, user="git", secret=SECRET)
    story.work()
    assert story.main == story.world.repository.main


def test_a_pause_by_another_admin_keeps_the_token_and_another_host_does_not_get_it(story: Story) -> None:
    story.world.grant("bob", "admin")
    mirror = story.mirror()
    story.change(mirror, "bob", paused=True)
    publish(story.world)
    assert story.work() == 0 and story.shown(mirror).has_secret and story.shown(mirror).owner == "alice"
    story.change(mirror, paused=False)
    assert story.work() == 1
    story.change(mirror, url="https://other.example.org/x.git")
    assert not story.shown(mirror).has_secret


def test_a_push_that_is_under_way_ends_when_it_is_not_wanted_any_more(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = story.mirror()
    hook(story, "sleep 30")
    monkeypatch.setattr(worker, "_LOOK_SECONDS", 0.0)
    look = lane.still_wanted
    seen: list[bool] = []

    def pause(*args: Any) -> bool:
        if not seen:
            seen.append(True)
            return True
        with story.centre.database.begin(mirror) as session:
            session.get_one(Row, mirror).paused = True
        with story.centre.database.read() as session:
            return look(session, args[1])

    monkeypatch.setattr(lane, "still_wanted", pause)
    began = time.monotonic()
    story.work()
    assert time.monotonic() - began < 15 and story.row(mirror).state == "waiting" and story.main == ""


def test_of_one_person_one_push_goes_at_a_time(story_of_each: Story) -> None:
    story = story_of_each
    first, second = story.mirror(branch="a"), story.mirror(branch="b")
    with story.centre.database.begin() as session:
        begun = lane.begin(session, first, story.at)
    assert begun is not None
    with story.centre.database.read() as session:
        assert lane.due(session, story.at, 10) == []
    with story.centre.database.begin() as session:
        assert lane.begin(session, second, story.at) is None
        lane.stop(session.get_one(Row, first))
        session.flush()
        assert lane.begin(session, second, story.at) is not None


def test_deleted_restored_transferred_and_removed(story_of_each: Story) -> None:
    story = story_of_each
    mirror = story.mirror()
    story.work()
    publish(story.world)
    with story.centre.database.begin() as session:
        session.get_one(Project, story.world.project.id).deleted = now()
    assert story.work() == 0
    with story.centre.database.begin() as session:
        session.get_one(Project, story.world.project.id).deleted = None
        projects.move(session, session.get_one(Project, story.world.project.id), "bob", "other", None)
    story.work()
    assert "alice may not" in story.row(mirror).reason
    with story.centre.database.begin() as session:
        remove_user(session, "alice", "alice@removed-01234567")
    assert story.row(mirror).credential == "" and story.row(mirror).owner == "alice@removed-01234567"
    with story.centre.database.begin() as session:
        session.delete(session.get_one(Project, story.world.project.id))
    with story.centre.database.read() as session:
        assert session.get(Row, mirror) is None


def test_there_are_only_so_many_and_those_of_others_are_not_known(story: Story) -> None:
    story.centre.settings.max_mirrors = 1
    mirror = story.mirror()
    with pytest.raises(Clash):
        story.mirror()
    with pytest.raises(OverQuota):
        story.mirror(branch="other")
    with story.centre.database.begin() as session:
        projects.create(session, "bob", "own", "private")
    with pytest.raises(NotFound):
        operations.get_mirror(story.caller("bob"), story.centre, owner="bob", name="own", mirror=mirror)
    operations.delete_mirror(story.caller(), story.centre, **story.address, mirror=mirror)
    assert story.work() == 0


def test_how_a_push_has_ended_is_known_without_a_note_of_it(story: Story) -> None:
    mirror, before = story.mirror(), story.at - HOUR
    left = LeftJob("push_mirror", f"{mirror}:due", "", "alice", before)
    assert worker.end_of_push(story.centre, left) is None
    story.work()
    assert worker.end_of_push(story.centre, left) == JobEnd("done", story.at.replace(microsecond=0))
    assert worker.end_of_push(story.centre, left._replace(queued=story.at + HOUR)) is None
