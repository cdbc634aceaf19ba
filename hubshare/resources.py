"""What the API sends and takes: one model for each kind of thing, shared by the service and its client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

Item = TypeVar("Item")

GrantedRole = Literal["reader", "writer", "admin"]
RoleName = Literal["reader", "writer", "admin", "owner"]
#: What members of a team are on the projects that it owns.
MembersRole = Literal["reader", "writer"]
TeamRoleName = Literal["member", "maintainer"]
VisibilityName = Literal["private", "hub", "public"]
#: Whether outputs of notebooks are shared, or stripped when they are pushed.
OutputsName = Literal["share", "strip"]
#: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
SubjectName = Annotated[str, StringConstraints(max_length=300)]
#: Any text but NUL, which not every database keeps.
Text = Annotated[str, StringConstraints(max_length=4096, pattern=r"^[^\x00]*$")]
ServerName = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]


def _utc(time: datetime) -> str:
    # The database keeps UTC and does not say so.
    return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


#: A moment, which travels as RFC 3339 has it.
Time = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class _In(BaseModel):
    """What a request brings; a field that is not known is an error and not overlooked, and a 1 is no `true`."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="What to send as `after` for the next page; null on the last one.")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="urn:hubshare:CODE")
    title: str
    status: int
    detail: str = Field(description="What happened, to what, and what to do next.")
    code: str = Field(description="The error's stable name.")


# who


class Me(BaseModel):
    """Whom the token belongs to, and what it allows."""

    name: str
    admin: bool = Field(description="Whether an admin of the Hub.")
    groups: list[str] = Field(description="Groups of the Hub.")
    scopes: list[str] = Field(description="What of HubShare the token allows.")


# projects


class NewProject(_In):
    """A project to be made."""

    name: Text
    owner: Text | None = Field(None, description="A team that you are in; you yourself if not given.")
    visibility: VisibilityName = "private"
    description: Text = ""
    grants: dict[SubjectName, GrantedRole] = Field(default={}, max_length=1000, description="Who gets which role.")


class ProjectChange(_In):
    """What is to be changed; what is left out stays as it is."""

    visibility: VisibilityName | None = None
    description: Text | None = None
    brake: int | None = Field(
        None,
        ge=0,
        description="How many files a push may delete without a confirmation; at most what the Hub allows.",
    )
    outputs: OutputsName | None = Field(None, description="Share outputs of notebooks, or strip them at the next push.")


class NewName(_In):
    """Another name for a project."""

    name: Text


class NewOwner(_In):
    """Another owner for a project."""

    owner: Text = Field(description="`NAME` a user, `team:NAME` a team.")
    name: Text | None = Field(None, description="Its name there; the present one if not given.")


class Archived(_In):
    """Whether a project is in the archive."""

    archived: bool


class Project(BaseModel):
    """A project as its readers see it."""

    id: str
    name: str = Field(description="owner/name")
    owned_by_team: bool
    description: str
    visibility: VisibilityName
    role: RoleName | None = Field(description="The caller's; null for an admin of the Hub without one.")
    version: int
    commit: str
    revision: int = Field(description="Counts changes of settings and access; the ETag.")
    created: Time
    archived: Time | None
    deleted: Time | None
    brake: int | None = Field(
        None,
        description="How many files a push may delete without a confirmation; null for what holds on the whole Hub.",
    )
    outputs: OutputsName = Field(
        "share", description="Whether outputs of notebooks are shared, or stripped when pushed."
    )


class NewGrant(_In):
    """A role to be given."""

    role: GrantedRole


class Grant(BaseModel):
    """Who has been given which role."""

    subject: str
    role: GrantedRole
    created: Time


class Through(BaseModel):
    """What gives a person a role."""

    role: RoleName
    through: str = Field(description="`owner`, `grant`, `team NAME`, `group NAME` or `visibility …`.")


class Accessor(BaseModel):
    """A person who has a role on a project."""

    user: str
    role: RoleName
    through: list[Through]


class Who(BaseModel):
    """Who can do what with a project, and through what."""

    project: str
    visibility: VisibilityName
    people: list[Accessor]


class NewInvitation(_In):
    """A link to be made."""

    role: GrantedRole = "reader"
    days: float = Field(7, gt=0, le=366)
    uses: int = Field(1, ge=1, le=100_000)


class Invitation(BaseModel):
    """An invitation; `link` is there only in the answer to the request that made it."""

    id: str
    project: str
    role: GrantedRole
    creator: str
    expires: Time
    uses: int = Field(description="How many times it can still be followed.")
    secret: str | None = None


class Accepted(BaseModel):
    """What following an invitation gave."""

    project: str
    role: RoleName


class Version(BaseModel):
    """One published version."""

    number: int
    commit: str
    author: str
    summary: str
    created: Time


class Entry(BaseModel):
    """One file or folder at a version."""

    path: str
    mode: int = Field(description="As git has it: 33188 file, 33261 executable, 40960 link, 16384 folder.")
    id: str


# teams


class NewTeam(_In):
    """A team to be made; whoever makes it is its maintainer."""

    name: Text
    role: MembersRole = Field("writer", description="What members may do with the projects that the team owns.")


class TeamChange(_In):
    """What is to be changed; what is left out stays as it is."""

    name: Text | None = None
    role: MembersRole | None = None


class NewMember(_In):
    """A role in a team."""

    role: TeamRoleName = "member"


class Member(BaseModel):
    """Somebody in a team."""

    user: str
    role: TeamRoleName
    created: Time


