"""The command line by itself: one prefix for all that goes wrong, no traceback, and help that names what there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hubshare_agents.cli.main import cli

from hubshare.project_settings import SETTINGS

HUBSHARE = str(Path(sys.executable).with_name("hubshare"))


def said(*args: str, out: str = "/dev/null") -> tuple[int, str]:
    with open(out, "w") as target:
        done = subprocess.run([HUBSHARE, *args], stdout=target, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("nonsense",), "No such command 'nonsense'. See `hubshare --help`."),
        (("push", "--nonsense"), "No such option"),
        (("grant",), "Missing argument 'OWNER/NAME'. See `hubshare grant --help`."),
        (("grant", "a/b", "bob", "king"), "'king' is not one of 'reader', 'writer', 'admin'"),
        (("team", "add", "physics"), "See `hubshare team add --help`."),
        (("resolve", "a"), "Pick --ours or --theirs."),
    ],
)
def test_what_is_not_understood_is_told_like_every_other_error(args: tuple[str, ...], words: str) -> None:
    code, complaint = said(*args)
    assert code == 2 and complaint.startswith("hubshare: ") and words in complaint, complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("push", "--help")])
def test_an_answer_that_cannot_be_written_is_no_traceback(args: tuple[str, ...]) -> None:
    code, complaint = said(*args, out="/dev/full")
    assert code == 1 and complaint.startswith("hubshare: the answer could not be written: No space left on device.")
    assert "Traceback" not in complaint and complaint.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error_to_speak_of() -> None:
    done = subprocess.run(["sh", "-c", f"{HUBSHARE} --help | true"], capture_output=True, text=True)
    assert done.stderr == ""


def test_the_help_of_set_names_the_settings() -> None:
    shown = CliRunner().invoke(cli, ["set", "--help"]).output
    assert all(f"\n  {name} " in shown for name in SETTINGS)
