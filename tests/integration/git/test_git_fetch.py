"""Stock git fetches: whole, shallow and partial clones, by whom, of what, and what becomes of the machine meanwhile."""

from __future__ import annotations

import gzip
import resource
import shutil
import socket
import zlib
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from hubshare.git import stock
from hubshare.git.objects import BLOB, Commit, Object
from hubshare.git.pktline import FLUSH, line
from hubshare.git.repository import MAIN
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import git, repository_of, sound
from tests.helpers.forge import Content, folder
from tests.helpers.git_client import GitUser, audit, project_of
from tests.helpers.pushing import move_to


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory, centre: TestCentre) -> GitUser:
    return GitUser(tmp_path_factory.mktemp("git"), centre, "olga")


@pytest.fixture(scope="module")
def project(olga: GitUser) -> str:
    """A private project with three commits, of which `rita` is a reader."""
    made = olga.create(rita="reader")
    clone = olga.clone(made)
    for number in range(3):
        olga.commit(clone, {"a.txt": f"version {number}\n", f"sub/{number}.txt": "x" * number}, f"Commit {number}")
        olga("push", "-q", cwd=clone)
    return made


def person(olga: GitUser, user: str) -> GitUser:
    return GitUser(olga.home.parent, olga.centre, user)


def test_a_clone_is_what_is_published(olga: GitUser, project: str) -> None:
    clone = olga.clone(project)
    assert (clone / "a.txt").read_text() == "version 2\n"
    assert olga("log", "--format=%s", cwd=clone).splitlines() == [
        "Commit 2",
        "Commit 1",
        "Commit 0",
        f"Create {project}",
    ]
    assert olga("status", "--porcelain", cwd=clone) == ""
    olga("fsck", "--strict", cwd=clone)


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_every_protocol_version_works(olga: GitUser, project: str, version: str) -> None:
    clone = olga.clone(project, "-c", f"protocol.version={version}")
    assert (clone / "a.txt").read_text() == "version 2\n"
    assert "main" in olga("-c", f"protocol.version={version}", "ls-remote", olga.url(project))


def test_a_shallow_clone_is_deepened_later(olga: GitUser, project: str) -> None:
    clone = olga.clone(project, "--depth=1")
    assert olga("rev-list", "--count", "HEAD", cwd=clone) == "1"
    olga("fetch", "-q", "--unshallow", cwd=clone)
    assert olga("rev-list", "--count", "HEAD", cwd=clone) == "4"


@pytest.mark.parametrize("kind", ["blob:none", "blob:limit=1", "tree:0"])
def test_a_partial_clone_fetches_contents_when_they_are_needed(olga: GitUser, project: str, kind: str) -> None:
    clone = olga.clone(project, f"--filter={kind}", "--no-checkout")
    missing = olga("rev-list", "--objects", "--missing=print", "HEAD", cwd=clone)
    assert "\n?" in missing
    olga("checkout", "-q", "main", cwd=clone)
    assert (clone / "a.txt").read_text() == "version 2\n"


def test_a_filter_that_costs_much_is_refused(olga: GitUser, project: str) -> None:
    assert "filter 'sparse:oid' not supported" in olga.fault(
        "clone", "--filter=sparse:oid=main:a.txt", olga.url(project), "x"
    )


# who


def test_a_person_of_any_role_clones_and_others_do_not(olga: GitUser, project: str) -> None:
    assert (person(olga, "rita").clone(project) / "a.txt").exists()
    said = person(olga, "stranger").fault("clone", olga.url(project).replace("olga@", "stranger@"), "x")
    assert f"remote: There is no project '{project}'" in said and "not found" in said
    absent = person(olga, "stranger").fault("clone", olga.url("olga/absent").replace("olga@", "stranger@"), "x")
    assert said.replace(project, "X") == absent.replace("olga/absent", "X")


