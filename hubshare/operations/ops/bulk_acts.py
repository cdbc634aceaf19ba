"""Acts on many jobs: shown first, then begun for just what was shown; workers carry them out, see `acting`."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from uuid import uuid4

from hubshare.centre import Centre
from hubshare.errors import Changed, Clash, NotFound, TooMany, Unavailable
from hubshare.jobs import ACT_ON_JOBS, ActOnJobs
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.jobs import JobSearch, jobs_of, meant_by
from hubshare.operations.ops import check_may_run
from hubshare.operations.ops.acting import note_end
from hubshare.operations.ops.job_verbs import Verb, hindrance
from hubshare.store import job_acts
from hubshare.store.act_tables import JobAct as Row
from hubshare.store.database import Session
from hubshare.store.job_list import COUNTED, JobFilter, count_by_state, list_jobs, project_names
from hubshare.wire.api.base import Page
from hubshare.wire.api.jobs import JobAct, JobActPreview

#: So many run at a time; each admin has one.
_AT_ONCE = 4
_SAMPLE = 10


def preview_act(
    caller: Caller, centre: Centre, *, verb: Verb, wanted: JobSearch, jobs: Sequence[str] = ()
) -> JobActPreview:
    """What an act on many jobs would be about: how many, the newest of them, and what is in the way.

    Args:
        jobs: ids; only these of those that are wanted. None: all of them.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is no such project.
    """
    check_may_run(caller)
    with centre.database.read() as session:
        return _preview(session, verb, wanted, jobs, job_acts.newest_number(session))


def begin_act(
    caller: Caller, centre: Centre, *, verb: Verb, wanted: JobSearch, jobs: Sequence[str] = (), confirm: str
) -> JobAct:
    """Have an act carried out that was shown before: for the jobs that were shown, and for none besides.

    Args:
        confirm: of the preview.

    Raises:
        Forbidden: for all but admins of the Hub.
        Changed: it is not what was shown, or there are more jobs by now.
        Clash: no job is meant.
        TooMany: the same admin has one that runs, or there are too many.
        NotFound: there is no such project.
    """
    check_may_run(caller)

    def begin() -> JobAct:
        running = job_acts.running_acts(session)
        if any(act.user == caller.user for act in running):
            raise TooMany("An act of yours on jobs is still running: wait until it has ended, or cancel it.")
        if len(running) >= _AT_ONCE:
            raise TooMany(f"{len(running)} acts on jobs are running: wait until one has ended.")
        count, newest = _confirmed(confirm, verb, wanted, jobs)
        meant = _meant(session, wanted, jobs)
        by_now = sum(number for _, _, number in count_by_state(session, meant, newest + 1))
        if by_now > count:
            raise Changed(f"{by_now:,} jobs are like that by now, and not {count:,}: look again, then decide.")
        if not by_now:
            raise Clash("No job is like that.")
        act = Row(
            id=uuid4().hex,
            verb=verb,
            wanted=_told(wanted) | {"marked": len(meant.ids)},
            meant=job_acts.filter_as_json(meant),
            count=by_now,
            below=newest + 1,
            step=[],
            reasons={},
            user=caller.user,
            door=caller.door,
            token=caller.person.token[:255],
        )
        job_acts.add_act(session, act)
        caller.note(session, None, act=act.id, verb=verb, jobs=by_now, filter=act.wanted)
        session.flush()
        return _shown(act)

    with centre.database.begin("jobs") as session:
        body = [verb, vars(wanted), [*jobs], confirm]
        made = caller.once(session, body, JobAct, begin)
    _enqueue(centre, made.id, made.user)
    return made


def resume_acts(centre: Centre) -> None:
    """Have each act that has not ended be on the queue, whatever that has forgotten.

    Raises:
        Unavailable: the database or the queue does not answer.
    """
    with centre.database.read() as session:
        running = [(act.id, act.user) for act in job_acts.running_acts(session)]
    for act, user in running:
        ACT_ON_JOBS.enqueue(centre.queue, ActOnJobs(act, user))


def list_acts(caller: Caller, centre: Centre, *, after: str | None = None, limit: int = 100) -> Page[JobAct]:
    """Acts on many jobs, the newest first; the latest few hundred are kept.

    Raises:
        Forbidden: for all but admins of the Hub.
    """
    check_may_run(caller)
    begin = decode_cursor(after, int)
    with centre.database.read() as session:
        rows = job_acts.list_acts(session, int(begin[0]) if begin else None, limit + 1)
    following = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return Page(items=[_shown(row) for row in rows[:limit]], next=following)


def read_act(caller: Caller, centre: Centre, *, act: str) -> JobAct:
    """How far an act on many jobs has come.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
    """
    check_may_run(caller)
    with centre.database.read() as session:
        return _shown(_found(session, act))


def cancel_act(caller: Caller, centre: Centre, *, act: str) -> JobAct:
    """Have an act go no further; what it has done is not taken back.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
        Clash: it has ended.
    """
    check_may_run(caller)
    with centre.database.begin("jobs") as session:
        row = _found(session, act)
        if row.state != "running":
            raise Clash("This act has ended already.")
        job_acts.end_act(row, "cancelled", f"{caller.user} has cancelled it.")
        note_end(session, row)
        return _shown(row)


def _preview(session: Session, verb: Verb, wanted: JobSearch, jobs: Sequence[str], newest: int) -> JobActPreview:
    meant = _meant(session, wanted, jobs)
    counted = count_by_state(session, meant, newest + 1)
    count, reasons = sum(number for _, _, number in counted), dict[str, int]()
    for kind, state, number in counted:
        if reason := hindrance(verb, kind, state):
            reasons[reason] = reasons.get(reason, 0) + number
    rows = list_jobs(session, meant, newest + 1, _SAMPLE)
    return JobActPreview(
        verb=verb,
        filter=_told(wanted),
        marked=len(meant.ids),
        count=count,
        more=count >= COUNTED,
        possible=count - sum(reasons.values()),
        reasons=reasons,
        sample=jobs_of(rows, project_names(session, {row.project_id for row in rows}, None)),
        confirm=f"{count}-{newest}-{_digest(verb, wanted, jobs, count, newest)}",
    )


def _digest(verb: str, wanted: JobSearch, jobs: Sequence[str], count: int, newest: int) -> str:
    """Names what was shown: no filter that was lost on the way can widen an act, as it is another one then."""
    return hashlib.sha256(json.dumps([verb, vars(wanted), sorted(set(jobs)), count, newest]).encode()).hexdigest()[:32]


def _confirmed(confirm: str, verb: str, wanted: JobSearch, jobs: Sequence[str]) -> tuple[int, int]:
    with contextlib.suppress(ValueError):
        count, newest, digest = confirm.split("-")
        if digest == _digest(verb, wanted, jobs, int(count), int(newest)):
            return int(count), int(newest)
    raise Changed("This is not what was shown: look again at what would be done, then decide.")


def _meant(session: Session, wanted: JobSearch, jobs: Sequence[str]) -> JobFilter:
    meant = meant_by(session, wanted, wanted.user or None)
    return JobFilter(**{**vars(meant), "ids": tuple(sorted(set(jobs)))})


def _told(wanted: JobSearch) -> dict[str, str | int]:
    return {name: value for name, value in vars(wanted).items() if value}


def _found(session: Session, act: str) -> Row:
    found = job_acts.find_act(session, act)
    if found is None:
        raise NotFound("There is no such act on jobs: it may have been forgotten by now.")
    return found


def _shown(row: Row) -> JobAct:
    wanted = dict(row.wanted)
    return JobAct(
        id=row.id,
        verb=row.verb,
        marked=wanted.pop("marked"),
        filter=wanted,
        state=row.state,
        count=row.count,
        done=row.done,
        impossible=row.impossible,
        left=row.count - row.done - row.impossible,
        reasons=row.reasons,
        error=row.error,
        user=row.user,
        begun=row.begun,
        ended=row.ended,
    )


def _enqueue(centre: Centre, act: str, user: str) -> None:
    # Where the queue does not answer now, `resume_acts` asks again.
    with contextlib.suppress(Unavailable):
        ACT_ON_JOBS.enqueue(centre.queue, ActOnJobs(act, user))
