"""Stock git fetches: whole, shallow and partial clones, by whom, and of what."""

from __future__ import annotations

import socket
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hubshare.git import stock
from hubshare.git.objects import Commit
from hubshare.git.repository import MAIN
from tests.helpers.centre_fixture import repository_of, sound
from tests.helpers.forge import folder
from tests.helpers.git_client import GitUser, audit, person, project_of


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
    # In protocol 2 git itself would give any object to who knows its id.
    for item in (commit, *objects):
        said = olga.fault("-c", "protocol.version=2", "fetch", "-q", "origin", item.id, cwd=clone)
        assert "not our ref" in said


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


def test_the_repository_stays_sound(olga: GitUser, project: str) -> None:
    sound(repository_of(olga.centre, project))