class Team(BaseModel):
    """A team as the people in it see it."""

    name: str
    role: MembersRole = Field(description="What members may do with the team's projects.")
    mine: TeamRoleName | None = Field(description="The caller's role in it.")
    members: list[Member]
    projects: list[str] = Field(description="The projects that it owns.")
    revision: int
    created: Time


class Copy(BaseModel):
    """A copy that somebody took and still has."""

    project: str
    kind: Literal["checkout", "clone", "archive"]
    where: str = Field(description="For a checkout: server and folder.")
    version: int | None
    time: Time


class Lost(BaseModel):
    """One project to which somebody lost a role."""

    project: str
    before: RoleName
    after: RoleName | None = Field(description="What is left, through other ways; null for nothing.")


class Receipt(BaseModel):
    """What the removal of somebody stopped, and what copies there are."""

    user: str
    lost: list[Lost]
    copies: list[Copy]


# checkouts


class NewCheckout(_In):
    """A folder that begins to track a project."""

    project: Text = Field(description="owner/name")
    server: ServerName = ""
    folder: Text = Field(description="Its path on the user's server, for people to read.")


class Begun(BaseModel):
    """A new checkout, and where its project stands."""

    id: str
    project: str = Field(description="id of the project")
    name: str = Field(description="owner/name")
    role: RoleName
    folder: str
    first: str = Field(description="The project's first commit, with an empty tree: where an empty checkout begins.")
    commit: str
    version: int


class Checkout(BaseModel):
    """A checkout and how fresh it is."""

    id: str
    project: str
    user: str
    server: str
    folder: str
    version: int | None = Field(description="What it holds; null when it has not said so yet.")
    behind: int | None = Field(description="How many versions have been published since.")
    seen: Time


class Side(BaseModel):
    """What one side of a conflict holds at the path."""

    mode: int = Field(description="As git has it: 33188 file, 33261 executable, 40960 link.")
    id: str


class Conflict(BaseModel):
    """One open conflict of the caller."""

    id: str
    project: str
    checkout: str
    folder: str
    path: str
    kind: str
    opened: Time
    waits: bool = Field(description="Whether `theirs` was picked, and waits for the agent of the checkout's server.")


class ConflictSides(Conflict):
    """A conflict with what both sides hold; null where a side deleted the path."""

    ours: Side | None = Field(description="The checkout's, as it was last pushed.")
    theirs: Side | None = Field(description="The published one.")
    version: int = Field(description="The newest version, which holds theirs.")


class NewPick(_In):
    """A pick, with the contents that it was decided on: a pick of what has changed since is refused."""

    ours: str | None = Field(pattern="^[0-9a-f]{40}$", description="`ours.id` of the conflict; null for a deletion.")
    theirs: str | None = Field(
        pattern="^[0-9a-f]{40}$", description="`theirs.id` of the conflict; null for a deletion."
    )


class NewRestore(_In):
    """What is to be restored."""

    path: Text = Field("", description="A file or folder; the whole project if empty.")
    confirmed: bool = Field(False, description="Confirms that many files are deleted by it.")


class Settled(BaseModel):
    """What became of a pick or a restore."""

    version: int | None = Field(
        description="The version that it made, or the newest one when there was nothing to change."
    )


# audit


class AuditEntry(BaseModel):
    """One thing that somebody did."""

    id: int
    time: Time
    user: str
    action: str
    name: str = Field(description="The project or team, as it was called then.")
    door: str = Field(description="`api`, `git`, `agent`, `page` or `hub`.")
    token: str = Field(description="Note of the token; never its value.")
    details: dict[str, Any]


# event streams


class Event(BaseModel):
    """What happened to a project, as an event stream tells it."""

    model_config = ConfigDict(extra="allow")

    id: str = Field("", description="Its place in the stream: send it as `Last-Event-ID` to go on behind it.")
    type: str = Field(description="`version`, `project` or `access`; more may be added.")
    project: str = Field(description="owner/name")
    number: int | None = Field(None, description="Of a version: its number.")
    commit: str | None = Field(None, description="Of a version: its commit.")
    author: str | None = Field(None, description="Of a version: who published it.")
    summary: str | None = Field(None, description="Of a version: what was done.")
    role: RoleName | None = Field(None, description="There and null when you may not read the project any more.")

    @property
    def lost(self) -> bool:
        """Whether the listener may not read the project any more."""
        return "role" in self.model_fields_set and self.role is None


# agents, and what they carry


class NewSession(BaseModel):
    """An agent that begins, or begins anew."""

    server: ServerName = Field("", description="Name of the single-user server.")


class Session(BaseModel):
    """What an agent needs to talk to the centre."""

    user: str
    redis_url: str = Field(description="Address of Redis, without credentials.")
    username: str
    password: str
    outbox: str
    inbox: str
    seconds: int = Field(description="How long the credentials last; trade the token again before.")
    max_file_bytes: int
    max_push_bytes: int
    inline_push_bytes: int
    brake_deletions: int


class Wanted(BaseModel):
    """The contents of some paths at a published commit."""

    commit: str = Field(pattern="^[0-9a-f]{40}$")
    paths: list[str] = Field(max_length=200_000)


class Upload(BaseModel):
    """How far an upload has come."""

    size: int = Field(description="Bytes that have arrived.")


# health


class Health(BaseModel):
    """Whether all parts of the centre are well."""

    status: str = Field(description="`ok`, or `not well`.")
    database: str
    redis: str
    workers: str
