"""A checkout whose state is damaged: the others go on, it says what to do, and doing that loses nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, Homes, Refused, content, published, write
from tests.helpers.command_line import says


@pytest.fixture
def dora(homes: Homes) -> Iterator[Home]:
    """Somebody whose agent a test may end and start."""
    home = homes("dora")
    yield home
    if home.process is not None and home.process.poll() is not None:
        home.start()


def _state(home: Home, folder: Path) -> Path:
    """Return where the state of a checkout lies."""
    for label in home.state.glob("checkouts/*/checkout.json"):
        if json.loads(label.read_text())["root"] == str(folder):
            return label.parent
    raise AssertionError(f"{folder} has no state")


def _scribble(database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))


def _newer(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE meta SET value = '\"of the future\"' WHERE key = 'mode'")
    connection.close()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no database at all": lambda database: database.write_bytes(b"this is no database, and never was one " * 100),
    "overwritten": _scribble,
    "truncated": lambda database: database.write_bytes(database.read_bytes()[:5000]),
    "empty": lambda database: database.write_bytes(b""),
    "gone": Path.unlink,
    "of a newer version": _newer,
    "a folder": lambda database: (database.unlink(), database.mkdir())[1],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_one_damaged_checkout_stops_no_other_and_is_repaired_without_losing_anything(
    dora: Home, alice: Home, centre: TestCentre, damage: str
) -> None:
    name = "damaged-" + damage.replace(" ", "-")
    alice.share(name, {"a.txt": "a", "b.txt": "b", "c.txt": "c"}, **{"with": ["dora:writer"]})
    bad = dora.checkout(f"alice/{name}", name, auto=True)
    good, _ = dora.share(f"good-{name}", {"a.txt": "a"})
    dora.ask("auto", on=True, folder=str(good))
    state = _state(dora, bad)
    dora.stop()
    for log in state.glob("index.sqlite-*"):
        log.unlink()
    DAMAGES[damage](state / "index.sqlite")
    write(bad, {"a.txt": "edited meanwhile", "new.txt": "n"})
    write(alice.home / name, {"a.txt": "edited by alice", "b.txt": "b2"})
    alice.ask("push", folder=str(alice.home / name))
    dora.start()

    write(good, {"a.txt": "goes on"})
    wait_until(lambda: published(centre, f"dora/good-{name}") == {"a.txt": b"goes on"}, "the other checkout goes on")
    said = dora.fault("status", str(bad))
    assert str(bad) in said and f"hubshare repair {bad}" in said
    assert f"hubshare repair {bad}" in says(dora, "list")
    with pytest.raises(Refused, match="already"):
        dora.ask("share", folder=str(bad), **{"as": f"dora/{name}"})

    said = says(dora, "repair", str(bad))
    aside = dora.home / Path(said.split(" is in ")[1].split(".\n")[0]).relative_to("~")
    assert aside.is_dir()
    status = dora.ask("status", folder=str(bad))
    assert content(bad) == {"a.txt": b"edited meanwhile", "b.txt": b"b", "c.txt": b"c", "new.txt": b"n"}
    assert {one["path"] for one in status["conflicts"]} == {"a.txt", "b.txt"} and status["mode"] == "manual"
    dora.ask("resolve", pick="theirs", paths=["b.txt"], cwd=str(bad))
    dora.ask("push", folder=str(bad))
    assert published(centre, f"alice/{name}") == {
        "a.txt": b"edited by alice",
        "b.txt": b"b2",
        "c.txt": b"c",
        "new.txt": b"n",
    }


def test_a_database_that_somebody_locks_is_opened_as_soon_as_it_is_free(dora: Home) -> None:
    made, _ = dora.share("locked", {"a.txt": "a"})
    other, _ = dora.share("not-locked", {"a.txt": "a"})
    state = _state(dora, made)
    dora.stop()
    with sqlite3.connect(state / "index.sqlite", isolation_level=None) as held:
        held.execute("PRAGMA locking_mode=EXCLUSIVE")
        held.execute("BEGIN EXCLUSIVE")
        dora.start()
        wait_until(lambda: dora.ask("status", folder=str(other))["offline"] == "", "the other one is connected")
        with pytest.raises(Refused, match="locked"):
            dora.ask("status", folder=str(made))
        held.execute("ROLLBACK")
    held.close()

    def opened() -> bool:
        try:
            return bool(dora.ask("status", folder=str(made))["project"] == "dora/locked")
        except Refused:
            return False

    wait_until(opened, "the checkout is opened")


def test_a_damaged_checkout_can_be_let_go(dora: Home) -> None:
    made, _ = dora.share("let-go", {"a.txt": "a"})
    state = _state(dora, made)
    dora.stop()
    (state / "index.sqlite").write_bytes(b"no database" * 500)
    dora.start()
    assert "its files stay" in says(dora, "unlink", str(made))
    assert content(made) == {"a.txt": b"a"} and (dora.state / "unlinked" / state.name).is_dir()
    assert "not in a shared folder" in dora.fault("status", str(made))


def test_what_making_a_checkout_left_half_made_is_no_checkout(dora: Home) -> None:
    made, _ = dora.share("whole", {"a.txt": "a"})
    dora.stop()
    half = dora.state / "checkouts" / "0123456789abcdef0123456789abcdef"
    half.mkdir()
    (half / "index.sqlite").write_bytes(b"")
    (dora.state / "checkouts" / ".new-1123456789abcdef0123456789abcdef").mkdir()
    dora.start()
    assert f"~/{made.name}" in says(dora, "list") and "repair" not in says(dora, "list")
    assert dora.ask("status", folder=str(made))["project"] == "dora/whole"


def test_the_state_of_a_version_without_labels_gets_one(dora: Home) -> None:
    made, _ = dora.share("unlabelled", {"a.txt": "a"})
    state = _state(dora, made)
    dora.stop()
    (state / "checkout.json").unlink()
    dora.start()
    assert _state(dora, made) == state


def test_a_checkout_that_works_can_be_begun_anew_as_well(dora: Home, centre: TestCentre) -> None:
    files: dict[str, bytes | str] = {f"{number}.txt": str(number) for number in range(30)}
    made, _ = dora.share("begun-anew", files, auto=True)
    says(dora, "repair", str(made))
    write(made, {"new.txt": "n"})
    status = dora.ask("status", folder=str(made))
    assert [one["path"] for one in status["outgoing"]] == ["new.txt"] and status["conflicts"] == []
    dora.ask("push", folder=str(made))
    assert published(centre, "dora/begun-anew") == content(made)


def test_of_two_checkouts_of_one_folder_that_an_older_agent_made_one_goes_on(dora: Home, centre: TestCentre) -> None:
    made, _ = dora.share("two-of-one", {"a.txt": "a"})
    state = _state(dora, made)
    dora.stop()
    twin = state.with_name("f" * 32)
    shutil.copytree(state, twin)
    with sqlite3.connect(twin / "index.sqlite") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'checkout'", (json.dumps(twin.name),))
    connection.close()
    dora.start()
    said = says(dora, "list")
    assert said.count(f"~/{made.name}: dora/two-of-one") == 1 and f"hubshare unlink {made}" in said
    write(made, {"a.txt": "goes on"})
    assert dora.ask("push", folder=str(made))["pushed"] == 1
    says(dora, "unlink", str(made))
    assert "unlink" not in says(dora, "list")
    assert dora.ask("status", folder=str(made))["outgoing"] == []
