"""The answers of the agent's socket as they arrive, for the type checker.

Made by `make types` from `hubshare/wire/socket/`: do not edit.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Accepted(TypedDict):
    """What following an invitation gave."""

    project: str
    role: Literal["reader", "writer", "admin", "owner"]


class Accessor(TypedDict):
    """A person who has a role on a project."""

    user: str
    role: Literal["reader", "writer", "admin", "owner"]
    through: list[Through]


class AtOrigin(TypedDict):
    """What is new at an origin, or was taken."""

    project: str
    origin: str
    behind: int
    version: int | None
    newest: int
    base: int
    changes: list[Change]
    settled: int
    conflicts: list[OpenConflict]
    more: int


class AuditEntries(TypedDict):
    """What was done."""

    of: str
    entries: list[AuditEntry]


class AuditEntry(TypedDict):
    """One thing that somebody did."""

    id: int
    time: str
    user: str
    action: str
    name: str
    door: str
    token: str
    details: dict[str, object]


class Change(TypedDict):
    """One path that a push or a pull would change."""

    path: str
    change: Literal["add", "edit", "delete"]


class CheckedOut(TypedDict):
    """A new checkout."""

    project: str
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str]
    held: dict[str, str]
    version: int
    waiting: int
    folder: str
    role: Literal["reader", "writer", "admin", "owner"]


class CheckoutLine(TypedDict):
    """A checkout on this server."""

    project: str
    folder: str
    mode: Literal["manual", "auto"]
    role: Literal["reader", "writer", "admin", "owner"]
    version: int
    lost: str | None


class CheckoutPolicy(TypedDict):
    """What becomes of conflicts in a checkout."""

    project: str
    policy: Literal["ask", "ours", "theirs"]


class CheckoutStatus(TypedDict):
    """How a checkout is."""

    paused: str
    reason: str
    question: Literal["", "push", "pull"]
    project: str
    folder: str
    mode: Literal["manual", "auto"]
    role: Literal["reader", "writer", "admin", "owner"]
    policy: Literal["ask", "ours", "theirs"]
    outputs: Literal["share", "strip"]
    remarks: list[str]
    version: int
    files: int
    outgoing: list[StatusChange]
    incoming: list[StatusChange]
    conflicts: list[OpenConflict]
    held: dict[str, str]
    unshared: dict[str, str]
    twins: list[list[str]]
    foreign: dict[str, str]
    pushing: bool
    waiting: str
    refused: Refusal | None
    lost: str | None
    offline: str
    busy: str
    unwatched: str


class Configured(TypedDict):
    """A project, and what its settings mean."""

    outputs: Literal["share", "strip"]
    visibility: Literal["private", "hub", "public"]
    description: str
    brake: int | None
    id: str
    name: str
    owned_by_team: bool
    role: Literal["reader", "writer", "admin", "owner"] | None
    version: int
    commit: str
    revision: int
    created: str
    archived: str | None
    deleted: str | None
    says: dict[str, str]


class Copy(TypedDict):
    """A copy that somebody took and still has."""

    project: str
    kind: Literal["checkout", "clone", "archive"]
    where: str
    version: int | None
    time: str


class Declined(TypedDict):
    """An offer that was declined."""

    declined: str
    always: bool


class Deleted(TypedDict):
    """A project in the trash."""

    project: str
    deleted: bool


class Downloaded(TypedDict):
    """A file that was made."""

    project: str
    version: str
    file: str
    size: int


class Granted(TypedDict):
    """A role that was given."""

    project: str
    who: str
    role: Literal["reader", "writer", "admin"]


class Import(TypedDict):
    """How a project comes from a source outside this Hub, and how far that is."""

    project: str
    address: str
    ref: str
    branch: str | None
    label: str
    follow: Literal["manual", "hourly", "daily"]
    history: bool
    has_secret: bool
    opens: str
    target: str
    urlpath: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    run: str
    stage: str
    done: int
    total: int
    message: str
    left_out: list[str]
    log: list[ImportNote]
    due: str | None
    started: str | None
    ended: str | None


class ImportNote(TypedDict):
    """A line of what was done."""

    time: str
    text: str


class Imported(TypedDict):
    """A project that was fetched, and its checkout."""

    project: str
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str]
    held: dict[str, str]
    version: int
    waiting: int
    folder: str
    role: Literal["reader", "writer", "admin", "owner"]
    address: str
    label: str
    left_out: list[str]
    follow: Literal["manual", "hourly", "daily"]
    opens: str
    urlpath: str


class Inbox(TypedDict):
    """What needs a person."""

    notifications: list[Notification]


class Invitation(TypedDict):
    """An invitation; `secret`, the end of its link, is there only in the answer to the request that made it."""

    id: str
    project: str
    role: Literal["reader", "writer", "admin"]
    creator: str
    expires: str
    uses: int
    secret: str | None


class Invitations(TypedDict):
    """Invitations, without their secrets."""

    project: str
    invitations: list[Invitation]


class Invited(TypedDict):
    """A new invitation; its link is in this answer only."""

    id: str
    project: str
    role: Literal["reader", "writer", "admin"]
    creator: str
    expires: str
    uses: int
    link: str


class Job(TypedDict):
    """One thing that the Hub was to do."""

    id: str
    kind: str
    state: Literal["queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost", "retried"]
    project: str
    user: str
    attempt: int
    queued: str
    started: str | None
    ended: str | None
    due: str | None
    outcome: str
    version: int | None
    code: str
    error: str
    advice: str
    retried_as: str
    retry_of: str


class JobAct(TypedDict):
    """An act on many jobs."""

    id: str
    verb: Literal["retry", "cancel", "delete"]
    filter: dict[str, str | int]
    marked: int
    state: Literal["running", "done", "cancelled", "failed"]
    count: int
    done: int
    impossible: int
    left: int
    reasons: dict[str, int]
    error: str
    user: str
    begun: str
    ended: str | None


class JobActPreview(TypedDict):
    """What an act on many jobs would be about."""

    verb: Literal["retry", "cancel", "delete"]
    filter: dict[str, str | int]
    marked: int
    count: int
    more: bool
    possible: int
    reasons: dict[str, int]
    sample: list[Job]
    confirm: str


class JobDetails(TypedDict):
    """One job with all that is known of it."""

    id: str
    kind: str
    state: Literal["queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost", "retried"]
    project: str
    user: str
    attempt: int
    queued: str
    started: str | None
    ended: str | None
    due: str | None
    outcome: str
    version: int | None
    code: str
    error: str
    advice: str
    retried_as: str
    retry_of: str
    trace: str
    door: str
    token: str
    queue: str
    arguments: dict[str, str]
    traceback: str
    timeline: list[JobStep]
    place: str


class JobStep(TypedDict):
    """What became of a job at a moment."""

    at: str
    state: Literal["queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost", "retried"]
    attempt: int
    worker: str
    code: str
    error: str
    due: str | None
    job: str


class Jobs(TypedDict):
    """What became of what one asked for."""

    jobs: list[Job]


class KernelUsage(TypedDict):
    """A kernel of a server."""

    name: str
    busy: bool
    idle_seconds: float


class Listed(TypedDict):
    """Projects and checkouts."""

    projects: list[Project]
    checkouts: list[CheckoutLine]
    unopened: list[Unopened]
    next: NotRequired[str | None]


class Lost(TypedDict):
    """One project to which somebody lost a role."""

    project: str
    before: Literal["reader", "writer", "admin", "owner"]
    after: Literal["reader", "writer", "admin", "owner"] | None


class MailSettings(TypedDict):
    """How the caller has notifications mailed."""

    works: bool
    address: str
    asked_address: str
    wanted: bool
    kinds: list[str]
    problem: str


class Member(TypedDict):
    """Somebody in a team."""

    user: str
    role: Literal["member", "maintainer"]
    created: str


class Mirror(TypedDict):
    """A repository that a project is pushed to, and how that stands."""

    id: str
    project: str
    url: str
    branch: str
    push_on: Literal["version", "release", "manual"]
    owner: str
    has_secret: bool
    paused: bool
    disabled: str | None
    reason: str
    state: Literal["waiting", "running", "done", "refused", "unreachable"]
    message: str
    said: str
    in_the_way: str
    version: int | None
    behind: bool
    pushed: str | None
    failing_since: str | None
    due: str | None
    created: str
    log: list[MirrorNote]


class MirrorList(TypedDict):
    """The mirrors of a project."""

    project: str
    mirrors: list[Mirror]


class MirrorNote(TypedDict):
    """A line of what was done."""

    time: str
    text: str


class Mode(TypedDict):
    """How a checkout is synced."""

    project: str
    folder: str
    mode: Literal["manual", "auto"]


class Notification(TypedDict):
    """Something that the caller is told."""

    number: int
    kind: str
    words: str
    advice: str
    page: str
    project: str
    count: int
    time: str
    read: str | None
    done: str | None


class Offer(TypedDict):
    """A place in a team, or a project to own, that somebody wants to give to the caller."""

    id: str
    kind: Literal["team", "project"]
    name: str
    role: str
    called: str
    giver: str
    created: str
    expires: str


class Offers(TypedDict):
    """What waits for an answer."""

    offers: list[Offer]


class OpenConflict(TypedDict):
    """One open conflict of a checkout."""

    path: str
    kind: str


class OpenConflicts(TypedDict):
    """The open conflicts of a checkout."""

    project: str
    folder: str
    conflicts: list[OpenConflict]


class OwnWebhooks(TypedDict):
    """The webhooks that are told what a person is told; a secret is there only where this has made it."""

    webhooks: list[Webhook]


class Planned(TypedDict):
    """What a push or a pull would do; each list by path."""

    project: str
    plan: list[Change]
    conflicts: dict[str, str]
    held: dict[str, str]
    counts: dict[str, int]
    next: NotRequired[str | None]


class Project(TypedDict):
    """A project as its readers see it."""

    outputs: Literal["share", "strip"]
    visibility: Literal["private", "hub", "public"]
    description: str
    brake: int | None
    id: str
    name: str
    owned_by_team: bool
    role: Literal["reader", "writer", "admin", "owner"] | None
    version: int
    commit: str
    revision: int
    created: str
    archived: str | None
    deleted: str | None


class ProjectThere(TypedDict):
    """A project that has to do with a server and that the visitor may read."""

    project: str
    folder: str | None


class Pulled(TypedDict):
    """What a pull did."""

    project: str
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str]
    held: dict[str, str]
    version: int
    waiting: int


class Pushed(TypedDict):
    """What a push did."""

    project: str
    status: Literal["nothing", "applied", "merged", "conflict"]
    pushed: int
    conflicts: dict[str, str]
    version: int
    foreign: dict[str, str]


class ReadCount(TypedDict):
    """What was marked as read."""

    read: int


class Reason(TypedDict):
    """Whether and why a path is shared."""

    path: str
    shared: bool
    why: str
    renamed: str


class Refusal(TypedDict):
    """Why the last push was refused."""

    code: str
    message: str


class Release(TypedDict):
    """A version that was given a name."""

    project: str
    name: str
    version: int
    notes: str
    creator: str
    created: str
    pinned: bool


class ReleaseList(TypedDict):
    """The releases of a project, the newest first."""

    project: str
    releases: list[Release]


class Relocated(TypedDict):
    """A checkout that goes on in another folder."""

    project: str
    folder: str
    before: str


class Renamed(TypedDict):
    """A project with another address."""

    outputs: Literal["share", "strip"]
    visibility: Literal["private", "hub", "public"]
    description: str
    brake: int | None
    id: str
    name: str
    owned_by_team: bool
    role: Literal["reader", "writer", "admin", "owner"] | None
    version: int
    commit: str
    revision: int
    created: str
    archived: str | None
    deleted: str | None
    waits: bool
    before: str


class Repaired(TypedDict):
    """A checkout that was begun anew."""

    project: str
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str]
    held: dict[str, str]
    version: int
    waiting: int
    folder: str
    aside: str


class Resolved(TypedDict):
    """What was settled."""

    project: str
    settled: list[str]
    pick: Literal["ours", "theirs"] | Literal["cells"]


Restored = TypedDict(
    "Restored",
    {
        "project": str,
        "path": str,
        "from": str,
        "restored": NotRequired[list[str] | None],
        "left": NotRequired[dict[str, str]],
        "auto": NotRequired[bool],
    },
)


class RevocationReport(TypedDict):
    """What the removal of somebody stopped, and what copies there are."""

    user: str
    lost: list[Lost]
    copies: list[Copy]


class Revoked(TypedDict):
    """A role that was taken away, and what that stopped."""

    project: str
    who: str
    role: None
    receipts: list[RevocationReport]


class ServerRequest(TypedDict):
    """Somebody asks the owner of a project for access to the owner's server."""

    id: str
    project: str
    asker: str
    owner: str
    state: Literal["waiting", "declined"]
    created: str
    expires: str


