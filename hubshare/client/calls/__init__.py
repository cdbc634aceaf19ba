"""Every call of the API, described, by what it is about. Pure: these functions send nothing.

In all of them `project` is an owner, a slash and a name; `match` is the `revision` that the caller has seen: a change of what
somebody else has changed meanwhile is refused (`Changed`). `page` is how many items of a list come at once, 500 at most.
"""

from hubshare.client.calls import (
    access,
    agents,
    checkouts,
    contents,
    forks,
    hub,
    imports,
    job_acts,
    jobs,
    mail,
    mirrors,
    notifications,
    offers,
    ops,
    projects,
    releases,
    servers,
    teams,
    tokens,
    usage,
    webhooks,
)

__all__ = [
    "access",
    "agents",
    "checkouts",
    "contents",
    "forks",
    "hub",
    "imports",
    "job_acts",
    "jobs",
    "mail",
    "mirrors",
    "notifications",
    "offers",
    "ops",
    "projects",
    "releases",
    "servers",
    "teams",
    "tokens",
    "usage",
    "webhooks",
]
