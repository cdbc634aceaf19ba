"""Jobs whose end nobody told, since their worker was killed just then, end as what they did says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hubshare_workers.declare import all_ends, all_jobs
from hubshare_workers.journal.following import milliseconds_of

from hubshare.client import Client
from hubshare.errors import HubShareError
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.jobs.journal import JOURNAL
from hubshare.jobs.presence import Queued, are_there
from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import make_request
from hubshare.rendering.results import failure
from hubshare.store.job_list import JobFilter, list_jobs
from hubshare.store.job_tables import Job as Row
from hubshare.store.models import PublicationRecord
from hubshare.testing.centre import TestCentre, wait_until

ENDS = all_ends(all_jobs())
#: Tests share the centre: nobody else's name, and no team's.
OWNER = "owner-of-left-jobs"


@pytest.fixture
def admin(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "root+hubadmin") as client:
        yield client


@pytest.fixture
def owner(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, OWNER) as client:
        yield client


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def rows(centre: TestCentre, **wanted: Any) -> list[Row]:
    with centre.centre.database.read() as session:
        return list_jobs(session, JobFilter(**wanted), None, 100)


def end_of(centre: TestCentre, row: Row, user: str | None = None) -> JobEnd | None:
    name, _, key = row.message.partition(":")
    left = LeftJob(name, key, row.trace, row.user if user is None else user, row.queued)
    return ENDS[name](centre.centre, left)


def test_an_edit_whose_worker_was_killed_before_it_told_is_done_as_its_version(
    centre: TestCentre, admin: Client, owner: Client, stack: ExitStack
) -> None:
    project, client = owner.create_project("told-by-nobody").name, centre.centre.bus.redis
    admin.pause_jobs("kind:edit", "a look")
    stack.callback(admin.resume_jobs, "kind:edit")
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(owner.change_files, project, {"a.txt": "1"}, base=0)
        wait_until(lambda: bool(rows(centre, user=OWNER, kind="edit", state="queued")), "it waits")
        [waiting] = rows(centre, user=OWNER, kind="edit", state="queued")
        # From here on nothing can be noted.
        client.set(JOURNAL, "no stream")
        try:
            admin.resume_jobs("kind:edit")
            asked.result()
            on_queue = Queued(waiting.queue, waiting.user, waiting.message, 1)
            wait_until(lambda: are_there(client, [on_queue]) == [False], "it is done")
            assert centre.workers is not None
            centre.workers.kill()
            centre.workers.wait(30)
        finally:
            client.delete(JOURNAL)
            centre.start_workers()
    assert owner.own_job(waiting.id).state == "queued"
    wait_until(lambda: owner.own_job(waiting.id).ended is not None, "its end is found out", 60)
    found = owner.own_job(waiting.id)
    assert (found.state, found.outcome, found.version, found.error) == ("done", "applied", 1, "")
    with centre.centre.database.read() as session:
        answered = session.get_one(PublicationRecord, waiting.message.partition(":")[2]).created
    # When it was published, and not when that was found out.
    assert found.ended is not None and milliseconds_of(found.ended.replace(tzinfo=None)) == milliseconds_of(answered)


def test_what_jobs_did_tells_how_they_ended_as_their_notes_have_it(
    centre: TestCentre, admin: Client, owner: Client
) -> None:
    made = owner.create_project("told-by-all")
    project = made.name
    owner.change_files(project, {"notes.md": "# Notes"}, base=0)
    owner.change_files(project, {"notes.md": "# More"}, base=1)
    with pytest.raises(HubShareError):
        owner.change_files(project, {"notes.md": "# Late"}, base=1)
    headers = {"Authorization": f"token {OWNER}", "Accept": "text/html"}
    httpx.get(f"{centre.url}projects/{project}/files/notes.md", headers=headers, timeout=30)
    shown = admin.preview_job_act("delete", user=OWNER, kind="webhook_follow")
    if shown.count:
        admin.begin_job_act("delete", shown.confirm, user=OWNER, kind="webhook_follow")

    def ours() -> list[Row]:
        # Those of others who share the centre may be many, and their projects gone, with what was written down of them.
        left = [*rows(centre, project=made.id), *(row for row in rows(centre, user=OWNER) if not row.project_id)]
        return [row for row in left if row.message.partition(":")[0] in ENDS]

    wait_until(lambda: {"edit", "index"} <= {row.kind for row in ours() if row.state == "done"}, "they are noted")
    found = ours()
    for row in found:
        if row.state not in ("done", "refused"):
            continue
        end = end_of(centre, row)
        assert end is not None, row.kind
        told = (end.state, end.outcome, end.version, end.code, end.error)
        assert told == (row.state, row.outcome, row.version or 0, row.code, row.error), row.kind
        assert end.at is None or end.at >= row.queued, row.kind


def test_the_answer_to_somebody_else_tells_nothing(centre: TestCentre, owner: Client) -> None:
    project = owner.create_project("told-to-one").name
    owner.change_files(project, {"a.txt": "1"}, base=0)
    wait_until(lambda: bool(rows(centre, user=OWNER, kind="edit", state="done")), "it is told")
    row = rows(centre, user=OWNER, kind="edit", state="done")[0]
    assert end_of(centre, row) is not None
    assert end_of(centre, row, user="mallory") is None


def test_an_old_error_that_was_to_be_tried_again_is_no_end_of_the_try(centre: TestCentre) -> None:
    project, wanted = uuid4().hex, make_request(Kind.MARKDOWN, "1" * 40)
    cache = centre.centre.rendered
    cache.put(project, wanted, failure("broken", "It broke."))
    made = cache.made_at(project, wanted.key)
    assert made is not None
    asked = LeftJob("render", f"{project}:{wanted.key}", "", "", made - timedelta(seconds=1))
    assert ENDS["render"](centre.centre, asked) == JobEnd("done", made)
    again = asked._replace(queued=made + timedelta(seconds=1))
    assert ENDS["render"](centre.centre, again) is None
