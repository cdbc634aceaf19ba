"""Makes the jobs of the registry and of the features known to the broker: which function runs them, and which gives them up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import dramatiq

from hubshare import features
from hubshare.centre import Centre
from hubshare.features import load
from hubshare.jobs import AT_ONCE, JOBS, Job
from hubshare.tracing import stage
from hubshare_workers.context import Context, FindEnd
from hubshare_workers.middleware.cancelling import check_wanted


def all_jobs() -> list[Job[Any]]:
    """All jobs, those of features too.

    Raises:
        TypeError: what a feature names is not a list of jobs.
    """
    found = list(JOBS)
    for feature in features.FEATURES:
        if feature.jobs:
            given = load(feature.jobs)
            if not isinstance(given, tuple | list) or not all(isinstance(job, Job) for job in given):
                raise TypeError(f"{feature.jobs} of the feature {feature.name!r} is not a list of jobs.")
            found += given
    return found


def at_once(found: Iterable[Job[Any]]) -> dict[str, int]:
    """How many jobs of a queue a worker process takes at a time, by the queue's name."""
    return AT_ONCE | {job.queue: job.at_once for job in found if job.at_once is not None}


def all_looks() -> list[Callable[[Centre], None]]:
    """What features want to be called every few seconds, to put on the queue what is due."""
    return [_function(feature.look) for feature in features.FEATURES if feature.look]


def all_hearing(centre: Centre) -> Callable[[str], None]:
    """What tells features of a project to which something has happened, by its id."""
    found = [_function(feature.heard) for feature in features.FEATURES if feature.heard]

    def tell(project: str) -> None:
        for heard in found:
            heard(centre, project)

    return tell


def declare(broker: dramatiq.Broker, context: Context, found: Iterable[Job[Any]]) -> None:
    """Make jobs known to the broker."""
    for job in found:
        dramatiq.actor(_bound(job, context, _function(job.run)), broker=broker, **job.options())


def given_up(context: Context, found: Iterable[Job[Any]]) -> dict[str, Callable[..., None]]:
    """What is called when a job has failed for good, by the job's name; see `DeadLetter`."""

    def bound(job: Job[Any]) -> Callable[..., None]:
        give_up = _function(job.give_up)
        return lambda *args: give_up(context, job.decode(args[:-1]), args[-1])

    return {job.name: bound(job) for job in found if job.give_up}


def all_ends(found: Iterable[Job[Any]]) -> dict[str, FindEnd]:
    """What finds out how a job has ended of whose end no note came, by the job's name."""
    return {job.name: _function(job.ended) for job in found if job.ended}


def _bound(job: Job[Any], context: Context, run: Callable[..., None]) -> Callable[..., None]:
    def function(*args: Any) -> None:
        check_wanted()
        with stage(job.name):
            run(context, job.decode(args))

    return function


def _function(name: str) -> Callable[..., Any]:
    found = load(name)
    if not callable(found):
        raise TypeError(f"{name} is not a function.")
    return found
