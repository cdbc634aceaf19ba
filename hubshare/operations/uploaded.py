"""Files that were uploaded, as one version of a project: asked for here, made by the workers."""

from __future__ import annotations

import json

from hubshare import jobs
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import AlreadyThere, NotFound, Unavailable, from_code
from hubshare.jobs.payloads import FileUpload
from hubshare.names import check_message, check_path
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import open_view
from hubshare.store.models import Project
from hubshare.store.projects import latest
from hubshare.wire.agent import new_id
from hubshare.wire.api.contents import NewUpload, Uploaded


class WouldReplace(AlreadyThere):
    """What was uploaded is there already, or somebody has changed it; the upload waits for a decision.

    Attributes:
        changed: paths that others have changed since the version that was looked at; the first hundred.
        there: paths that are there as they were then.
        version: number of the version that this is about.
    """

    def __init__(self, message: str, changed: list[str], there: list[str], version: int) -> None:
        super().__init__(message)
        self.changed, self.there, self.version = changed, there, version


def publish_upload(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewUpload) -> str:
    """Have the workers publish what the caller has uploaded; return the id under which they answer.

    Raises:
        NotFound: when there is no such upload, or no such version.
    """
    version = f"v{wanted.base}" if wanted.base is not None else "latest"
    with centre.database.read() as session:
        view = open_view(session, centre, caller, owner, name, version)
    if not centre.uploads.complete(caller.user, wanted.upload):
        raise NotFound("What you uploaded is not there any more: upload it again.")
    job = FileUpload(
        id=new_id(),
        project=view.project.id,
        user=caller.user,
        door=caller.door,
        token=caller.person.token,
        message=check_message(wanted.message),
        upload=wanted.upload,
        folder=check_path(wanted.folder) if wanted.folder else "",
        base=view.version.commit,
        existing=wanted.existing,
        take_off=wanted.take_off,
    )
    jobs.UPLOAD.enqueue(centre.queue, job)
    return job.id


def read_outcome(reply: Reply | None) -> Uploaded:
    """What the workers have answered.

    Args:
        reply: None when they have not, in all the time that they had.

    Raises:
        WouldReplace: when the person is to decide first.
        HubShareError: why nothing was published.
    """
    if reply is None:
        raise Unavailable("The workers have not answered: look at the project in a while, it may still be done.")
    if reply.reason == AlreadyThere.code:
        raise WouldReplace(**json.loads(reply.message))
    if reply.reason:
        raise from_code(reply.reason, reply.message)
    return Uploaded.model_validate_json(reply.message)


def discard_upload(caller: Caller, centre: Centre, *, upload: str) -> None:
    """Remove an upload that is not to be published."""
    centre.uploads.path(caller.user, upload).unlink(missing_ok=True)


def discard_begun(caller: Caller, centre: Centre, *, project: str) -> None:
    """Remove a project that the caller has begun for an upload which came to nothing; one that has a version stays.

    Args:
        project: id.
    """
    aside = centre.settings.data / "trash"
    aside.mkdir(exist_ok=True)
    with centre.database.begin(project) as session:
        found, newest = session.get(Project, project), latest(session, project)
        if found is None or newest is None or newest.number:
            return
        path = centre.repositories.path(project)
        if path.exists():
            # As with the trash: what is aside is removed once nobody knows the project any more, else put back.
            path.replace(aside / path.name)
        caller.note(session, found, discarded="the upload came to nothing")
        session.delete(found)
