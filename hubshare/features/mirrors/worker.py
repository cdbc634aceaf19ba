"""What the workers do for mirrors: find those that are to be given something, and push to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from hubshare_workers.context import Context
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.mirroring import History, Pushed, push_history

from hubshare.centre import Centre
from hubshare.errors import Cancelled, HubShareError, Unavailable
from hubshare.features.mirrors import advice, lane
from hubshare.features.mirrors.jobs import PUSH, Push
from hubshare.features.mirrors.lane import Begun
from hubshare.features.mirrors.operations import host
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.sealed import open_credential
from hubshare.store.access.actions import Action
from hubshare.store.audit import Actor, record
from hubshare.store.mirror_tables import Mirror
from hubshare.store.models import now

#: Mirrors that are put on the queue in one look.
_DUE = 200
#: It is looked so often whether a push is still wanted, and a sign of life given so often, in seconds.
_LOOK_SECONDS, _SIGN_SECONDS = 1.0, 15.0


def push(context: Context, wanted: Push, clock: Callable[[], datetime] = now) -> None:
    """Give a mirror what it is to have, unless there is nothing to do now."""
    centre = context.centre
    with centre.database.begin(f"mirrors of {wanted.owner}") as session:
        begun = lane.begin(session, wanted.mirror, clock())
    if begun is None:
        return
    try:
        pushed = _push(centre, begun, clock) if begun.commit else None
    except Cancelled:
        with centre.database.begin(begun.mirror.id) as session:
            if (row := lane.mine(session, begun)) is not None:
                lane.stop(row)
        return
    except HubShareError as error:
        _end(centre, begun, clock(), error=error)
        return
    except Exception:
        # Whatever it is, it is not tried again at once and for ever, and who looks at the mirror sees it.
        _end(centre, begun, clock(), error=Unavailable("The Hub could not push it: tell an admin of the Hub."))
        raise
    _end(centre, begun, clock(), pushed)


def look(centre: Centre) -> None:
    """Put on the queue what is due: what is new, what is tried again, and what a worker has left that died.

    Raises:
        Unavailable: the queue or the database does not answer.
    """
    with centre.database.read() as session:
        found = lane.due(session, now(), _DUE)
    for mirror, owner in found:
        PUSH.enqueue(centre.queue, Push(mirror, owner, "due"))


def _push(centre: Centre, begun: Begun, clock: Callable[[], datetime]) -> Pushed:
    row, settings = begun.mirror, centre.settings
    watch = _Watch(centre, begun, clock)
    budget = Budget(settings.fetch_seconds, settings.fetch_max_bytes, settings.fetch_idle_seconds, watch.cancelled)
    try:
        return push_history(
            centre.repositories.open(begun.project.id),
            row.url,
            History(row.branch, begun.commit, begun.tags, row.overwrites),
            credential=open_credential(centre.sealer, row.credential),
            settings=settings,
            budget=budget,
        )
    except Unavailable:
        if budget.seconds <= 0:
            raise Unavailable(
                f"{host(row)} takes too long: it had not taken it all after {settings.fetch_seconds:,.0f} seconds."
            ) from None
        raise


def _end(
    centre: Centre, begun: Begun, at: datetime, pushed: Pushed | None = None, error: HubShareError | None = None
) -> None:
    """Write down what came of a push, and tell whoever looks at the project."""
    with centre.database.begin(begun.mirror.id) as session:
        row = lane.mine(session, begun)
        if row is None:
            return
        first = row.failing_since is None
        message = error.message if error else ""
        if pushed is not None:
            where = f"The branch {row.branch} at {host(row)}"
            message = advice.of_refusal(where, pushed.in_the_way, pushed.refused, pushed.said)
        if message:
            refused = not isinstance(error, Unavailable)
            lane.fail(session, row, at, message, refused=refused, in_the_way=pushed.in_the_way if pushed else "")
            lane.note(row, message, at)
        else:
            sent = pushed is not None and (pushed.before != begun.commit or pushed.tags > 0)
            lane.succeed(session, row, begun, at, sent=sent)
            words = "There is nothing to push yet: the first version or release is."
            if pushed is not None:
                words = advice.of_success(begun.version, sent, pushed.tags, pushed.refused_tags)
            lane.note(row, words, at)
        if pushed is not None:
            row.said = pushed.said
        if (message and first) or (not message and row.pushed == at):
            told = {"refused": message[:500]} if message else {"pushed": begun.version}
            actor = Actor(row.owner, "mirror")
            record(session, actor, Action.MIRRORS, begun.project, mirror=row.id, host=host(row), **told)
    _tell(centre, begun.project.id)


def _tell(centre: Centre, project: str) -> None:
    with suppress(Unavailable):
        centre.project_changed(project)


class _Watch:
    """Finds out now and then whether a push is still wanted, and gives signs of life for it."""

    def __init__(self, centre: Centre, begun: Begun, clock: Callable[[], datetime]) -> None:
        self._centre, self._begun, self._clock = centre, begun, clock
        self._looked = self._signed = time.monotonic()
        self._cancelled = False

    def cancelled(self) -> bool:
        """Return whether the mirror was paused, changed or taken away, or may not be pushed to any more."""
        at = time.monotonic()
        if not self._cancelled and at - self._looked >= _LOOK_SECONDS:
            self._looked = at
            with self._centre.database.read() as session:
                self._cancelled = not lane.still_wanted(session, self._begun)
        if not self._cancelled and at - self._signed >= _SIGN_SECONDS:
            self._signed = at
            with self._centre.database.begin(self._begun.mirror.id) as session:
                lane.keep(session, self._begun, self._clock())
        return self._cancelled


def end_of_push(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a push to a mirror has ended; None where none has ended since, or one is under way."""
    with centre.database.read() as session:
        row = session.get(Mirror, job.key.partition(":")[0])
    if row is None or row.state in ("waiting", "running") or not row.log:
        return None
    # The log has whole seconds.
    at = datetime.fromisoformat(row.log[-1][0])
    return JobEnd("done", at) if at >= job.queued.replace(microsecond=0) else None
