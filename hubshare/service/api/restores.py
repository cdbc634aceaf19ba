"""Going back: the files of an earlier version are published again, as a new version. Nothing is rewritten."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from hubshare.errors import NotFound
from hubshare.events import new_id
from hubshare.git.objects import tree_entry
from hubshare.names import check_path, shown
from hubshare.queue import Edit
from hubshare.resources import NewRestore, Settled
from hubshare.service.api import TheCentre
from hubshare.service.asking import Asked, asking
from hubshare.service.edits import make_edit
from hubshare.store import projects
from hubshare.store.actions import Action

router = APIRouter(prefix="/projects", tags=["contents"])


@router.post("/{owner}/{name}/commits/{version}/restore")
def restore_version(
    asked: Annotated[Asked, Depends(asking(Action.PUSH))],
    centre: TheCentre,
    request: Request,
    owner: str,
    name: str,
    version: Annotated[str, Path(description="A number, `v` and a number, or at least 7 digits of a commit.")],
    wanted: NewRestore,
) -> Settled:
    """Publish a file, a folder or all of an earlier version again, as a new version."""
    with centre.database.read() as session:
        project, _ = asked.project(session, owner, name)
        row = projects.version(session, project.id, version)
        newest = projects.latest(session, project.id)
        below = check_path(wanted.path) if wanted.path else ""
    if below:
        repository = centre.repositories.open(project.id)
        trees = {repository.commit(found.commit).tree for found in (row, newest) if found}
        if not any(tree_entry(repository.tree, tree, below) for tree in trees):
            raise NotFound(f"There is no {shown(below)} in version {row.number} of {project.full_name}.")
    edit = Edit(
        id=new_id(),
        project=project.id,
        user=asked.user,
        door=asked.door,
        token=asked.person.token,
        message=f"Restore {below or 'everything'} from version {row.number}",
        restore=row.commit,
        below=below,
        confirmed=wanted.confirmed,
    )
    return Settled(version=make_edit(request, edit))
