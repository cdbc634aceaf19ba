"""The time by which the centre tells ages: no clock that was wrong for a moment makes anything old."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest
from hubshare_workers.maintenance import housekeeping as module
from hubshare_workers.maintenance.housekeeping import housekeeping

from hubshare.bus.house_report import read_faults, write_place
from hubshare.jobs import Nothing
from hubshare.store import house_time, models, projects
from hubshare.store.audit import Actor, record
from hubshare.store.house_time import STEP, next_time
from hubshare.store.models import AuditEntry, Project, PublicationRecord
from hubshare.testing.world import World

DAY = timedelta(days=1)


class Clocks:
    """The clocks of the centre's machine and of Redis, set by hand."""

    def __init__(self) -> None:
        self.own = self.redis = datetime.now(UTC).replace(tzinfo=None)

    def now(self) -> datetime:
        return self.own

    def time(self) -> tuple[int, int]:
        return int(self.redis.replace(tzinfo=UTC).timestamp()), 0

    def go(self, by: timedelta) -> None:
        self.own += by
        self.redis += by


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    for place in (models, house_time, module):
        monkeypatch.setattr(place, "now", made.now)
    return made


@pytest.fixture
def world(tmp_path: Path, clocks: Clocks) -> Iterator[World]:
    """A world whose project is in the trash, with something of every kind that is deleted by age."""
    made = World(tmp_path)
    client = fakeredis.FakeRedis()
    client.time = clocks.time  # type: ignore[method-assign, assignment]
    made.bus.redis = client  # type: ignore[attr-defined]
    object.__setattr__(made.centre, "queue", SimpleNamespace(enqueue=lambda message, delay=None: None))
    settings = made.centre.settings
    for folder in (settings.uploads, settings.packs, settings.quarantine / ("a" * 32)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "file").write_bytes(b"x")
    keep_house(made)
    with made.centre.database.begin() as session:
        project = session.get_one(Project, made.project.id)
        projects.delete(session, project)
        record(session, Actor("alice", "api"), "project.delete", project)
        session.add(
            PublicationRecord(id="b" * 32, project_id=project.id, user="alice", answer={}, created=clocks.now())
        )
    yield made
    made.close()


def keep_house(world: World, times: int = 1) -> None:
    """Keep the house so many times; all but the last time only the clock is looked at."""
    for _ in range(times - 1):
        module.house_time(world.centre)
    context: Any = SimpleNamespace(centre=world.centre)
    housekeeping(context, Nothing())


def left(world: World) -> set[str]:
    """What is still there."""
    settings = world.centre.settings
    found = {
        "repository": world.centre.repositories.path(world.project.id).exists(),
        "upload": (settings.uploads / "file").exists(),
        "pack": (settings.packs / "file").exists(),
        "push by git": (settings.quarantine / ("a" * 32)).exists(),
    }
    with world.centre.database.read() as session:
        found["project"] = session.get(Project, world.project.id) is not None
        found["answer"] = session.get(PublicationRecord, "b" * 32) is not None
        found["audit"] = session.query(AuditEntry).filter_by(action="project.delete").count() == 1
    return {name for name, there in found.items() if there}


EVERYTHING = {"repository", "upload", "pack", "push by git", "project", "answer", "audit"}


@pytest.mark.parametrize("days", [90, 5000])
def test_a_clock_that_is_ahead_for_a_moment_deletes_nothing(world: World, clocks: Clocks, days: int) -> None:
    clocks.go(days * DAY)
    keep_house(world, 5)
    assert left(world) == EVERYTHING
    (told,) = read_faults(world.bus.redis)  # type: ignore[attr-defined]
    assert "ages are told by" in told
    clocks.go(-days * DAY)
    keep_house(world, 5)
    assert left(world) == EVERYTHING
    assert read_faults(world.bus.redis) == []  # type: ignore[attr-defined]


def test_the_clock_of_one_machine_alone_deletes_nothing_however_long_it_is_ahead(world: World, clocks: Clocks) -> None:
    clocks.own += 90 * DAY
    keep_house(world, 100)
    assert left(world) == EVERYTHING


def test_a_clock_that_is_behind_when_a_project_is_deleted_does_not_remove_it_at_once(
    world: World, clocks: Clocks
) -> None:
    clocks.go(-2000 * DAY)
    with world.centre.database.begin() as session:
        projects.delete(session, session.get_one(Project, world.project.id))
    clocks.go(2000 * DAY)
    keep_house(world)
    assert {"project", "repository"} <= left(world)


def test_what_is_old_goes_when_the_clock_stays_where_it_is(world: World, clocks: Clocks) -> None:
    settings = world.centre.settings
    clocks.go(31 * DAY)
    keep_house(world, 31 * 24 - 24)
    assert "project" in left(world)
    keep_house(world, 25)
    assert left(world) == {"audit"}
    assert not (settings.data / "trash" / f"{world.project.id}.git").exists()


def test_one_step_that_cannot_be_done_stops_no_other(world: World, clocks: Clocks, monkeypatch: Any) -> None:
    def remove_files(centre: Any, at: datetime) -> list[str]:
        raise PermissionError("uploads")

    monkeypatch.setattr(module, "_STEPS", (remove_files, *module._STEPS[1:]))
    os.utime(world.centre.settings.quarantine / ("a" * 32), (1, 1))
    keep_house(world)
    assert left(world) == EVERYTHING - {"push by git"}
    assert read_faults(world.bus.redis) == ["remove_files: uploads"]  # type: ignore[attr-defined]


def test_a_broken_repository_stops_no_other_and_the_next_go_begins_behind_it(
    world: World, clocks: Clocks, monkeypatch: Any
) -> None:
    with world.centre.database.begin() as session:
        others = [projects.create(session, "alice", f"other-{number}", "private").id for number in range(3)]
    ids, seen = sorted([*others, world.project.id]), []

    def tidy(centre: Any, project: str, at: datetime) -> None:
        seen.append(project)
        if project == ids[1]:
            raise ValueError("damaged")
        if project == ids[2] and len(seen) < 4:
            raise SystemExit("killed")

    monkeypatch.setattr(module, "_tidy", tidy)
    write_place(world.bus.redis, "")  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        keep_house(world)
    keep_house(world)
    assert seen == [*ids[:3], ids[3], *ids[:3]]
    assert read_faults(world.bus.redis) == [f"the repository of project {ids[1]}: damaged"]  # type: ignore[attr-defined]


def test_a_repository_that_was_put_aside_while_its_project_stayed_is_put_back(world: World, clocks: Clocks) -> None:
    path, aside = world.centre.repositories.path(world.project.id), world.centre.settings.data / "trash"
    path.replace(aside / path.name)
    keep_house(world)
    assert path.exists() and left(world) == EVERYTHING


def test_it_follows_the_clock_in_steps_and_never_goes_back() -> None:
    at = datetime(2026, 1, 1)
    assert next_time(None, at, at + DAY) == at
    assert next_time(at, at + DAY, at + DAY) == at + STEP
    assert next_time(at, at - DAY, at - DAY) == at
    assert next_time(at, at + DAY, at) == at


def test_while_the_clocks_disagree_it_stands_still() -> None:
    """Nobody can say which of them is right: the earlier one may be ahead as well."""
    known = datetime(2026, 1, 1)
    for own, other in ((90 * DAY, 30 * DAY), (30 * DAY, 90 * DAY), (90 * DAY, timedelta(0))):
        assert next_time(known, known + own, known + other) == known
