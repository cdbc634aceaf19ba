"""Marks of files, the plan in pages, a push of some files and its message: as the panel asks for them."""

from __future__ import annotations

import json

import pytest
from hubshare_agents.agent_process import connect

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused, content, published, write
from tests.helpers.lab_course import notebook


def marks(home: Home, folder: object, **args: object) -> dict[str, str]:
    """The marks of a folder's entries, without the reasons."""
    found = home.ask("marks", folder=str(folder), **args)["marks"]
    return {name: one["mark"] for name, one in found.items()}


def test_each_file_is_marked_with_what_matters_of_it_and_why(alice: Home, bob: Home) -> None:
    files = {
        "same.txt": "1",
        "mine.txt": "1",
        "both.txt": "1",
        "theirs.txt": "1",
        "deep/a/one.txt": "1",
        "quiet/x.txt": "1",
    }
    hers, shared = alice.share("marked", {**files, ".hubshareignore": "*.log\nsecret/\n"}, **{"with": ["bob:writer"]})
    his = bob.checkout(shared["project"], "marked-of-alice")
    write(his, {"both.txt": "2", "theirs.txt": "2"})
    bob.ask("push", folder=str(his))
    write(
        hers,
        {"mine.txt": "3", "both.txt": "3", "new.txt": "3", "run.log": "3", "secret/key": "3", "deep/a/one.txt": "3"},
    )
    alice.ask("status", folder=str(hers))
    expected = {
        "mine.txt": "edited",
        "both.txt": "conflict",
        "theirs.txt": "incoming",
        "new.txt": "new",
        "run.log": "ignored",
        "secret": "ignored",
        "deep": "edited",
    }
    assert marks(alice, hers) == expected
    # Only what the browser shows.
    assert marks(alice, hers, names=["same.txt", "new.txt", "not there"]) == {"new.txt": "new", "not there": "ignored"}
    assert marks(alice, hers / "deep") == {"a": "edited"}
    assert marks(alice, hers / "deep" / "a") == {"one.txt": "edited"}
    found = alice.ask("marks", folder=str(hers))["marks"]
    for name in ("run.log", "secret", "new.txt"):
        assert found[name]["why"] == alice.ask("why", path=str(hers / name))["why"]
    assert found["deep"]["why"] == "1 file edited in it"


def test_of_a_folder_that_is_in_no_checkout_nothing_is_known(alice: Home) -> None:
    plain = alice.folder("in-no-checkout", {"a.txt": "1"})
    assert alice.ask("marks", folder=str(plain)) == {"project": None, "folder": str(plain), "marks": {}}


def test_marks_do_not_wait_for_a_command_that_is_under_way(alice: Home, centre: TestCentre) -> None:
    hers, _ = alice.share("busy", {"a.txt": "1"})
    write(hers, {"new.txt": "1"})
    connection = connect(alice.state)
    assert connection is not None
    centre.stop_workers()
    try:
        with connection, connection.makefile("rb") as answers:
            connection.sendall(json.dumps({"command": "push", "args": {"folder": str(hers)}}).encode() + b"\n")
            assert any(b'"sent"' in line for line in answers)
            assert marks(alice, hers) == {"new.txt": "new"}
    finally:
        centre.start_workers()


def test_more_names_than_a_listing_has_are_refused_in_words(alice: Home) -> None:
    hers, _ = alice.share("long", {"a.txt": "1"})
    with pytest.raises(Refused) as refused:
        alice.ask("marks", folder=str(hers), names=["a.txt"] * 2001)
    assert refused.value.code == "invalid" and "'names'" in str(refused.value)


