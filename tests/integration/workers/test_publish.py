"""The one way to publish, by each of its channels: what comes twice takes effect once, whoever dies at whatever step."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.intake.dispatch import dispatch
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.publication import PublishOutcome
from hubshare_workers.publish.publish import publish
from hubshare_workers.publish.turns import Turns
from sqlalchemy import delete, func, select, update

from hubshare.errors import Unavailable
from hubshare.git.objects import tree_entry
from hubshare.git.repositories import Repositories
from hubshare.jobs import Edit, OutboxEntry
from hubshare.store.models import Conflict, Project, Version
from hubshare.store.models import PublicationRecord as Row
from hubshare.testing.centre import wait_until
from hubshare.wire.agent import Push, new_id
from tests.helpers.centre_fixture import git, repository_of
from tests.helpers.forge import packed, snapshot
from tests.helpers.git_client import audit, versions
from tests.helpers.publishing import CHANNELS, STEPS, Killed, Stage
from tests.helpers.pushing import apply_push

#: Every test over SQLite and over PostgreSQL.
pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("others", [False, True], ids=["nobody else", "others meanwhile"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_whoever_dies_at_whatever_step_it_is_published_once(
    stage: Stage, channel: str, step: str, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = CHANNELS[channel](stage, {"a.txt": b"a"})
    die, moved = STEPS[step]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die(patch)
        publish(stage.centre, again())
    assert (stage.head != stage.first) is moved
    if others:
        stage.others_publish({"b.txt": b"b"})
    answers = [publish(stage.centre, again()) for _ in range(2)]
    if channel == "a push by git" and others and not moved:
        assert {(answer.status, answer.code) for answer in answers} == {("refused", "fetch first")}
        assert stage.files() == {"b.txt": b"b"}
        return
    merged = others and channel == "an agent's push" and not moved
    assert {answer.status for answer in answers} == {"merged" if merged else "applied"}
    assert answers[0] == answers[1]
    assert answers[0].number == (2 if others and not moved else 1)
    assert stage.files() == {"a.txt": b"a"} | ({"b.txt": b"b"} if others else {})
    found = versions(stage.olga.centre, stage.full)
    assert [version.number for version in found] == ([2, 1, 0] if others else [1, 0])
    assert sum(entry.action == "project.push" for entry in audit(stage.olga.centre, stage.full)) == len(found) - 1
    assert {update.commit for update in stage.told("anna")} >= {version.commit for version in found[:-1]}
    assert stage.repository.main == stage.head
    assert git(repository_of(stage.olga.centre, stage.full), "fsck", "--strict", "--no-dangling") == b""


@pytest.mark.parametrize("channel", CHANNELS)
def test_bytes_are_counted_once_and_by_every_channel(stage: Stage, channel: str) -> None:
    before = stage.project.bytes
    again = CHANNELS[channel](stage, {"a.txt": b"content" * 100})
    publish(stage.centre, again())
    grown = stage.project.bytes - before
    assert grown > 0
    publish(stage.centre, again())
    assert stage.project.bytes - before == grown


def test_an_edit_that_comes_twice_undoes_nothing_that_was_published_in_between(stage: Stage) -> None:
    publish(stage.centre, stage.push({"a.txt": b"first"})())
    restored = stage.head
    publish(stage.centre, stage.push({"a.txt": b"second"})())
    wanted = Edit(new_id(), stage.id, "olga", "page", "", "Restore", restore=restored)
    first = publish(stage.centre, Edited(stage.centre, wanted))
    assert stage.files() == {"a.txt": b"first"} and first.number == 3
    publish(stage.centre, stage.push({"a.txt": b"third"})())
    assert publish(stage.centre, Edited(stage.centre, wanted)) == first
    assert stage.files() == {"a.txt": b"third"}


def test_a_pick_of_what_was_seen_that_comes_twice_is_answered_the_same(stage: Stage) -> None:
    publish(stage.centre, stage.push({"a.txt": b"theirs"})())
    found = tree_entry(stage.repository.tree, stage.repository.commit(stage.head).tree, "a.txt")
    again = stage.edit({"a.txt": b"ours"}, seen={"a.txt": found})
    answers = [publish(stage.centre, again()) for _ in range(2)]
    assert [answer.status for answer in answers] == ["applied", "applied"] and answers[0] == answers[1]
    assert stage.files() == {"a.txt": b"ours"}


def test_what_was_refused_stays_refused(stage: Stage) -> None:
    again = stage.edit({"a.txt": b"x"}, seen={"a.txt": (0o100644, "1" * 40)})
    first = publish(stage.centre, again())
    assert (first.status, first.code) == ("refused", "clash")
    assert publish(stage.centre, again()) == first and stage.head == stage.first


def test_the_id_of_another_one_is_refused_and_answers_nothing(stage: Stage) -> None:
    again = stage.push({"a.txt": b"x"})
    mine = publish(stage.centre, again())
    event = Push(id=again().id, project=stage.id, checkout=stage.others, commit="1" * 40)
    theirs = apply_push(stage.centre, "anna", event)
    assert mine.status == "applied" and (theirs.status, theirs.code, theirs.commit) == ("refused", "bad-event", "")


def test_a_settled_notebook_leaves_its_pick_in_the_same_transaction(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(stage.centre, stage.push({"a.txt": b"base"})())
    base = stage.head
    stage.others_publish({"a.txt": b"theirs"})
    conflicted = publish(stage.centre, stage.push({"a.txt": b"ours"}, onto=base)())
    assert (conflicted.status, [found["path"] for found in conflicted.conflicts]) == ("conflict", ["a.txt"])
    with stage.centre.database.read() as session:
        conflict = session.scalars(select(Conflict).where(Conflict.project_id == stage.id)).one()
    again = stage.edit({"a.txt": b"of both"}, picked={conflict.id: "1" * 40})
    with monkeypatch.context() as patch, pytest.raises(Killed):
        STEPS["the transaction"][0](patch)
        publish(stage.centre, again())
    with stage.centre.database.read() as session:
        held = session.get_one(Conflict, conflict.id)
        assert held.picked is not None and held.picked["ours"] == "1" * 40 and held.picked["theirs"]


@pytest.mark.parametrize("step", [step for step in STEPS if step != "the answers"])
def test_what_an_agent_sent_stays_in_its_outbox_until_it_was_answered(
    stage: Stage, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = snapshot(stage.head, {"a.txt": b"a"}, "olga")
    event = Push(project=stage.id, checkout=stage.checkout, commit=objects[-1].id)
    client, key = stage.centre.bus.redis, f"nobody reads this: {event.id}"
    taken = OutboxEntry(key, client.xadd(key, {"event": event.encode()}).decode())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        STEPS[step][0](patch)
        dispatch(stage.centre, "olga", event.encode(), packed(objects), taken)
    assert client.xlen(key) == 1
    dispatch(stage.centre, "olga", event.encode(), packed(objects), taken)
    assert client.xlen(key) == 0 and stage.files() == {"a.txt": b"a"}


# others are quicker


def test_who_was_cut_off_publishes_nothing_that_others_do_not_know(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locks reach nobody here: another worker publishes between the decision and the transaction, again and again."""
    real, races = publishing._write, iter(range(3))

    def late(*args: Any) -> bool:
        if next(races, None) is not None:
            with monkeypatch.context() as patch:
                patch.setattr(publishing, "_write", real)
                patch.setattr(publishing, "_TURNS", Turns(publishing._work))
                patch.setattr(Repositories, "locked", lambda *_: nullcontext())
                stage.others_publish({f"{len(stage.files())}.txt": b"other"})
        return bool(real(*args))

    monkeypatch.setattr(publishing, "_write", late)
    answer = publish(stage.centre, stage.push({"mine.txt": b"mine"})())
    assert answer.status == "merged" and answer.number == 4
    assert stage.files() == {"0.txt": b"other", "1.txt": b"other", "2.txt": b"other", "mine.txt": b"mine"}
    assert git(repository_of(stage.olga.centre, stage.full), "fsck", "--strict", "--no-dangling") == b""


