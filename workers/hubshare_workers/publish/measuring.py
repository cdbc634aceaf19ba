"""How large a project is, found out and noted before it is published to: without the lock for which others wait."""

from __future__ import annotations

from sqlalchemy import update

from hubshare.centre import Centre
from hubshare.errors import NotFound, Unavailable
from hubshare.git.tree_size import measure
from hubshare.store.models import Project
from hubshare.store.versions import read_branch


def note_size(centre: Centre, project: str) -> None:
    """Measure what is published of a project, and write that down unless something else is published by then.

    Args:
        project: id.

    Raises:
        Unavailable: when it cannot be read.
    """
    with centre.database.read() as session:
        branch = read_branch(session, project)
    if branch is None or branch.measured == branch.head:
        return
    try:
        repository = centre.repositories.open(project)
        root = repository.commit(branch.head).tree
        size = measure(repository.tree, lambda name: (repository.kind_and_size(name) or (0, 0))[1], root)
    except NotFound as error:
        raise Unavailable(f"{branch.full_name} cannot be read: {error.message}") from error
    still = (Project.id == project) & (Project.head == branch.head)
    noted = {"measured": branch.head, "files": size.files, "unpacked": size.bytes}
    with centre.database.begin(project) as session:
        session.execute(update(Project).where(still).values(noted))
