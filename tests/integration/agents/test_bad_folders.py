"""Folders as people have them, good and bad: what is shared, what is not, and why."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import (
    Home,
    Homes,
    Refused,
    content,
    published,
    repository_of,
    sound,
    write,
)

# folders that cannot be checkouts


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (".", "home folder"),
        ("..", "home folder"),
        ("/", "home folder"),
        ("tracked", "already"),
        ("tracked/in", "cannot nest"),
        (".local", "own state"),
        (".local/state/hubshare", "own state"),
        (".local/state/hubshare/checkouts", "own state"),
        ("plain/.git/hooks", "git repository's own"),
        ("missing", "no folder"),
        ("plain/file.txt", "no folder"),
        ("plain/\udcff", "not valid UTF-8"),
        ("plain/日本", "--as"),
        ("link-to-tracked", "already"),
        ("link-to-home", "home folder"),
    ],
)
def test_a_folder_that_cannot_be_shared_is_refused_with_the_reason(
    alice: Home, tracked: Path, folder: str, words: str
) -> None:
    for name in ("plain/.git/hooks", "plain/\udcff", "plain/日本"):
        (alice.home / name).mkdir(parents=True, exist_ok=True)
    write(alice.home, {"plain/file.txt": "x"})
    for name, target in (("link-to-tracked", tracked), ("link-to-home", alice.home)):
        if not (alice.home / name).is_symlink():
            (alice.home / name).symlink_to(target)
    assert words in alice.fault("share", folder)


def test_a_folder_around_a_checkout_is_refused(alice: Home) -> None:
    inner = alice.folder("around/inner", {"a.txt": "a"})
    alice.ask("share", folder=str(inner))
    assert (
        "cannot nest" in (said := alice.fault("share", "around")) and "~/around" in said and str(alice.home) not in said
    )
    assert "cannot nest" in alice.fault("checkout", "alice/inner", "around")


def test_a_name_that_is_taken_or_somebody_elses_is_refused_and_nothing_is_tracked(alice: Home, tracked: Path) -> None:
    second = alice.folder("second", {"a.txt": "a"})
    assert "exists already" in alice.fault("share", "second", "--as", "alice/tracked")
    assert "your teams" in alice.fault("share", "second", "--as", "bob/second")
    assert "cannot name a project" in alice.fault("share", "second", "--as", "alice/../x")
    assert "OWNER/NAME" in alice.fault("share", "second", "--as", "second")
    assert "not a grant" in alice.fault("share", "second", "--with", "bob")
    assert alice.run("share", "second", "--with", "bob:king").returncode != 0
    assert "not in a shared folder" in alice.fault("status", "second")
    assert content(second) == {"a.txt": b"a"}


def test_a_share_that_was_cut_short_is_taken_up_again(alice: Home, bob: Home, centre: TestCentre) -> None:
    # The agent died between making the project and tracking the folder.
    Client(centre.url, alice.user).create_project("halfway", "private", {})
    folder = alice.folder("halfway", {"a.txt": "a"})
    assert alice.run("share", "halfway", "--as", "alice/halfway", "--with", "bob:reader").returncode == 0
    assert content(bob.checkout("alice/halfway", "halfway")) == content(folder)
    assert "exists already" in alice.fault("share", str(alice.folder("other", {"b.txt": "b"})), "--as", "alice/halfway")


def test_an_unknown_project_and_one_without_permission_cannot_be_told_apart(alice: Home, bob: Home) -> None:
    alice.share("secret", {"a.txt": "a"})
    one = bob.fault("checkout", "alice/secret", "here")
    other = bob.fault("checkout", "alice/absent", "here")
    assert one.replace("secret", "absent") == other
    assert not (bob.home / "here").exists(), "a folder was left behind"
    assert "alice/secret" not in [found["name"] for found in bob.ask("list")["projects"]]


def test_a_role_that_is_too_small_is_named_and_edits_stay(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("course", {"a.txt": "a", "b.txt": "b"}, **{"with": ["bob:reader"]})
    here = bob.checkout("alice/course", "course")
    write(here, {"a.txt": "mine", "own.txt": "mine"})
    assert "reader of alice/course" in bob.fault("push", "course")
    assert "you may not change access to" in bob.fault("grant", "alice/course", "bob:admin")
    write(made, {"b.txt": "newer"})
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert content(here) == {"a.txt": b"mine", "b.txt": b"newer", "own.txt": b"mine"}
    assert published(centre, "alice/course") == {"a.txt": b"a", "b.txt": b"newer"}


# what is not a plain file


def test_links_inside_travel_and_links_outward_are_named(alice: Home, bob: Home, centre: TestCentre) -> None:
    made = alice.folder("links", {"data/a.txt": "a"})
    inside = {"inside": "data/a.txt", "data/up": "../data", "dangling": "not/there", "loop": "loop", "all": "."}
    outward = {
        "absolute": "/etc/passwd",
        "out": "../links",
        "data/out": "../../x",
        "mixed": "data/../../x",
        "git": ".git/config",
    }
    for name, target in (inside | outward).items():
        (made / name).symlink_to(target)
    (made / "strange").symlink_to(b"\xff")
    answer = alice.ask("share", folder=str(made), **{"with": ["bob:writer"]})
    assert answer["unshared"].keys() == outward.keys() | {"strange"}
    for name in [*outward, "strange"]:
        shared = alice.ask("why", path=name, folder=str(made))
        assert not shared["shared"] and shared["why"] == answer["unshared"][name]
    here = bob.checkout("alice/links", "links")
    assert content(here) == {name: f"-> {target}".encode() for name, target in inside.items()} | {"data/a.txt": b"a"}
    # A link that leads out from now on: the published one stays, the new one stays here.
    (made / "inside").unlink()
    (made / "inside").symlink_to("/etc/passwd")
    assert "inside" in alice.ask("push", folder=str(made), dry_run=True)["held"]
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert os.readlink(here / "inside") == "data/a.txt"
    assert os.readlink(made / "inside") == "/etc/passwd"
    sound(repository_of(centre, "alice/links"))


def test_a_link_in_place_of_a_folder_is_never_written_through(alice: Home, bob: Home) -> None:
    made, _ = alice.share("through", {"sub/a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/through", "through")
    away = bob.folder("away", {"a.txt": "not yours"})
    shutil.rmtree(here / "sub")
    (here / "sub").symlink_to(away)
    write(made, {"sub/a.txt": "newer", "sub/b.txt": "new"})
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert content(away) == {"a.txt": b"not yours"}
    assert os.readlink(here / "sub") == str(away)


def test_sockets_pipes_and_devices_are_named_and_never_opened(alice: Home, centre: TestCentre) -> None:
    made = alice.folder("special", {"good.txt": "good"})
    os.mkfifo(made / "pipe")
    kinds = {"pipe": "a pipe", "sock": "a socket"}
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(made / "sock"))
        if os.geteuid() == 0:
            os.mknod(made / "zero", 0o20666, os.makedev(1, 5))
            kinds["zero"] = "a device"
        answer = alice.ask("share", folder=str(made))
        assert answer["unshared"].keys() == kinds.keys()
        for name, words in kinds.items():
            assert words in alice.ask("why", path=name, folder=str(made))["why"]
    assert published(centre, "alice/special") == {"good.txt": b"good"}


def test_a_file_that_becomes_a_pipe_is_left_alone_on_both_sides(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("piped", {"a.txt": "a", "b.txt": "b"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/piped", "piped")
    (made / "a.txt").unlink()
    os.mkfifo(made / "a.txt")
    write(here, {"a.txt": "newer", "b.txt": "newer"})
    bob.ask("push", folder=str(here))
    answer = alice.ask("pull", folder=str(made))
    assert "a.txt" in answer["held"] and (made / "a.txt").is_fifo()
    assert (made / "b.txt").read_bytes() == b"newer"
    alice.ask("push", folder=str(made))
    assert published(centre, "alice/piped") == {"a.txt": b"newer", "b.txt": b"newer"}


def test_empty_files_travel_and_empty_folders_wait_for_a_file(alice: Home, bob: Home) -> None:
    made = alice.folder("empty", {"nothing.txt": ""})
    (made / "hollow" / "deep").mkdir(parents=True)
    alice.ask("share", folder=str(made), **{"with": ["bob:writer"]})
    assert "empty folder" in alice.ask("why", path="hollow", folder=str(made))["why"]
    here = bob.checkout("alice/empty", "empty")
    assert content(here) == {"nothing.txt": b""} and not (here / "hollow").exists()
    write(made, {"hollow/deep/a.txt": ""})
    (made / "nothing.txt").unlink()
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert content(here) == {"hollow/deep/a.txt": b""}
    void, answer = alice.share("void")
    assert answer["pushed"] == 0 and content(bob.checkout("alice/empty", "again")) == content(here)
    assert void.is_dir()


# the user's own git


def _stamps(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Path to mtime, mode and content of everything in a folder, and of the folder itself."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        known = path.lstat()
        found[str(path)] = (known.st_mtime_ns, known.st_mode, path.read_bytes() if path.is_file() else b"")
    return found


def _repository(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    user = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@x", "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@x"}
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "mine"]):
        subprocess.run(["git", *args], cwd=folder, check=True, env=os.environ | user)


def test_the_users_own_git_is_never_touched_or_sent(alice: Home, bob: Home, centre: TestCentre) -> None:
    made = alice.folder("gits", {"a.txt": "a", "nested/code.py": "x", "kept/b.txt": "b"})
    _repository(made / "nested")
    _repository(made)
    before = {**_stamps(made / ".git"), **_stamps(made / "nested")}
    answer = alice.ask("share", folder=str(made), **{"with": ["bob:writer"]})
    assert "git repository of its own" in answer["unshared"]["nested"]
    for path in ("nested", "nested/code.py"):
        assert "git repository of its own" in alice.ask("why", path=path, folder=str(made))["why"]
    assert published(centre, "alice/gits").keys() == {"a.txt", "kept/b.txt"}

    here = bob.checkout("alice/gits", "gits")
    _repository(here / "kept")
    held = _stamps(here / "kept")
    write(made, {"a.txt": "newer", "kept/b.txt": "newer", "kept/c.txt": "new"})
    alice.ask("push", folder=str(made))
    answer = bob.ask("pull", folder=str(here))
    assert answer["held"].keys() == {"kept/b.txt", "kept/c.txt"}
    assert _stamps(here / "kept") == held and (here / "a.txt").read_bytes() == b"newer"

    write(here, {"a.txt": "newest"})
    bob.ask("push", folder=str(here))
    alice.ask("pull", folder=str(made))
    assert published(centre, "alice/gits")["kept/b.txt"] == b"newer"
    assert {**_stamps(made / ".git"), **_stamps(made / "nested")} == before

    # The repository goes: what the project holds there flows again.
    shutil.rmtree(here / "kept" / ".git")
    answer = bob.ask("pull", folder=str(here))
    assert content(here) == {"a.txt": b"newest", "kept/b.txt": b"newer", "kept/c.txt": b"new"}


def test_a_published_folder_never_lands_in_somebodys_git(alice: Home, bob: Home) -> None:
    made, _ = alice.share("late-git", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/late-git", "late-git", auto=True)
    write(here, {"sub/own.py": "mine"})
    _repository(here / "sub")
    before = _stamps(here / "sub")
    write(made, {"sub/own.py": "theirs", "sub/.hidden": "x", "b.txt": "b"})
    alice.ask("push", folder=str(made))
    wait_until(lambda: (here / "b.txt").exists(), "the rest flows")
    assert _stamps(here / "sub") == before
    bob.ask("auto", folder=str(here), on=False)


# unreadable


@pytest.fixture(scope="module")
def carol(homes: Homes) -> Home:
    """A home whose agent is bound by permissions; root's is not, unless it lets go of that power."""
    if os.geteuid() != 0:
        return homes("carol")
    if shutil.which("setpriv") is None:
        pytest.skip("root reads everything, and there is no setpriv to start an agent that does not")
    return homes("carol", "setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_unreadable_files_and_folders_are_named_and_left_alone(alice: Home, carol: Home, centre: TestCentre) -> None:
    made, _ = alice.share("closed", {"a.txt": "a", "sub/b.txt": "b", "ro/c.txt": "c"}, **{"with": ["carol:writer"]})
    here = carol.checkout("alice/closed", "closed")
    write(here, {"new.txt": "x", "shut/d.txt": "x"})
    try:
        (here / "new.txt").chmod(0)
        (here / "shut").chmod(0)
        (here / "a.txt").chmod(0)
        (here / "sub").chmod(0)
        (here / "ro").chmod(0o500)
        write(made, {"a.txt": "newer", "sub/b.txt": "newer", "ro/c.txt": "newer", "e.txt": "new"})
        alice.ask("push", folder=str(made))
        answer = carol.ask("pull", folder=str(here))
        assert (here / "e.txt").read_bytes() == b"new", "what can be written is written"
        assert {"sub/b.txt", "ro/c.txt"} <= answer["held"].keys()
        status = carol.ask("status", folder=str(here))
        assert {"new.txt", "shut", "sub"} <= status["unshared"].keys()
        for path in ("new.txt", "shut", "shut/d.txt", "sub", "sub/b.txt", "a.txt"):
            shared = carol.ask("why", path=path, folder=str(here))
            assert not shared["shared"] and "permissions" in shared["why"], (path, shared)
        assert carol.ask("push", folder=str(here))["status"] == "nothing"
        carol.ask("auto", folder=str(here), on=True)
        write(here, {"f.txt": "f"})
        wait_until(lambda: "f.txt" in published(centre, "alice/closed"), "the rest is pushed by itself")
        carol.ask("auto", folder=str(here), on=False)
        assert len(published(centre, "alice/closed")) == 5, "nothing unreadable counts as deleted"
    finally:
        for name, mode in {"new.txt": 0o600, "shut": 0o700, "a.txt": 0o600, "sub": 0o700, "ro": 0o700}.items():
            (here / name).chmod(mode)
    carol.ask("sync", folder=str(here))
    assert content(here) == published(centre, "alice/closed")
    assert (here / "sub/b.txt").read_bytes() == (here / "a.txt").read_bytes() == b"newer"


def test_a_folder_that_may_not_be_entered_deletes_nothing(alice: Home, carol: Home, centre: TestCentre) -> None:
    made, _ = alice.share("entered", {"a.txt": "a", "sub/b.txt": "b"}, auto=True, **{"with": ["carol:writer"]})
    here = carol.checkout("alice/entered", "entered", auto=True)
    try:
        (here / "sub").chmod(0o644)
        wait_until(lambda: "sub/b.txt" in carol.ask("status", folder=str(here))["held"], "it is named")
        write(here, {"c.txt": "c"})
        wait_until(lambda: (made / "c.txt").exists(), "the rest goes on")
        here.chmod(0o644)
        assert "nothing in it counts as deleted" in carol.ask("status", folder=str(here))["paused"]
        assert "permissions" in carol.ask("why", path="a.txt", folder=str(here))["why"]
        assert published(centre, "alice/entered").keys() == content(made).keys() == {"a.txt", "sub/b.txt", "c.txt"}
    finally:
        here.chmod(0o755)
        (here / "sub").chmod(0o755)
    write(here, {"sub/b.txt": "newer"})
    wait_until(lambda: (made / "sub/b.txt").read_bytes() == b"newer", "it goes on by itself")
    for home, folder in ((alice, made), (carol, here)):
        home.ask("auto", folder=str(folder), on=False)


def test_a_refusal_of_the_agent_has_a_stable_code(alice: Home) -> None:
    with pytest.raises(Refused) as caught:
        alice.ask("checkout", project="alice/absent")
    assert caught.value.code == "not-found"


@pytest.mark.parametrize("command", ["status", "push", "unlink", "repair"])
def test_a_folder_that_is_not_there_is_called_so_by_every_command(alice: Home, command: str) -> None:
    assert alice.fault(command, "/nope") == "hubshare: There is no folder /nope."
