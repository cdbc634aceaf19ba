"""A course moves to another branch, and a project follows it there: file by file, by each door."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from hubshare.client import Client
from hubshare.errors import Forbidden, Invalid
from hubshare.testing.centre import TestCentre, TestHome
from tests.helpers.centre_fixture import git, repository_of, sound
from tests.helpers.command_line import typing
from tests.helpers.ended_imports import ended
from tests.helpers.internet import Author, Internet, Visit
from tests.helpers.page_visitors import Browser, needs_assets, words
from tests.helpers.zip_site import COURSE, Site


@pytest.fixture
def source(internet: Internet, name: str) -> Author:
    """A course that has moved from one branch to the other, and went on there."""
    made = internet.repository(name)
    made.commit({"readme.md": "one\n", "old.md": "old\n", "mine.md": "theirs\n"}, branch="master")
    made.git("update-ref", "refs/heads/main", "master")
    made.commit({"readme.md": "two\n", "new.md": "new\n", "mine.md": "theirs, newer\n"}, branch="main")
    return made


def begun(client: Client, source: Author, name: str, *, history: bool = False) -> str:
    project = client.import_project(f"{source.url}@master", name, history=history).name
    assert ended(client, project).branch == "master"
    assert client.file(project, "readme.md") == b"one\n"
    return project


def test_a_project_follows_a_course_to_another_branch(
    centre: TestCentre, alice: TestHome, client: Client, source: Author, name: str
) -> None:
    project = begun(client, source, name)
    client.grant(project, "bob", "writer")
    with Client(centre.url, "bob") as bob, pytest.raises(Forbidden):
        bob.change_import(project, branch="main")
    source.git("update-ref", "-d", "refs/heads/master")
    client.fetch_import(project, take=True)
    gone = ended(client, project)
    assert gone.state == "failed" and "no branch, tag or commit 'master'" in gone.message
    assert "`hubshare source --branch NAME`" in gone.message
    changed = alice.run("source", project, "--branch", "main")
    assert changed.returncode == 0 and ", main; " in changed.stdout, changed.stderr
    found = ended(client, project)
    assert (found.state, found.branch, found.label.partition(" ")[0]) == ("done", "main", "main")
    assert client.file(project, "readme.md") == b"one\n", "what is new is shown first"
    mine = alice.home / name
    assert alice.run("checkout", project, str(mine)).returncode == 0
    (mine / "mine.md").write_text("mine\n")
    assert alice.run("push", str(mine)).returncode == 0
    taken = alice.run("origin", project, "--take")
    assert "new.md" in taken.stdout and "old.md" in taken.stdout, taken.stderr
    assert client.file(project, "readme.md") == b"two\n" and client.file(project, "mine.md") == b"mine\n"
    assert client.origin(project).open == 1, "what both changed waits for a pick"
    assert any("has main taken from now on" in line.text for line in found.log)


def test_a_branch_that_is_not_there_leaves_the_project_as_it_is(client: Client, source: Author, name: str) -> None:
    project = begun(client, source, name)
    client.change_import(project, "hourly", branch="nowhere")
    failed = ended(client, project)
    assert failed.state == "failed" and "'nowhere'" in failed.message and failed.follow == "hourly"
    assert client.file(project, "readme.md") == b"one\n"
    client.change_import(project, branch="")
    assert ended(client, project).label.startswith("main at ")
    assert client.file(project, "readme.md") == b"two\n", "what follows its source takes what is new"
    run = client.get_import(project).run
    assert client.change_import(project, branch="", history=False).run == run, "nothing is to be looked at"


def test_a_history_is_kept_from_now_on_and_not_any_more(
    centre: TestCentre, client: Client, source: Author, name: str
) -> None:
    project = begun(client, source, name)
    commits = git(repository_of(centre, project), "rev-list", "main").decode().split()
    old, new = source.git("rev-parse", "master"), source.git("rev-parse", "main")
    assert old not in commits
    client.change_import(project, "daily", history=True)
    assert ended(client, project).history
    assert old in git(repository_of(centre, project), "rev-list", "main").decode().split()
    client.change_import(project, branch="main")
    assert ended(client, project).state == "done"
    assert new in git(repository_of(centre, project), "rev-list", "main").decode().split()
    sound(repository_of(centre, project))
    client.change_import(project, history=False)
    assert not ended(client, project).history
    later = source.commit({"readme.md": "three\n"}, branch="main")
    client.fetch_import(project, take=True)
    assert ended(client, project).state == "done" and client.file(project, "readme.md") == b"three\n"
    assert later not in git(repository_of(centre, project), "rev-list", "main").decode().split()
    sound(repository_of(centre, project))


def test_what_is_no_git_repository_has_no_branches(client: Client, site: Site, name: str) -> None:
    project = client.import_project(site.put(f"{name}.zip", COURSE), name).name
    assert ended(client, project).branch is None
    with pytest.raises(Invalid, match="no git repository"):
        client.change_import(project, branch="main")
    with pytest.raises(Invalid, match="no history to keep"):
        client.change_import(project, history=True)


@needs_assets
def test_the_page_has_a_form_for_it(centre: TestCentre, client: Client, source: Author, site: Site, name: str) -> None:
    project = begun(client, source, name)
    browser = Browser(centre, "alice")
    assert 'name="branch" value="master"' in browser.get(f"projects/{project}/source").text
    sent = {"follow": "manual", "branch": "main", "history": "true"}
    assert browser.post(f"projects/{project}/source/settings", sent).status_code == 303
    found = ended(client, project)
    assert (found.branch, found.history, found.label.partition(" ")[0]) == ("main", True, "main")
    assert f"{source.url} : main at" in words(browser.get(f"projects/{project}/source"))
    wrong = browser.post(f"projects/{project}/source/settings", sent | {"branch": "a..b"})
    assert wrong.status_code == 422 and "cannot be a branch" in wrong.text
    plain = client.import_project(site.put(f"{name}.zip", COURSE), f"{name}-plain").name
    ended(client, plain)
    assert 'name="branch"' not in browser.get(f"projects/{plain}/source").text
    assert browser.post(f"projects/{plain}/source/settings", {"follow": "daily"}).status_code == 303


def test_who_follows_a_source_that_is_closed_is_told_how_to_give_a_password(
    centre: TestCentre, alice: TestHome, client: Client, internet: Internet, source: Author, name: str
) -> None:
    project = begun(client, source, name)

    def closed(visit: Visit) -> None:
        if visit.headers.get("Authorization") != "Basic dW5hOnMzY3JldA==":
            visit.send(b"", 401, WWW_Authenticate="Basic")
        else:
            visit._git(visit.path.partition("?")[0])

    for path in ("info/refs", "git-upload-pack"):
        internet.answers[f"/{name}.git/{path}"] = closed
    client.fetch_import(project, take=True)
    refused = ended(client, project)
    assert refused.state == "failed" and "`hubshare source --login USER`" in refused.message
    given = typing(alice, "s3cret\n", "source", project, "--login", "una")
    assert given.returncode == 0, given.stderr
    source.commit({"readme.md": "three\n"}, branch="master")
    client.fetch_import(project, take=True)
    assert ended(client, project).state == "done" and client.file(project, "readme.md") == b"three\n"


@pytest.mark.parametrize("history", [False, True], ids=["one version", "with its history"])
def test_a_large_file_that_comes_after_its_commit_is_had_when_somebody_looks_again(
    client: Client, internet: Internet, name: str, history: bool
) -> None:
    source, large = internet.repository(name), b"large" * 1000
    oid, there = sha256(large).hexdigest(), dict[str, bytes]()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(large)}\n"
    source.commit({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": pointer})
    address = internet.serve(f"/{name}-large", large)

    def batch(visit: Visit) -> None:
        action = {"actions": {"download": {"href": address}}} if there else {"error": {"code": 404, "message": "gone"}}
        answer = {"objects": [{"oid": oid, "size": len(large), **action}]}
        visit.send(json.dumps(answer).encode(), content_type="application/vnd.git-lfs+json")

    internet.answers[f"/{name}.git/info/lfs/objects/batch"] = batch
    project = client.import_project(source.url, name, history=history).name
    assert "Git LFS" in ended(client, project).left_out[0]
    before = client.project(project).version
    client.fetch_import(project, take=True)
    assert ended(client, project).state == "done" and client.project(project).version == before, "nothing is new"
    there[oid] = large
    client.fetch_import(project, take=True)
    assert ended(client, project).left_out == [] and client.file(project, "a.bin") == large
