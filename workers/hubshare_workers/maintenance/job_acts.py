"""The job that carries out an act on many jobs: step by step until it has ended, whoever has begun it."""

from __future__ import annotations

from hubshare.jobs import ActOnJobs
from hubshare.operations.ops import acting
from hubshare_workers.context import Context


def act_on_jobs(context: Context, wanted: ActOnJobs) -> None:
    """Go on with an act until it has ended."""
    while acting.take_step(context.centre, wanted.act):
        pass


def give_up_act(context: Context, wanted: ActOnJobs, error: Exception) -> None:
    """Have an act have failed whose job has."""
    acting.give_up(context.centre, wanted.act, str(error) or type(error).__name__)
