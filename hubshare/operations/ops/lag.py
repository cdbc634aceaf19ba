"""Which projects wait, for those who run the Hub."""

from __future__ import annotations

from datetime import datetime, timedelta

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.store.lag import checkouts_behind, published_at, waiting_jobs
from hubshare.store.models import now
from hubshare.store.projects import names_of
from hubshare.wire.api.ops import ProjectLag

#: So many projects are told of, those that wait longest first.
_MOST = 100
#: A checkout that was not heard of for so long is of a server that is off.
_SEEN = timedelta(days=1)


def list_lag(caller: Caller, centre: Centre) -> list[ProjectLag]:
    """The projects of which jobs wait, or of which checkouts lack versions; those that wait longest first.

    Raises:
        Forbidden: for all but those who run the Hub.
        Unavailable: the database does not answer.
    """
    check_may_see(caller)
    with centre.database.read() as session:
        waiting, behind = waiting_jobs(session), checkouts_behind(session, now(), _SEEN)
        # Jobs come first: that checkouts are behind is what people choose, too, who take versions by hand.
        by_jobs = sorted(waiting, key=lambda project: waiting[project].since)
        by_checkouts = sorted(behind.keys() - waiting.keys(), key=lambda project: (-behind[project].checkouts, project))
        projects = [*by_jobs, *by_checkouts][:_MOST]
        names = names_of(session, projects)
        lacked = {project: behind[project].version + 1 for project in projects if project in behind}
        since: dict[str, datetime] = published_at(session, lacked)
    return [
        ProjectLag(
            project=names[project],
            waiting=waiting[project].jobs if project in waiting else 0,
            waiting_since=waiting[project].since if project in waiting else None,
            behind=behind[project].checkouts if project in behind else 0,
            behind_since=since.get(project),
        )
        for project in projects
        if project in names
    ]
