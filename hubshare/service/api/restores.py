"""Going back: the files of an earlier version are published again, as a new version. Nothing is rewritten."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hubshare.errors import NotFound
from hubshare.git.objects import tree_entry
from hubshare.jobs.payloads import Edit
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.edits import submit_edit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.wire.agent import new_id
from hubshare.wire.api.conflicts import NewRestore, Settled

router = APIRouter(prefix="/projects", tags=["contents"])


@router.post("/{owner}/{name}/commits/{version}/restore")
def restore_version(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    owner: str,
    name: str,
    version: Annotated[str, Path(description="A number, `v` and a number, or at least 7 digits of a commit.")],
    wanted: NewRestore,
) -> Settled:
    """Publish a file, a folder or all of an earlier version again, as a new version."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        row = projects.version(session, project.id, version)
        newest = projects.latest(session, project.id)
        below = check_path(wanted.path) if wanted.path else ""
    if below:
        repository = centre.repositories.open(project.id)
        trees = {repository.commit(found.commit).tree for found in (row, newest) if found}
        if not any(tree_entry(repository.tree, tree, below) for tree in trees):
            raise NotFound(f"There is no {quoted(below)} in version {row.number} of {project.full_name}.")
    edit = Edit(
        id=new_id(),
        project=project.id,
        user=caller.user,
        door=caller.door,
        token=caller.person.token,
        message=f"Restore {below or 'everything'} from version {row.number}",
        restore=row.commit,
        below=below,
        confirmed=wanted.confirmed,
    )
    return Settled(version=submit_edit(centre, edit))
