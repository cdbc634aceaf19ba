"""Where there are several worker processes, one more carries out what those send whose work was dear lately."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from hubshare import metering
from hubshare.embedded.redis import RedisServer
from hubshare.jobs import APPLY_QUEUE, GIT_QUEUE, INDEX_QUEUE, UPLOAD, FileUpload
from hubshare.store.change_index import indexed_up_to
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.neighbours import Neighbour, door

LANES = {lane: f"hubshare:queue:{APPLY_QUEUE}{lane}.rooms" for lane in ("", ".slow")}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCentre]:
    """A Hub with two worker processes and the one for what is dear."""
    folder = tmp_path_factory.mktemp("several")
    with (
        RedisServer(folder / "redis") as server,
        TestCentre(folder / "data", server.url, {"HUBSHARE_WORKER_PROCESSES": "2"}) as centre,
    ):
        client = centre.centre.bus.redis
        wait_until(lambda: [client.hlen(rooms) for rooms in LANES.values()] == [2, 1], "all processes take jobs")
        yield centre


def processes(centre: TestCentre) -> dict[str, psutil.Process]:
    """The worker processes by the last word of their title; what has just begun has none yet."""
    assert centre.workers is not None
    found = {}
    for one in psutil.Process(centre.workers.pid).children():
        with suppress(psutil.Error):
            found[one.name().rpartition("-")[2]] = one
    return found


def slow_process(centre: TestCentre) -> psutil.Process:
    return processes(centre)["slow"]


def is_left(centre: TestCentre, queue: str, person: str) -> bool:
    """Whether there is a job of somebody that is not over: it waits, or a process has it, which may have been suspended."""
    names = centre.centre.bus.redis.hkeys(f"hubshare:queue:{queue}.msgs")
    return any(name.startswith(f"{person}|".encode()) for name in names)


def test_what_they_are_forked_off_has_neither_threads_nor_connections(several: TestCentre) -> None:
    assert several.workers is not None
    loaded = psutil.Process(several.workers.pid)
    assert loaded.num_threads() == 1 and loaded.net_connections() == []
    assert not [one.path for one in loaded.open_files() if "sqlite" in one.path]


def test_what_is_dear_waits_for_its_own_process_and_for_that_alone(several: TestCentre) -> None:
    with door(several, "alice") as alice, door(several, "mallory") as mallory:
        metering.charge(several.centre.bus.redis, "mallory", metering.Meter(seconds=2))
        mallory.save()
        slow = slow_process(several)
        slow.suspend()
        try:
            entry = mallory.send_save()
            for _ in range(3):
                alice.save()
            assert several.centre.bus.outbox_length("mallory") == 1
        finally:
            slow.resume()
        mallory.wait_for(entry)


def test_so_do_uploads_and_what_git_brings_of_those_whose_work_was_dear(several: TestCentre) -> None:
    client = several.centre.bus.redis
    with door(several, "uma") as uma:
        for one in ("uma", "una"):
            metering.charge(client, one, metering.Meter(seconds=2 if one == "una" else 0))
        slow = slow_process(several)
        slow.suspend()
        try:
            # They lead nowhere, and are over as soon as somebody takes them.
            for one in ("una", "uma"):
                wanted = FileUpload(new_id(), uma.project, one, "api", "", "", new_id(), "", "", "ask", False)
                UPLOAD.enqueue(several.centre.queue, wanted)
            wait_until(lambda: not is_left(several, GIT_QUEUE, "uma"), "the one that is not dear is over")
            assert is_left(several, GIT_QUEUE, "una")
        finally:
            slow.resume()
        wait_until(lambda: not is_left(several, GIT_QUEUE, "una"), "the slow lane has done the other")


def test_so_does_the_index_of_what_they_have_published(several: TestCentre) -> None:
    def indexed(one: Neighbour) -> int:
        with several.centre.database.read() as session:
            return indexed_up_to(session, one.project)

    with door(several, "ines") as ines, door(several, "olga") as olga:
        metering.charge(several.centre.bus.redis, "ines", metering.Meter(seconds=2))
        slow = slow_process(several)
        slow.suspend()
        try:
            ines.publish({"a.txt": b"a"})
            wait_until(lambda: is_left(several, INDEX_QUEUE, "ines"), "the index is to follow")
            olga.save()
            wait_until(lambda: indexed(olga) == 1, "that of others follows")
            assert is_left(several, INDEX_QUEUE, "ines") and indexed(ines) < 1
        finally:
            slow.resume()
        wait_until(lambda: indexed(ines) == 1, "the slow lane has done it")


def test_it_gives_way_where_processors_are_scarce_and_reads_no_outboxes(several: TestCentre) -> None:
    found = processes(several)
    assert found["slow"].nice() > found["worker"].nice()
    policies = [os.sched_getscheduler(found[one].pid) for one in ("slow", "worker")]
    assert policies == [os.SCHED_BATCH, os.SCHED_OTHER]
    # Priorities count in one session only.
    assert os.getsid(found["slow"].pid) == os.getsid(found["worker"].pid)
    slow = slow_process(several)
    with door(several, "anna") as anna:
        slow.suspend()
        try:
            anna.save()
        finally:
            slow.resume()


def test_when_that_process_dies_its_work_is_done_all_the_same(several: TestCentre) -> None:
    with door(several, "trudy") as trudy:
        metering.charge(several.centre.bus.redis, "trudy", metering.Meter(seconds=2))
        slow = slow_process(several)
        slow.suspend()
        entry = trudy.send_save()
        slow.kill()
        trudy.wait_for(entry)
        wait_until(lambda: processes(several).get("slow", slow).pid != slow.pid, "it was started again")
        trudy.save()