def test_who_is_not_signed_in_is_asked_to_and_learns_nothing(olga: GitUser, project: str) -> None:
    for name in (project, "olga/absent", "nobody/absent"):
        for service in ("git-upload-pack", "git-receive-pack"):
            answer = httpx.get(f"{olga.centre.url}git/{name}.git/info/refs", params={"service": service})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith('Basic realm="HubShare"')
    assert "could not read Username" in person(olga, "").fault("clone", person(olga, "").url(project), "x")


def test_a_public_project_needs_no_signing_in_and_one_of_the_hub_does(olga: GitUser) -> None:
    nobody = person(olga, "")
    assert nobody.clone(olga.create(visibility="public")).exists()
    assert "could not read Username" in nobody.fault("clone", nobody.url(olga.create(visibility="hub")), "x")
    assert person(olga, "somebody").clone(olga.create(visibility="hub")).exists()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("token olga", 200),
        ("Bearer olga", 200),
        ("Basic " + b64encode(b"anything:olga").decode(), 200),
        ("Basic " + b64encode(b":olga").decode(), 200),
        ("Basic " + b64encode(b"olga:").decode(), 401),
        ("Basic " + b64encode(b"olga:x+expired").decode(), 401),
        ("Basic olga", 401),
        ("Basic", 401),
        ("Digest olga", 401),
        ("Basic " + b64encode(b"x:olga+none").decode(), 403),
    ],
)
def test_a_token_comes_as_the_password_or_in_the_header(olga: GitUser, project: str, header: str, status: int) -> None:
    answer = httpx.get(
        f"{olga.centre.url}git/{project}.git/info/refs",
        params={"service": "git-upload-pack"},
        headers={"Authorization": header},
    )
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_token_in_the_address_is_none(olga: GitUser, project: str) -> None:
    answer = httpx.get(f"{olga.centre.url}git/{project}.git/info/refs?service=git-upload-pack&token=olga")
    assert answer.status_code == 401


def test_a_revocation_takes_effect_at_once(olga: GitUser) -> None:
    project, rita = olga.create(rita="reader"), person(olga, "rita")
    clone = rita.clone(project)
    olga.api("DELETE", f"/projects/{project}/grants/rita")
    assert "not found" in rita.fault("fetch", cwd=clone)


# what


def test_refs_of_the_centre_are_hidden(olga: GitUser, project: str) -> None:
    repository = olga.centre.centre.repositories.open(project_of(olga.centre, project).id)
    objects = folder({"kept.txt": b"kept back"})
    commit = Commit(objects[-1].id, (repository.main,), "olga", 1, "Kept").encode()
    with repository.lock():
        repository.add([*objects, commit])
        repository.set_ref(f"refs/hubshare/kept/{commit.id}", commit.id)
    assert {text.split()[1] for text in olga("ls-remote", olga.url(project)).splitlines()} == {"HEAD", MAIN}
    clone = olga.clone(project)
    said = olga.fault("fetch", "origin", f"refs/hubshare/kept/{commit.id}", cwd=clone)
    assert "couldn't find remote ref" in said
    said = olga.fault("-c", "protocol.version=0", "fetch", "origin", commit.id, cwd=clone)
    assert "not our ref" in said or "unadvertised object" in said
    everything = olga("-c", "protocol.version=2", "clone", "-q", "--mirror", olga.url(project), "mirror")
    assert everything == "" and "kept" not in olga("for-each-ref", cwd=olga.home / "mirror")
    # As docs/security.md says: in protocol 2 git gives any object to who knows its id and may read the project.
    olga("-c", "protocol.version=2", "fetch", "-q", "origin", commit.id, cwd=clone)


@pytest.mark.parametrize(
    "path", ["HEAD", "config", "objects/info/packs", "objects/info/alternates", "hubshare.lock", "refs/heads/main", ""]
)
def test_no_file_of_a_repository_is_served(olga: GitUser, project: str, path: str) -> None:
    answer = httpx.get(f"{olga.centre.url}git/{project}.git/{path}", headers={"Authorization": "token olga"})
    assert answer.status_code == 404


