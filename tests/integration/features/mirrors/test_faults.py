"""Mirrors where something goes otherwise than expected: changes in the middle, hosts without an end, own faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hubshare_workers.fetch import mirroring

from hubshare.errors import Invalid
from hubshare.features.mirrors import lane, operations, worker
from hubshare.features.mirrors.jobs import Push
from hubshare.store import projects
from hubshare.store.mirror_tables import Mirror as Row
from hubshare.wire.api.mirrors import NewMirror
from tests.helpers.mirror_story import Story, hook


def test_an_address_that_is_changed_during_a_push_gets_what_it_is_to_have(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, other, push = story.mirror(), story.internet.repository("moved-to"), mirroring.push_history
    for how in ({"url": other.url}, {"url": story.there.url, "paused": True}):

        def and_is_changed(*args: Any, how: dict[str, Any] = how, **more: Any) -> Any:
            made = push(*args, **more)
            story.change(mirror, **how)
            return made

        monkeypatch.setattr(worker, "push_history", and_is_changed)
        worker.push(story.context, Push(mirror, "alice", ""), lambda: story.at)
        assert story.shown(mirror).version is None and story.shown(mirror).state == "waiting"
    monkeypatch.setattr(worker, "push_history", push)
    story.there.git("update-ref", "-d", "refs/heads/main")
    story.change(mirror, paused=False)
    story.work()
    assert story.main == story.world.repository.main and story.shown(mirror).version == 0


def test_what_is_given_up_during_a_push_is_not_forgotten_by_it(story: Story) -> None:
    theirs = story.there.commit({"theirs.txt": "1"})
    mirror = story.mirror()
    story.work()
    with story.centre.database.begin() as session:
        session.get_one(Row, mirror).due = None
        begun = lane.begin(session, mirror, story.at)
    assert begun is not None
    story.ask(mirror, theirs)
    with story.centre.database.begin() as session:
        assert lane.mine(session, begun) is None
    story.work()
    assert story.main == story.world.repository.main


def test_tags_go_in_parts_and_a_host_that_wants_none_is_asked_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "_AT_ONCE", 2)
    for number in range(5):
        story.release(f"r{number}", 0)
    hook(story, 'case "$1" in refs/tags/*) exit 1;; esac', "update")
    mirror = story.mirror()
    assert story.work() == 1 and story.pushes == 2
    shown = story.shown(mirror)
    assert (shown.state, shown.behind, story.main) == ("done", False, story.world.repository.main)
    hook(story, "exit 0", "update")
    story.ask(mirror)
    assert story.work() == 1 and story.pushes == 2 + 3
    assert sum(name.startswith("refs/tags/") for name in story.refs()) == 5


def test_a_project_without_a_version_has_nothing_to_be_pushed(story: Story) -> None:
    with story.centre.database.begin() as session:
        projects.create(session, "alice", "empty", "private")
    wanted = NewMirror(url=story.there.url)
    made = operations.create_mirror(story.caller(), story.centre, owner="alice", name="empty", wanted=wanted)
    assert not made.behind and story.work() == 0


def test_a_fault_of_the_hub_is_shown_and_waits_as_others_do(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = story.mirror()

    def full(*args: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker, "push_history", full)
    with pytest.raises(OSError, match="No space"):
        story.work()
    shown = story.shown(mirror)
    assert (shown.state, story.row(mirror).failures) == ("unreachable", 1) and "admin of the Hub" in shown.message
    assert shown.due is not None and shown.due >= story.at + timedelta(minutes=1) and story.work() == 0


def test_a_host_in_capitals_is_the_same_host(story: Story) -> None:
    mirror = story.mirror(url=story.there.url.replace("127.0.0.1", "LocalHost"))
    story.work()
    assert story.shown(mirror).state == "done" and story.main


def test_a_token_with_a_line_end_is_refused_before_it_is_kept(story: Story) -> None:
    for user, secret in (("", "token\n"), ("git\r\nX: 1", "token"), ("", "tökén")):
        with pytest.raises(Invalid, match="hosts do not take"):
            story.mirror(user=user, secret=secret)
