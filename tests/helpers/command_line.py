"""The command line as people and programs use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hubshare.client import Client
from hubshare.testing.centre import wait_until
from tests.helpers.centre_fixture import Home, content


def says(home: Home, *args: str, cwd: Path | None = None) -> str:
    """What a command that must pass says to a person."""
    done = home.run(*args, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "None" not in done.stdout and "Traceback" not in done.stdout
    return done.stdout


def gives(home: Home, *args: str, cwd: Path | None = None) -> Any:
    """What the same command gives to a program."""
    done = home.run(*args, "--json", cwd=cwd)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


def typing(home: Home, text: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A command, with what a person types into it."""
    command = [str(Path(sys.executable).with_name("hubshare")), *args]
    return subprocess.run(command, cwd=home.home, env=home.environment, capture_output=True, text=True, input=text)


def in_sync(home: Home, folder: Path, files: dict[str, bytes]) -> None:
    wait_until(lambda: content(folder) == files, f"{home.user} has {sorted(files)}, and not {sorted(content(folder))}")


def joins(home: Home, user: str, team: str) -> None:
    """Have somebody accept the place in a team that was offered."""
    with Client(home.environment["HUBSHARE_URL"], user) as client:
        client.accept_offer(next(one.id for one in client.offers() if one.name == team))
