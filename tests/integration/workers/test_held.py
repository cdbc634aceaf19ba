"""What the Hub holds of a person beside their projects has a bound, and is shown to them and to admins of the Hub."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hubshare_workers.fetch.parts import Parts
from hubshare_workers.maintenance.housekeeping import forget_rows
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publication import PublishOutcome
from hubshare_workers.publish.publish import publish
from sqlalchemy import delete

from hubshare.config import MIB
from hubshare.errors import Unavailable
from hubshare.git.waiting import claim, spool
from hubshare.names import size
from hubshare.store import held
from hubshare.store.audit import Actor, record
from hubshare.store.models import now
from hubshare.wire.agent import Push, PushLists, new_id
from tests.helpers.forge import packed, snapshot
from tests.helpers.git_client import GitUser, person
from tests.helpers.page_visitors import Browser
from tests.helpers.publishing import Stage

#: Every test over SQLite and over PostgreSQL.
pytestmark = pytest.mark.both_databases


def anna_meets_a_conflict(stage: Stage) -> PublishOutcome:
    publish(stage.centre, stage.push({"a.txt": b"base"})())
    base = stage.head
    publish(stage.centre, stage.push({"a.txt": os.urandom(50)})())
    objects = snapshot(base, {"a.txt": os.urandom(3000)}, "anna")
    event = Push(project=stage.id, checkout=stage.others, commit=objects[-1].id)
    known = {item.id for item in objects if item.id in stage.repository}
    return publish(stage.centre, AgentPush(stage.centre, "anna", event, packed(objects, known)))


def holds(olga: GitUser, user: str) -> dict[str, int]:
    cost = person(olga, user).api("GET", "/me/cost").json()
    return {found["kind"]: found["bytes"] for found in cost["held"]}


def test_what_is_kept_of_a_conflict_counts_for_who_pushed_it(stage: Stage, olga: GitUser) -> None:
    before, owners = holds(olga, "anna")["conflicts"], holds(olga, "olga")["conflicts"]
    assert anna_meets_a_conflict(stage).status == "conflict"
    assert 3000 < holds(olga, "anna")["conflicts"] - before < 4000
    assert holds(olga, "olga")["conflicts"] == owners
    with stage.centre.database.begin() as session:
        held.rename_held(session, "anna", "anna-2")
    assert holds(olga, "anna")["conflicts"] == 0 and holds(olga, "anna-2")["conflicts"] > 3000
    with stage.centre.database.begin() as session:
        session.execute(delete(held.KeptBytes))


def test_no_more_is_kept_of_somebodys_conflicts_than_the_bound(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.centre.settings, "max_kept_bytes", 5000)
    assert anna_meets_a_conflict(stage).status == "conflict"
    refused = anna_meets_a_conflict(stage)
    assert (refused.status, refused.code) == ("refused", "over-quota") and "settle the conflicts" in refused.message
    # What is in no conflict is published as ever.
    stage.others_publish({"b.txt": os.urandom(9000)})


def test_what_is_published_together_is_kept_within_the_bound_together(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.centre.database.read() as session:
        before = held.kept_of(session, "anna")
    monkeypatch.setattr(stage.centre.settings, "max_kept_bytes", before + 8000)
    publish(stage.centre, stage.push({"a.txt": b"base"})())
    base = stage.head
    publish(stage.centre, stage.push({"a.txt": os.urandom(50)})())
    entries = []
    for _ in range(4):
        objects = snapshot(base, {"a.txt": os.urandom(3000)}, "anna")
        event = Push(project=stage.id, checkout=stage.others, commit=objects[-1].id)
        known = {item.id for item in objects if item.id in stage.repository}
        entries.append(publishing._Entry(stage.centre, AgentPush(stage.centre, "anna", event, packed(objects, known))))
    for entry in entries:
        entry.prepare()
    said = publishing._work(entries[0], lambda: entries)
    codes = [one.code for one in said if isinstance(one, PublishOutcome)]
    assert codes == ["", "", "over-quota", "over-quota"]
    with stage.centre.database.read() as session:
        assert 6000 < held.kept_of(session, "anna") - before < 8000


def test_the_log_of_what_somebody_did_has_a_bound_and_nothing_in_it_goes(
    stage: Stage, olga: GitUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Others have a log here already, which may be longer.
    centre, user, nobody = stage.centre, f"u{new_id()[:8]}", f"n{new_id()[:8]}"
    with centre.database.begin() as session:
        for _ in range(20):
            record(session, Actor(user, "api"), "project.change", None, description="x" * 1000)
    forget_rows(centre, now() + timedelta(minutes=10))
    told = holds(olga, user)["log"]
    assert 20 * 1000 < told < 20 * 1500
    forget_rows(centre, now() + timedelta(minutes=10))
    assert holds(olga, user)["log"] == told
    monkeypatch.setattr(centre.settings, "max_audit_bytes", 20_000)
    forget_rows(centre, now() + timedelta(minutes=10))
    with pytest.raises(AssertionError, match="takes no more"):
        person(olga, user).create()
    person(olga, user).api("GET", "/me")
    assert centre.bus.count_push(user).full and not centre.bus.count_push(nobody).full
    monkeypatch.setattr(centre.settings, "max_audit_bytes", 20_000_000)
    forget_rows(centre, now() + timedelta(minutes=10))
    person(olga, user).create()
    # What is too old goes, and counts no more.
    forget_rows(centre, now() + timedelta(days=centre.settings.audit_days + 1))
    assert holds(olga, user)["log"] == 0


def test_what_somebody_pushes_waits_within_a_bound_and_others_push_on(
    stage: Stage, olga: GitUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = stage.centre.settings
    monkeypatch.setattr(settings, "max_push_bytes", MIB)
    waiting = new_id()
    claim(settings.quarantine, waiting, "anna")
    spool(settings.quarantine, waiting).write_bytes(bytes(4 * MIB - 100))
    anna = person(olga, "anna")
    clone = anna.clone(stage.full)
    anna.commit(clone, {"a.bin": os.urandom(1000).hex()})
    said = anna.fault("push", cwd=clone)
    assert "too-many" in said and "push again when they have been answered" in said
    assert holds(olga, "anna")["pushes"] == 4 * MIB - 100
    other = olga.clone(stage.full)
    olga.commit(other, {"b.bin": os.urandom(1000).hex()})
    olga("push", "-q", cwd=other)
    spool(settings.quarantine, waiting).unlink()
    anna("pull", "-q", "--rebase", cwd=clone)
    anna("push", "-q", cwd=clone)


def test_people_and_admins_see_what_is_held(stage: Stage, olga: GitUser) -> None:
    stage.centre.uploads.append("anna", new_id(), 0, bytes(2048))
    assert anna_meets_a_conflict(stage).status == "conflict"
    browser = Browser(olga.centre)
    browser.sign_in("anna")
    page = browser.get("").text
    section = page.partition("Your other storage")[2].partition("</section>")[0]
    assert (
        "Uploads in progress" in section and f"{size(2048)} of" in section and "Your versions of conflicts" in section
    )
    found = person(olga, "root+hubadmin").api("GET", "/costs").json()
    (row,) = [cost for cost in found if cost["user"] == "anna"]
    assert {one["kind"]: one["bytes"] for one in row["held"]} == holds(olga, "anna")


def test_downloads_that_broke_off_are_shown_to_whose_they_are(stage: Stage, olga: GitUser) -> None:
    parts = Parts(stage.centre.settings.quarantine, MIB, "anna", "a source")
    with pytest.raises(Unavailable), parts.open("https://example.org/a.zip") as part:
        part.mark = "of today"
        part.add(bytes(5000))
        raise Unavailable("The site does not answer.")
    assert holds(olga, "anna")["downloads"] == 5000 and holds(olga, "olga")["downloads"] == 0
    browser = Browser(olga.centre)
    browser.sign_in("anna")
    assert "Interrupted downloads from the internet" in browser.get("").text
    with parts.open("https://example.org/a.zip") as part:
        assert part.size == 5000
    assert holds(olga, "anna")["downloads"] == 0


def test_long_lists_of_conflicts_are_looked_at_one_after_the_other(stage: Stage) -> None:
    """Lists take many times their size in memory: what other pushes name as well goes back to the queue meanwhile."""
    pushes = []
    for text in (b"one", b"two"):
        lists, conflicts = new_id(), [f"{number:040}" for number in range(60_000)]
        stage.centre.uploads.append("olga", lists, 0, PushLists(conflicts=conflicts).model_dump_json().encode())
        stage.centre.uploads.finish("olga", lists)
        pushes.append(stage.push({"a.txt": text}, lists=lists)())
    pushes[0].prepare(stage.repository)
    with pytest.raises(Unavailable, match="looked at in a moment"):
        pushes[1].prepare(stage.repository)
    for push in pushes:
        push.close()
    assert publish(stage.centre, stage.push({"a.txt": b"three"})()).status == "applied"
    pushes[1].prepare(stage.repository)
    pushes[1].close()
