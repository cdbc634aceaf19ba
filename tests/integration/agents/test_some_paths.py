"""`hubshare push PATH…` and `pull PATH…`, as a person types them: some of the changes, by names relative to where they are."""

from __future__ import annotations

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused, published, write
from tests.helpers.command_line import gives, says


def test_some_of_the_changes_are_pushed_and_pulled(alice: Home, bob: Home, centre: TestCentre) -> None:
    files = {"a.txt": "1", "data/b.txt": "1", "data/c.txt": "1", "gone.txt": "1"}
    hers, shared = alice.share("some-paths", dict(files), **{"with": ["bob:writer"]})
    his = bob.checkout(shared["project"], "some-paths-of-alice")
    write(hers, {path: "2" for path in files if path != "gone.txt"})
    (hers / "gone.txt").unlink()
    plan = gives(alice, "push", "--dry-run", "b.txt", "../gone.txt", cwd=hers / "data")["plan"]
    assert [(step["path"], step["change"]) for step in plan] == [("data/b.txt", "edit"), ("gone.txt", "delete")]
    assert "Pushed 2 files" in says(alice, "push", "-m", "Units", "b.txt", "../gone.txt", cwd=hers / "data")
    assert published(centre, "alice/some-paths") == {"a.txt": b"1", "data/b.txt": b"2", "data/c.txt": b"1"}
    # A folder outside which one stands, and the whole checkout by its folder.
    assert "Pushed 1 file" in says(alice, "push", str(hers / "data"))
    assert "Pushed 1 file" in says(alice, "push", str(hers))
    log = gives(alice, "log", cwd=hers)["versions"]
    assert [one["summary"] for one in log[:3]] == ["Edit a.txt", "Edit data/c.txt", "Units"]
    # Of a version that bob's agent has not heard of, perhaps.
    said = says(bob, "pull", "data", cwd=his)
    assert "2 written, 0 deleted. 2 other changes to pull." in said
    assert ((his / "data/b.txt").read_text(), (his / "a.txt").read_text()) == ("2", "1")
    assert gives(bob, "pull", "--dry-run", "gone.txt", cwd=his)["counts"] == dict.fromkeys(
        ("add", "edit", "conflicts", "held"), 0
    ) | {"delete": 1}
    assert "0 written, 1 deleted." in says(bob, "pull", "gone.txt", cwd=his)
    assert "1 written, 0 deleted.\n" in says(bob, "pull", cwd=his)
    write(his, {"a.txt": "3"})
    assert gives(bob, "sync", cwd=his) | {"foreign": {}} == {
        "project": "alice/some-paths",
        "status": "applied",
        "pushed": 1,
        "conflicts": {},
        "version": 5,
        "foreign": {},
        "written": [],
        "deleted": [],
        "held": {},
        "waiting": 0,
    }


def test_what_is_named_has_to_be_there_and_in_one_checkout(alice: Home) -> None:
    hers, _ = alice.share("named-paths", {"a.txt": "1"})
    other, _ = alice.share("named-paths-too", {"a.txt": "1"})
    write(hers, {"a.txt": "2"})
    for command in ("push", "pull"):
        assert "An empty name" in alice.fault(command, "a.txt", "", cwd=hers)
        assert "not written in UTF-8" in alice.fault(command, "\udcff", cwd=hers)
        with pytest.raises(Refused, match="An empty name"):
            alice.ask(command, cwd=str(hers), named=[])
        assert "There is no 'typo.txt' in" in alice.fault(command, "typo.txt", cwd=hers)
        assert "several checkouts" in alice.fault(command, "a.txt", str(other / "a.txt"), cwd=hers)
        assert "There is no folder" in alice.fault(command, "nowhere", cwd=alice.home)
    assert (hers / "a.txt").read_text() == "2"
    write(hers, {".git/config": ""})
    assert "`hubshare why PATH`" in says(alice, "push", ".git/config", cwd=hers)
    # A link to a checkout stands for it.
    (alice.home / "link to it").symlink_to(hers)
    assert "Pushed 1 file" in says(alice, "push", "link to it", cwd=alice.home)
