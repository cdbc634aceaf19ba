"""The job of imports, for both sides."""

from __future__ import annotations

from typing import NamedTuple

from hubshare.jobs import Job


class Fetch(NamedTuple):
    """A source that is to be fetched for a project.

    Attributes:
        project: id.
        run: what the import is at: another run has taken its place if the table says another one.
        user: in whose name.
        take: whether what is new is taken at once.
    """

    project: str
    run: str
    user: str
    take: bool


#: A source may be large and slow. It has threads of its own, so that nobody's save waits for it; they wait for the network most
#: of the time, and are so many that a few people with dead sources do not hold all of them.
FETCH = Job(
    "fetch_source",
    "imports",
    Fetch,
    run="hubshare.features.imports.worker:fetch",
    give_up="hubshare.features.imports.worker:give_up",
    ended="hubshare.features.imports.worker:end_of_fetch",
    key=lambda wanted: wanted.run,
    person=lambda wanted: wanted.user,
    max_retries=5,
    time_limit=7_200_000,
    at_once=8,
)
JOBS = (FETCH,)
