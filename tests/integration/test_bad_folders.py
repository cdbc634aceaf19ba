"""Folders as people have them, good and bad: what is shared, what is not and why, and that nothing is ever lost."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.bus import inbox, outbox
from hubshare.client import Client
from hubshare.events import new_id
from hubshare.testing.centre import TestCentre, wait_until
from integration.centre_fixture import (
    BRAKE,
    MAX_FILE,
    MAX_PUSH,
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


@pytest.fixture(scope="module")
def tracked(alice: Home) -> Path:
    """A shared folder that others are tried around."""
    made, _ = alice.share("tracked", {"in/a.txt": "a"})
    return made


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
    assert "cannot nest" in alice.fault("share", "around")
    assert "cannot nest" in alice.fault("checkout", "alice/inner", "around")


def test_a_name_that_is_taken_or_somebody_elses_is_refused_and_nothing_is_tracked(alice: Home, tracked: Path) -> None:
    second = alice.folder("second", {"a.txt": "a"})
    assert "exists already" in alice.fault("share", "second", "--as", "alice/tracked")
    assert "somebody else" in alice.fault("share", "second", "--as", "bob/second")
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
    assert "cannot change access" in bob.fault("grant", "alice/course", "bob:admin")
    write(made, {"b.txt": "newer"})
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert content(here) == {"a.txt": b"mine", "b.txt": b"newer", "own.txt": b"mine"}
    assert published(centre, "alice/course") == {"a.txt": b"a", "b.txt": b"newer"}


# names


ODD = [
    "with space.txt",
    " leading and trailing ",
    "-rf",
    "--json",
    "$(touch x);`id`&|.txt",
    "quote'\"<b>&amp;.md",
    "日本語/ファイル.txt",
    "emoji 🎉.ipynb",
    "a" * 255,
    "é" * 127 + "x",
    "c:colon*star?.txt",
    "CON",
    "trailing dot.",
    ".hidden/.deep",
    "\u202egpj.exe",
]


def test_odd_names_travel_to_others_and_back(alice: Home, bob: Home, centre: TestCentre) -> None:
    files = {name: name.encode() for name in ODD}
    made, answer = alice.share("odd", files, **{"with": ["bob:writer"]})
    assert answer["unshared"] == {}
    here = bob.checkout("alice/odd", "odd")
    assert content(here) == content(made) == files
    for name in ODD:
        (here / name).write_bytes(b"edited")
    bob.ask("push", folder=str(here))
    alice.ask("pull", folder=str(made))
    assert content(made) == dict.fromkeys(files, b"edited")
    sound(repository_of(centre, "alice/odd"))


IMPOSSIBLE = {
    "line\nbreak.txt": "line break",
    "tab\there": "control character",
    "escape\x1b[31m": "control character",
    "back\\slash": "backslash",
    "not-\udcff-utf8": "not valid UTF-8",
    "git~1": "belongs to git",
    ".gitmodules": "belongs to git",
    "sub/.g\u200cit": "belongs to git",
}


def test_names_that_cannot_be_shared_are_named_and_the_rest_is_pushed(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    made = alice.folder("impossible", {"good.txt": "good", **dict.fromkeys(IMPOSSIBLE, "x")})
    write(made, {".GIT/config": "x", "bad-\udcff-folder/a.txt": "x", "line\nfolder/a.txt": "x"})
    before = content(made)
    told = alice.run("share", "impossible", "--with", "bob:writer")
    assert told.returncode == 0, told.stderr
    assert "\x1b" not in told.stdout and "control character" in told.stdout
    assert published(centre, "alice/impossible") == {"good.txt": b"good"}
    unshared = alice.ask("status", folder=str(made))["unshared"]
    for name, words in IMPOSSIBLE.items():
        assert words in unshared[os.fsencode(name).decode(errors="backslashreplace")]
        shared = alice.ask("why", path=name, folder=str(made))
        assert not shared["shared"] and words in shared["why"], (name, shared)
    assert {".GIT", "bad-\\xff-folder", "line\nfolder"} <= unshared.keys()
    here = bob.checkout("alice/impossible", "impossible")
    alice.ask("auto", folder=str(made), on=True)
    write(made, {"another-\udcff": "x", "late.txt": "late"})
    bob.ask("auto", folder=str(here), on=True)
    wait_until(lambda: "late.txt" in published(centre, "alice/impossible"), "a good file is pushed beside a bad one")
    wait_until(lambda: (here / "late.txt").exists(), "a good file travels beside a bad one")
    assert content(here) == {"good.txt": b"good", "late.txt": b"late"}
    assert content(made) == before | {"late.txt": b"late", "another-\udcff": b"x"}
    alice.ask("auto", folder=str(made), on=False)


def test_why_takes_any_name_on_the_command_line(alice: Home, tracked: Path) -> None:
    for name in ("\udcff", "a\nb", "../x", "no such", "a" * 5000, "-x"):
        done = alice.run("why", "--json", "--", name, cwd=tracked)
        assert "Traceback" not in done.stderr
        assert (done.returncode == 0) == ("why" in json.loads(done.stdout))


def test_twins_in_case_and_normalisation_all_travel_and_are_named(alice: Home, bob: Home) -> None:
    composed, decomposed = (unicodedata.normalize(form, "café.txt") for form in ("NFC", "NFD"))
    files = {"Read.md": b"1", "read.md": b"2", "Sub/a": b"3", "sub/a": b"4", composed: b"5", decomposed: b"6"}
    made, _ = alice.share("twins", dict(files), **{"with": ["bob:writer"]})
    here = bob.checkout("alice/twins", "twins")
    assert content(here) == files
    pairs = {frozenset(pair) for pair in alice.ask("status", folder=str(made))["twins"]}
    wanted = {frozenset(("Read.md", "read.md")), frozenset(("Sub", "sub")), frozenset((composed, decomposed))}
    assert wanted <= pairs
    (here / "read.md").unlink()
    bob.ask("push", folder=str(here))
    alice.ask("pull", folder=str(made))
    assert content(made) == {name: data for name, data in files.items() if name != "read.md"}


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


# limits


def test_a_file_over_the_limit_is_named_and_the_rest_is_pushed(alice: Home, bob: Home, centre: TestCentre) -> None:
    made = alice.folder("large", {"small.txt": "s", "just.bin": b"j" * MAX_FILE, "big.bin": b"b" * (MAX_FILE + 1)})
    told = alice.run("share", "large", "--with", "bob:writer")
    assert told.returncode == 0 and "big.bin" in told.stdout and f"{MAX_FILE:,}" in told.stdout
    assert published(centre, "alice/large").keys() == {"small.txt", "just.bin"}
    assert f"{MAX_FILE:,}" in alice.ask("why", path="big.bin", folder=str(made))["why"]
    # A published file that grows over the limit stays as it was for everybody else.
    here = bob.checkout("alice/large", "large")
    write(made, {"just.bin": b"j" * (MAX_FILE + 1), "small.txt": "newer"})
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert (here / "just.bin").read_bytes() == b"j" * MAX_FILE and (here / "small.txt").read_bytes() == b"newer"
    assert (made / "just.bin").stat().st_size == MAX_FILE + 1
    write(made, {"just.bin": b"k" * MAX_FILE})
    alice.ask("push", folder=str(made))
    bob.ask("pull", folder=str(here))
    assert (here / "just.bin").read_bytes() == b"k" * MAX_FILE


def test_more_than_fits_into_one_push_goes_in_several(alice: Home, bob: Home, centre: TestCentre) -> None:
    files = {f"part-{number:02}.bin": os.urandom(MAX_FILE) for number in range(2 * MAX_PUSH // MAX_FILE)}
    _, answer = alice.share("heavy", dict(files), **{"with": ["bob:reader"]})
    assert answer["pushed"] == len(files)
    assert content(bob.checkout("alice/heavy", "heavy")) == files
    sound(repository_of(centre, "alice/heavy"))


def test_a_gitattributes_that_git_refuses_is_named(alice: Home, centre: TestCentre) -> None:
    files = {"a.txt": "a", "data": "x" * 3000, "sub/.gitattributes": "y" * 3000, ".gitattributes": "*.py text\n"}
    made, answer = alice.share("attributes", dict(files))
    assert "sub/.gitattributes" in answer["unshared"]
    write(made, {".gitattributes": "x" * 3000, "a.txt": "newer"})
    answer = alice.ask("push", folder=str(made))
    assert answer["status"] == "applied"
    assert published(centre, "alice/attributes") == {
        "a.txt": b"newer",
        "data": b"x" * 3000,
        ".gitattributes": b"*.py text\n",
    }
    assert ".gitattributes" in alice.ask("status", folder=str(made))["held"]
    sound(repository_of(centre, "alice/attributes"))


def test_ignore_rules_hold_and_why_names_the_rule(alice: Home, centre: TestCentre) -> None:
    ignored = {
        "out/x.csv": "'out/'",
        "a.log": "'*.log'",
        ".ipynb_checkpoints/a.ipynb": "built-in",
        "b.txt~": "built-in",
    }
    files = {
        ".hubshareignore": "out/\n*.log\n!keep.log\n",
        "keep.log": "k",
        "a.txt": "a",
        **dict.fromkeys(ignored, "x"),
    }
    made, answer = alice.share("ignoring", dict(files))
    assert answer["unshared"] == {}
    assert published(centre, "alice/ignoring").keys() == {".hubshareignore", "keep.log", "a.txt"}
    for path, words in ignored.items():
        shared = alice.ask("why", path=path, folder=str(made))
        assert not shared["shared"] and words in shared["why"], shared
    assert alice.ask("why", path="keep.log", folder=str(made))["shared"]
    write(made, {".hubshareignore": b"\xff\xfe[\n**\\\n!\n\n# x\n" + b"(" * 5000, "more.txt": "m"})
    alice.ask("push", folder=str(made))
    assert "more.txt" in published(centre, "alice/ignoring"), "a strange rule must not stop the rest"


# the brake


MANY = {f"{number}.txt": str(number) for number in range(BRAKE + 1)}


def _delete(folder: Path, files: dict[str, str]) -> None:
    for name in files:
        (folder / name).unlink()


def test_a_mass_deletion_waits_for_a_confirmation(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("brake", {**MANY, "stays.txt": "s"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/brake", "brake")
    _delete(made, MANY)
    write(made, {"stays.txt": "newer"})
    assert f"{len(MANY)} files" in alice.fault("push", "brake")
    assert len(published(centre, "alice/brake")) == len(MANY) + 1
    assert alice.run("push", "brake", "--confirm").returncode == 0
    assert published(centre, "alice/brake") == {"stays.txt": b"newer"}
    bob.ask("pull", folder=str(here), confirm=True)
    assert content(here) == {"stays.txt": b"newer"}
    sound(repository_of(centre, "alice/brake"))


def test_a_pull_that_deletes_much_waits_for_a_confirmation(alice: Home, bob: Home) -> None:
    made, _ = alice.share("brake-in", {**MANY, "stays.txt": "s"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/brake-in", "brake-in")
    for name in MANY:
        (made / name).unlink()
        alice.ask("push", folder=str(made))
    write(here, {"own.txt": "o"})
    assert f"{len(MANY)} files" in bob.fault("pull", "brake-in")
    assert len(content(here)) == len(MANY) + 2
    assert bob.run("pull", "brake-in", "--confirm").returncode == 0
    assert content(here) == {"stays.txt": b"s", "own.txt": b"o"}


def test_deletions_up_to_the_threshold_pass(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("gentle", dict(MANY))
    _delete(made, {name: "" for name in list(MANY)[:BRAKE]})
    assert alice.ask("push", folder=str(made))["status"] == "applied"
    assert len(published(centre, "alice/gentle")) == 1


def test_auto_pauses_at_a_mass_deletion_and_a_confirmation_travels_to_auto_subscribers(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    made, _ = alice.share("braked", {**MANY, "stays.txt": "s"}, auto=True, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/braked", "braked", auto=True)
    _delete(made, MANY)
    wait_until(lambda: "--confirm" in alice.ask("status", folder=str(made))["paused"], "auto waits for a person")
    assert len(published(centre, "alice/braked")) == len(MANY) + 1
    alice.ask("push", folder=str(made), confirm=True)
    wait_until(lambda: content(here) == {"stays.txt": b"s"}, "the confirmation travels")
    write(here, {"b.txt": "b"})
    wait_until(lambda: (made / "b.txt").exists(), "both go on by themselves")
    for home, folder in ((alice, made), (bob, here)):
        home.ask("auto", folder=str(folder), on=False)


def test_a_folder_that_is_gone_deletes_nothing(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("gone", {"a.txt": "a", "b.txt": "b"})
    made.rename(alice.home / "moved")
    assert "is gone" in alice.fault("push", "gone")
    made.mkdir()
    assert "not the folder that it was" in alice.fault("push", "gone")
    assert len(published(centre, "alice/gone")) == 2


# nothing is lost


@pytest.fixture
def tiny(bob: Home) -> Iterator[Path]:
    """A disk of 2 MB in bob's home."""
    where = bob.home / "tiny"
    where.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(where)], capture_output=True)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk_stops_a_pull_and_loses_nothing(alice: Home, bob: Home, tiny: Path) -> None:
    made, _ = alice.share("full", {"a.txt": "old", "z.txt": "old"}, **{"with": ["bob:writer"]})
    here = tiny / "full"
    bob.ask("checkout", project="alice/full", folder=str(here))
    parts = {f"part-{number:02}.bin": os.urandom(MAX_FILE) for number in range(15)}
    write(here, {"own.txt": "mine"})
    write(made, {**parts, "a.txt": "newer", "z.txt": "newer"})
    alice.ask("push", folder=str(made))
    assert "disk is full" in bob.fault("pull", str(here))
    found = content(here)
    assert found["own.txt"] == b"mine" and found["z.txt"] in (b"old", b"newer")
    assert all(found[name] == parts[name] for name in found.keys() & parts.keys()), "a file is half written"
    assert not [name for name in found if name.endswith(".tmp")]
    assert bob.ask("push", folder=str(here), dry_run=True)["plan"] == [{"path": "own.txt", "change": "add"}]
    subprocess.run(["mount", "-o", "remount,size=8m", str(tiny)], check=True)
    bob.ask("pull", folder=str(here))
    assert content(here) == content(made) | {"own.txt": b"mine"}
    bob.ask("unlink", folder=str(here))