class ServerUsage(TypedDict):
    """What a server used when it was seen last."""

    user: str
    server: str
    seen: str
    active: str
    idle_seconds: float
    memory_bytes: int | None
    memory_limit_bytes: int | None
    cpu: float | None
    cpu_limit: float | None
    processes: int | None
    disk_bytes: int | None
    disk_limit_bytes: int | None
    documents: int
    kernels: list[KernelUsage]


class Servers(TypedDict):
    """Servers that I may use, and what waits for an answer."""

    servers: list[SharedServer]
    requests: list[ServerRequest]


class Shared(TypedDict):
    """A new project."""

    project: str
    status: Literal["nothing", "applied", "merged", "conflict"]
    pushed: int
    conflicts: dict[str, str]
    version: int
    foreign: dict[str, str]
    folder: str
    grants: dict[str, Literal["reader", "writer", "admin"]]
    unshared: dict[str, str]


class SharedServer(TypedDict):
    """A server that is shared with the caller."""

    owner: str
    server: str
    address: str
    running: bool
    until: str | None
    projects: list[ProjectThere]


class StatusChange(TypedDict):
    """One path that is to be pushed or pulled."""

    path: str
    change: Literal["added", "edited", "deleted"]


class Stopped(TypedDict):
    """What was stopped."""

    folder: str
    stopped: list[str]
    going_on: list[str]


