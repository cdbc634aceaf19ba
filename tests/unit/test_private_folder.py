"""Whose eyes the data folder is for."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hubshare_agents.ownership import Ownership

from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.errors import Unavailable
from hubshare.git import stock
from hubshare.git.stock import environment
from hubshare.private_folder import make_private
from hubshare.secret_file import load_or_create_secret


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("wide", [0o755, 0o777, 0o750, 0o701, 0o770, 0o2775])
def test_a_data_folder_that_is_open_to_others_is_closed(tmp_path: Path, wide: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(wide)
    centre = Centre.open(CentreSettings(data=data))
    centre.database.close()
    assert mode(data) & 0o7077 == wide & 0o7000


def test_it_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b" / "data")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a" / "b" / "data") == 0o700
    # Nor does anybody put another one in its place.
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o755


def test_secrets_are_closed_too(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(mode=0o755)
    load_or_create_secret(tmp_path, "redis")
    assert mode(tmp_path / "secrets") == 0o700
    assert mode(tmp_path / "secrets" / "redis") == 0o600


def test_one_that_cannot_be_closed_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(Unavailable, match="chmod o-rwx"):
        make_private(data)
    assert not list(data.iterdir())


def test_one_of_somebody_else_may_be_open_to_its_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o2770)
    monkeypatch.setattr(Path, "chmod", refused)
    make_private(data)
    assert mode(data) == 0o2770


def test_git_gets_nothing_of_the_services_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSHARE_REDIS_URL", "redis://:secret@127.0.0.1/0")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    given = environment()
    assert not [name for name in given if name.startswith(("HUBSHARE", "JUPYTERHUB"))]
    assert "secret" not in " ".join(given.values())


def test_git_is_started_with_that_alone_whichever_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Played with a git that tells what it was given, before the real one goes on."""
    real, told = shutil.which("git"), tmp_path / "told"
    assert real is not None
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\n/usr/bin/env >> "{told}"\nexec "{real}" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HUBSHARE_REDIS_URL", "redis://:secret@127.0.0.1/0")
    subprocess.run([real, "init", "-q", "--bare", str(tmp_path / "r.git")], check=True)
    with stock.running(tmp_path / "r.git", "rev-parse", "--git-dir") as done:
        assert done.code == 0
    process = stock._begin(stock.command("--version"), subprocess.DEVNULL, subprocess.DEVNULL, "")
    assert process.wait(20) == 0
    assert told.read_text().count("HOME=/nonexistent") == 2 and "secret" not in told.read_text()


def test_an_agents_state_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    owned = Ownership(state, lambda: None)
    assert mode(state) == 0o700
    owned.close()


def refused(path: Path, to: int) -> None:
    raise PermissionError(1, "Operation not permitted", str(path))
