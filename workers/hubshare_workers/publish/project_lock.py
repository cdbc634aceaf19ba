"""The lock of a project for whoever publishes to it, which says of the job who waits for it and who has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from hubshare.centre import Centre
from hubshare.jobs.running import HOLDS_LOCK, WAITS_FOR_LOCK, step
from hubshare_workers.publish.patience import Patience

#: How long a publication waits for those of the same project, here or in another process, before it goes back to the queue, in
#: seconds.
_TURN_SECONDS = 2.0

PATIENCE = Patience(_TURN_SECONDS)


def lock_name(centre: Centre, project: str) -> str:
    """What the threads of this process take turns for."""
    return f"{centre.settings.data}:{project}"


@contextmanager
def locked(centre: Centre, project: str) -> Iterator[None]:
    """Hold the lock of a project.

    Raises:
        Unavailable: when it was not to be had in time.
    """
    with ExitStack() as stack:
        stack.callback(step, "")
        step(WAITS_FOR_LOCK, project)
        with PATIENCE.waiting(lock_name(centre, project)) as seconds:
            stack.enter_context(centre.repositories.locked(project, seconds))
        step(HOLDS_LOCK, project)
        yield
