"""Others who may push change the ignore rules of a project: nobody's files become theirs to read by that."""

from __future__ import annotations

import pytest
from hubshare_agents.checkout import scanner
from hubshare_agents.checkout.why import why

from hubshare.testing.world import Member, World
from hubshare.vocabulary import PolicyName

RULES = ".hubshareignore"


def published(world: World) -> set[str]:
    return {*world.published()}


@pytest.mark.parametrize("rules", ["", "# all\n", "*.log\n!/solutions/\n", None], ids=repr)
def test_what_a_rule_left_out_stays_here_when_others_take_it_out(
    world: World, alice: Member, bob: Member, rules: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No time is left to an editor that has emptied the file and is about to write it.
    monkeypatch.setattr(scanner, "_SAVING_SECONDS", 0)
    alice.write(RULES, "solutions/\n*.key\n")
    world.settle()
    alice.write("solutions/exam.txt", "the answers")
    alice.write("folder/my.key", "secret")
    world.settle()
    if rules is None:
        (bob.root / RULES).unlink()
    else:
        bob.write(RULES, rules)
    world.settle()
    assert alice.files().get(RULES) == rules
    # What is new and no rule ever left out goes on being shared.
    alice.write("folder/new", "x")
    alice.write("solutions/later.txt", "more answers")
    world.settle()
    assert bob.files()["folder/new"] == "x"
    assert not published(world) & {"solutions/exam.txt", "solutions/later.txt", "folder/my.key"}
    shared, words = why(alice.local, "solutions/exam.txt")
    assert not shared and "solutions/" in words and "until others changed" in words
    assert alice.plan().held.keys() == {"solutions/exam.txt", "solutions/later.txt", "folder/my.key"}


def test_an_edit_of_the_rules_here_is_the_word_that_is_waited_for(world: World, alice: Member, bob: Member) -> None:
    alice.write(RULES, "solutions/\n")
    alice.write("solutions/exam.txt", "the answers")
    world.settle()
    bob.write(RULES, "# nothing\n")
    world.settle()
    assert "solutions/exam.txt" not in published(world)
    alice.write(RULES, "# nothing, and that is right\n")
    world.settle()
    assert bob.files()["solutions/exam.txt"] == "the answers"


def test_rules_that_came_while_nobody_looked_wait_too(world: World, alice: Member, bob: Member) -> None:
    """What is built in can be taken back by a project, in a file that was not there before."""
    alice.write(".venv/secret", "x")
    alice.write("env/pyvenv.cfg", "x")
    alice.write("env/lib/mine.py", "x")
    world.settle()
    bob.write(RULES, "!/.venv/\n!/env/\n")
    world.settle()
    alice.restart()
    world.settle()
    assert published(world) == {"a", "b", "folder/c", "folder/d", RULES}
    bob.write(RULES, "!/.venv/\n!/env/\n# again\n")
    world.settle()
    assert published(world) == {"a", "b", "folder/c", "folder/d", RULES}


def test_who_checks_out_takes_the_rules_of_the_project(world: World, alice: Member) -> None:
    alice.write(RULES, "!/.venv/\n")
    world.settle()
    carol = world.join("dora")
    world.settle()
    carol.write(".venv/notes", "x")
    world.settle()
    assert ".venv/notes" in published(world)


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_nobody_puts_anything_into_my_own_environment(world: World, alice: Member, bob: Member, mark: str) -> None:
    """It runs as me whenever I use it, from wherever: a kernel may be called by its path."""
    bob.write(f"env/{mark}", "x")
    bob.write("env/bin/python", "mine")
    world.settle()
    for path in ("env/bin/python", "env/lib/python3.12/site-packages/sitecustomize.py", "env/x.pth"):
        alice.write(path, "theirs")
    alice.write("folder/c", "newer")
    world.settle()
    assert bob.files() == {"a": "first a", "b": "first b", "folder/c": "newer", "folder/d": "first folder/d"} | {
        f"env/{mark}": "x",
        "env/bin/python": "mine",
    }
    assert bob.conflicts() == {}
    assert {"environment" in words for words in bob.plan().held.values()} == {True} and len(bob.plan().held) == 3
    # It is theirs to have once mine is out of the way.
    (bob.root / "env").rename(world.place / "elsewhere")
    world.settle()
    assert bob.files()["env/bin/python"] == "theirs"


@pytest.mark.parametrize("policy", ["theirs", "ours"])
def test_a_standing_policy_puts_nothing_into_it_either(
    world: World, alice: Member, bob: Member, policy: PolicyName
) -> None:
    bob.set_policy(policy)
    for path in ("pyvenv.cfg", "bin/python", "lib/mine.py"):
        bob.write(path, "mine")
    world.settle()
    alice.write("bin/python", "theirs")
    alice.write("lib/sitecustomize.py", "theirs")
    world.settle()
    files = bob.files()
    assert files["bin/python"] == "mine" and "lib/sitecustomize.py" not in files
    assert world.published().keys() >= {"bin/python", "lib/sitecustomize.py"}


def test_an_environment_that_the_project_holds_comes_to_everybody(world: World, alice: Member, bob: Member) -> None:
    alice.write(RULES, "!/env/\n")
    for path in ("env/pyvenv.cfg", "env/bin/python"):
        alice.write(path, "shared")
    world.settle()
    assert bob.files()["env/bin/python"] == "shared"
    alice.write("env/bin/python", "newer")
    world.settle()
    assert bob.files()["env/bin/python"] == "newer"
