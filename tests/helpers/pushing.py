"""A push of an agent, published at once in the test's own process."""

from __future__ import annotations

from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publication import PublishOutcome
from hubshare_workers.publish.publish import publish

from hubshare.centre import Centre
from hubshare.store.versions import NewVersion, move_branch, read_branch
from hubshare.wire.agent import Push


def apply_push(centre: Centre, user: str, event: Push, pack: bytes = b"") -> PublishOutcome:
    """Publish what a push brings; how it is answered."""
    return publish(centre, AgentPush(centre, user, event, pack))


def move_to(centre: Centre, project: str, commit: str) -> None:
    """Publish a commit that the repository holds already.

    Args:
        project: id.
    """
    found = centre.repositories.open(project).commit(commit)
    version = NewVersion(commit, commit, found.author, found.summary, found.time)
    with centre.database.begin(project) as session:
        branch = read_branch(session, project)
        assert branch is not None and move_branch(session, branch, [version], 0)
    centre.repositories.open(project).mirror(commit)
