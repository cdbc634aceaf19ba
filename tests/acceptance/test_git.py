"""Stock git against a real Hub: through its proxy, with its tokens."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from demo.stack import LocalStack
from demo.story import fsck
from hubshare.jupyterhub import ACCESS


class Git:
    """Stock git in a folder, with a token of the Hub."""

    def __init__(self, folder: Path, stack: LocalStack, token: str) -> None:
        self._folder, self._stack, self.token = folder, stack, token

    def url(self, project: str) -> str:
        return self._stack.service_url.replace("://", f"://x:{quote(self.token, safe='')}@") + f"git/{project}.git"

    def __call__(self, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        who = [word for key in ("name", "email") for word in ("-c", f"user.{key}=somebody@example.org")]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        return subprocess.run(
            ["git", *who, *args], cwd=cwd or self._folder, env=environment, capture_output=True, text=True, timeout=120
        )


def commit(git: Git, clone: Path, name: str, content: bytes) -> None:
    (clone / name).write_bytes(content)
    assert git("add", "-A", cwd=clone).returncode == 0
    assert git("commit", "-q", "-m", f"Add {name}", cwd=clone).returncode == 0


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "clone"


def test_a_token_of_the_hub_is_the_password(servers: LocalStack, tmp_path: Path, clone: Path) -> None:
    folder = servers.home("alice") / "by-git"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    assert servers.run("alice", "share", folder, "--with", "bob:writer").returncode == 0
    reading = Git(tmp_path, servers, servers.token("bob", "read", [ACCESS, "custom:hubshare:read"]))
    done = reading("clone", reading.url("alice/by-git"), str(clone))
    assert done.returncode == 0 and (clone / "a.txt").read_text() == "one\n", done.stderr
    commit(reading, clone, "b.txt", b"two\n")
    refused = reading("push", cwd=clone)
    assert refused.returncode != 0 and "remote: This token does not allow to push" in refused.stderr
    writing = Git(tmp_path, servers, servers.token("bob", "write", [ACCESS, "custom:hubshare:write"]))
    # More than git sends in one piece, so that it comes through the proxy as a stream.
    commit(writing, clone, "large.bin", os.urandom(20_000_000))
    done = writing("push", writing.url("alice/by-git"), "main", cwd=clone)
    assert done.returncode == 0, done.stderr
    assert servers.run("alice", "pull", folder).returncode == 0
    assert (folder / "b.txt").read_text() == "two\n" and (folder / "large.bin").stat().st_size == 20_000_000
    (folder / "a.txt").write_text("three\n")
    assert servers.run("alice", "push", folder).returncode == 0
    assert writing("pull", "-q", writing.url("alice/by-git"), "main", cwd=clone).returncode == 0
    assert (clone / "a.txt").read_text() == "three\n"
    repositories = sorted((servers.data / "repositories").glob("*/*.git"))
    assert [fsck(repository) for repository in repositories] == ["" for _ in repositories]
    for git in (reading, writing):
        assert git.token not in servers.log_tail(10_000)


def test_a_wrong_password_is_refused_and_none_is_asked_for_one(
    servers: LocalStack, tmp_path: Path, clone: Path
) -> None:
    wrong = Git(tmp_path, servers, "0" * 32)
    assert "Authentication failed" in wrong("clone", wrong.url("alice/by-git"), str(clone)).stderr
    plain = f"{servers.service_url}git/alice/by-git.git"
    assert "could not read Username" in wrong("clone", plain, str(clone)).stderr