def test_a_plan_of_any_size_comes_in_pages(alice: Home, bob: Home) -> None:
    hers, shared = alice.share(
        "planned", {f"{number:04}.txt": "1" for number in range(2500)}, **{"with": ["bob:writer"]}
    )
    his = bob.checkout(shared["project"], "planned-of-alice")
    write(his, {"0003.txt": "2", "0005.txt": "2", "0006.txt": "2"})
    (his / "0004.txt").unlink()
    bob.ask("push", folder=str(his))
    write(hers, {f"{number:04}.txt": "3" for number in range(1000, 2500)} | {"0003.txt": "3", "added.txt": "3"})
    (hers / "0999.txt").unlink()
    pages, after = [], None
    while not pages or after is not None:
        pages.append(alice.ask("plan", folder=str(hers), limit=1000, **({"after": after} if after else {})))
        after = pages[-1]["next"]
    assert [len(page["files"]) for page in pages] == [1000, 506]
    assert all((page["pushes"], page["pulls"], page["conflicts"], page["held"]) == (1502, 3, 1, 0) for page in pages)
    files = [one for page in pages for one in page["files"]]
    assert [one["path"] for one in files] == sorted(one["path"] for one in files)
    by_path = {one["path"]: (one["way"], one["change"]) for one in files}
    assert len(by_path) == len(files) == 1506
    assert by_path["0003.txt"] == ("conflict", None)
    assert by_path["0004.txt"] == ("pull", "delete")
    assert by_path["0005.txt"] == ("pull", "edit")
    assert by_path["0999.txt"] == ("push", "delete")
    assert by_path["added.txt"] == ("push", "add")
    # It was only asked.
    assert content(hers)["0005.txt"] == b"1"


def test_of_many_edits_those_are_pushed_that_were_chosen(alice: Home, centre: TestCentre) -> None:
    hers, shared = alice.share("chosen", {"a.txt": "1", "b.txt": "1", "sub/c.txt": "1", "sub/d.txt": "1"})
    write(hers, {"a.txt": "2", "b.txt": "2", "sub/c.txt": "2", "e.txt": "2"})
    (hers / "sub/d.txt").unlink()
    pushed = alice.ask("push", folder=str(hers), paths=["a.txt", "sub"])
    assert (pushed["status"], pushed["pushed"]) == ("applied", 3)
    assert published(centre, shared["project"]) == {"a.txt": b"2", "b.txt": b"1", "sub/c.txt": b"2"}
    left = alice.ask("status", folder=str(hers))["outgoing"]
    assert {one["path"]: one["change"] for one in left} == {"b.txt": "edited", "e.txt": "added"}
    assert alice.ask("push", folder=str(hers), paths=["a.txt", "nothing"])["status"] == "nothing"
    planned = alice.ask("push", folder=str(hers), paths=["e.txt"], dry_run=True)["plan"]
    assert planned == [{"path": "e.txt", "change": "add"}]


def test_deletions_among_the_chosen_are_asked_about_and_confirmed_alone(alice: Home, centre: TestCentre) -> None:
    files = {f"{folder}/{number}.txt": f"{number}" for folder in ("x", "y") for number in range(10)}
    hers, shared = alice.share("halves", {**files, "z.txt": "1"})
    for path in files:
        (hers / path).unlink()
    with pytest.raises(Refused) as asked:
        alice.ask("push", folder=str(hers), paths=["x"])
    assert asked.value.code == "paused" and "10 files" in str(asked.value)
    assert alice.ask("push", folder=str(hers), paths=["x"], confirm=True)["pushed"] == 10
    assert set(published(centre, shared["project"])) == {"z.txt", *(path for path in files if path.startswith("y/"))}


def test_a_push_says_what_it_is_about(alice: Home) -> None:
    hers, _ = alice.share("told", {"a.txt": "1"})
    write(hers, {"a.txt": "2"})
    words = "Ünits in metres\n\nWeek 3 was in feet.\nHubShare-Checkout: 00000000000000000000000000000000"
    alice.ask("push", folder=str(hers), message=f"  {words}  \n")
    write(hers, {"a.txt": "3"})
    assert alice.run("push", "-m", "And week 4", cwd=hers).returncode == 0
    write(hers, {"a.txt": "4"})
    alice.ask("push", folder=str(hers))
    versions = alice.ask("log", folder=str(hers))["versions"]
    assert [one["summary"] for one in versions[:3]] == ["Edit a.txt", "And week 4", "Ünits in metres"]


