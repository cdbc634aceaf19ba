"""All routes of the API; a new file of them is named here."""

from __future__ import annotations

from hubshare.service.api import (
    access,
    agents,
    audit,
    checkouts,
    conflicts,
    contents,
    events,
    forks,
    invitations,
    job_acts,
    jobs,
    lifecycle,
    me,
    notifications,
    offers,
    ops,
    projects,
    releases,
    servers,
    teams,
    tokens,
    uploads,
    versions,
)

ROUTERS = (
    me.router,
    projects.router,
    lifecycle.router,
    access.router,
    invitations.router,
    notifications.router,
    offers.router,
    teams.router,
    checkouts.router,
    conflicts.router,
    contents.router,
    versions.router,
    releases.router,
    forks.router,
    uploads.router,
    events.router,
    audit.router,
    ops.router,
    # Before the jobs: none of them is called `acts`.
    job_acts.router,
    jobs.router,
    tokens.router,
    agents.router,
    versions.former,
)
#: Where servers are shared.
OF_SERVERS = (servers.router,)
