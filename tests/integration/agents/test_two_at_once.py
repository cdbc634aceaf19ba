"""Two commands at once on one folder: one of them gets it, the other is told."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused, content, write


def _together(home: Home, *commands: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Refused]]:
    """Ask all of it at the same moment; return what was answered, and what was refused."""

    def ask(command: tuple[str, dict[str, Any]]) -> Any:
        name, args = command
        try:
            return home.ask(name, **args)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(commands)) as pool:
        answers = list(pool.map(ask, commands))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    return [answer for answer in answers if not isinstance(answer, Refused)], refused


def _of(home: Home, folder: Path) -> list[str]:
    """Return the projects that the checkouts of a folder, and around or in it, are of."""
    lines = home.ask("list")["checkouts"]
    return [line["project"] for line in lines if line["folder"].startswith(str(folder))]


def test_a_folder_that_is_shared_twice_at_once_is_one_checkout(alice: Home) -> None:
    made = alice.folder("twice", {"a.txt": "a"})
    share = [("share", {"folder": str(made), "as": f"alice/twice-{number}"}) for number in range(4)]
    answers, refused = _together(alice, *share)
    assert len(answers) == 1 and {error.code for error in refused} == {"clash"}
    assert all(f"~/{made.name}" in str(error) for error in refused)
    assert _of(alice, made) == [answers[0]["project"]]


def test_a_folder_that_is_checked_out_twice_at_once_is_one_checkout(alice: Home, bob: Home, centre: TestCentre) -> None:
    alice.share("double", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.home / "double"
    answers, refused = _together(bob, *[("checkout", {"project": "alice/double", "folder": str(here)})] * 3)
    assert len(answers) == 1 and {error.code for error in refused} == {"clash"}
    assert _of(bob, here) == ["alice/double"] and content(here) == {"a.txt": b"a"}
    with Client(centre.url, "alice") as client:
        assert [one.user for one in client.project_checkouts("alice/double")].count("bob") == 1


def test_sharing_and_checking_out_at_once_into_one_folder_makes_one_checkout(alice: Home, bob: Home) -> None:
    alice.share("either", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.folder("either", {"b.txt": "b"})
    answers, refused = _together(
        bob,
        ("share", {"folder": str(here), "as": "bob/either"}),
        ("checkout", {"project": "alice/either", "folder": str(here)}),
    )
    assert (len(answers), len(refused)) == (1, 1)
    assert _of(bob, here) == [answers[0]["project"]]


def test_one_folder_by_two_names_is_one_checkout(alice: Home) -> None:
    made = alice.folder("by-name", {"a.txt": "a"})
    (alice.home / "by-link").symlink_to(made)
    names = [str(made), str(alice.home / "by-link"), f"{made}/../by-name/.", str(alice.home / "by-link/../by-name")]
    answers, refused = _together(
        alice, *(("share", {"folder": name, "as": f"alice/by-name-{at}"}) for at, name in enumerate(names))
    )
    assert (len(answers), len(refused)) == (1, 3)
    assert len(_of(alice, made)) == 1


def test_a_folder_and_one_inside_it_at_once_are_one_checkout(alice: Home) -> None:
    outer = alice.folder("outer", {"inner/a.txt": "a"})
    answers, refused = _together(
        alice,
        ("share", {"folder": str(outer), "as": "alice/outer"}),
        ("share", {"folder": str(outer / "inner"), "as": "alice/inner-one"}),
    )
    assert (len(answers), len(refused)) == (1, 1)
    assert _of(alice, outer) == [answers[0]["project"]]


def test_a_folder_is_free_again_when_the_command_that_had_it_failed(alice: Home) -> None:
    made = alice.folder("again", {"a.txt": "a"})
    with pytest.raises(Refused):
        alice.ask("share", folder=str(made), **{"as": "bob/again"})
    assert alice.ask("share", folder=str(made), **{"as": "alice/again"})["pushed"] == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can bind a folder to another place")
def test_a_folder_that_is_bound_to_another_place_is_the_same_one(alice: Home) -> None:
    made, _ = alice.share("bound", {"a.txt": "a"})
    place = alice.folder("place")
    if subprocess.run(["mount", "--bind", str(made), str(place)], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(Refused, match="already"):
            alice.ask("share", folder=str(place), **{"as": "alice/place"})
    finally:
        subprocess.run(["umount", str(place)], check=True)
    write(place, {"b.txt": "b"})
    assert alice.ask("share", folder=str(place), **{"as": "alice/place"})["pushed"] == 1