@pytest.mark.parametrize("message", ["x" * 401, "x\n" * 2001, "\x1b[2J", "a\x00b"])
def test_a_message_that_is_too_long_or_no_text_is_refused(alice: Home, message: str) -> None:
    hers = alice.home / "told-again"
    if not hers.exists():
        alice.share("told-again", {"a.txt": "1"})
    with pytest.raises(Refused) as refused:
        alice.ask("push", folder=str(hers), message=message)
    assert refused.value.code == "invalid" and "message" in str(refused.value)


def test_a_push_is_undone_as_a_version_of_its_own(alice: Home, centre: TestCentre) -> None:
    hers, shared = alice.share("undone", {"a.txt": "1", "gone.txt": "1"})
    write(hers, {"a.txt": "2", "new.txt": "2"})
    (hers / "gone.txt").unlink()
    pushed = alice.ask("push", folder=str(hers))
    write(hers, {"b.txt": "not pushed"})
    undone = alice.ask("undo", folder=str(hers), version=pushed["version"])
    assert (undone["undone"], undone["version"], undone["fault"]) == (2, 3, "")
    assert (sorted(undone["written"]), undone["deleted"]) == (["a.txt", "gone.txt"], ["new.txt"])
    assert published(centre, shared["project"]) == {"a.txt": b"1", "gone.txt": b"1"}
    assert content(hers) == {"a.txt": b"1", "gone.txt": b"1", "b.txt": b"not pushed"}
    # So is the undoing.
    assert alice.ask("undo", folder=str(hers), version=3)["version"] == 4
    assert published(centre, shared["project"]) == {"a.txt": b"2", "new.txt": b"2"}


def test_what_others_have_published_since_is_not_undone_with_it(alice: Home, bob: Home, centre: TestCentre) -> None:
    hers, shared = alice.share("kept", {"a.txt": "1"}, **{"with": ["bob:writer"]})
    his = bob.checkout(shared["project"], "kept-of-alice")
    write(hers, {"a.txt": "2"})
    version = alice.ask("push", folder=str(hers))["version"]
    write(his, {"b.txt": "his"})
    bob.ask("push", folder=str(his))
    with pytest.raises(Refused) as refused:
        alice.ask("undo", folder=str(hers), version=version)
    assert refused.value.code == "clash" and "has been published since version 2" in str(refused.value)
    assert published(centre, shared["project"]) == {"a.txt": b"2", "b.txt": b"his"}


def test_a_notebook_that_was_settled_by_cell_is_listed_once_among_what_was_replaced(alice: Home, bob: Home) -> None:
    hers, shared = alice.share("by-cell", {"n.ipynb": notebook("a = 1")}, **{"with": ["bob:writer"]})
    his = bob.checkout(shared["project"], "by-cell-of-alice")
    write(hers, {"n.ipynb": notebook("a = 'hers'")})
    alice.ask("push", folder=str(hers))
    write(his, {"n.ipynb": notebook("a = 'his'")})
    bob.ask("pull", folder=str(his))
    met = bob.ask("difference", folder=str(his), path="n.ipynb")
    ours, theirs = met["new"]["id"], met["old"]["id"]
    bob.ask("resolve-cells", folder=str(his), path="n.ipynb", picks={"0": "theirs"}, ours=ours, theirs=theirs)
    kept = bob.ask("kept", folder=str(his), path="n.ipynb")["kept"]
    assert [one["why"] for one in kept] == ["version of this folder, not picked"]
    bob.ask("restore", folder=str(his), path="n.ipynb", kept=kept[0]["number"])
    assert "a = 'his'" in (his / "n.ipynb").read_text()
