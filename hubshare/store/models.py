"""The tables. What a project publishes is in git; the tables say whose it is, who may, and what is going on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hubshare.vocabulary import OutputsName, VisibilityName


def now() -> datetime:
    """The current time in UTC, without a time zone: the form in which the database keeps times."""
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """The root of the tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON}


class Project(Base):
    """A shared folder.

    Attributes:
        owner: the first part of its address: the user or the team that owns it.
        team_id: the team, when it is one.
        revision: counts the changes of settings, releases and access; what `If-Match` compares.
        bytes: size of what was pushed.
        measured: the version for which `files` and `unpacked` are right; "" for none.
        files, unpacked: how many files that has, and their bytes on a disk.
        archived: since when nothing can be pushed.
        deleted: since when it waits in the trash.
        brake: how many deletions at once wait for a confirmation; None for what holds on the whole Hub.
        outputs: what becomes of the outputs of notebooks: `share` or `strip`.
        head: the commit that is published. The branch in the repository is a copy of it.
        version: the number of that version.
        deletions_confirmed: the newest version of which the deletions were confirmed, where they were many; 0 for none.
    """

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", name="projects_team"), index=True)
    visibility: Mapped[VisibilityName] = mapped_column(String(10), default="private")
    description: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    measured: Mapped[str] = mapped_column(String(40), default="")
    files: Mapped[int] = mapped_column(BigInteger, default=0)
    unpacked: Mapped[int] = mapped_column(BigInteger, default=0)
    created: Mapped[datetime] = mapped_column(default=now)
    archived: Mapped[datetime | None] = mapped_column()
    deleted: Mapped[datetime | None] = mapped_column(index=True)
    brake: Mapped[int | None] = mapped_column()
    outputs: Mapped[OutputsName] = mapped_column(String(10), default="share")
    head: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=0)
    deletions_confirmed: Mapped[int] = mapped_column(default=0)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


class FormerName(Base):
    """An address that a project had; it leads to the project until another one takes it, or for a while.

    Attributes:
        created: since when it is a former one.
        left: whether nobody owns by that name any more: its user has left or is called otherwise, or a team is.
    """

    __tablename__ = "former_names"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime] = mapped_column(default=now)
    left: Mapped[bool] = mapped_column(default=False)


class Origin(Base):
    """What a fork was begun from: a project of this Hub, or a source outside it, which is fetched into a repository of its own.

    Attributes:
        origin_id: the project, or the repository into which the source is fetched. It is no foreign key: the fork outlives it,
            and nobody's id is given twice.
        address: of the source; "" for a project.
        head: the commit that was fetched last from the source, and `newest` the number of that fetch; "" and 0 for none.
        label: what that is, as people read it, such as `main at 1a2b3c4`.
        history: whether the commits of the source come into the fork as well.
        held: bytes that the repository into which the source is fetched takes on the disk.
        commit: of the origin, what was taken of it last; "" while nothing has been.
        version: number of that version there.
        open: path to mode and content that both sides last agreed on, or null, of the conflicts that wait for a pick.
    """

    __tablename__ = "origins"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    origin_id: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(Text, default="")
    head: Mapped[str] = mapped_column(String(40), default="")
    newest: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(Text, default="")
    history: Mapped[bool] = mapped_column(default=False)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    commit: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=0)
    open: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Grant(Base):
    """Gives a user, a team or a group of the Hub a role on a project.

    Attributes:
        kind: `user`, `team` or `group`.
        subject: name of the user, id of the team, name of the group.
    """

    __tablename__ = "grants"
    __table_args__ = (Index("grants_by_subject", "kind", "subject"),)

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(5), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    created: Mapped[datetime] = mapped_column(default=now)


class Team(Base):
    """A named group of users.

    Attributes:
        role: what its members may do with the projects that the team owns; its maintainers own them.
    """

    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(10), default="writer")
    creator: Mapped[str] = mapped_column(String(255), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(default=now)


class Member(Base):
    """A user in a team: `member` or `maintainer`."""

    __tablename__ = "members"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(10))
    created: Mapped[datetime] = mapped_column(default=now)


class GroupMember(Base):
    """A user in a group of the Hub, as the Hub last said; kept by `hubshare.service.background.groups` alone."""

    __tablename__ = "group_members"

    group: Mapped[str] = mapped_column(String(255), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)


class Invitation(Base):
    """A link that gives whoever follows it a role on a project.

    Attributes:
        digest: SHA-256 of the secret in the link, which is kept nowhere.
        uses: how many times it can still be followed.
    """

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    creator: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime] = mapped_column()
    uses: Mapped[int] = mapped_column()


class Offer(Base):
    """Something that waits for a person's yes: a place in a team, or a project to own; one of both.

    Attributes:
        user: whose yes.
        role: in the team.
        name: that the project is to have then.
        ignored: whether the person wants to hear nothing of the giver.
    """

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("team_id", "user"), UniqueConstraint("project_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), index=True)
    giver: Mapped[str] = mapped_column(String(255), index=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(10), default="")
    name: Mapped[str] = mapped_column(String(100), default="")
    ignored: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime] = mapped_column()


