"""How a job that publishes has ended, by the answer that was recorded."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.store.models import PublicationRecord
from hubshare_workers.publish.publication import PublishOutcome


def end_of_publication(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How an edit, an upload, a push by git or a pull from an origin has ended; None where it was not answered for good."""
    return _read(centre, job.key, job.user)


def end_of_event(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a push of an agent has ended, by the id of its event; None for other messages, of which nothing is recorded."""
    return _read(centre, job.trace, job.user)


def _read(centre: Centre, name: str, user: str) -> JobEnd | None:
    with centre.database.read() as session:
        record = session.get(PublicationRecord, name)
    # The name came from outside: somebody else's answer is nobody's business.
    if record is None or record.user != user:
        return None
    answer = PublishOutcome.decode(record.answer)
    if answer.code:
        return JobEnd("refused", record.created, code=answer.code, error=answer.message)
    return JobEnd("done", record.created, answer.status, answer.number if answer.moved else 0)
