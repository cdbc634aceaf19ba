"""Limits, mass deletions, full disks, picks and odd messages: what gets through, what waits, and that nothing is ever lost."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hubshare.bus.keys import inbox, outbox
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import (
    BRAKE,
    MAX_FILE,
    MAX_PUSH,
    Home,
    Refused,
    content,
    published,
    repository_of,
    sound,
    write,
)

pytestmark = pytest.mark.both_databases

# an agent that dies


def test_a_command_waits_for_an_agent_that_is_dying(
    centre: TestCentre, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The path of a socket has little room for the name of a test.
    dora = Home(tmp_path_factory.mktemp("d"), "dora", centre.url)
    dora.state.mkdir(parents=True)
    with (dora.state / "agent.lock").open("a") as held:
        # As the kernel does while the last threads of a killed process end.
        fcntl.flock(held, fcntl.LOCK_EX)
        command = dora.begin("list")
        wait_until(lambda: psutil.Process(command.pid).children(), "the command starts an agent")
        (started,) = psutil.Process(command.pid).children()
        wait_until(
            lambda: str(dora.lock) in {file.path for file in started.open_files()}, "that wants to own the state"
        )
    said, complaint = command.communicate(timeout=60)
    try:
        assert (command.returncode, complaint) == (0, ""), said
    finally:
        dora.stop()


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
    # The watcher may have seen the deletion in parts; no more of them pass than the threshold allows.
    assert len(published(centre, "alice/braked")) >= len(MANY) + 1 - BRAKE
    alice.ask("push", folder=str(made), confirm=True)
    wait_until(lambda: content(here) == {"stays.txt": b"s"}, "the confirmation travels")
    write(here, {"b.txt": "b"})
    wait_until(lambda: (made / "b.txt").exists(), "both go on by themselves")
    for home, folder in ((alice, made), (bob, here)):
        home.ask("auto", folder=str(folder), on=False)


def test_who_was_away_is_not_asked_about_deletions_that_were_confirmed(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    made, _ = alice.share("while-away", {**MANY, "stays.txt": "s"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/while-away", "while-away", auto=True)
    wait_until(lambda: len(content(here)) == len(MANY) + 1, "all is here")
    bob.stop()
    try:
        _delete(made, MANY)
        with pytest.raises(Refused, match="push --confirm"):
            alice.ask("push", folder=str(made))
        alice.ask("push", folder=str(made), confirm=True)
        write(made, {"later.txt": "l"})
        alice.ask("push", folder=str(made))
    finally:
        bob.start()
    wait_until(
        lambda: content(here) == {"stays.txt": b"s", "later.txt": b"l"}, "what was confirmed needs no second yes"
    )


def test_a_folder_that_is_gone_deletes_nothing(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("gone", {"a.txt": "a", "b.txt": "b"})
    # Made before the other goes, or it may get its inode.
    another = alice.home / "another"
    another.mkdir()
    shutil.rmtree(made)
    assert "is gone" in alice.fault("push", "gone")
    another.rename(made)
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
    alice.ask("revoke", project="alice/ended", who="bob")
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
        checkout = next(
            row for row in rows if (found := session.get(Checkout, row)) and found.folder == f"~/{folder.name}"
        )
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
    alice.ask("grant", project="alice/revoked", who="bob:reader")
    centre.centre.bus.redis.xadd(outbox("bob"), {"event": json.dumps(event)})
    wait_until(lambda: _outcomes(centre, "bob", str(event["id"])), "the push is answered")
    assert _outcomes(centre, "bob", str(event["id"]))[0]["code"] == "forbidden"
