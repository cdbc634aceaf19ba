"""Access to somebody's server: who asks for it because of a project, and what was given and has to be ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy.orm import Session, aliased

from hubshare.errors import NotFound
from hubshare.names import is_set_aside
from hubshare.store.access.decisions import lets_read, readable_by, role_of
from hubshare.store.models import AgentSession, Checkout, Project, RefusedGiver, now
from hubshare.store.notifications import News, tell
from hubshare.store.offers import DAYS, check_room
from hubshare.store.server_tables import ServerRequest, ServerShare
from hubshare.wire.agent import new_id


class OpenRequest(NamedTuple):
    """A request that its owner can answer, and the project because of which it was made."""

    request: ServerRequest
    project: Project


class Due(NamedTuple):
    """A share that is to end, and why, in words for the audit log."""

    share: ServerShare
    reason: str


def has_one_to_ask(project: Project) -> bool:
    """Return whether a project belongs to a person who can be asked: not to a team, nor to what a removed user has left."""
    return project.team_id is None and not is_set_aside(project.owner)


def ask(session: Session, project: Project, asker: str) -> ServerRequest:
    """Ask the owner of a project for access to the owner's server; whoever asks again has asked once.

    Raises:
        OverQuota: when too much waits for the owner, or has been asked by the asker.
    """
    row = session.scalar(
        select(ServerRequest).where(ServerRequest.project_id == project.id, ServerRequest.asker == asker)
    )
    if row is not None and row.owner == project.owner and row.expires > now():
        return row
    if row is None:
        row = ServerRequest(id=new_id(), project_id=project.id, asker=asker)
    check_room(session, ServerRequest, (ServerRequest.owner, project.owner), (ServerRequest.asker, asker), "requests")
    row.owner, row.declined, row.created, row.expires = project.owner, None, now(), now() + timedelta(days=DAYS)
    # Whoever is not listened to is not told so.
    row.ignored = session.get(RefusedGiver, (project.owner, asker)) is not None
    session.add(row)
    session.flush()
    if not row.ignored:
        tell(session, [row.owner], News("server", row.id, {}, project.id, giver=asker))
    return row


def requests_to(session: Session, owner: str) -> list[OpenRequest]:
    """What waits for the answer of a person, the oldest first."""
    rows = session.scalars(
        select(ServerRequest)
        .where(
            ServerRequest.owner == owner,
            ServerRequest.ignored.is_(False),
            ServerRequest.declined.is_(None),
            _fresh(),
        )
        .order_by(ServerRequest.created, ServerRequest.id)
    )
    return [found for row in rows if (found := _open(session, row)) is not None]


def requests_of(session: Session, asker: str) -> list[OpenRequest]:
    """What a person has asked, and has not been given, the oldest first."""
    rows = session.scalars(
        select(ServerRequest)
        .where(ServerRequest.asker == asker, _fresh())
        .order_by(ServerRequest.created, ServerRequest.id)
    )
    return [found for row in rows if (found := _open(session, row)) is not None]


def find_request(session: Session, owner: str, name: str) -> OpenRequest:
    """A request that waits for a person's answer, by its id.

    Raises:
        NotFound: when there is none, or whoever asked may not ask any more.
    """
    row = session.get(ServerRequest, name)
    waits = row is not None and row.owner == owner and row.declined is None and row.expires > now()
    found = _open(session, row) if row is not None and waits else None
    if found is None:
        raise NotFound("You have no such request: it may be answered, too old, or the one who asked has no access now.")
    return found


def request_about(session: Session, project: Project, asker: str) -> ServerRequest | None:
    """What somebody has asked because of a project, if that is still good."""
    row = session.scalar(
        select(ServerRequest).where(ServerRequest.project_id == project.id, ServerRequest.asker == asker, _fresh())
    )
    return row if row is not None and row.owner == project.owner else None


def _open(session: Session, row: ServerRequest) -> OpenRequest | None:
    """A request is worth what its asker may read today."""
    project = session.get(Project, row.project_id)
    if project is None or not has_one_to_ask(project) or project.owner != row.owner or is_set_aside(row.asker):
        return None
    return OpenRequest(row, project) if role_of(session, project, row.asker) is not None else None


def put_share(session: Session, found: OpenRequest, server: str, days: int) -> ServerShare:
    """Write down that a request is granted, before the Hub is told, so that the share will be ended whatever comes."""
    request, project = found
    row = _share(session, request.owner, server, request.asker)
    if row is None:
        row = ServerShare(id=new_id(), owner=request.owner, server=server, user=request.asker)
        session.add(row)
    row.project_id, row.created, row.expires = project.id, now(), now() + timedelta(days=days)
    row.ended, row.reason = None, ""
    session.flush()
    return row


def end_of(session: Session, owner: str, server: str, user: str) -> datetime | None:
    """When a share ends that is good now; None where there is none."""
    row = _share(session, owner, server, user)
    return row.expires if row is not None and row.ended is None else None


def take_back(session: Session, owner: str, server: str, user: str, earlier: datetime | None) -> None:
    """Have a share end that could not be made, or end when it did before."""
    row = _share(session, owner, server, user)
    if row is not None:
        row.expires, row.reason = (now(), "It could not be given.") if earlier is None else (earlier, "")


def end_share(session: Session, owner: str, server: str, user: str, reason: str) -> None:
    """Have a share that was made here end: from now on it is due, until it is ended at the Hub."""
    row = _share(session, owner, server, user)
    if row is not None and row.ended is None:
        row.expires, row.reason = min(row.expires, now()), reason


def set_ended(session: Session, owner: str, server: str, user: str, at: datetime) -> str | None:
    """Write down that a share was ended at the Hub by whoever wanted it to; return because of which project it was given."""
    row = _share(session, owner, server, user)
    if row is None:
        return None
    row.ended = row.ended or at
    return row.project_id


def answered(session: Session, request: str) -> None:
    """Forget a request that was granted."""
    session.execute(delete(ServerRequest).where(ServerRequest.id == request))


def _share(session: Session, owner: str, server: str, user: str) -> ServerShare | None:
    return session.scalar(
        select(ServerShare).where(ServerShare.owner == owner, ServerShare.server == server, ServerShare.user == user)
    )


def shares_of(session: Session, owner: str) -> list[ServerShare]:
    """The shares of somebody's servers that were made here, also those that have ended lately."""
    return list(session.scalars(select(ServerShare).where(ServerShare.owner == owner).order_by(ServerShare.user)))