def test_who_is_always_late_goes_back_to_the_queue(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_write", lambda *_: False)
    with pytest.raises(Unavailable, match="all the time"):
        publish(stage.centre, stage.push({"mine.txt": b"mine"})())


def test_a_lock_that_stands_still_sends_the_job_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubshare.git.lock.LONGEST_WAIT", 0.05)
    again = stage.push({"mine.txt": b"mine"})
    with stage.repository.lock(), pytest.raises(Unavailable, match="busy"):
        publish(stage.centre, again())
    assert publish(stage.centre, again()).status == "applied"


def test_a_repository_that_cannot_be_read_for_a_moment_refuses_nobody(stage: Stage) -> None:
    again, path = stage.push({"mine.txt": b"mine"}), stage.repository.path
    path.rename(path.with_suffix(".away"))
    stage.centre.repositories._threads.__dict__.clear()
    with pytest.raises(Unavailable, match="missing"):
        publish(stage.centre, again())
    path.with_suffix(".away").rename(path)
    assert publish(stage.centre, again()).status == "applied"


def test_a_branch_that_is_damaged_is_no_matter(stage: Stage) -> None:
    (stage.repository.path / "refs/heads/main").write_bytes(b"")
    assert publish(stage.centre, stage.push({"mine.txt": b"mine"})()).status == "applied"
    assert stage.repository.main == stage.head
    (stage.repository.path / "refs/heads/main").write_bytes(b"")
    clone = stage.olga.clone(stage.full)
    assert (clone / "mine.txt").read_bytes() == b"mine"


def test_a_database_that_came_back_from_a_backup_learns_what_was_published_since(stage: Stage) -> None:
    publish(stage.centre, stage.push({"a.txt": b"1"})())
    old = stage.project
    for text in (b"2", b"3"):
        publish(stage.centre, stage.push({"a.txt": text})())
    lost = stage.head
    with stage.centre.database.begin() as session:
        session.execute(delete(Version).where(Version.project_id == stage.id, Version.number > old.version))
        session.execute(update(Project).where(Project.id == stage.id).values(head=old.head, version=old.version))
    assert (stage.olga.clone(stage.full) / "a.txt").read_bytes() == b"3", "a fetch undoes nothing"
    stage.others_publish({"a.txt": b"1", "b.txt": b"b"})
    found = versions(stage.olga.centre, stage.full)
    assert [version.number for version in found] == [4, 3, 2, 1, 0] and found[1].commit == lost
    assert stage.files() == {"a.txt": b"3", "b.txt": b"b"}


# together


def test_pushes_that_wait_are_published_together_and_answered_each(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, first = 12, stage.head
    pushes = [stage.push({f"{number}.txt": b"%d" % number}, onto=first) for number in range(many)]
    steps: list[int] = []
    real = publishing._write
    held, gate = threading.Event(), threading.Event()

    def counting(centre: Any, step: Any, entries: list[Any]) -> bool:
        steps.append(len(entries))
        if len(steps) == 1:
            held.set()
            gate.wait(20)
        return bool(real(centre, step, entries))

    monkeypatch.setattr(publishing, "_write", counting)
    answers: list[PublishOutcome] = []
    threads = [
        threading.Thread(target=lambda push=push: answers.append(publish(stage.centre, push()))) for push in pushes
    ]
    threads[0].start()
    assert held.wait(20)
    for thread in threads[1:]:
        thread.start()
    _wait_for_line(many - 1)
    gate.set()
    for thread in threads:
        thread.join()
    assert steps == [1, many - 1]
    assert sorted(answer.number for answer in answers) == [*range(1, many + 1)]
    assert stage.files() == {f"{number}.txt": b"%d" % number for number in range(many)}
    with stage.centre.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Row).where(Row.project_id == stage.id)) == many
    assert stage.told("anna")[-1].number == many and len(stage.told("anna")) == 2
    assert git(repository_of(stage.olga.centre, stage.full), "fsck", "--strict", "--no-dangling") == b""


