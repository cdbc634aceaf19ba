"""What people and programs may do with the mirrors of a project: its admins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from hubshare.centre import Centre
from hubshare.errors import Changed, Clash, Invalid, NotFound, OverQuota, TooMany, Unavailable
from hubshare.features.mirrors import lane
from hubshare.features.mirrors.jobs import PUSH, Push
from hubshare.features.mirrors.refs import check_branch, check_url
from hubshare.operations.caller import Caller
from hubshare.sealed import seal_credential
from hubshare.store.database import Session
from hubshare.store.mirror_tables import Mirror as Row
from hubshare.store.models import Project, now
from hubshare.store.notifications import settle
from hubshare.wire.agent import new_id
from hubshare.wire.api.mirrors import Mirror, MirrorChange, MirrorNote, NewMirror

#: So often in a minute a person may have something pushed.
_A_MINUTE = 20
#: Columns that the API shows as they are.
_AS_THEY_ARE = (
    *("id", "url", "branch", "push_on", "owner", "paused", "disabled", "reason", "state", "message", "said"),
    *("in_the_way", "pushed", "failing_since", "due", "created"),
)


def create_mirror(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewMirror) -> Mirror:
    """Have a project be pushed to a repository; it is pushed to at once, unless that is done by hand or by release."""
    _check_rate(caller, centre)
    sealed = seal_credential(centre.sealer, wanted.user, wanted.secret)
    url, branch = check_url(wanted.url), check_branch(wanted.branch)
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        _check_room(session, project, caller, url, branch, centre)
        row = Row(id=new_id(), project_id=project.id, owner=caller.user, url=url, branch=branch, credential=sealed)
        row.push_on, row.created, row.log = wanted.push_on, now(), []
        lane.note(row, f"Set up by {caller.user}.", row.created)
        session.add(row)
        session.flush()
        caller.note(session, project, mirror=row.id, host=host(row), branch=branch, push_on=row.push_on)
        made = to_resource(session, project, row)
    _push_soon(centre, row)
    return made


def list_mirrors(caller: Caller, centre: Centre, *, owner: str, name: str) -> list[Mirror]:
    """The mirrors of a project, the earliest first."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return [to_resource(session, project, row) for row in lane.mirrors_of(session, project)]