class Synced(TypedDict):
    """What a pull and then a push did."""

    project: str
    status: Literal["nothing", "applied", "merged", "conflict"]
    pushed: int
    conflicts: dict[str, str]
    version: int
    foreign: dict[str, str]
    written: list[str]
    deleted: list[str]
    held: dict[str, str]
    waiting: int


class Taken(TypedDict):
    """What was accepted."""

    kind: Literal["team", "project"]
    name: str
    role: str


class Team(TypedDict):
    """A team as the people in it see it."""

    name: str
    role: Literal["reader", "writer"]
    mine: Literal["member", "maintainer"] | None
    members: list[Member]
    invited: list[Member]
    projects: list[str]
    revision: int
    created: str


class TeamDeleted(TypedDict):
    """A team that is gone."""

    team: str
    deleted: bool


class TeamLeft(TypedDict):
    """What it stopped that somebody is in a team no more."""

    team: str
    receipt: RevocationReport


class TeamRenamed(TypedDict):
    """A team with another name."""

    name: str
    role: Literal["reader", "writer"]
    mine: Literal["member", "maintainer"] | None
    members: list[Member]
    invited: list[Member]
    projects: list[str]
    revision: int
    created: str
    before: str


class TeamRoles(TypedDict):
    """What people are in a team now."""

    team: str
    users: dict[str, Literal["member", "maintainer"]]
    added: list[str]
    waiting: list[str]


