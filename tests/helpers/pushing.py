"""A push of an agent, published at once in the test's own process."""

from __future__ import annotations

import time

from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publication import PublishOutcome

from hubshare.centre import Centre
from hubshare.git.objects import BLOB, TREE, Commit, Object, edit_tree
from hubshare.store.versions import NewVersion, move_branch, read_branch
from hubshare.sync.trees import FILE, Entry
from hubshare.testing.world import World
from hubshare.wire.agent import Push


def apply_push(centre: Centre, user: str, event: Push, pack: bytes = b"") -> PublishOutcome:
    """Publish what a push brings; how it is answered."""
    return publishing.publish(centre, AgentPush(centre, user, event, pack))


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


def publish(world: World, *paths: str) -> str:
    """Publish a version with other content at some paths, a.txt if none is given; returns its commit."""
    repository, blob = world.repository, Object(BLOB, b"%d" % time.monotonic_ns())
    edit = edit_tree(
        repository.tree,
        repository.commit(repository.main).tree,
        {path: Entry(FILE, blob.id) for path in paths or ("a.txt",)},
    )
    commit = Commit(edit.root, (repository.main,), "alice", int(time.time()), "Edit").encode()
    repository.add([blob, *(Object(TREE, data) for data in edit.made.values()), commit])
    move_to(world.centre, world.project.id, commit.id)
    return commit.id
