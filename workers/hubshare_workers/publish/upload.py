"""Files that somebody has uploaded with a browser: all of them become one version, or none."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO

from sqlalchemy.orm import Session

from hubshare import metering
from hubshare.bus.deliveries import Delivery, ReplyTo
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.config import KIB
from hubshare.errors import AlreadyThere, Clash, HasOutputs, HubShareError, NotFound, Unavailable
from hubshare.git.lookup import side_at
from hubshare.git.objects import BLOB, TREE, Commit, Object, edit_tree, start_id
from hubshare.git.packs import Pack, PackWriter
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.git.tree_size import growth
from hubshare.git.waiting import alone, discard, push_dir
from hubshare.jobs import FileUpload
from hubshare.names import check_path, count, quoted
from hubshare.room import check_room
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor
from hubshare.store.projects import is_published
from hubshare.store.publications import read_records
from hubshare.store.quotas import check_bytes
from hubshare.store.versions import Branch, NewVersion, read_branch
from hubshare.sync.ignore import RULES_FILE, Ignore
from hubshare.sync.merge import collisions
from hubshare.sync.titles import about
from hubshare.sync.trees import FILE, LINK, Entry, Side
from hubshare.wire.api.contents import Uploaded
from hubshare_workers.publish.outputs import stripped
from hubshare_workers.publish.publication import BranchChange, Publication, Published, PublishOutcome
from hubshare_workers.publish.soundness import check_sound
from hubshare_workers.uploads.selection import Selection, select
from hubshare_workers.uploads.zip_file import ANY, Member, ZipReader

#: A content up to this size, in bytes, is held while it is packed; what is larger is read twice.
_AT_ONCE = 64 * KIB
#: Largest file of ignore rules that is read.
_RULES_BYTES = 16 * KIB
#: So many paths are named in an answer, and said in a sentence.
_NAMED, _SAID = 100, 3


class UploadedFiles(Publication):
    """An upload that somebody waits for.

    Args:
        wanted: the job.
    """

    together = False

    def __init__(self, centre: Centre, wanted: FileUpload) -> None:
        self._centre, self._wanted = centre, wanted
        self.id, self.project, self.user, self.confirmed = wanted.id, wanted.project, wanted.user, False
        self._files = ExitStack()
        self._branch: Branch | None = None
        self._selection = Selection({}, [], "")
        self._sides: dict[str, Entry] = {}
        self._pack: Pack | None = None
        self._published = 0
        self._changed: list[str] = []
        self._there: list[str] = []
        self._seen = 0

    def prepare(self, repository: Repository) -> None:
        """Read the zip, and put its files into a pack beside the project; before that look at what costs nothing."""
        uploads, upload = self._centre.uploads, self._wanted.upload
        with self._centre.database.read() as session:
            branch = read_branch(session, self.project)
            require(session, branch, self.user, Action.PUSH, branch.full_name if branch else self.project)
            assert branch is not None
            if read_records(session, [self.id]):
                return
            if not uploads.complete(self.user, upload):
                raise NotFound("What you uploaded is not there any more: upload it again.")
            self.size = uploads.size(self.user, upload)
            check_bytes(session, self._centre.settings, branch, self.size)
        path = self._files.enter_context(uploads.reading(self.user, upload))
        with alone(self._centre.settings.git_locks, self.user), path.open("rb") as file:
            self._take(branch, repository, file)
        self._branch = branch

    def _take(self, branch: Branch, repository: Repository, file: BinaryIO) -> None:
        settings, folder = self._centre.settings, self._wanted.folder
        reader = ZipReader(file, settings)

        def rules_of(files: dict[str, Member]) -> Ignore:
            own = files.get(RULES_FILE)
            if own is not None and own.size <= _RULES_BYTES:
                reader.check([own])
                return Ignore(b"".join(reader.pieces(own)))
            side = side_at(repository, branch.head, RULES_FILE)
            return Ignore(repository.read(side.id).data if side is not None and side.mode != LINK else b"")

        self._selection = select(reader.members, check_path(folder) if folder else "", self._wanted.take_off, rules_of)
        files = self._selection.files
        reader.check(files.values())
        total = sum(member.size for member in files.values())
        metering.count(inflated=total)
        place = push_dir(settings.quarantine, self.id)
        place.mkdir(parents=True, exist_ok=True)
        check_room(place, total)
        with (place / "files.pack").open("w+b") as made:
            writer = PackWriter(made)
            for path, member in files.items():
                self._sides[path] = Entry(member.mode, _add(writer, reader, branch, path, member))
            writer.close()
        # Read from end to end: what is taken in later is what was looked at.
        self._pack = self._files.enter_context(Pack(place / "files.pack", settings))

    def look(self, session: Session, branch: Branch) -> None:
        """The version that the person looked at has to be one of this project."""
        if not is_published(session, branch.id, self._wanted.base):
            raise NotFound(f"That is no version of {branch.full_name}.")

    def change(self, published: Published) -> BranchChange:
        """Publish what is not published so already, and replace nothing that the person has not said."""
        pack, branch = self._pack, self._branch
        if pack is None or branch is None or branch.outputs != published.branch.outputs:
            raise Unavailable(f"{published.branch.full_name} has changed meanwhile: the upload is looked at once more.")
        now = StoredTree(published.tree, published.root)
        changes = self._wished(published, now)
        for path in collisions(changes, now):
            raise Clash(
                f"{quoted(path)} has no place: there is a file where it needs a folder, or a folder in its place. "
                "Rename one of the two, or upload it into another folder."
            )
        self._published = len(changes)
        if not changes:
            return BranchChange(None)
        edit = edit_tree(published.tree, published.root, changes)
        check_sound(published, edit, _InPack(pack), self._centre.settings, list(changes))
        message = self._wanted.message or about("upload", changes)
        commit = Commit(edit.root, (published.head,), self.user, int(time.time()), message)
        encoded = commit.encode()
        objects = [*(Object(TREE, data) for data in edit.made.values()), encoded]

        def size_of(name: str) -> int:
            return pack.places[name].size if name in pack else published.size_of(name)

        return BranchChange(
            NewVersion(encoded.id, encoded.id, self.user, commit.summary, commit.time),
            objects=objects,
            install=lambda repository: repository.install(pack),
            grown=pack.size + sum(len(item.data) for item in objects),
            size=growth(((now.entry(path), side) for path, side in changes.items()), size_of),
        )

    def _wished(self, published: Published, now: StoredTree) -> dict[str, Side]:
        """Path to what is to lie there.

        Raises:
            AlreadyThere: when that is to be decided by the person first.
        """
        then = StoredTree(published.tree, published.commit(self._wanted.base).tree)
        policy = self._wanted.existing
        changes: dict[str, Side] = {}
        self._changed, self._there, self._seen = [], [], published.number
        for path, (mode, oid) in self._sides.items():
            held = now.entry(path)
            if mode == ANY:
                mode = held.mode if held is not None and held.mode != LINK else FILE
            if held == Entry(mode, oid) or (held is not None and policy == "keep"):
                continue
            if held != then.entry(path):
                self._changed.append(path)
            elif held is not None and policy == "ask":
                self._there.append(path)
            changes[path] = Entry(mode, oid)
        if self._changed:
            raise AlreadyThere(
                f"Somebody has changed {_said(self._changed)} meanwhile: look at the newer version, then decide. "
                "Nothing was saved."
            )
        if self._there:
            raise AlreadyThere(
                f"{_said(self._there)} {'is' if len(self._there) == 1 else 'are'} there already: decide whether to replace "
                "that. Nothing was saved."
            )
        return changes

    def actor(self) -> Actor:
        """The author."""
        return Actor(self.user, self._wanted.door, self._wanted.token)

    def details(self) -> dict[str, str | int]:
        return {"uploaded": self._published}

    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """What became of it, for whoever waits."""
        if answer.code == AlreadyThere.code:
            named = {"changed": self._changed[:_NAMED], "there": self._there[:_NAMED], "version": self._seen}
            yield ReplyTo(self.id, Reply(answer.code, json.dumps({"message": answer.message} | named)))
        elif answer.status == "refused":
            yield ReplyTo(self.id, Reply(answer.code, answer.message))
        else:
            left_out = self._selection.left_out
            told = Uploaded(
                version=answer.number,
                files=self._published,
                left_out=left_out[:_NAMED],
                left_out_more=max(0, len(left_out) - _NAMED),
                top=self._selection.top,
            )
            yield ReplyTo(self.id, Reply("", told.model_dump_json()))

    def finish(self, answer: PublishOutcome) -> None:
        """What was uploaded goes, but where the person decides first, or it can be tried again."""
        asked = answer.code == AlreadyThere.code
        if not asked and (not answer.retry or answer.code == HasOutputs.code):
            self._centre.uploads.path(self.user, self._wanted.upload).unlink(missing_ok=True)
        self.close()
        discard(self._centre.settings.quarantine, self.id)

    def close(self) -> None:
        self._files.close()


class _InPack:
    """Contents that lie in a pack."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    def __contains__(self, name: str) -> bool:
        return name in self._pack

    def kind_and_size(self, name: str) -> tuple[int, int]:
        """Type number and size."""
        return self._pack.places[name].type, self._pack.places[name].size

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content."""
        return self._pack.stream(name)


def _add(writer: PackWriter, reader: ZipReader, branch: Branch, path: str, member: Member) -> str:
    """Write a file into a pack, without outputs where the project shares none; return its id."""
    for _, plain in stripped(
        branch,
        [(path, Entry(member.mode, ""))],
        lambda _: Object(BLOB, b"".join(reader.pieces(member))),
        lambda _: member.size,
    ):
        return writer.add(plain)
    if member.size <= _AT_ONCE:
        return writer.add(Object(BLOB, b"".join(reader.pieces(member))))
    digest = start_id(BLOB, member.size)
    for piece in reader.pieces(member):
        digest.update(piece)
    name = digest.hexdigest()
    if not writer.add_pieces(BLOB, member.size, reader.pieces(member), name):
        raise HubShareError(f"{quoted(path)} was not read alike twice.")
    return name


def _said(paths: list[str]) -> str:
    named = ", ".join(quoted(path) for path in paths[:_SAID])
    return named if len(paths) <= _SAID else f"{named} and {count(len(paths) - _SAID, 'more file')}"
