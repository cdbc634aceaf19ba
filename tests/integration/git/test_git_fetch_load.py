"""What requests for a fetch may hold, and what becomes of the machine meanwhile."""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from hubshare.git.objects import BLOB, Commit, Object
from hubshare.git.pktline import FLUSH, line
from hubshare.testing.centre import wait_until
from tests.helpers.centre_fixture import git, repository_of, sound
from tests.helpers.forge import Content, folder
from tests.helpers.git_client import GitUser, project_of
from tests.helpers.pushing import move_to

# bodies


LS_REFS = line(b"command=ls-refs\n") + b"0001" + line(b"peel\n") + FLUSH


def ask(olga: GitUser, project: str, body: bytes, kind: str = "", **headers: str) -> httpx.Response:
    return httpx.post(
        f"{olga.centre.url}git/{project}.git/git-upload-pack",
        content=body,
        headers={
            "Authorization": "token olga",
            "Git-Protocol": "version=2",
            "Content-Type": kind or "application/x-git-upload-pack-request",
            **headers,
        },
    )


def test_a_packed_body_is_unpacked(olga: GitUser, project: str) -> None:
    plain = ask(olga, project, LS_REFS)
    assert plain.status_code == 200 and b"refs/heads/main" in plain.content
    for kind in ("gzip", "x-gzip"):
        assert (
            ask(olga, project, gzip.compress(LS_REFS, mtime=0), **{"Content-Encoding": kind}).content == plain.content
        )
    assert plain.headers["content-type"] == "application/x-git-upload-pack-result"
    assert plain.headers["cache-control"].startswith("no-cache")


def test_git_itself_sends_packed_bodies(olga: GitUser, project: str) -> None:
    clone = olga.clone(project)
    # Newer than what the centre knows, so that git tells it of many before they come to what both have.
    start = int(time.time())
    for number in range(60):
        olga.environment["GIT_COMMITTER_DATE"] = f"{start + number} +0000"
        olga("commit", "-q", "--allow-empty", "-m", str(number), cwd=clone)
    del olga.environment["GIT_COMMITTER_DATE"]
    other = olga.clone(project)
    olga.commit(other, {"more.txt": "more"})
    olga("push", "-q", cwd=other)
    olga.environment["GIT_TRACE_CURL"] = "1"
    try:
        said = olga.run("fetch", "-q", cwd=clone).stderr.lower()
    finally:
        del olga.environment["GIT_TRACE_CURL"]
    assert "content-encoding: gzip" in said and "200 ok" in said
    assert olga("rev-parse", "origin/main", cwd=clone) == olga("rev-parse", "HEAD", cwd=other)


def test_a_body_that_unpacks_to_too_much_is_refused_before_it_does(olga: GitUser, project: str) -> None:
    pack = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    first, again = (pack.compress(bytes(1_000_000)) + pack.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    # It has no end: nobody comes to it.
    bomb = first + again * 299
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert ask(olga, project, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    ("body", "kind", "encoding"),
    [
        (b"not gzip", "", "gzip"),
        (gzip.compress(LS_REFS, mtime=0)[:-9], "", "gzip"),
        (LS_REFS, "", "br"),
        (LS_REFS, "text/plain", ""),
        (LS_REFS, "application/x-www-form-urlencoded", ""),
        (LS_REFS, "application/x-git-receive-pack-request", ""),
    ],
)
def test_a_body_that_is_not_gits_is_refused(olga: GitUser, project: str, body: bytes, kind: str, encoding: str) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = ask(olga, project, body, kind, **headers)
    assert answer.status_code == 422 and answer.headers["content-type"].startswith("text/plain")


def test_nonsense_is_refused(olga: GitUser, project: str) -> None:
    assert ask(olga, project, b"").status_code in (200, 422)
    for body in (
        b"zzzz",
        b"00",
        b"0003",
        b"0010want",
        line(b"command=rm\n") + FLUSH,
        line(b"command=object-info\n") + b"0001" + line(b"size") + FLUSH,
        line(b"command=fetch") + b"0001" + line(b"want x") + FLUSH,
    ):
        answer = ask(olga, project, body)
        assert (
            answer.status_code == 422 and b"as git sends it" in answer.content
        ) or b"can be asked for" in answer.content


DONE = line(b"done\n") + FLUSH


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"want-ref refs/heads/main\n", "unexpected line: 'want-ref refs/heads/main'"),
        (b"want-ref \n", "unexpected line: 'want-ref "),
        (b"havex\n", "unexpected line: 'havex'"),
        (b"filter nonsense\n", "invalid filter-spec 'nonsense'"),
        (b"filter blob:limit=x\n", "invalid filter-spec 'blob:limit=x'"),
        (b"deepen x\n", "Invalid deepen: deepen x"),
        (b"deepen-since x\n", "Invalid deepen-since: deepen-since x"),
        (b"\x1b[31m\xff\n", "unexpected line: '?[31m"),
    ],
)
def test_a_request_that_git_cannot_read_is_answered_with_its_words(
    olga: GitUser, project: str, said: bytes, words: str
) -> None:
    head = olga("ls-remote", olga.url(project), "HEAD").split()[0].encode()
    body = line(b"command=fetch") + b"0001" + line(b"want " + head + b"\n") + line(said) + DONE
    answer = ask(olga, project, body)
    assert answer.status_code == 422 and answer.text.startswith("This is not a request as git sends it: ")
    assert words in answer.text and answer.text.strip().isprintable()