def _wait_for_line(length: int) -> None:
    wait_until(lambda: any(len(line.waiting) == length for line in publishing._TURNS._lines.values()), "they wait")


def test_nothing_that_was_uploaded_stays_behind(stage: Stage, tmp_path: Path) -> None:
    objects = snapshot(stage.head, {"large.bin": b"x" * 100_000}, "olga")
    name, pack = new_id(), packed(objects)
    stage.centre.uploads.append("olga", name, 0, pack)
    stage.centre.uploads.finish("olga", name)
    event = Push(project=stage.id, checkout=stage.checkout, commit=objects[-1].id, upload=name)
    first = apply_push(stage.centre, "olga", event)
    assert first.status == "applied" and not stage.centre.uploads.path("olga", name).exists()
    assert apply_push(stage.centre, "olga", event) == first


@pytest.mark.parametrize("name", [".hubshare-0123456789abcdef.tmp", ".hubshare-notes.tmp", ".HubShare-0.TMP"])
@pytest.mark.parametrize("channel", [*CHANNELS, "a restore"])
def test_a_name_of_hubshares_own_is_refused_by_every_channel(
    stage: Stage, channel: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if channel == "a restore":
        with monkeypatch.context() as earlier:
            earlier.setattr("hubshare.git.verify.own_fault", lambda path: None)
            publish(stage.centre, stage.edit({name: b"of an earlier version"})())
        then = stage.head
        wanted = Edit(new_id(), stage.id, "olga", "page", "", "Delete", changes={name: None}, confirmed=True)
        assert publish(stage.centre, Edited(stage.centre, wanted)).status == "applied", "it can be deleted"
        answer = publish(
            stage.centre, Edited(stage.centre, Edit(new_id(), stage.id, "olga", "page", "", "Restore", restore=then))
        )
    else:
        answer = publish(stage.centre, CHANNELS[channel](stage, {name: b"x"})())
    assert answer.status == "refused"
    assert name in answer.message and "its own temporary files; rename it" in answer.message
    assert name not in stage.files()
