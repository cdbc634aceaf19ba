"""Watching real folders: what people and programs do to them is reported, whatever becomes of the folder itself."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import shutil
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import pytest
from hubshare_agents.checkout.temporary import is_temporary
from hubshare_agents.watching import notices
from hubshare_agents.watching.notices import Notices
from hubshare_agents.watching.watching import Watch, Watching
from inotify_simple import INotify, flags

_SECONDS = 60


class Told:
    """What one watch has reported, and not been asked for."""

    def __init__(
        self,
        watching: Watching,
        root: Path,
        settle_ms: int = 15,
        deadline_ms: int = 60_000,
        left_out: Collection[str] = (),
    ) -> None:
        self._paths: set[str] = set()
        self._more = asyncio.Event()

        def interest() -> Callable[[str], bool]:
            left_out_now = {*left_out}
            return lambda folder: folder not in left_out_now

        self.watch: Watch = watching.watch(root, self._take, settle_ms, deadline_ms, interest)

    def _take(self, paths: set[str]) -> None:
        self._paths |= paths
        self._more.set()

    async def of(self, *paths: str) -> None:
        """Wait until all of these were reported, or all of the folder was; forget what was reported so far."""
        async with asyncio.timeout(_SECONDS):
            while not set(paths) <= self._paths and "" not in self._paths:
                self._more.clear()
                await self._more.wait()
        self._paths.clear()

    async def just(self, *paths: str) -> None:
        """Wait until these were reported; nothing else may have been."""
        async with asyncio.timeout(_SECONDS):
            while not set(paths) <= self._paths:
                self._more.clear()
                await self._more.wait()
        found, self._paths = self._paths, set()
        assert found == set(paths)


def play(root: Path, story: Callable[[Told], Awaitable[None]], left_out: Collection[str] = (), **settings: int) -> None:
    """Watch a folder while a story happens in it."""

    async def run() -> None:
        told = Told(Watching(is_temporary), root, left_out=left_out, **settings)
        try:
            await told.of("")
            await story(told)
        finally:
            told.watch.stop()

    asyncio.run(run())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "home" / "course"
    (made / "sub" / "deep").mkdir(parents=True)
    (made / "a.txt").write_text("a")
    return made


def test_what_happens_to_files_is_reported_by_their_paths(root: Path) -> None:
    async def story(told: Told) -> None:
        (root / "a.txt").write_text("b")
        await told.just("a.txt")
        (root / "sub/deep/new.txt").write_text("n")
        await told.just("sub/deep/new.txt")
        (root / "sub/deep/new.txt").rename(root / "moved.txt")
        await told.just("sub/deep/new.txt", "moved.txt")
        (root / "moved.txt").chmod(0o755)
        await told.just("moved.txt")
        (root / "moved.txt").unlink()
        await told.just("moved.txt")
        (root / "link").symlink_to("a.txt")
        await told.just("link")
        os.link(root / "a.txt", root / "hard")
        await told.just("hard")
        (root / b"not-\xff".decode(errors="surrogateescape")).write_text("x")
        await told.just(b"not-\xff".decode(errors="surrogateescape"))

    play(root, story)


def test_folders_that_come_and_go_are_watched_with_all_that_is_in_them(root: Path) -> None:
    async def story(told: Told) -> None:
        (root / "new/inner").mkdir(parents=True)
        await told.of("new")
        (root / "new/inner/b.txt").write_text("b")
        await told.of("new/inner/b.txt")
        (root / "new").rename(root / "other")
        await told.of("new", "other")
        (root / "other/inner/b.txt").write_text("c")
        await told.of("other/inner/b.txt")
        outside = root.parent / "outside"
        (root / "other").rename(outside)
        await told.of("other")
        (outside / "inner/b.txt").write_text("not here any more")
        outside.rename(root / "back")
        await told.of("back")
        (root / "back/inner/b.txt").write_text("d")
        await told.just("back/inner/b.txt")
        shutil.rmtree(root / "back")
        await told.of("back")
        (root / "back").mkdir()
        await told.of("back")
        (root / "back/c.txt").write_text("c")
        await told.just("back/c.txt")

    play(root, story)


def test_repositories_and_our_own_files_are_left_out(root: Path) -> None:
    async def story(told: Told) -> None:
        (root / ".git").mkdir()
        (root / ".git/index").write_text("i")
        (root / ".hubshare-0123456789abcdef.tmp").write_text("t")
        (root / "sub/.git").mkdir()
        await told.just("sub")
        (root / "sub/.git/index").write_text("i")
        (root / "a.txt").write_text("b")
        await told.just("a.txt")
        (root / "sub/.git").rename(root / "sub/no-git")
        await told.of("sub")

    play(root, story)


def test_what_is_left_out_is_not_watched_until_it_is_of_interest(root: Path) -> None:
    left_out = {"sub", "venv"}

    async def story(told: Told) -> None:
        (root / "sub/b.txt").write_text("b")
        (root / "venv/lib").mkdir(parents=True)
        await told.just("venv")
        (root / "venv/lib/c.py").write_text("c")
        (root / "a.txt").write_text("b")
        await told.just("a.txt")

        left_out.remove("venv")
        told.watch.renew(["a.txt", "venv/lib/c.py"])
        await told.just("venv")
        (root / "venv/lib/c.py").write_text("d")
        await told.just("venv/lib/c.py")

        left_out.add("venv")
        left_out.remove("sub")
        told.watch.renew([""])
        await told.just("")
        (root / "venv/lib/c.py").write_text("e")
        (root / "sub/deep/d.txt").write_text("d")
        await told.just("sub/deep/d.txt")

    play(root, story, left_out)


def test_a_folder_with_a_repository_of_its_own_is_watched_again_when_that_goes(root: Path) -> None:
    (root / "sub/.git").mkdir()

    async def story(told: Told) -> None:
        (root / "sub/deep/b.txt").write_text("b")
        (root / "a.txt").write_text("b")
        await told.just("a.txt")
        (root / "sub/.git").rmdir()
        await told.of("sub")
        (root / "sub/deep/b.txt").write_text("c")
        await told.just("sub/deep/b.txt")

    play(root, story)


def _copied_and_moved_back(root: Path) -> None:
    shutil.copytree(root, root.with_name("copy"))
    root.rename(root.with_name("old"))
    root.with_name("copy").rename(root)


def _emptied_and_made_anew(root: Path) -> None:
    shutil.rmtree(root)
    root.mkdir()


def _restored_with_the_folder_above(root: Path) -> None:
    home = root.parent
    shutil.copytree(home, home.with_name("backup"))
    home.rename(home.with_name("broken"))
    home.with_name("backup").rename(home)


def _exchanged(root: Path) -> None:
    other = root.with_name("other")
    shutil.copytree(root, other)
    done = ctypes.CDLL(None).renameat2(-100, os.fsencode(root), -100, os.fsencode(other), 2)
    assert done == 0


REPLACEMENTS = [_copied_and_moved_back, _emptied_and_made_anew, _restored_with_the_folder_above, _exchanged]


@pytest.mark.parametrize("replace", REPLACEMENTS)
def test_a_folder_that_was_replaced_is_watched_again_at_once(root: Path, replace: Callable[[Path], None]) -> None:
    async def story(told: Told) -> None:
        for _ in range(3):
            replace(root)
            await told.of("")
            await _watched(told, root)
            for old in (root.with_name("old"), root.with_name("other"), root.parent.with_name("broken")):
                shutil.rmtree(old, ignore_errors=True)

    play(root, story)


def test_a_folder_that_is_gone_is_watched_when_it_comes_again(root: Path) -> None:
    async def story(told: Told) -> None:
        shutil.rmtree(root.parent)
        await told.of("")
        _make(root)
        await told.of("")
        await _watched(told, root)

    play(root, story)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True)


async def _watched(told: Told, root: Path) -> None:
    """Wait until a new file is reported by its name; reports of everything may come before."""
    for number in range(1000):
        name = f"look-{number}.txt"
        (root / name).write_text("x")
        try:
            await told.just(name)
        except AssertionError:
            continue
        return
    raise AssertionError(f"{root} is not watched")


def test_lost_notices_are_answered_with_a_look_at_everything(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: list[Notices] = []
    made = Notices.__init__

    def init(self: Notices) -> None:
        made(self)
        told_of.append(self)

    monkeypatch.setattr(Notices, "__init__", init)

    async def story(told: Told) -> None:
        told_of[0]._tell([(-1, notices.Notice(flags.Q_OVERFLOW, 0, ""))])
        await told.just("")
        await _watched(told, root)

    play(root, story)


def test_where_watches_run_out_it_is_said_and_what_is_watched_is_reported(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added, real = list[str](), INotify.add_watch

    def add_watch(self: INotify, path: Path, mask: int) -> int:
        if path.is_relative_to(root):
            if len(added) == 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            added.append(str(path))
        number: int = real(self, path, mask)
        return number

    monkeypatch.setattr(INotify, "add_watch", add_watch)

    async def story(told: Told) -> None:
        assert "max_user_watches" in told.watch.fault and str(root) in told.watch.fault
        (root / "a.txt").write_text("b")
        await told.just("a.txt")

    play(root, story)


def test_a_folder_that_cannot_be_read_unwatches_nothing_else_and_is_watched_when_it_can(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = INotify.add_watch

    def add_watch(self: INotify, path: Path, mask: int) -> int:
        # As for anybody but root.
        if not path.stat().st_mode & 0o400:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        number: int = real(self, path, mask)
        return number

    monkeypatch.setattr(INotify, "add_watch", add_watch)

    async def story(told: Told) -> None:
        assert told.watch.fault == ""
        (root / "a.txt").write_text("b")
        await told.just("a.txt")
        (root / "sub").chmod(0o755)
        await told.of("sub")
        (root / "sub/b.txt").write_text("b")
        await told.just("sub/b.txt")

    (root / "sub").chmod(0)
    play(root, story)


def test_many_folders_take_one_instance(tmp_path: Path) -> None:
    async def run() -> None:
        watching = Watching(is_temporary)
        before = _instances()
        folders = [tmp_path / f"course-{number}" for number in range(200)]
        for folder in folders:
            folder.mkdir()
        told = [Told(watching, folder) for folder in folders]
        for one in told:
            await one.of("")
        assert _instances() == before + 1 and all(one.watch.fault == "" for one in told)
        for one, folder in zip(told, folders, strict=True):
            (folder / "a.txt").write_text("a")
            await one.just("a.txt")
        for one in told:
            one.watch.stop()
        assert _instances() == before

    asyncio.run(run())


def _instances() -> int:
    links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    return sum(_target(link) == "anon_inode:inotify" for link in links)


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def test_a_program_that_writes_for_hours_is_heard_of_now_and_then(root: Path) -> None:
    async def story(told: Told) -> None:
        with (root / "log").open("w") as log:
            for _ in range(3):
                while "log" not in told._paths:
                    log.write("line\n")
                    log.flush()
                    await asyncio.sleep(0)
                told._paths.clear()
        await told.just("log")

    play(root, story, deadline_ms=20)
