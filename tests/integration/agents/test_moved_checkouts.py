"""A checkout whose folder was moved: it goes on where it is, found by itself or told where that is, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

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


def test_a_checkout_that_was_moved_is_found(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("found", {"a.txt": "a", "in/b.txt": "b"})
    new = dora.folder("teaching/2026") / "found"
    write(old, {"a.txt": "edited"})
    old.rename(new)
    assert dora.ask("push", folder=str(new))["pushed"] == 1
    assert published(centre, "dora/found") == {"a.txt": b"edited", "in/b.txt": b"b"}
    dora.stop()
    further = dora.home / "moved-while-no-agent-ran"
    new.rename(further)
    dora.start()
    assert dora.ask("status", folder=str(further))["folder"] == str(further)


def test_a_checkout_that_syncs_by_itself_goes_on_where_it_was_moved(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("by-itself", {"a.txt": "a"}, auto=True)
    new = dora.folder("elsewhere") / "by-itself"
    old.rename(new)
    wait_until(lambda: str(new) in [one["folder"] for one in dora.ask("list")["checkouts"]], "it is found")
    write(new, {"a.txt": "edited there"})
    wait_until(lambda: published(centre, "dora/by-itself") == {"a.txt": b"edited there"}, "it goes on")


def test_a_folder_in_the_trash_is_not_followed(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("thrown-away", {"a.txt": "a"}, auto=True)
    trash = dora.home / ".local/share/Trash/files"
    trash.mkdir(parents=True)
    old.rename(trash / "thrown-away")
    assert "is gone" in dora.ask("status", folder=str(old))["paused"]
    assert str(old) in [one["folder"] for one in dora.ask("list")["checkouts"]]
    assert published(centre, "dora/thrown-away") == {"a.txt": b"a"}
    (trash / "thrown-away").rename(old)
    assert dora.ask("status", folder=str(old))["paused"] == ""


def test_another_folder_that_got_the_number_of_the_old_one_is_not_taken_for_it(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("number", {"a.txt": "a"}, auto=True)
    before = old.stat().st_ino
    shutil.rmtree(old)
    for at in range(200):
        other = dora.folder(f"private-{at}", {"secret.txt": "s"})
        if other.stat().st_ino == before:
            break
    assert "is gone" in dora.ask("status", folder=str(old))["paused"]
    assert "secret.txt" not in published(centre, "dora/number")


def test_a_checkout_is_told_where_it_was_moved(dora: Home, alice: Home, centre: TestCentre) -> None:
    alice.share("moving-house", {"a.txt": "a"}, **{"with": ["dora:writer"]})
    old, new = dora.checkout("alice/moving-house", "moving-house"), dora.home / "moved"
    write(old, {"a.txt": "edited"})
    # As from one disk to another: nothing tells that it is the same.
    shutil.copytree(old, new)
    shutil.rmtree(old)
    assert "goes on in" in says(dora, "relocate", "alice/moving-house", str(new))
    assert dora.ask("push", folder=str(new))["pushed"] == 1
    assert published(centre, "alice/moving-house") == {"a.txt": b"edited"}
    dora.stop()
    dora.start()
    assert dora.ask("status", folder=str(new))["folder"] == str(new)
    further = dora.home / "further"
    shutil.copytree(new, further)
    shutil.rmtree(new)
    says(dora, "relocate", "moved", "further")
    assert dora.ask("status", folder=str(further))["outgoing"] == [] and content(further) == {"a.txt": b"edited"}
    made, _ = dora.share("not-for-moving", {"a.txt": "a"})
    assert "already" in dora.fault("relocate", "further", str(made))
    assert "no folder" in dora.fault("relocate", "further", "nowhere")
    assert "neither" in dora.fault("relocate", "dora/unknown", "further")


def test_a_wrong_folder_that_it_is_told_deletes_nothing(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("wrong", {"a.txt": "a", "b.txt": "b"}, auto=True)
    wrong = dora.folder("wrong-one", {"c.txt": "c"})
    shutil.rmtree(old)
    says(dora, "relocate", "dora/wrong", str(wrong))
    with pytest.raises(Refused, match="--confirm"):
        dora.ask("push", folder=str(wrong))
    assert published(centre, "dora/wrong").keys() >= {"a.txt", "b.txt"}


def test_a_checkout_that_was_moved_and_linked_to_from_its_place_goes_on(dora: Home, centre: TestCentre) -> None:
    old, _ = dora.share("linked", {"a.txt": "a"})
    new = dora.folder("large-disk") / "linked"
    old.rename(new)
    old.symlink_to(new)
    for folder, text in ((old, "by the link"), (new, "in the folder")):
        write(folder, {"a.txt": text})
        assert "Everything" not in says(dora, "status", cwd=folder)
        says(dora, "push", cwd=folder)
        assert published(centre, "dora/linked") == {"a.txt": text.encode()}
        assert "a.txt is shared" in says(dora, "why", "a.txt", cwd=folder)
