"""Files of odd names: what travels to others and back, and what cannot be shared and is named."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import (
    Home,
    content,
    published,
    repository_of,
    sound,
    write,
)

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
