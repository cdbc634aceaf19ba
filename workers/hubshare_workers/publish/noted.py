"""Publishes, and has the journal of jobs know what was published, by whom, and what came of it."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.jobs.journal import tell
from hubshare_workers.publish.publication import Publication, PublishOutcome
from hubshare_workers.publish.publish import publish


def publish_noted(centre: Centre, publication: Publication) -> PublishOutcome:
    """The same as `publish`, for the job that runs in this thread; what is published together is noted for each.

    Raises:
        Unavailable: when it should be tried again.
    """
    try:
        answer = publish(centre, publication)
    finally:
        # Now: with which token the agent signed in is found out on the way.
        actor = publication.actor()
        tell(trace=publication.id, project=publication.project, door=actor.door)
        tell(token=actor.token, token_id=actor.token_id)
    tell(
        outcome="" if answer.code else answer.status,
        version=answer.number if answer.moved else 0,
        code=answer.code,
        error=answer.message,
        published=publication.published,
        fanned_out=publication.fanned_out,
    )
    return answer
