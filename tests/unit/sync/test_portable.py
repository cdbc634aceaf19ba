"""Names that other systems cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubshare_agents.checkout import requests

from hubshare.sync.portable import foreign_fault
from hubshare.testing.world import World


@pytest.mark.parametrize(
    "path",
    [
        *("CON", "a/nul.txt", "com1", "LPT9.tar.gz", "aux.h", "COM¹", "Prn .txt", "conin$"),
        *(
            "a.",
            "b /c",
            "what?",
            "12:30.txt",
            'say "hi".md',
            "a<b",
            "a>b",
            "a|b",
            "*.csv",
            "a\\b",
            "x" * 200 + "/" + "y" * 30,
        ),
    ],
)
def test_what_windows_or_a_mac_cannot_hold_is_told(path: str) -> None:
    assert foreign_fault(path)


@pytest.mark.parametrize(
    "path",
    ["console.txt", "a/com", "com10", "nullable.py", ".hidden", "a b.txt", "naïve.ipynb", "x" * 200, "lpt", "c.o.n"],
)
def test_what_all_can_hold_is_not(path: str) -> None:
    assert foreign_fault(path) == ""


def test_they_are_shared_and_named_to_who_pushes_and_in_the_status(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    try:
        alice = world.join("alice", mode="manual")
        for path in ("12:30.txt", "aux", "plain.txt"):
            alice.write(path, "x")
        assert set(alice.push()["foreign"]) == {"12:30.txt", "aux"} and len(world.published()) == 3
        shown = alice.answer_while(lambda: requests.look(alice.loop))
        assert shown.foreign["aux"] == "aux is a name that Windows keeps for itself"
        alice.write("plain.txt", "y")
        assert alice.push()["foreign"] == {}, "only of what was pushed"
    finally:
        world.close()