def get_mirror(caller: Caller, centre: Centre, *, owner: str, name: str, mirror: str) -> Mirror:
    """One mirror of a project."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return to_resource(session, project, _find(session, project, mirror))


def change_mirror(
    caller: Caller, centre: Centre, *, owner: str, name: str, mirror: str, wanted: MirrorChange
) -> Mirror:
    """Change a mirror, stop it for a while, or have it go on. Whoever does has it from then on."""
    with _changing(caller, centre, owner, name, mirror) as (session, project, row):
        done: dict[str, Any] = {}
        if not (wanted.paused and wanted.model_fields_set == {"paused"}):
            _take_over(row, caller)
        if wanted.url is not None and (url := check_url(wanted.url)) != row.url:
            if urlsplit(url)[:2] != urlsplit(row.url)[:2]:
                row.credential = ""
            row.url, done["moved"] = url, True
        if wanted.branch is not None and (branch := check_branch(wanted.branch)) != row.branch:
            row.branch, done["branch"] = branch, branch
        if wanted.push_on is not None:
            row.push_on, done["push_on"] = wanted.push_on, wanted.push_on
        if wanted.secret is not None:
            row.credential = seal_credential(centre.sealer, wanted.user or "", wanted.secret)
            done["secret"] = "changed" if wanted.secret else "forgotten"
        elif wanted.user is not None:
            raise Invalid("Give the password or token together with the user.")
        if wanted.paused is not None:
            row.paused = done["paused"] = wanted.paused
        if "moved" in done or "branch" in done:
            row.version, row.commit, row.releases, row.released = -1, "", 0, None
        if not wanted.paused:
            _check_rate(caller, centre)
            # Something is otherwise, so what failed before may go.
            row.disabled, row.reason = None, ""
            lane.forget_failures(session, row)
        if not wanted.paused or "moved" in done or "branch" in done:
            # One that is under way is to where it was, with what was given then.
            lane.abandon(row)
        lane.note(row, f"Changed by {caller.user}.", now())
        caller.note(session, project, mirror=row.id, host=host(row), **done)
        session.flush()
        made = to_resource(session, project, row)
    _push_soon(centre, row)
    return made


def delete_mirror(caller: Caller, centre: Centre, *, owner: str, name: str, mirror: str) -> None:
    """Push to a repository no more; what it has stays there."""
    with _changing(caller, centre, owner, name, mirror) as (session, project, row):
        caller.note(session, project, mirror=row.id, host=host(row), deleted=True)
        settle(session, "mirror", [row.id])
        session.delete(row)


def push_mirror(caller: Caller, centre: Centre, *, owner: str, name: str, mirror: str, overwrites: str = "") -> Mirror:
    """Have a project be pushed now.

    Args:
        overwrites: what is in the way there, where that is to be given up.

    Raises:
        Changed: when something else is in the way there.
        Clash: when the mirror is paused or disabled.
        TooMany: when much is asked for within a minute.
    """
    with _changing(caller, centre, owner, name, mirror) as (session, project, row):
        if row.paused or row.disabled is not None:
            raise Clash("The mirror is paused or was given up: have it go on first.")
        if overwrites and overwrites != row.in_the_way:
            raise Changed("Something else is in the way there by now: look at it again, then decide.")
        _check_rate(caller, centre)
        row.asked, row.due = True, None
        if overwrites:
            # One that is under way does not know of it, and would forget it in the end.
            lane.abandon(row)
        row.overwrites = overwrites
        lane.note(row, f"Asked for by {caller.user}" + (f", over {overwrites[:10]}." if overwrites else "."), now())
        caller.note(session, project, mirror=row.id, host=host(row), push="asked for", overwrites=overwrites)
        session.flush()
        made = to_resource(session, project, row)
    _push_soon(centre, row)
    return made


def host(row: Row) -> str:
    """What the audit log says of an address."""
    return urlsplit(row.url).hostname or ""


def to_resource(session: Session, project: Project, row: Row) -> Mirror:
    """A mirror as the API shows it."""
    return Mirror(
        project=project.full_name,
        has_secret=bool(row.credential),
        version=row.version if row.version >= 0 else None,
        behind=lane.is_behind(session, row.id),
        log=[MirrorNote(time=datetime.fromisoformat(time), text=text) for time, text in row.log],
        **{field: getattr(row, field) for field in _AS_THEY_ARE},
    )


def _check_rate(caller: Caller, centre: Centre) -> None:
    # Each of these has the other host asked at once.
    if centre.bus.over("mirrors", caller.user, _A_MINUTE):
        raise TooMany(f"You have asked for {_A_MINUTE} pushes within a minute: wait for them, then go on.")


def _take_over(row: Row, caller: Caller) -> None:
    if row.owner != caller.user:
        # The token that somebody has given for one address is not for another person to use for others.
        row.owner, row.credential = caller.user, ""


def _check_room(session: Session, project: Project, caller: Caller, url: str, branch: str, centre: Centre) -> None:
    limits = centre.settings
    found = lane.mirrors_of(session, project)
    if any((row.url, row.branch) == (url, branch) for row in found):
        raise Clash("The project has a mirror there already: change that one.")
    if len(found) >= limits.max_mirrors:
        raise OverQuota(f"The project has {limits.max_mirrors} mirrors, as many as it may: delete one.")
    if lane.count_of(session, caller.user) >= limits.max_mirrors_each:
        raise OverQuota(f"You have {limits.max_mirrors_each} mirrors, as many as you may: delete one.")


@contextmanager
def _changing(
    caller: Caller, centre: Centre, owner: str, name: str, mirror: str
) -> Iterator[tuple[Session, Project, Row]]:
    with centre.database.begin(mirror) as session:
        project, _ = caller.project(session, owner, name)
        yield session, project, _find(session, project, mirror)


def _find(session: Session, project: Project, mirror: str) -> Row:
    row = session.get(Row, mirror)
    if row is None or row.project_id != project.id:
        raise NotFound(f"{project.full_name} has no such mirror.")
    return row


def _push_soon(centre: Centre, row: Row) -> None:
    """Have it looked at now. What is not put on the queue here is found a little later."""
    with suppress(Unavailable):
        PUSH.enqueue(centre.queue, Push(row.id, row.owner, f"asked for {now().timestamp()}"))