@pytest.mark.parametrize("service", ["", "git-upload-archive", "upload-pack", "git-upload-pack;id", "../x"])
def test_an_unknown_service_is_refused(olga: GitUser, project: str, service: str) -> None:
    answer = httpx.get(
        f"{olga.centre.url}git/{project}.git/info/refs",
        params={"service": service},
        headers={"Authorization": "token olga"},
    )
    assert answer.status_code == 422 and "smart HTTP" in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "--upload-pack=touch%20{made}/x",
        "-c",
        "olga/--help",
        "olga/%2e%2e%2f%2e%2e%2fetc",
        "..%2f..",
        "olga/..",
        "%2e%2e/x",
        "olga/x%00y",
        "olga/x%0ay",
        "olga/$(touch%20{made}%2fx)",
        "olga/`id`",
        "olga/x;id",
        "olga/%ff",
        "/etc",
        "olga/" + "x" * 5000,
    ],
)
def test_a_name_in_an_address_reaches_no_command_line(olga: GitUser, tmp_path: Path, name: str) -> None:
    place = urlsplit(olga.centre.url)
    address = f"{place.path}git/{name.format(made=tmp_path)}.git/info/refs?service=git-upload-pack"
    with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
        request = f"GET {address} HTTP/1.1\r\nHost: x\r\nAuthorization: token olga\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        status = connection.makefile("rb").readline().split()[1]
    assert status in (b"404", b"422"), address
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("version=2", "version=2"),
        ("version=0", "version=0"),
        ("version=3", None),
        ("version=2:x", None),
        ("version=2\n", None),
        ("x", None),
        ("", None),
    ],
)
def test_the_protocol_reaches_git_only_in_its_form(given: str, passed: str | None) -> None:
    assert stock.environment(given).get("GIT_PROTOCOL") == passed


def test_git_runs_without_the_configuration_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[x]\nsecret = yes\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "x.other")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "yes")
    with stock.running(tmp_path, "config", "--list") as done:
        listed = done.output.read().decode()
    assert "safe.directory=*" in listed and "x." not in listed


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
    for number in range(60):
        olga("commit", "-q", "--allow-empty", "-m", str(number), cwd=clone)
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
    bomb = b"".join(pack.compress(bytes(1_000_000)) for _ in range(300)) + pack.flush()
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


def test_nonsense_is_answered_by_git_itself(olga: GitUser, project: str) -> None:
    for body in (
        b"",
        b"zzzz",
        line(b"command=rm\n") + FLUSH,
        line(b"command=fetch") + b"0001" + line(b"want x") + FLUSH,
    ):
        assert ask(olga, project, body).status_code in (200, 503)


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


def test_git_ends_when_its_client_goes_away(olga: GitUser, large: str) -> None:
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
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert uploading()
    connection.close()
    wait_until(lambda: not uploading(), "the processes of the fetch are gone")


def test_without_git_the_person_is_told_so(olga: GitUser, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock.shutil, "which", lambda name: None)
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


@pytest.mark.parametrize("version", ["0", "2"])
def test_who_took_a_copy_is_written_down_also_when_git_decides_when_to_send_it(olga: GitUser, version: str) -> None:
    made = olga.create(rita="reader")
    rita = person(olga, "rita")

    def copies() -> int:
        return sum(entry.action == "project.read" and entry.door == "git" for entry in audit(olga.centre, made))

    protocol = ("-c", f"protocol.version={version}")
    writing = olga.clone(made)
    clone, before = rita.clone(made, *protocol), copies()
    for number in range(40):
        rita("commit", "-q", "--allow-empty", "-m", f"{number}", cwd=clone)
    rita(*protocol, "fetch", "-q", cwd=clone)
    assert copies() == before, "nothing was sent"
    olga.commit(writing, {"a.txt": "a"})
    olga("push", "-q", cwd=writing)
    rita(*protocol, "fetch", "-q", cwd=clone)
    assert copies() == before + 1
