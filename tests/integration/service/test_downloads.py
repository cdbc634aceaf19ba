"""Downloads: whatever their size they hardly take memory, everybody has a few at a time, and nobody keeps others out."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from hubshare.config import MIB
from hubshare.git import pktline
from hubshare.git.archive import archive
from hubshare.git.objects import Commit
from hubshare.git.packs import Pack
from hubshare.git.repository import Repository
from hubshare.git.update import write_update
from hubshare.operations import contents
from hubshare.operations.caller import Caller, Person
from hubshare.store.access.actions import Action
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.forge import folder
from tests.helpers.git_client import GitUser, audit, project_of
from tests.helpers.memory import PeakMemory
from tests.helpers.pushing import move_to

LARGE = 40 * MIB


@pytest.fixture(scope="module")
def project(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A public project of somebody with a file of 40 MiB, and a small one."""
    made = GitUser(tmp_path_factory.mktemp("git"), centre, "dora").create(visibility="public")
    repository = centre.centre.repositories.open(project_of(centre, made).id)
    source = tmp_path_factory.mktemp("source") / "large.bin"
    with source.open("wb") as file:
        for _ in range(LARGE // MIB):
            file.write(os.urandom(MIB))
    command = ["git", "-c", "safe.directory=*", "hash-object", "-w", str(source)]
    blob = subprocess.run(command, cwd=repository.path, capture_output=True, check=True, text=True).stdout.strip()
    source.unlink()
    objects = folder({"large.bin": (0o100644, blob), "small.txt": b"small\n"})
    commit = Commit(objects[-1].id, (repository.main,), "dora", 1, "Large").encode()
    repository.add([*objects, commit])
    move_to(centre.centre, project_of(centre, made).id, commit.id)
    return made


def repository_of(centre: TestCentre, project: str) -> Repository:
    return centre.centre.repositories.open(project_of(centre, project).id)


def addresses(centre: TestCentre, project: str) -> dict[str, str]:
    """The doors through which a file or a whole version comes."""
    api, pages = f"{centre.url}api/v1/projects/{project}", f"{centre.url}projects/{project}"
    row = project_of(centre, project)
    first = repository_of(centre, project).commit(row.head).parents[0]
    return {
        "raw": f"{pages}/raw/latest/large.bin",
        "file": f"{api}/file?path=large.bin",
        "zip": f"{api}/archive?format=zip",
        "tar": f"{api}/archive?format=tar",
        "pack": f"{centre.url}api/v1/packs/{row.id}/{first}/{row.head}",
    }


@pytest.mark.parametrize("door", ["raw", "file", "zip", "tar", "pack"])
def test_a_large_file_passes_through_the_service_and_is_not_held_in_it(
    centre: TestCentre, project: str, door: str
) -> None:
    total = 0
    with PeakMemory() as memory:
        address = addresses(centre, project)[door]
        with httpx.stream("GET", address, headers={"Authorization": "token eva"}, timeout=120) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw(MIB):
                total += len(piece)
    assert total >= LARGE
    assert memory.grown < 30 * MIB


def test_contents_that_an_agent_asks_for_are_not_held_in_the_service(centre: TestCentre, project: str) -> None:
    row, total = project_of(centre, project), 0
    wanted = {"commit": row.head, "paths": ["large.bin"]}
    with (
        PeakMemory() as memory,
        httpx.stream(
            "POST",
            f"{centre.url}api/v1/packs/{row.id}",
            json=wanted,
            headers={"Authorization": "token eva"},
            timeout=120,
        ) as answer,
    ):
        for piece in answer.iter_raw(MIB):
            total += len(piece)
    assert total >= LARGE
    assert memory.grown < 30 * MIB


def test_archives_hold_what_the_version_holds(centre: TestCentre, project: str) -> None:
    doors = addresses(centre, project)
    with httpx.stream("GET", doors["file"]) as answer:
        assert answer.headers["content-length"] == str(LARGE)
    zipped = httpx.get(doors["zip"], timeout=120).content
    with zipfile.ZipFile(io.BytesIO(zipped)) as made:
        assert made.testzip() is None
        sizes = {info.filename.partition("/")[2]: info.file_size for info in made.infolist()}
    assert sizes == {"large.bin": LARGE, "small.txt": 6}
    del zipped
    with httpx.stream("GET", doors["tar"], timeout=120) as answer:
        pieces = answer.iter_raw()
        with tarfile.open(fileobj=_Reader(pieces), mode="r|") as tar:
            assert {info.name.partition("/")[2]: info.size for info in tar} == sizes


class _Reader(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


@pytest.mark.parametrize("room", [8192 * MIB, 3 * MIB])
def test_an_archive_that_several_take_at_once_is_made_once(
    centre: TestCentre, project: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, shared = list[str](), centre.app.state.archives
    wait_until(lambda: not shared._shared, "what others took is taken")
    monkeypatch.setattr(shared, "left", room)

    def counted(*args: Any) -> Iterator[bytes]:
        made.append(args[2])
        return archive(*args)

    monkeypatch.setattr("hubshare.operations.contents.archive", counted)
    address = addresses(centre, project)["zip"]

    def digest(user: str) -> str:
        found = hashlib.sha256()
        with httpx.stream("GET", address, headers={"Authorization": f"token {user}"}, timeout=120) as answer:
            for piece in answer.iter_raw(MIB):
                found.update(piece)
        return found.hexdigest()

    with ExitStack() as stack:
        # Somebody who takes nothing, and somebody who goes away, are in nobody's way.
        stack.enter_context(closing(Idle(address, "mallory")))
        gone = stack.enter_context(closing(Idle(address, "frank")))
        wait_until(lambda: centre.app.state.places["archive"].held == 2, "they have asked")
        wait_until(lambda: [len(each.meters) for each in shared._shared.values()] == [2], "both take it")
        gone.close()
        with ThreadPoolExecutor(3) as many:
            found = set(many.map(digest, ["eva", "grace", "heidi"]))
    assert len(found) == 1 and found == {hashlib.sha256(b"".join(_again(centre, project))).hexdigest()}
    # Where there is no room for all of it, each who gets so far makes the rest by itself.
    assert (len(made) == 2) if room > LARGE else (2 < len(made) <= 7), (made, shared.left)
    wait_until(lambda: shared.left == room and not shared._shared, "nothing is left of it")


def _again(centre: TestCentre, project: str) -> Iterator[bytes]:
    caller = Caller(Action.READ, Person("eva"))
    owner, name = project.split("/")
    made = contents.export_archive(caller, centre.centre, owner=owner, name=name, form="zip", version=None)
    return made.begin()


def test_who_takes_copies_all_the_time_is_told_to_wait_and_visitors_do_not_fill_the_log(
    centre: TestCentre, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = GitUser(Path(centre.settings.data).parent, centre, "dora").create(visibility="public")
    address = f"{centre.url}api/v1/projects/{made}/archive"
    for _ in range(10):
        assert httpx.get(address).status_code == 200
    assert len([entry for entry in audit(centre, made) if not entry.user]) <= 2
    monkeypatch.setattr(centre.centre.settings, "writes_per_minute", 3)
    headers = {"Authorization": f"token {new_id()}"}
    answers = [httpx.get(address, headers=headers).status_code for _ in range(5)]
    assert answers.count(429) >= 1 and answers[:3] == [200] * 3


def clones(stack: ExitStack, centre: TestCentre, project: str, user: str, number: int, forwarded: str = "") -> None:
    """Have somebody ask for so many fetches, and take nothing of them."""
    place = urlsplit(centre.url)
    want = project_of(centre, project).head.encode()
    body = pktline.line(b"want " + want + b" no-progress\n") + pktline.FLUSH + pktline.line(b"done\n")
    for _ in range(number):
        opened = stack.enter_context(closing(socket.socket()))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert place.hostname and place.port
        opened.connect((place.hostname, place.port))
        lines = [f"POST {place.path}git/{project}.git/git-upload-pack HTTP/1.1", f"Host: {place.netloc}"]
        lines += [f"Authorization: token {user}"] if user else []
        lines += [f"X-Forwarded-For: {forwarded}"] if forwarded else []
        lines += ["Content-Type: application/x-git-upload-pack-request", f"Content-Length: {len(body)}"]
        opened.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def fetching() -> int:
    """The processes of git that serve fetches."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += "upload-pack" in child.cmdline()
    return found


def test_clones_that_nobody_takes_leave_processes_to_others(centre: TestCentre, project: str, tmp_path: Path) -> None:
    places, each, most = centre.app.state.places["clone"], centre.settings.clones_each, centre.settings.clones_at_once
    grace = GitUser(tmp_path, centre, "grace")
    small = grace.create()
    with ExitStack() as stack:
        clones(stack, centre, project, "mallory", 30)
        for address in range(5):
            clones(stack, centre, project, "", 6, f"192.0.2.{address}")
        held = each + most // 2
        wait_until(lambda: places.held == held and places.waiting == 60 - held, "all have asked")
        assert fetching() <= held
        assert grace.clone(small).is_dir()
    wait_until(lambda: places.held == places.waiting == fetching() == 0, "those who went away hold nothing")


def test_a_lab_that_clones_at_the_same_moment_is_served(centre: TestCentre, tmp_path: Path) -> None:
    small = GitUser(tmp_path, centre, "frank").create(visibility="public")
    students = [GitUser(tmp_path, centre, f"student{number}") for number in range(24)]
    with ThreadPoolExecutor(len(students)) as lab:
        assert all(folder.is_dir() for folder in lab.map(lambda student: student.clone(small), students))


def test_requests_that_take_their_time_leave_threads_to_others(
    centre: TestCentre, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, each = centre.app.state.places["request"], centre.settings.requests_each
    goes_on, working = threading.Event(), list[str]()
    listed = contents.list_folder

    def list_folder(caller: Caller, *args: Any, **more: Any) -> Any:
        if caller.user == "mallory":
            working.append(caller.user)
            assert goes_on.wait(60)
        return listed(caller, *args, **more)

    monkeypatch.setattr(contents, "list_folder", list_folder)
    address = f"{centre.url}api/v1/projects/{project}/tree"

    def ask(user: str) -> int:
        return httpx.get(address, headers={"Authorization": f"token {user}"}, timeout=60).status_code

    with ThreadPoolExecutor(60) as many:
        asked = [many.submit(ask, "mallory") for _ in range(60)]
        try:
            wait_until(lambda: places.held == each and places.waiting == 60 - each, "all have asked")
            assert len(working) == each
            assert ask("eva") == 200
        finally:
            goes_on.set()
        assert [one.result() for one in asked] == [200] * 60


# shares


class Idle:
    """Somebody who asks for something large and takes nothing of it."""

    def __init__(self, address: str, user: str = "", forwarded: str = "") -> None:
        place = urlsplit(address)
        assert place.hostname and place.port
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect((place.hostname, place.port))
        lines = [f"GET {place.path}?{place.query} HTTP/1.1", f"Host: {place.netloc}"]
        lines += [f"Authorization: token {user}"] if user else []
        lines += [f"X-Forwarded-For: {forwarded}"] if forwarded else []
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def status(self) -> int:
        """Of the answer; waits for its beginning."""
        self._socket.settimeout(60)
        return int(self._socket.recv(12).split()[1])

    def close(self) -> None:
        self._socket.close()


def test_one_person_who_takes_nothing_leaves_room_for_others(centre: TestCentre, project: str) -> None:
    raw, places = addresses(centre, project)["raw"], centre.app.state.places["download"]
    small = raw.replace("large.bin", "small.txt")
    each, most = centre.settings.downloads_each, 10 * centre.settings.downloads_each
    with ExitStack() as stack:
        for _ in range(most):
            stack.enter_context(closing(Idle(raw, "mallory")))
        wait_until(lambda: places.held == each and places.waiting == most - each, "all have asked")
        assert httpx.get(small, headers={"Authorization": "token eva"}).text == "small\n"
        assert httpx.get(small).text == "small\n"
        for _ in range(100 - places.waiting):
            stack.enter_context(closing(Idle(raw, "mallory")))
        wait_until(lambda: places.waiting == 100, "as many wait as may")
        refused = httpx.get(small, headers={"Authorization": "token mallory"})
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
        assert "8 downloads at a time" in refused.json()["detail"]
    wait_until(lambda: places.held == places.waiting == 0, "those who went away hold nothing")


def test_visitors_without_an_account_leave_half_of_everything_to_people(centre: TestCentre, project: str) -> None:
    raw, places = addresses(centre, project)["raw"], centre.app.state.places["download"]
    small, most = raw.replace("large.bin", "small.txt"), centre.settings.downloads_at_once
    with ExitStack() as stack:
        for number in range(most):
            stack.enter_context(closing(Idle(raw, forwarded=f"192.0.2.{number % 40}")))
        wait_until(lambda: places.held == most // 2 and places.waiting == most // 2, "all have asked")
        assert httpx.get(small, headers={"Authorization": "token eva"}).text == "small\n"
    wait_until(lambda: places.held == places.waiting == 0, "those who went away hold nothing")


def test_many_students_who_download_at_the_same_time_all_get_it(centre: TestCentre, project: str) -> None:
    small = addresses(centre, project)["raw"].replace("large.bin", "small.txt")
    got: list[int] = []

    def student(number: int) -> None:
        got.append(httpx.get(small, headers={"Authorization": f"token student{number}"}, timeout=60).status_code)

    threads = [threading.Thread(target=student, args=[number]) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [200] * 200


def test_a_pack_that_many_ask_for_at_once_is_made_once(
    centre: TestCentre, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = project_of(centre, project)
    first = repository_of(centre, project).commit(row.head).parents[0]
    path = centre.centre.repositories.update_path(row.id, first, row.head)
    path.unlink(missing_ok=True)
    made, goes_on = list[str](), threading.Event()

    def write(objects: Repository, file: BinaryIO, have: str | None, want: str) -> None:
        made.append(want)
        assert goes_on.wait(60)
        write_update(objects, file, have, want)

    monkeypatch.setattr("hubshare.git.repositories.write_update", write)
    answers: list[bytes] = []

    def ask(number: int) -> None:
        address = addresses(centre, project)["pack"]
        answers.append(httpx.get(address, headers={"Authorization": f"token agent{number}"}, timeout=120).content[-20:])

    threads = [threading.Thread(target=ask, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    wait_until(lambda: centre.app.state.places["download"].held == 10 and made, "all have asked")
    goes_on.set()
    for thread in threads:
        thread.join()
    with Pack(path, None) as pack:
        assert set(answers) == {pack.checksum}
    assert (made, len(answers)) == ([row.head], 10)


def test_a_pack_of_contents_says_how_large_it_is(centre: TestCentre, project: str) -> None:
    """So an agent whose disk has no room for it need not begin."""
    row = project_of(centre, project)
    answer = httpx.post(
        f"{centre.url}api/v1/packs/{row.id}",
        headers={"Authorization": "token dora"},
        json={"commit": row.head, "paths": ["small.txt"]},
    )
    assert int(answer.headers["content-length"]) == len(answer.content)
    with Pack(answer.content, None) as pack:
        assert [pack.read(name).data for name in pack.places] == [b"small\n"]
