"""Ignore rules are read as git reads them: random ones are compared with `git check-ignore`."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from hubshare.sync.ignore import Ignore
from hubshare.sync.trees import ancestors

#: How many random rules are compared, and from which seed on.
_RULES = int(os.environ.get("HUBSHARE_IGNORE_RULES", "300"))
_SEED = int(os.environ.get("HUBSHARE_IGNORE_SEED", "1"))

# fmt: off
_FILES = [
    "a", "ab", "b.txt", "a b", "a ", "#a", "!a", "[a]", "a*", "é", "A", "c\\d", "a-b", "a]b", "^a", ".hid", "tab\tx", "aa/a",
    "x/a", "x/b.txt", "x/y/a", "x/y/b.txt", "x/y/z/ab", "abx/x/a", "b.txt2/c", "x /q", "x/a b", "x/.hid",
]
_ATOMS = [
    "a", "b", "c", "d", "x", "y", "z", "ab", "A", "é", "*", "**", "***", "a**", "**b", "?", "[ab]", "[!a]", "[^a]", "[a-c]",
    "[A-Z]", "[z-a]", "[]a]", "[!]a]", "[]-a]", "[--0]", "[*]", "[/]", "[a", "[a\\]b]", "[\\\\]", "[[:alpha:]]", "[[:space:]]",
    "[[:upper:]]", "[[:foo:]]", "[[:a]", "\\a", "\\*", "\\ ", "\\!", "\\#", "\\", "\\\\", " ", "  ", "\t", "/", "//", "x/",
    "/x", "x/y", "**/", "/**", "/**/", "!", "#", ".txt", ".", "*.txt", "^", "]",
]
_FIRST = ["*", "x/", "x/*", "/x", "a*", "*.txt"]
# fmt: on


def _line(chance: random.Random) -> str:
    line = "".join(chance.choices(_ATOMS, k=chance.choice([1, 1, 2, 2, 3, 3, 4, 5])))
    return ("!" if chance.random() < 0.2 else "") + line + chance.choice(["", "", "", "", "", "/", " ", "  "])


def _files_of_rules(chance: random.Random, count: int) -> list[bytes]:
    """Ignore files with so many rules in all."""
    made = []
    while count > 0:
        lines = [_line(chance) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
        if len(lines) > 1 and chance.random() < 0.3:
            lines.insert(0, chance.choice(_FIRST))
        count -= len(lines)
        text = chance.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + chance.choice(["\n", "\n", "\n", ""])
        made.append(text.encode("utf-8-sig" if chance.random() < 0.05 else "utf-8"))
    return made


def _as_git_says(where: Path, files_of_rules: list[bytes]) -> dict[str, bool]:
    """Path to whether git ignores it, for each folder of files with one of these ignore files."""
    environment = os.environ | {"HOME": str(where), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", where], check=True, env=environment)
    paths = [f"{number}/{name}" for number in range(len(files_of_rules)) for name in _FILES]
    for path in paths:
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).touch()
    for number, rules in enumerate(files_of_rules):
        (where / str(number) / ".gitignore").write_bytes(rules)
    said = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"],
        cwd=where,
        input="\0".join(paths).encode(),
        capture_output=True,
        env=environment,
    ).stdout.split(b"\0")
    found = zip(said[0::4], said[2::4], said[3::4], strict=False)
    return {path.decode(): bool(source) and not pattern.startswith(b"!") for source, pattern, path in found}


def _as_we_say(ignore: Ignore, path: str) -> bool:
    return any(ignore.rule(folder, folder=True) for folder in ancestors(path)) or ignore.rule(path) is not None


def test_random_rules_mean_what_git_says_that_they_mean(tmp_path: Path) -> None:
    files_of_rules = _files_of_rules(random.Random(_SEED), _RULES)
    git = _as_git_says(tmp_path, files_of_rules)
    assert len(git) == len(files_of_rules) * len(_FILES)
    assert {
        (rules, path): git[f"{number}/{path}"]
        for number, rules in enumerate(files_of_rules)
        for ignore in [Ignore(rules)]
        for path in _FILES
        if _as_we_say(ignore, path) != git[f"{number}/{path}"]
    } == {}


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        (b"*a*a*a*b", "a" * 255, False),
        (b"*a*a*a*b", "a" * 254 + "b", True),
        (b"**/a/**/b/**/c/**/d", "/".join("ab" * 50 + "c" * 20), False),
        (b"**/a/**/b/**/c/**/d", "/".join("ab" * 50 + "c" * 20 + "d"), True),
        (b"**/*a*a*/**/*a*a*/**/*a*a*a*a*/**/*b", "/".join(["a" * 25] * 120), False),
        (b"x" * 501, "x" * 501, True),
    ],
)
def test_a_pattern_with_many_stars_is_obeyed_and_takes_no_ages(pattern: bytes, path: str, ignored: bool) -> None:
    assert (Ignore(pattern).rule(path) is not None) is ignored


def test_what_is_no_text_is_a_name_like_any_other() -> None:
    assert Ignore(b"\xff*").rule(os.fsdecode(b"\xff\xfe")) is not None
    assert str(Ignore(b"\xff*").rule(os.fsdecode(b"\xff"))) == "ignore rule '\ufffd*' (.hubshareignore)"
