"""A worker dies at each step of a fetch: whoever takes the job again ends it, and what is new becomes one version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from hubshare_workers.context import Context
from hubshare_workers.fetch.stage import Stage
from hubshare_workers.publish import publish as publishing
from sqlalchemy import select

from hubshare.features.imports import operations, worker
from hubshare.features.imports.jobs import Fetch
from hubshare.git.objects import walk_tree
from hubshare.git.repository import Repository
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.operations.caller import Caller, Person
from hubshare.store.access.actions import Action, Scope
from hubshare.store.import_tables import Import
from hubshare.store.models import Origin, Project, Version, now
from hubshare.testing.world import World
from hubshare.wire.api.imports import NewImport
from tests.helpers.centre_fixture import sound
from tests.helpers.internet import Internet
from tests.helpers.mirror_story import Queue
from tests.helpers.publishing import Killed, after
from tests.helpers.zips import zipped

Patch = pytest.MonkeyPatch
STEPS: dict[str, Callable[[Patch], None]] = {
    "the place for it": lambda patch: after(Repository, "create", patch),
    "the objects": lambda patch: after(Stage, "deliver", patch),
    "the fetch": lambda patch: after(worker, "import_source", patch),
    "the note of it": lambda patch: after(worker, "_note_fetched", patch),
    "its upkeep": lambda patch: after(Repository, "maintain", patch),
    "the size of it": lambda patch: after(worker, "note_held", patch),
    "the transaction": lambda patch: after(publishing, "_write", patch),
    "the copy of the branch": lambda patch: after(Repository, "mirror", patch),
    "the publication": lambda patch: after(worker, "_take", patch),
    "the former versions": lambda patch: after(worker, "slim", patch),
    "the note of the result": lambda patch: after(worker, "_end", patch),
}


class Imported:
    """A project that comes from a zip."""

    def __init__(self, world: World, internet: Internet) -> None:
        self.centre, self._internet = world.centre, internet
        self.centre.__dict__["queue"] = Queue()
        self.context = Context(world.centre, None)  # type: ignore[arg-type]
        wanted = NewImport(source=self.put({"a.txt": b"1"}), name="imported")
        self.id = operations.import_project(self._caller(Action.CREATE_PROJECT), self.centre, wanted=wanted).id

    def _caller(self, action: Action) -> Caller:
        return Caller(action, Person("alice", scopes=frozenset(Scope)))

    def put(self, files: dict[str, bytes]) -> str:
        return self._internet.serve("/killed.zip", zipped(files))

    def look_again(self) -> None:
        operations.fetch_import(self._caller(Action.PUSH), self.centre, owner="alice", name="imported", take=True)

    @property
    def row(self) -> Import:
        with self.centre.database.read() as session:
            return session.get_one(Import, self.id)

    def fetch(self) -> None:
        worker.fetch(self.context, Fetch(self.id, self.row.run, "alice", True))

    def files(self) -> dict[str, bytes]:
        with self.centre.database.read() as session:
            head = session.get_one(Project, self.id).head
        repository = self.centre.repositories.open(self.id)
        found = walk_tree(repository.tree, repository.commit(head).tree)
        return {path: repository.read(entry.id).data for path, entry in found}

    def versions(self) -> list[int]:
        with self.centre.database.read() as session:
            query = select(Version.number).where(Version.project_id == self.id)
            return list(session.scalars(query.order_by(Version.number)))


@pytest.fixture
def imported(tmp_path: Path, internet: Internet) -> Iterator[Imported]:
    world = World(tmp_path)
    world.centre.settings.fetch_allowed_networks = (ip_network("127.0.0.0/8"),)
    yield Imported(world, internet)
    world.close()


def test_a_fetch_that_dies_at_whatever_step_is_made_good_once(
    imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first one dies at its first step, and each that looks for what is new at the next one.
    for number, step in enumerate(STEPS, 1):
        files = {"a.txt": b"%d" % number, f"{number}.txt": b"new"}
        imported.put(files)
        if number > 1:
            imported.look_again()
        with monkeypatch.context() as patch, pytest.raises(Killed):
            STEPS[step](patch)
            imported.fetch()
        for _ in range(2):
            # The queue gives it to the next worker, perhaps once more.
            imported.fetch()
        row = imported.row
        assert (row.state, row.message, row.due) == ("done", "", None), step
        assert imported.files() == files and imported.versions() == list(range(number + 1)), step
        assert sum(text.startswith("Fetched") for _, text in row.log) == number, step
    with imported.centre.database.read() as session:
        source = session.get_one(Origin, imported.id).origin_id
    sound(imported.centre.repositories.path(source), dangling=True)
    assert not list(imported.centre.settings.quarantine.glob("*"))


def test_how_a_fetch_has_ended_is_known_without_a_note_of_it(imported: Imported) -> None:
    left = LeftJob("fetch_source", imported.row.run, "", "alice", imported.row.started or now())
    assert worker.end_of_fetch(imported.centre, left) is None
    imported.fetch()
    assert worker.end_of_fetch(imported.centre, left) == JobEnd("done", imported.row.ended, "applied", 1)
    # Another one has begun since: what the first one published is known all the same.
    imported.put({"a.txt": b"2"})
    imported.look_again()
    assert worker.end_of_fetch(imported.centre, left) is not None
    nothing = left._replace(key=imported.row.run)
    assert worker.end_of_fetch(imported.centre, nothing) is None
