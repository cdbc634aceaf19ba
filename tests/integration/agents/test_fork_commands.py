"""A project is begun from another one on the command line, and keeps up with it."""

from __future__ import annotations

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused, content, published, write
from tests.helpers.command_line import gives, says


def test_a_course_becomes_my_own_and_keeps_up_with_it_in_a_terminal(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("forked", {"a.txt": "one", "b.txt": "two"}, **{"with": ["bob:reader"]})
    said = says(bob, "fork", "alice/forked", "mine", "--checkout", "mine")
    assert "Started bob/mine, which is private." in said and "(2 files); you are owner." in said
    assert content(bob.home / "mine") == {"a.txt": b"one", "b.txt": b"two"}
    assert says(bob, "origin", "bob/mine") == "There is nothing new at alice/forked.\n"
    write(bob.home / "mine", {"b.txt": "bob's"})
    says(bob, "push", "mine")
    write(made, {"a.txt": "one more", "b.txt": "alice's", "c.txt": "new"})
    says(alice, "push", str(made))
    said = says(bob, "origin", "bob/mine")
    assert "~ a.txt" in said and "+ c.txt" in said and "! b.txt: edited on both sides" in said and "--take" in said
    assert published(centre, "bob/mine")["a.txt"] == b"one", "it was only shown"
    shown = bob.ask("origin", project="bob/mine")
    write(bob.home / "mine", {"b.txt": "bob's second"})
    says(bob, "push", "mine")
    seen = {name: shown[name] for name in ("newest", "base")}
    with pytest.raises(Refused, match=r"b\.txt"):
        bob.ask("origin", project="bob/mine", take=True, theirs=["b.txt"], **seen)
    assert published(centre, "bob/mine")["b.txt"] == b"bob's second", "that was not what was shown"
    said = says(bob, "origin", "bob/mine", "--take")
    assert said.startswith("Took 2 files of alice/forked; bob/mine is at version 4.") and "! b.txt" in said
    assert gives(bob, "origin", "bob/mine")["behind"] == 0
    met = bob.ask("origin-difference", project="bob/mine", path="b.txt")
    assert (met["old"]["text"], met["new"]["text"]) == ("alice's", "bob's second"), "both are seen side by side"
    assert met["conflict"] == "edited on both sides"
    assert met["taken"] == {"origin": "alice/forked", "newest": 2, "base": 4, "others": 0}
    with pytest.raises(Refused, match=r"no 'z\.txt' in bob/mine"):
        bob.ask("origin-difference", project="bob/mine", path="z.txt")
    said = says(bob, "origin", "bob/mine", "--theirs", "b.txt")
    assert said == "Settled 1 conflict with alice/forked; bob/mine is at version 5.\n"
    says(bob, "pull", "mine")
    assert content(bob.home / "mine") == {"a.txt": b"one more", "b.txt": b"alice's", "c.txt": b"new"}
    assert "already" in bob.fault("fork", "alice/forked", "mine")
    says(alice, "revoke", "alice/forked", "bob")
    assert "alice" not in bob.fault("origin", "bob/mine")
    with pytest.raises(Refused) as refused:
        bob.ask("origin-difference", project="bob/mine", path="b.txt")
    assert "alice" not in str(refused.value)
    assert "alice/forked" in bob.fault("fork", "alice/forked", "again"), "what one has typed oneself"
    assert content(bob.home / "mine")["c.txt"] == b"new", "what was copied stays"
