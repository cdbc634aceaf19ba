"""What git and downloads cost the Hub is on the account of whoever asked for it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from hubshare_workers.context import Context
from hubshare_workers.maintenance.change_index import index
from sqlalchemy import delete

from hubshare import metering
from hubshare.errors import TooLarge
from hubshare.git import stock
from hubshare.git.pktline import FLUSH, line
from hubshare.jobs import ProjectToIndex
from hubshare.metering import Meter
from hubshare.store.change_index import indexed_up_to
from hubshare.store.index_tables import Indexed, Touch
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.git_client import GitUser, person, project_of

#: Each of them is nearly as much as one push may bring.
_PARTS = 5


@pytest.fixture(scope="module")
def heavy(olga: GitUser) -> str:
    """A project with 14 MiB that do not compress."""
    made = olga.create(visibility="hub")
    clone = olga.clone(made)
    for part in range(_PARTS):
        olga.commit(clone, {f"{part}/{number}.bin": os.urandom(180_000) for number in range(16)})
        olga("push", "-q", cwd=clone)
    return made


def spent(centre: TestCentre, user: str) -> Meter:
    return metering.accounts(centre.centre.bus.redis, [user])[0].lately


def on_the_account(centre: TestCentre, user: str, seconds: float) -> None:
    wait_until(lambda: spent(centre, user).seconds >= seconds, f"{user} is charged for {seconds} s")


def test_a_push_by_git_costs_what_git_takes_to_look_at_it(olga: GitUser, heavy: str) -> None:
    # Looking for differences and hashing 14 MiB twice takes git itself a twelfth of a second at least.
    on_the_account(olga.centre, "olga", 0.125)


def test_who_publishes_is_charged_for_what_the_index_takes(olga: GitUser) -> None:
    centre = olga.centre.centre
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {f"{number}/f.txt": "x" for number in range(2000)})
    olga("push", "-q", cwd=clone)
    row = project_of(olga.centre, project)
    wait_until(lambda: indexed(olga.centre, row.id) == 1, "the index follows")
    with centre.database.begin() as session:
        session.execute(delete(Indexed).where(Indexed.project_id == row.id))
        session.execute(delete(Touch).where(Touch.project_id == row.id))
    metering.forget(centre.bus.redis, "olga")
    index(Context(centre, None), ProjectToIndex(row.id, 1))  # type: ignore[arg-type]
    assert spent(olga.centre, "olga").seconds > 0.005


def indexed(centre: TestCentre, project: str) -> int:
    with centre.centre.database.read() as session:
        return indexed_up_to(session, project)


def fetched(user: GitUser, heavy: str) -> None:
    user.clone(heavy)


def archived(user: GitUser, heavy: str) -> None:
    user.api("GET", f"/projects/{heavy}/archive")


def downloaded(user: GitUser, heavy: str) -> None:
    for number in range(192):
        user.api("GET", f"/projects/{heavy}/file", params={"path": f"{number % _PARTS}/{number % 16}.bin"})


@pytest.mark.parametrize("take", [fetched, archived, downloaded])
def test_who_takes_much_is_charged_for_it(olga: GitUser, heavy: str, take: Callable[[GitUser, str], None]) -> None:
    user = person(olga, f"taker-{take.__name__}")
    take(user, heavy)
    on_the_account(olga.centre, user.user, 0.03)


def test_a_clone_that_is_broken_off_costs_what_was_done_for_it(olga: GitUser, heavy: str) -> None:
    """The process that works on it is ended, and its own process, which does the most, is nobody's child any more."""

    async def broken_off() -> tuple[float, float]:
        repository = olga.centre.centre.repositories.open(project_of(olga.centre, heavy).id)
        with tempfile.TemporaryFile() as request:
            request.write(line(f"want {repository.main} no-progress\n".encode()) + FLUSH + line(b"done\n"))
            process = await stock.UploadPack.pack(repository.path, "", request)
        taken = 0
        async for piece in process:
            if (taken := taken + len(piece)) > 10 << 20:
                break
        (child,) = psutil.Process(process._process.pid).children()
        least = child.cpu_times()
        process.end()
        return await process.used(), least.user + least.system

    used, least = asyncio.run(broken_off())
    assert used >= least > 0


def test_who_took_too_much_lately_waits_and_is_told_until_when(olga: GitUser, heavy: str) -> None:
    centre, user = olga.centre, person(olga, "greedy")
    most = centre.settings.max_cost_seconds
    metering.charge(centre.centre.bus.redis, "greedy", Meter(seconds=most + 30))
    answer = httpx.get(
        f"{centre.url}api/v1/projects/{heavy}/archive", headers={"Authorization": "token greedy"}, timeout=30
    )
    assert answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 30
    assert "more than a fair share: try again in" in answer.json()["detail"]
    assert "more than a fair share" in user.fault("clone", user.url(heavy), str(user.home / "c"))
    # Others are not held up, and neither is what costs little.
    person(olga, "modest").clone(heavy)
    assert user.api("GET", f"/projects/{heavy}").json()["name"]
    metering.forget(centre.centre.bus.redis, "greedy")
    user.clone(heavy)


def test_what_visitors_did_keeps_nobody_with_a_token_out_at_the_same_address(olga: GitUser) -> None:
    centre, project = olga.centre, olga.create()
    metering.charge(centre.centre.bus.redis, "127.0.0.1", Meter(seconds=centre.settings.max_cost_seconds + 30))
    # Git asks without its token at first.
    olga.clone(project)
    metering.forget(centre.centre.bus.redis, "127.0.0.1")


def test_the_time_of_git_counts_for_the_work_that_it_is_done_for(tmp_path: Path) -> None:
    with stock.running(tmp_path, "init", "-q", "--bare", str(tmp_path)):
        pass
    content = os.urandom(32 << 20)
    before = os.times()
    with metering.metered() as meter, stock.running(tmp_path, "hash-object", "--stdin", given=content) as done:
        assert done.code == 0
    after = os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    assert meter.seconds >= own * 0.9 > 0.01


def test_what_git_gives_lies_where_the_repository_is_and_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/nonexistent")
    with stock.running(tmp_path, "init", "-q", "--bare", str(tmp_path)):
        pass
    before = sorted(tmp_path.iterdir())
    with stock.running(tmp_path, "version") as done:
        place = os.readlink(f"/proc/self/fd/{done.output.fileno()}")
        assert Path(place).parent == tmp_path and place.endswith("(deleted)")
        assert sorted(tmp_path.iterdir()) == before


def test_git_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    alias = f"alias.wait=!echo $$ > {noted}; exec sleep 600"
    with pytest.raises(TooLarge), stock.running(tmp_path, "-c", alias, "wait", bounds=stock.Bounds(seconds=1)):
        pass
    wait_until(lambda: not psutil.pid_exists(int(noted.read_text())), "nothing is left of it")