def shares_with(session: Session, user: str) -> list[ServerShare]:
    """The shares that were made here for somebody, also those that have ended lately."""
    query = select(ServerShare).where(ServerShare.user == user)
    return list(session.scalars(query.order_by(ServerShare.owner, ServerShare.server)))


_GIVEN = select(ServerShare).where(
    ServerShare.owner == bindparam("owner"), ServerShare.user == bindparam("user"), ServerShare.ended.is_(None)
)


def given_by(session: Session, owner: str, user: str) -> list[ServerShare]:
    """The shares of somebody's servers that were made here for a user and have not ended."""
    return list(session.scalars(_GIVEN, {"owner": owner, "user": user}))


def due(session: Session, at: datetime, after: str, most: int) -> list[Due]:
    """The shares that are to end now, in one statement: so many of them, in the order of their ids.

    Args:
        after: the id behind which to begin; "" for all.
    """
    project = aliased(Project)
    another = (project.owner != ServerShare.owner) | project.team_id.is_not(None)
    lost = project.id.is_(None) | project.deleted.is_not(None) | another | ~lets_read(project, ServerShare.user)
    rows = session.execute(
        select(ServerShare, project)
        .outerjoin(project, project.id == ServerShare.project_id)
        .where(ServerShare.ended.is_(None), ServerShare.id > after, (ServerShare.expires <= at) | lost)
        .order_by(ServerShare.id)
        .limit(most)
    )
    return [Due(share, _why_to_end(share, found, at)) for share, found in rows]


def _why_to_end(share: ServerShare, project: Project | None, at: datetime) -> str:
    """Return why a share is to end that is due."""
    if share.expires <= at:
        return share.reason or "Its time was over."
    if project is None or project.deleted is not None:
        return "The project because of which it was given was deleted."
    if project.owner != share.owner or not has_one_to_ask(project):
        return "The project because of which it was given has another owner."
    # Not by its name, which may be another one by now.
    return f"{share.user} has no access any more to the project because of which it was given."


def mark_ended(session: Session, found: Due, at: datetime) -> bool:
    """Write down that a share was ended at the Hub; return False where it was given anew meanwhile."""
    share = session.get(ServerShare, found.share.id)
    if share is None or share.created != found.share.created:
        return False
    share.ended, share.reason = at, found.reason
    return True


def has_to_do_with_servers(session: Session, user: str) -> bool:
    """Return whether somebody uses a server of another, lets another use one, or has been asked for it or has asked."""
    shares = select(ServerShare.id).where((ServerShare.owner == user) | (ServerShare.user == user))
    asked = select(ServerRequest.id).where((ServerRequest.owner == user) | (ServerRequest.asker == user))
    return session.scalar(select(shares.exists() | asked.exists())) or False


def forget_server_shares(session: Session, at: datetime) -> None:
    """Let go what nobody has answered, and what ended long ago."""
    session.execute(delete(ServerRequest).where(ServerRequest.expires < at))
    session.execute(delete(ServerShare).where(ServerShare.ended < at - timedelta(days=DAYS)))


def servers_of(session: Session, owner: str, project: Project) -> list[str]:
    """The names of somebody's servers as far as they are known here; those with the project first, else the default one."""
    holding = list(
        session.scalars(
            select(Checkout.server)
            .where(Checkout.user == owner, Checkout.project_id == project.id)
            .distinct()
            .order_by(Checkout.server)
        )
    )
    others = set(session.scalars(select(Checkout.server).where(Checkout.user == owner).distinct()))
    others |= set(session.scalars(select(AgentSession.server).where(AgentSession.user == owner).distinct()))
    return [*holding, *sorted((others | {""}) - set(holding))]


def projects_on(
    session: Session, owner: str, server: str, reader: str, most: int
) -> list[tuple[Project, Checkout | None]]:
    """The projects of somebody's server that a visitor may read: the owner's, and those that are checked out there.

    Returns:
        Each with its checkout on that server, where there is one.
    """
    there = (Checkout.project_id == Project.id) & (Checkout.user == owner) & (Checkout.server == server)
    owned = (Project.owner == owner) & Project.team_id.is_(None)
    rows = session.execute(
        select(Project, Checkout)
        .outerjoin(Checkout, there)
        .where(readable_by(reader), owned | Checkout.id.is_not(None))
        .order_by(Checkout.id.is_(None), Project.owner, Project.name)
        .limit(most)
    )
    return [(project, checkout) for project, checkout in rows]


def _fresh() -> ColumnElement[bool]:
    return ServerRequest.expires > now()
