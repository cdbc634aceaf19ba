"""Where a project's changes are: one's own with why, others' by name for who sees who has access, else as a number."""

from __future__ import annotations

from contextlib import ExitStack

import httpx
from hubshare_workers.journal.reader import JournalReader
from sqlalchemy import delete

from hubshare.jobs.journal import Note, clock
from hubshare.jobs.news import tell_moved
from hubshare.store.models import Grant
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.job_acts import add_job
from tests.helpers.listening import listening
from tests.helpers.page_visitors import words


def shown(stage: Stage, who: str) -> str:
    """What the project's page says of changes to somebody."""
    headers = {"Accept": "text/html", "Authorization": f"token {stage[who].token}"}
    page = words(httpx.get(f"{stage.centre.url}projects/{stage.full}", headers=headers))
    return page.partition("Changes under way ")[2].partition(" Files ")[0]


def test_of_others_it_is_told_that_it_failed_and_not_why(stages: Stages) -> None:
    stage = stages.new()
    writer, owner = stage["writer"].user, stage["owner"].user
    refused = add_job(stage, writer, code="too-large", error="diary.txt is too large.")
    add_job(stage, "mallory", "who has no checkout here, and made up which project it is")
    add_job(stage, owner, "rendering", kind="render")
    mine, theirs = shown(stage, "writer"), shown(stage, "owner")
    assert mine.startswith("Push diary.txt is too large. Nothing is lost: your server sends it again.")
    assert theirs.startswith(f"Push · {writer} failed ")
    assert "diary" not in theirs and not {text for text in ("mallory", "Rendering") if text in mine + theirs}
    assert shown(stage, "reader") == "", "what waits is a number for who reads, and what failed is nothing"
    add_job(stage, "nosy", "named like another one's", kind="edit", trace=refused)
    assert f"Push · {writer} failed " in shown(stage, "owner"), (
        "a name that somebody gave to theirs hides nobody else's"
    )
    add_job(stage, writer, "done after all", kind="push", error="", outcome="applied", version=7)
    add_job(stage, owner, "an edit", kind="edit", error="No.")
    assert "Edit No. It was not done" in shown(stage, "owner")


def test_a_reader_hears_when_to_look_at_the_number_again(stages: Stages) -> None:
    stage = stages.new()
    with listening(stage, stage["reader"], f"/projects/{stage.full}/jobs/events") as ear:
        add_job(stage, stage["writer"].user, state="queued")
        tell_moved(stage.centre.centre.bus.redis, {stage["writer"].user}, {stage.id})
        assert ear.heard.get(timeout=15) == {"type": "changed"}
        assert "1 change" in shown(stage, "reader")


def test_who_reads_hears_when_to_look_again_until_that_ends(stages: Stages) -> None:
    stage = stages.new()
    writer, other = stage["writer"], stages.new()
    client, path = stage.centre.centre.bus.redis, f"/projects/{stage.full}/jobs/events"
    assert stage.api(stage["stranger"].token, "GET", path).status_code == 404
    with ExitStack() as stack:
        ear = stack.enter_context(listening(stage, writer, path))
        tell_moved(client, {"somebody"}, {other.id})
        tell_moved(client, {"somebody"}, {stage.id})
        assert ear.heard.get(timeout=15) == {"type": "changed"}
        with stage.centre.centre.database.begin() as session:
            session.execute(delete(Grant).where(Grant.project_id == stage.id, Grant.subject == writer.user))
        tell_moved(client, {"somebody"}, {stage.id})
        assert ear.heard.get(timeout=15) is None, "the stream has ended"


def test_who_names_a_project_that_is_none_of_theirs_wakes_nobody_there(stages: Stages) -> None:
    stage = stages.new()
    reader, at = JournalReader(stage.centre.centre), clock()

    def woken(user: str, kind: str = "push") -> set[str]:
        note = Note(new_id(), "queued", at, kind=kind, user=user, project=stage.id)
        return reader._changes([note])[0].projects

    assert woken("mallory") == set()
    assert woken(stage["writer"].user) == {stage.id} == woken("who was let in", "edit")