def test_a_request_that_cannot_be_read_in_the_former_protocol_is_answered_so_too(olga: GitUser, project: str) -> None:
    head = olga("ls-remote", olga.url(project), "HEAD").split()[0].encode()
    for body in (
        line(b"want " + head + b" no-progress\n") + line(b"filter nonsense\n") + FLUSH,
        line(b"want " + head + b" no-progress\n") + line(b"deepen x\n") + FLUSH,
        line(b"wanted\n") + FLUSH,
    ):
        answer = ask(olga, project, body, **{"Git-Protocol": "version=0"})
        assert answer.status_code == 422 and "as git sends it: " in answer.text, answer.text


def test_a_project_that_git_cannot_read_is_told_to_admins_and_is_not_the_clients_fault(olga: GitUser) -> None:
    project = olga.create()
    head = olga("ls-remote", olga.url(project), "HEAD").split()[0].encode()
    body = line(b"command=fetch") + b"0001" + line(b"want " + head + b"\n") + DONE
    config = repository_of(olga.centre, project) / "config"
    before = config.read_bytes()
    config.write_bytes(before + b"[uploadpack]\n\tallowFilter = nonsense\n")
    answer = ask(olga, project, body)
    assert answer.status_code == 503 and "tell an admin" in answer.text
    config.write_bytes(before)
    assert ask(olga, project, body).status_code == 200


# the machine


@pytest.fixture(scope="module")
def large(olga: GitUser) -> str:
    """A project of 60 MB that cannot be packed tighter."""
    made = olga.create()
    repository = olga.centre.centre.repositories.open(project_of(olga.centre, made).id)
    names: dict[str | bytes, Content] = {}
    with repository.lock(), Path("/dev/urandom").open("rb") as noise:
        for number in range(6):
            # One at a time: a test below measures what this process holds.
            blob = Object(BLOB, noise.read(10_000_000))
            repository.add([blob])
            names[f"{number}.bin"] = (0o100644, blob.id)
        objects = folder(names)
        commit = Commit(objects[-1].id, (repository.main,), "olga", 1, "Large").encode()
        repository.add([*objects, commit])
        move_to(olga.centre.centre, project_of(olga.centre, made).id, commit.id)
    # In one pack, as maintenance leaves it: git looks for no differences then, which it would not find.
    git(repository.path, "-c", "pack.window=0", "-c", "pack.compression=0", "repack", "-a", "-d", "-q")
    return made


def test_a_clone_passes_through_the_service_and_is_not_held_in_it(olga: GitUser, large: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clone = olga.clone(large)
    assert sum(path.stat().st_size for path in clone.glob("*.bin")) == 60_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
    shutil.rmtree(clone)


def uploading() -> list[psutil.Process]:
    """The processes that serve fetches; the service of the tests is this process."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [child] if child.name().startswith("git") else []
    return found


@contextmanager
def fetching(olga: GitUser, large: str) -> Iterator[socket.socket]:
    """The connection of somebody who fetches everything and has had the beginning of it."""
    main = git(repository_of(olga.centre, large), "rev-parse", "main").decode().strip()
    body = line(b"command=fetch") + b"0001" + line(f"want {main}\n".encode()) + line(b"done\n") + FLUSH
    place = urlsplit(olga.centre.url)
    connection = socket.create_connection((place.hostname or "", place.port or 0))
    head = (
        f"POST {place.path}git/{large}.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: token olga\r\n"
        "Git-Protocol: version=2\r\nContent-Type: application/x-git-upload-pack-request\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    with closing(connection):
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert uploading()
        yield connection


def test_git_ends_when_its_client_goes_away(olga: GitUser, large: str) -> None:
    with fetching(olga, large):
        pass
    wait_until(lambda: not uploading(), "the processes of the fetch are gone")


def test_git_gives_way_to_the_service_where_processors_are_scarce(olga: GitUser, large: str) -> None:
    with fetching(olga, large):
        assert {process.nice() for process in uploading()} == {psutil.Process().nice() + 10}
        # In another session its priority would count for nothing.
        assert {os.getsid(process.pid) for process in uploading()} == {os.getsid(0)}
    wait_until(lambda: not uploading(), "the processes of the fetch are gone")


def test_without_git_the_person_is_told_so(olga: GitUser, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    for service in ("git-upload-pack", "git-receive-pack"):
        answer = httpx.get(
            f"{olga.centre.url}git/{project}.git/info/refs",
            params={"service": service},
            headers={"Authorization": "token olga"},
        )
        assert answer.status_code == 503 and "has no `git`" in answer.text
    assert ask(olga, project, LS_REFS).status_code == 503
    assert "remote: The machine of this Hub has no `git`" in olga.fault("clone", olga.url(project), "x")


def test_the_repository_stays_sound(olga: GitUser, project: str) -> None:
    sound(repository_of(olga.centre, project))
