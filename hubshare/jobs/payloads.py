"""What jobs are about, and putting them on the queue."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import dramatiq
from dramatiq.errors import ConnectionClosed

from hubshare.config import MIB
from hubshare.errors import Unavailable
from hubshare.jobs.policy import APPLY, APPLY_GIT, EDIT, RENDER
from hubshare.rendering.requests import RenderRequest


def apply_event(broker: dramatiq.Broker, outbox: str, entry: str) -> None:
    """Ask the workers to apply one entry of a user's outbox; does nothing while that is waiting or running.

    Raises:
        Unavailable: Redis does not answer.
    """
    # The queue holds a message id once, see BELL. A copy that waits for its next try does not count: asking
    # again tries again now.
    message_id = f"{APPLY.name}:{outbox}:{entry}"
    message = dramatiq.Message(APPLY.queue, APPLY.name, (outbox, entry), {}, {}, message_id=message_id)
    try:
        broker.enqueue(message)
    except ConnectionClosed as error:
        raise Unavailable("The job queue does not answer; the push is kept and will be tried again.") from error


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


def apply_git(broker: dramatiq.Broker, push: GitPush) -> None:
    """Ask the workers to apply a push by git.

    Raises:
        Unavailable: Redis does not answer.
    """
    message_id = f"{APPLY_GIT.name}:{push.id}"
    message = dramatiq.Message(APPLY_GIT.queue, APPLY_GIT.name, (asdict(push),), {}, {}, message_id=message_id)
    try:
        broker.enqueue(message)
    except ConnectionClosed as error:
        raise Unavailable("The job queue does not answer: push again in a moment.") from error


def render(broker: dramatiq.Broker, project: str, wanted: RenderRequest) -> None:
    """Ask the workers for a rendering; does nothing while it is waiting or being made, so it can be asked again and again.

    Args:
        broker: of this process.
        project: id of the one whose repository has the blobs. The caller has checked that the person may read them.
        wanted: see `hubshare.rendering.requests.make_request`. The result will be in the cache.

    Raises:
        Unavailable: Redis does not answer.
    """
    message_id = f"{RENDER.name}:{wanted.key}"
    message = dramatiq.Message(RENDER.queue, RENDER.name, (project, wanted.encode()), {}, {}, message_id=message_id)
    try:
        broker.enqueue(message)
    except ConnectionClosed as error:
        raise Unavailable("The job queue does not answer: look again in a moment.") from error


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
        seen: path to the published side that the person decided on; where it is another one now, the edit is refused.
        restore: a published commit whose files below `below` are to be published again, instead of `changes`.
        below: a path, "" for the whole project.
        conflicts: ids of the conflicts that this settles.
        picked: id of a conflict to the checkout's content that the person saw, None for a deletion: the agent of the checkout
            is to put what this publishes in its place, and keep it.
        confirmed: whether the person confirmed that many files are deleted.
    """

    id: str
    project: str
    user: str
    door: str
    token: str
    message: str
    changes: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    restore: str = ""
    below: str = ""
    conflicts: list[str] = field(default_factory=list)
    picked: dict[str, str | None] = field(default_factory=dict)
    confirmed: bool = False


def edit(broker: dramatiq.Broker, wanted: Edit) -> None:
    """Ask the workers to make an edit.

    Raises:
        Unavailable: Redis does not answer.
    """
    message = dramatiq.Message(EDIT.queue, EDIT.name, (asdict(wanted),), {}, {}, message_id=f"{EDIT.name}:{wanted.id}")
    try:
        broker.enqueue(message)
    except ConnectionClosed as error:
        raise Unavailable("The job queue does not answer: try again in a moment.") from error
