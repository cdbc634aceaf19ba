"""What jobs are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.rendering.requests import RenderRequest
from hubshare.sync.origin import Rest


class OutboxEntry(NamedTuple):
    """A message of an agent, which stays where it is until it has been answered.

    Attributes:
        outbox: key of the stream.
        entry: id in it.
    """

    outbox: str
    entry: str


@dataclass(frozen=True)
class GitPush:
    """A push by somebody's git, which waits in quarantine.

    Attributes:
        id: of this push; names its quarantine and its answer.
        project: id.
        user: the authenticated pusher.
        token: note of the token, for the audit log; never its value.
        old, new: where main is to move from and to.
        confirmed: whether the person confirmed that many files are deleted.
    """

    id: str
    project: str
    user: str
    token: str
    old: str
    new: str
    confirmed: bool


class ActOnJobs(NamedTuple):
    """What an admin wants to be done about many jobs.

    Attributes:
        act: id, see `hubshare.store.act_tables`.
        user: who wants it.
    """

    act: str
    user: str


class Render(NamedTuple):
    """A rendering that is to be in the cache.

    Attributes:
        project: id of the one whose repository has the blobs. The caller has checked that the person may read them.
        request: encoded, see `hubshare.rendering.requests`.
    """

    project: str
    request: str

    @property
    def wanted(self) -> RenderRequest:
        """The request."""
        return RenderRequest.decode(self.request)


class ProjectToIndex(NamedTuple):
    """A project that has published something.

    Attributes:
        project: id.
        version: number of the newest version that is known of; a later one is another job.
    """

    project: str
    version: int = 0


class Nothing(NamedTuple):
    """A job that is about everything."""


#: How much text an edit may bring: it travels through Redis.
CONTENT_BYTES = 2 * MIB


@dataclass(frozen=True)
class Edit:
    """A change of a project that was asked for at the centre: a restore, a pick in a conflict, a text that was edited on a
    page. It becomes one version.

    Attributes:
        id: 32 hexadecimal digits; the answer comes under it.
        project: id.
        user: the authenticated author.
        door, token: for the audit log, see `hubshare.store.audit.Actor`.
        message: summary of the version.
        changes: path to (mode, object id) or None, all of them in the repository already; of published contents or of the
            author's own conflicts.
        contents: path to a text that is published there; at most `CONTENT_BYTES` each.
        deletes: files and folders that are to go.
        moves: file or folder to where it is to lie.
        base: a published commit: what this changes has to be as it was in that, else it is refused.
        seen: path to the published side that the person decided on; where it is another one now, the edit is refused.
        restore: a published commit whose files below `below` are to be published again, instead of `changes`.
        below: a path, "" for the whole project.
        conflicts: ids of the conflicts that this settles.
        picked: id of a conflict to the checkout's content that the person saw, None for a deletion: the agent of the checkout
            is to put what this publishes in its place, and keep it.
        confirmed: whether the person confirmed that many files are deleted.
        asked: mark of the deletions that they were asked about, if they were: it confirms no others.
        newest: the number of the version that this is to replace; where there is a newer one, it is refused.
    """

    id: str
    project: str
    user: str
    door: str
    token: str
    message: str
    changes: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    deletes: list[str] = field(default_factory=list)
    moves: dict[str, str] = field(default_factory=dict)
    base: str = ""
    seen: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    restore: str = ""
    below: str = ""
    conflicts: list[str] = field(default_factory=list)
    picked: dict[str, str | None] = field(default_factory=dict)
    confirmed: bool = False
    asked: str = ""
    newest: int | None = None


@dataclass(frozen=True)
class FileUpload:
    """Files that somebody has uploaded as a zip, which are to be published as one version.

    Attributes:
        id: 32 hexadecimal digits; the answer comes under it.
        project: id.
        user: the authenticated author.
        door, token: for the audit log, see `hubshare.store.audit.Actor`.
        message: summary of the version; "" for what is done.
        upload: id of the author's upload, which is complete.
        folder: into which it goes; "" for the top.
        base: the published commit that the person has looked at.
        existing: what becomes of files that are there already: `ask`, `replace` or `keep`.
        take_off: whether one folder that all lies in is taken off.
    """

    id: str
    project: str
    user: str
    door: str
    token: str
    message: str
    upload: str
    folder: str
    base: str
    existing: str
    take_off: bool


@dataclass(frozen=True)
class OriginPull:
    """What a fork is to take of its origin, as one version.

    Attributes:
        id: 32 hexadecimal digits; the answer comes under it.
        project: id of the fork.
        user: the authenticated author.
        door, token: for the audit log, see `hubshare.store.audit.Actor`.
        message: summary of the version.
        commit: a published commit of the origin.
        version: its number there.
        base: the published commit of the fork on which was decided what is to be overwritten; "" where nothing is.
        ours, theirs: paths in conflict at which the fork's side was picked, or the origin's.
        rest: `ask`, `ours` or `theirs`: the side for all other conflicts.
        confirmed: whether the person confirmed that many files are deleted.
        asked: mark of the deletions that they were asked about, if they were: it confirms no others.
    """

    id: str
    project: str
    user: str
    door: str
    token: str
    message: str
    commit: str
    version: int
    base: str = ""
    ours: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    rest: Rest = "ask"
    confirmed: bool = False
    asked: str = ""
