"""The job that applies a push by git, and answers it."""

from __future__ import annotations

import shutil
from typing import Any

import dramatiq

from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.git.quarantine import push_dir
from hubshare.jobs.payloads import GitPush
from hubshare.jobs.policy import APPLY_GIT
from hubshare_workers.actors.apply_event import MOST_TRIES
from hubshare_workers.publish.git_push import ByGit
from hubshare_workers.publish.publish import publish


def declare(broker: dramatiq.Broker, centre: Centre) -> None:
    """Make the job known to the broker."""

    def apply_git(fields: dict[str, Any]) -> None:
        push = GitPush(**fields)
        if centre.bus.count_try("git", push.id) > MOST_TRIES:
            raise Invalid("The Hub broke down over this push again and again: push it in parts, or ask an admin.")
        publish(centre, ByGit(centre, push))

    dramatiq.actor(apply_git, broker=broker, **APPLY_GIT.options())


def give_up(centre: Centre, fields: dict[str, Any], error: BaseException) -> None:
    """Tell the pusher that a push has failed for good, after the last try."""
    push = GitPush(**fields)
    told = error.message if isinstance(error, HubShareError) else "The Hub could not apply this push; tell an admin."
    centre.bus.answer(push.id, Reply("failed", told))
    shutil.rmtree(push_dir(centre.settings.quarantine, push.id), ignore_errors=True)
