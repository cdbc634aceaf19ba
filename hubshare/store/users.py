"""A user's name wherever it says whose something is: given to another name, or taken away."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from hubshare.errors import Clash
from hubshare.names import is_set_aside
from hubshare.store.act_tables import JobAct, SavedSearch
from hubshare.store.held import rename_held
from hubshare.store.import_tables import Import
from hubshare.store.job_tables import Job
from hubshare.store.mail import forget_mail_of
from hubshare.store.mail_tables import MailSetting, SentMail
from hubshare.store.mirror_tables import Mirror
from hubshare.store.models import (
    AgentSession,
    BrowserSession,
    Checkout,
    FormerName,
    Grant,
    IdempotencyRecord,
    Invitation,
    Member,
    Offer,
    Project,
    PublicationRecord,
    RefusedGiver,
    Team,
    now,
)
from hubshare.store.notification_tables import Notification
from hubshare.store.ops_tables import Pause
from hubshare.store.projects import changed, move
from hubshare.store.server_tables import ServerRequest, ServerShare
from hubshare.store.teams import move_aside, remove_member
from hubshare.store.token_tables import TokenSeen, TokenUse
from hubshare.store.token_uses import forget_uses_of
from hubshare.store.usage_tables import ServerSample, ServerUse
from hubshare.store.webhook_tables import OF_HUB, Webhook

#: Columns that say whose something is now. Versions, releases and the audit log say who did something then, and stay.
_WHOSE: tuple[InstrumentedAttribute[str], ...] = (
    Checkout.user,
    Import.user,
    Import.giver,
    Invitation.creator,
    Job.user,
    JobAct.user,
    MailSetting.user,
    Member.user,
    Mirror.owner,
    Notification.user,
    Notification.giver,
    Offer.user,
    Offer.giver,
    Pause.user,
    RefusedGiver.user,
    RefusedGiver.giver,
    SavedSearch.user,
    SentMail.user,
    PublicationRecord.user,
    ServerRequest.asker,
    ServerRequest.owner,
    ServerSample.user,
    ServerUse.user,
    Team.creator,
    TokenSeen.user,
    TokenUse.user,
    Webhook.owner,
)


class Belongings(NamedTuple):
    """What a user has.

    Attributes:
        projects: that the user owns, also those in the trash.
        granted: ids of the projects on which the user has been given a role.
        teams: that the user is in.
        checkouts: how many.
    """

    projects: list[Project]
    granted: list[str]
    teams: list[Team]
    checkouts: int

    def __bool__(self) -> bool:
        return bool(self.projects or self.granted or self.teams or self.checkouts)


def belongings(session: Session, user: str) -> Belongings:
    """What a user has at this moment."""
    owned = select(Project).where(Project.owner == user, Project.team_id.is_(None)).order_by(Project.name)
    teams = select(Team).join(Member, Member.team_id == Team.id).where(Member.user == user).order_by(Team.name)
    return Belongings(
        list(session.scalars(owned)),
        list(session.scalars(select(Grant.project_id).where(_to(user)))),
        list(session.scalars(teams)),
        len(session.scalars(select(Checkout.id).where(Checkout.user == user)).all()),
    )


def is_taken(session: Session, user: str) -> bool:
    """Whether a team is called as a user is, or addresses below the name lead to what nobody of that name owns any more."""
    team = exists().where(Team.name == user)
    former = exists().where(FormerName.owner == user, FormerName.left.is_(True))
    return bool(session.scalar(select(team | former)))


def claim_name(session: Session, user: str) -> tuple[Team | None, list[str]]:
    """Have a name free for the user who has it at the Hub.

    Returns:
        The team that had it and is called otherwise now, and the ids of its projects.
    """
    team = session.scalar(select(Team).where(Team.name == user))
    moved = [project.id for project in move_aside(session, team)] if team is not None else []
    session.execute(delete(FormerName).where(FormerName.owner == user, FormerName.left.is_(True)))
    return team, moved


def rename_user(session: Session, old: str, new: str) -> Belongings:
    """Give all that a user has to another name, under which nobody has anything yet.

    Returns:
        What that was.

    Raises:
        Clash: when somebody has something under the new name.
    """
    if belongings(session, new):
        raise Clash(f"{new} has projects, roles, teams or checkouts already: two users cannot become one.")
    found = belongings(session, old)
    claim_name(session, new)
    # Tokens of whoever had the name at another time.
    forget_uses_of(session, new)
    session.execute(delete(Notification).where(Notification.user == new))
    # Nothing is mailed to whom the Hub has no more: who has the name next is somebody else.
    forget_mail_of(session, [new, old] if is_set_aside(new) else [new])
    # Whoever receives what these send has agreed on it with who had the name.
    session.execute(delete(Webhook).where(Webhook.person.in_([old, new])))
    # What was offered to, or refused by, nobody in particular.
    session.execute(delete(Offer).where((Offer.user == new) | (Offer.giver == new)))
    session.execute(delete(RefusedGiver).where((RefusedGiver.user == new) | (RefusedGiver.giver == new)))
    session.execute(delete(ServerRequest).where((ServerRequest.owner == new) | (ServerRequest.asker == new)))
    for project in found.projects:
        move(session, project, new, project.name, None)
    # Whoever is called so next has nothing to do with these.
    session.execute(update(FormerName).where(FormerName.owner == old).values(left=True))
    for name in found.granted:
        changed(session.get_one(Project, name))
    session.execute(update(Grant).where(_to(old)).values(subject=new))
    for column in _WHOSE:
        session.execute(update(column.class_).where(column == old).values({column.key: new}))
    rename_held(session, old, new)
    if not is_set_aside(new):
        # What was to end under the name that the Hub had no more has to be ended under the new one.
        for column in (ServerShare.owner, ServerShare.user):
            session.execute(update(ServerShare).where(column == old).values({column.key: new, "ended": None}))
    for team in found.teams:
        team.revision = Team.revision + 1
    # A request is repeated within minutes; who has the name afterwards is not to be told of it.
    session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.user == old))
    return found


def remove_user(session: Session, user: str, aside: str) -> Belongings:
    """Take away what a user was given, and put what is the user's own aside.

    Args:
        aside: a name that nobody can have: who is called `user` later gets nothing of it.

    Returns:
        What the user had.

    Raises:
        Clash: when a team would be left without a maintainer.
    """
    had = belongings(session, user)
    for team in had.teams:
        remove_member(session, team, user)
    for name in had.granted:
        changed(session.get_one(Project, name))
    session.execute(delete(Grant).where(_to(user)))
    session.execute(delete(Invitation).where(Invitation.creator == user))
    forget_uses_of(session, user)
    session.execute(delete(Notification).where(Notification.user == user))
    session.execute(delete(Webhook).where(Webhook.owner == user, OF_HUB))
    # Nothing is fetched or pushed any more in the name, or with the password, of somebody who is gone.
    session.execute(update(Mirror).where(Mirror.owner == user).values(credential=""))
    session.execute(update(Import).where(Import.user == user).values(follow="manual", due=None))
    session.execute(update(Import).where(Import.giver == user).values(credential="", giver=""))
    session.execute(delete(Offer).where((Offer.user == user) | (Offer.giver == user)))
    session.execute(delete(RefusedGiver).where((RefusedGiver.user == user) | (RefusedGiver.giver == user)))
    session.execute(delete(ServerRequest).where((ServerRequest.owner == user) | (ServerRequest.asker == user)))
    shares = ((ServerShare.owner == user) | (ServerShare.user == user)) & ServerShare.ended.is_(None)
    session.execute(update(ServerShare).where(shares).values(expires=now(), reason=f"{user} was removed."))
    session.flush()
    rename_user(session, user, aside)
    return had


def has_webhooks(session: Session, user: str) -> bool:
    """Whether webhooks are told what a user is told."""
    return bool(session.scalar(select(exists().where(Webhook.person == user))))


def end_sessions(session: Session, user: str) -> list[str]:
    """Forget the sessions of a user's agents and browsers; return the ids of those that have credentials of Redis."""
    session.execute(delete(BrowserSession).where(BrowserSession.user == user))
    return end_agents(session, user)


def end_agents(session: Session, user: str) -> list[str]:
    """Forget the sessions of a user's agents; return their ids."""
    ids = list(session.scalars(select(AgentSession.id).where(AgentSession.user == user)))
    session.execute(delete(AgentSession).where(AgentSession.user == user))
    return ids


def _to(user: str) -> ColumnElement[bool]:
    return (Grant.kind == "user") & (Grant.subject == user)