class Teams(TypedDict):
    """Teams."""

    teams: list[Team]


class Through(TypedDict):
    """What gives a person a role."""

    role: Literal["reader", "writer", "admin", "owner"]
    through: str


class Token(TypedDict):
    """A token of the Hub, never its value, and what was done with it here within 90 days."""

    user: str
    id: str
    note: str
    first: str | None
    last: str | None
    addresses: list[TokenAddress]
    ended: bool
    client: str
    scopes: list[str]
    created: str | None
    last_activity: str | None
    expires: str | None
    uses: dict[str, int]


class TokenAddress(TypedDict):
    """Where a token was used from."""

    address: str
    last: str


class TokenDay(TypedDict):
    """How often a token was used on a day."""

    day: str
    count: int


class TokenDetails(TypedDict):
    """One token with what was done with it."""

    user: str
    id: str
    note: str
    first: str | None
    last: str | None
    addresses: list[TokenAddress]
    ended: bool
    client: str
    scopes: list[str]
    created: str | None
    last_activity: str | None
    expires: str | None
    uses: dict[str, int]
    days: list[TokenDay]
    projects: list[TokenProject]


class TokenProject(TypedDict):
    """How often a token was used for one kind of thing in a project."""

    project: str
    kind: str
    count: int


class Tokens(TypedDict):
    """Somebody's tokens."""

    tokens: list[Token]
    others: dict[str, int]
    missing: str


class Unlinked(TypedDict):
    """A folder that is no checkout any more."""

    project: str
    folder: str
    kept: int
    kept_at: NotRequired[str | None]


class Unopened(TypedDict):
    """A checkout on this server whose state cannot be opened."""

    project: str
    folder: str
    fault: str


class Usage(TypedDict):
    """What one's servers used when they were seen last."""

    servers: list[ServerUsage]


class Version(TypedDict):
    """One published version."""

    number: int
    commit: str
    author: str
    summary: str
    created: str


class Versions(TypedDict):
    """Published versions."""

    project: str
    here: int
    versions: list[Version]
    next: NotRequired[str | None]


class Webhook(TypedDict):
    """A webhook; `secret` is there only in the answers to the requests that made it."""

    id: str
    of: str
    url: str
    name: str
    owner: str
    paused: bool
    disabled: str | None
    reason: str
    failing_since: str | None
    created: str
    kinds: list[str] | None
    secret: str | None


class Who(TypedDict):
    """Who can do what with a project, and through what."""

    project: str
    visibility: Literal["private", "hub", "public"]
    people: list[Accessor]
    unseen: list[str]


class Withdrawn(TypedDict):
    """An invitation that cannot be followed any more."""

    project: str
    withdrawn: str
