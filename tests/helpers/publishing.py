"""A project to which changes come by each channel, and where a worker may die meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.git_push import ByGit
from hubshare_workers.publish.publication import Publication
from hubshare_workers.publish.upload import UploadedFiles

from hubshare.bus.bus import Bus
from hubshare.git.objects import walk_tree
from hubshare.git.packs import pack_of
from hubshare.git.repository import Repository
from hubshare.git.waiting import spool
from hubshare.jobs import Edit, FileUpload, GitPush
from hubshare.store.models import Project
from hubshare.wire.agent import Push, Update, new_id, read_from_centre
from tests.helpers.forge import packed, snapshot
from tests.helpers.git_client import GitUser, project_of
from tests.helpers.pushing import apply_push
from tests.helpers.zips import zipped


class Killed(BaseException):
    """The worker dies."""


class Stage:
    """A project of olga's to which the same change comes by each channel.

    Args:
        olga: who owns it.
    """

    def __init__(self, olga: GitUser) -> None:
        self.olga, self.centre = olga, olga.centre.centre
        self.full = olga.create(anna="writer")
        self.id = project_of(olga.centre, self.full).id
        self.first = self.head
        self.checkout = self._checkout("olga")
        self.others = self._checkout("anna")

    def _checkout(self, user: str) -> str:
        asking = GitUser(self.olga.home, self.olga.centre, user)
        return str(asking.api("POST", "/checkouts", json={"project": self.full, "folder": "/x"}).json()["id"])

    @property
    def project(self) -> Project:
        with self.centre.database.read() as session:
            return session.get_one(Project, self.id)

    @property
    def head(self) -> str:
        return self.project.head

    def push(self, files: dict[str, bytes], onto: str = "", **more: Any) -> Callable[[], Publication]:
        """What an agent pushes on top of a commit: whole folders."""
        objects = snapshot(onto or self.head, {**files}, "olga")
        event = Push(project=self.id, checkout=self.checkout, commit=objects[-1].id, confirmed=True, **more)
        pack = packed(objects, {item.id for item in objects if item.id in self.repository})
        return lambda: AgentPush(self.centre, "olga", event, pack)

    def by_git(self, files: dict[str, bytes]) -> Callable[[], Publication]:
        objects = snapshot(self.head, {**files}, "somebody")
        job = GitPush(new_id(), self.id, "olga", "", self.head, objects[-1].id, True)
        pack = spool(self.centre.settings.quarantine, job.id)
        pack.parent.mkdir(parents=True)
        pack.write_bytes(pack_of(objects))
        return lambda: ByGit(self.centre, job)

    def edit(self, files: dict[str, bytes], **more: Any) -> Callable[[], Publication]:
        contents = {path: data.decode() for path, data in files.items()}
        wanted = Edit(new_id(), self.id, "olga", "page", "", "Edit", contents=contents, **more)
        return lambda: Edited(self.centre, wanted)

    def by_upload(self, files: dict[str, bytes]) -> Callable[[], Publication]:
        name, old = new_id(), self.head
        self.centre.uploads.append("olga", name, 0, zipped(files))
        self.centre.uploads.finish("olga", name)
        job = FileUpload(new_id(), self.id, "olga", "page", "", "Edit", name, "", old, "replace", False)
        return lambda: UploadedFiles(self.centre, job)

    @property
    def repository(self) -> Repository:
        return self.centre.repositories.open(self.id)

    def others_publish(self, files: dict[str, bytes]) -> None:
        """Anna, from her checkout, on top of what is published."""
        objects = snapshot(self.head, {**self.files(), **files}, "anna")
        known = {item.id for item in objects if item.id in self.repository}
        event = Push(project=self.id, checkout=self.others, commit=objects[-1].id)
        assert apply_push(self.centre, "anna", event, packed(objects, known)).status in ("applied", "merged")

    def files(self) -> dict[str, bytes]:
        """What is published, as the database has it."""
        repository = self.repository
        found = walk_tree(repository.tree, repository.commit(self.head).tree)
        return {path: repository.read(entry.id).data for path, entry in found}

    def told(self, user: str) -> list[Update]:
        """The updates of this project that a user's agents have been sent."""
        found = self.centre.bus.redis.xrange(f"hubshare:{{{user}}}:inbox")
        events = [read_from_centre(fields[b"event"]) for _, fields in found]
        return [event for event in events if isinstance(event, Update) and event.project == self.id]


CHANNELS: dict[str, Callable[[Stage, dict[str, bytes]], Callable[[], Publication]]] = {
    "an agent's push": Stage.push,
    "a push by git": Stage.by_git,
    "an edit": Stage.edit,
    "an upload": Stage.by_upload,
}


def after(owner: Any, name: str, patch: pytest.MonkeyPatch) -> None:
    """Have the worker die right after it has called something."""
    real = getattr(owner, name)

    def dying(*args: Any, **more: Any) -> None:
        real(*args, **more)
        raise Killed

    patch.setattr(owner, name, dying)


#: Where a worker dies, and whether it had published by then.
STEPS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], bool]] = {
    "the look at what came": (lambda patch: after(publishing._Entry, "prepare", patch), False),
    "the decision": (lambda patch: after(publishing, "_decide", patch), False),
    "the objects": (lambda patch: after(Repository, "add", patch), False),
    "the transaction": (lambda patch: after(publishing, "_write", patch), True),
    "the copy of the branch": (lambda patch: after(Repository, "mirror", patch), True),
    "the answers": (lambda patch: after(Bus, "send", patch), True),
}