class RefusedGiver(Base):
    """Somebody whose offers a person wants to hear nothing of."""

    __tablename__ = "refused_givers"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    giver: Mapped[str] = mapped_column(String(255), primary_key=True)
    created: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Base):
    """One thing that somebody did. Entries are never changed, by a rule of the database itself; old ones go.

    Attributes:
        project_id, team_id: to which; entries outlive them.
        name: how it was called then.
        door: `api`, `git`, `agent`, `page` or `hub`.
        token: note of the token, or what else identified the person; never its value.
        details: what more there is to say.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_project", "project_id", "id"), Index("audit_by_team", "team_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    time: Mapped[datetime] = mapped_column(default=now, index=True)
    user: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(40))
    project_id: Mapped[str | None] = mapped_column(String(32))
    team_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(400))
    door: Mapped[str] = mapped_column(String(10))
    token: Mapped[str] = mapped_column(String(255))
    details: Mapped[dict[str, Any]] = mapped_column()


class IdempotencyRecord(Base):
    """The answer to a write that came with an idempotency key, for when it comes again."""

    __tablename__ = "answered"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column()
    created: Mapped[datetime] = mapped_column(default=now, index=True)


class Checkout(Base):
    """One folder on one single-user server that tracks a project."""

    __tablename__ = "checkouts"
    __table_args__ = (Index("checkouts_by_project", "project_id", "user"), Index("checkouts_by_user", "user"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user: Mapped[str] = mapped_column(String(255))
    server: Mapped[str] = mapped_column(String(255), default="")
    folder: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(default=now)
    seen: Mapped[datetime] = mapped_column(default=now)
    commit: Mapped[str | None] = mapped_column(String(40))


class Version(Base):
    """One published version.

    Attributes:
        commit: what was published.
        snapshot: what was pushed: the commit itself, or the second parent of a merge that the centre made; where it was in
            conflict it is kept beside the history.
        author: the Hub user who pushed it.
    """

    __tablename__ = "versions"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    commit: Mapped[str] = mapped_column(String(40), index=True)
    snapshot: Mapped[str] = mapped_column(String(40), index=True)
    author: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column()


class Conflict(Base):
    """One path of one checkout that changed on both sides; the checkout's version is kept in git under a ref.

    No index holds the path, which may be too long for one. That there is one row for each is kept by those who write.

    Attributes:
        snapshot: the commit that holds the checkout's version.
        picked: `ours` and `theirs`, the contents of which the person picked theirs at the centre; the agent carries it out.
    """

    __tablename__ = "conflicts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    snapshot: Mapped[str] = mapped_column(String(40))
    opened: Mapped[datetime] = mapped_column(default=now)
    picked: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class PublicationRecord(Base):
    """Something that was to be published, and was answered: what makes it take effect once, however often it comes.

    Attributes:
        id: of the push or the edit.
        user: who published; the answer is for nobody else.
        checkout_id: where it was pushed from; "" for what comes from no checkout.
        answer: see `hubshare_workers.publish.publication.PublishOutcome`.
    """

    __tablename__ = "publications"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    user: Mapped[str] = mapped_column(String(255))
    checkout_id: Mapped[str] = mapped_column(String(32), default="")
    answer: Mapped[dict[str, Any]] = mapped_column()
    created: Mapped[datetime] = mapped_column(default=now, index=True)


class HouseTime(Base):
    """One row: the time by which ages are told, see `hubshare.store.house_time`."""

    __tablename__ = "house_time"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column()


class AgentSession(Base):
    """Redis credentials that an agent holds, until they expire.

    Attributes:
        token: note of the Hub token that they were given for.
        token_id: which token that is, see `hubshare.operations.caller.Person`.
    """

    __tablename__ = "agent_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), index=True)
    server: Mapped[str] = mapped_column(String(255))
    expires: Mapped[datetime] = mapped_column(index=True)
    token: Mapped[str] = mapped_column(String(255), default="")
    token_id: Mapped[str] = mapped_column(String(64), default="")


class BrowserSession(Base):
    """Somebody who has signed in with a browser.

    Attributes:
        digest: SHA-256 of the secret in the browser's cookie, which is kept nowhere.
        token: the Hub's token, sealed with that secret: the table alone opens nothing.
    """

    __tablename__ = "browser_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(255))
    token: Mapped[str] = mapped_column(String(4096))
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime] = mapped_column(index=True)


class Release(Base):
    """A version that was given a name.

    Attributes:
        pinned: whether readers are shown it first, instead of the newest version; at most one of a project is.
    """

    __tablename__ = "releases"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column()
    notes: Mapped[str] = mapped_column(Text, default="")
    creator: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(default=now)
    pinned: Mapped[bool] = mapped_column(default=False)