@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_the_side_that_was_not_picked_can_be_restored(alice: Home, bob: Home, pick: str) -> None:
    name = f"restored-{pick}"
    made, _ = alice.share(name, {"a.txt": "base", "b.txt": "base"}, **{"with": ["bob:writer"]})
    here = bob.checkout(f"alice/{name}", name)
    write(made, {"a.txt": "theirs", "b.txt": "theirs"})
    alice.ask("push", folder=str(made))
    write(here, {"a.txt": "ours"})
    assert bob.ask("pull", folder=str(here))["conflicts"].keys() == {"a.txt"}
    assert content(here) == {"a.txt": b"ours", "b.txt": b"theirs"}
    assert bob.run("resolve", "a.txt", f"--{pick}", cwd=here).returncode == 0
    assert (here / "a.txt").read_bytes() == pick.encode()
    assert bob.run("restore", "a.txt", cwd=here).returncode == 0
    assert (here / "a.txt").read_bytes() == (b"theirs" if pick == "ours" else b"ours")


def test_unlink_keeps_every_file_and_later_updates_stay_away(alice: Home, bob: Home) -> None:
    made, _ = alice.share("let-go", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/let-go", "let-go", auto=True)
    write(here, {"own.txt": "own"})
    before = content(here)
    assert "name that folder" in bob.fault("unlink", str(here / "sub"))
    assert bob.run("unlink", "let-go").returncode == 0
    write(made, {"a.txt": "newer"})
    alice.ask("push", folder=str(made))
    assert "not in a shared folder" in bob.fault("status", "let-go")
    assert content(here) == before
    again = bob.ask("checkout", project="alice/let-go", folder=str(here))
    assert again["written"] == [] and list(again["conflicts"]) == ["a.txt"]
    assert content(here) == before


def test_access_that_ends_stops_updates_and_keeps_the_files(alice: Home, bob: Home) -> None:
    made, _ = alice.share("ended", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/ended", "ended", auto=True)
    alice.ask("revoke", project="alice/ended", grant="bob")
    wait_until(lambda: bob.ask("status", folder=str(here))["lost"], "bob's agent knows")
    write(made, {"a.txt": "secret"})
    alice.ask("push", folder=str(made))
    for command in ("pull", "push"):
        assert bob.fault(command, "ended")
    assert content(here) == {"a.txt": b"a"}


# messages


def _push(centre: TestCentre, home: Home, folder: Path, **changes: object) -> dict[str, object]:
    """A push event as an agent would make it, with some of it changed."""
    listed = next(found for found in home.ask("list")["checkouts"] if found["folder"] == str(folder))
    project = next(found for found in home.ask("list")["projects"] if found["name"] == listed["project"])
    rows = [path.name for path in (home.state / "checkouts").iterdir()]
    from hubshare.store.models import Checkout

    with centre.centre.database.read() as session:
        checkout = next(row for row in rows if (found := session.get(Checkout, row)) and found.folder == str(folder))
    event = {
        "version": 1,
        "type": "push",
        "id": new_id(),
        "project": project["id"],
        "checkout": checkout,
        "commit": project["commit"],
    }
    return event | changes


def _outcomes(centre: TestCentre, user: str, event: str) -> list[dict[str, object]]:
    entries = [fields.get(b"event", b"") for _, fields in centre.centre.bus.redis.xrange(inbox(user))]
    return [json.loads(raw) for raw in entries if event.encode() in raw]


def test_events_of_unknown_form_are_refused_and_good_ones_still_pass(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    made, _ = alice.share("events", {"a.txt": "a"})
    theirs, _ = bob.share("bobs", {"a.txt": "a"})
    bad: list[dict[str, object]] = [
        _push(centre, alice, made, version=2),
        _push(centre, alice, made, version="1"),
        _push(centre, alice, made, user="bob"),
        _push(centre, alice, made, commit="x"),
        _push(centre, alice, made, commit="main"),
        _push(centre, alice, made, type="delete"),
        _push(centre, alice, made, conflicts=["\0"] * 20_000),
        _push(centre, alice, made, upload="../../etc/passwd"),
        _push(centre, alice, made, upload=new_id()),
        _push(centre, alice, made, commit="0" * 40),
        _push(centre, alice, made, project=new_id()),
        _push(centre, alice, made, checkout=new_id()),
        _push(centre, bob, theirs),
        _push(centre, alice, made, padding="x" * 300_000),
    ]
    redis, box = centre.centre.bus.redis, outbox("alice")
    for event in bad:
        redis.xadd(box, {"event": json.dumps(event)})
    raw = [b"", b"null", b"[]", b"{", b"\xff", b"1" * 5000, b"[" * 100_000, b'{"id":' * 20_000, b'"x"']
    for text in raw:
        redis.xadd(box, {"event": text})
    redis.xadd(box, {"event": json.dumps(_push(centre, alice, made)), "pack": b"PACK" + b"x" * 200_000})
    redis.xadd(box, {"event": json.dumps(_push(centre, alice, made)), "pack": b"x" * 400_000})
    redis.xadd(box, {"nothing": "known"})
    wait_until(lambda: redis.xlen(box) == 0, "every bad event has been answered or dropped")
    for event in bad:
        told = _outcomes(centre, "alice", str(event["id"]))
        assert [found["status"] for found in told] == ["refused"], event
        assert told[0]["message"]
    write(made, {"a.txt": "newer"})
    assert alice.ask("push", folder=str(made))["status"] == "applied"
    assert published(centre, "alice/events") == {"a.txt": b"newer"}
    assert published(centre, "bob/bobs") == {"a.txt": b"a"}


def test_a_push_is_refused_from_the_moment_of_revocation_whatever_an_agent_says(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    alice.share("revoked", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/revoked", "revoked")
    event = _push(centre, bob, here)
    alice.ask("grant", project="alice/revoked", grant="bob:reader")
    centre.centre.bus.redis.xadd(outbox("bob"), {"event": json.dumps(event)})
    wait_until(lambda: _outcomes(centre, "bob", str(event["id"])), "the push is answered")
    assert _outcomes(centre, "bob", str(event["id"]))[0]["code"] == "forbidden"


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


def test_a_refusal_of_the_agent_has_a_stable_code(alice: Home) -> None:
    with pytest.raises(Refused) as caught:
        alice.ask("checkout", project="alice/absent")
    assert caught.value.code == "not-found"
