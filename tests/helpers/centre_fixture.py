"""One centre with small limits, and homes on it, for all tests that play bad input."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.agent_process import connect, end_running

from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre, TestHome, wait_until
from tests.helpers.forked import ForkedAgent, run_command

MAX_FILE = 200_000
MAX_PUSH = 4_000_000
MAX_PROJECT = 50_000_000
BRAKE = 5

#: The centre's; agents have to learn them from it.
LIMITS = {
    "HUBSHARE_MAX_FILE_BYTES": str(MAX_FILE),
    "HUBSHARE_MAX_PUSH_BYTES": str(MAX_PUSH),
    "HUBSHARE_MAX_PROJECT_BYTES": str(MAX_PROJECT),
    "HUBSHARE_WRITES_PER_MINUTE": "1000000",
    "HUBSHARE_BRAKE_DELETIONS": str(BRAKE),
    # Receivers of webhooks that tests start.
    "HUBSHARE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
}


class Refused(Exception):
    """The agent answered with an error.

    Attributes:
        code: its stable code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Home(TestHome):
    """A home whose agent can also be asked directly, which is quicker than a command."""

    __test__ = False
    process: subprocess.Popen[bytes] | ForkedAgent | None = None

    @property
    def state(self) -> Path:
        return self.lock.parent

    def start(self, *wrapper: str) -> None:
        """Start the agent, by `wrapper` if one is given."""
        self.state.mkdir(parents=True, exist_ok=True)
        log = self.state / "agent.log"
        if wrapper:
            command = [*wrapper, sys.executable, "-m", "hubshare_agents"]
            with log.open("ab") as said:
                self.process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stderr=said)
        else:
            self.process = ForkedAgent(self.environment, log)
        wait_until(lambda: self._connected(), f"the agent of {self.user} listens")

    def run(self, *args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run_command(self.environment, cwd or self.home, *args)

    def stop(self) -> None:
        """End the agent."""
        end_running(self.state)
        if self.process is not None:
            self.process.wait(20)

    def ask(self, command: str, **args: Any) -> Any:
        """The agent's answer to a command.

        Raises:
            Refused: what it answered with instead.
        """
        connection = connect(self.state)
        assert connection is not None, "no agent is running"
        with connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps({"command": command, "args": {"cwd": str(self.home)} | args}).encode() + b"\n")
            stream.flush()
            for line in stream:
                answer = json.loads(line)
                if "error" in answer:
                    raise Refused(answer["error"]["code"], answer["error"]["message"])
                if "result" in answer:
                    return answer["result"]
        raise AssertionError("the agent ended without an answer")

    def fault(self, *args: str, cwd: Path | None = None) -> str:
        """What a command that must fail says: one line for a person, and a non-zero exit."""
        done = self.run(*args, cwd=cwd)
        assert done.returncode != 0, f"it passed: {done.stdout}"
        line = done.stderr.strip()
        assert line.startswith("hubshare: ") and "\n" not in line and "Traceback" not in line, done.stderr
        assert "unexpected" not in line.lower(), line
        return line

    def folder(self, name: str, files: dict[str, bytes | str] | None = None) -> Path:
        """A new folder in this home with some files."""
        made = self.home / name
        made.mkdir(parents=True)
        write(made, files or {})
        return made

    def share(self, name: str, files: dict[str, bytes | str] | None = None, **args: Any) -> tuple[Path, Any]:
        """A new folder, shared under its name; and the agent's answer."""
        made = self.folder(name, files)
        return made, self.ask("share", folder=str(made), **{"as": f"{self.user}/{name}"}, **args)

    def checkout(self, project: str, name: str, **args: Any) -> Path:
        """A checkout of a project in a new folder."""
        self.ask("checkout", project=project, folder=str(self.home / name), **args)
        return self.home / name

    def _connected(self) -> bool:
        connection = connect(self.state)
        if connection is not None:
            connection.close()
        return connection is not None


def write(folder: Path, files: dict[str, bytes | str]) -> None:
    """Write files below a folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def content(folder: Path) -> dict[str, bytes]:
    """Everything below a folder: path to content; a link's content is its target behind an arrow.

    What an agent deletes while it is looked at is not there.
    """
    found = {}
    for top, folders, files in os.walk(folder):
        for name in [*files, *(name for name in folders if (Path(top) / name).is_symlink())]:
            path = Path(top) / name
            key = str(path.relative_to(folder))
            with suppress(FileNotFoundError):
                found[key] = b"-> " + os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return found


def published(centre: TestCentre, project: str) -> dict[str, bytes]:
    """What git itself says that a project holds: path to content."""
    repository = repository_of(centre, project)
    listed = [line for line in git(repository, "ls-tree", "-r", "-z", "main").split(b"\0") if line]
    told = io.BytesIO(git(repository, "cat-file", "--batch", told=b"".join(line.split()[2] + b"\n" for line in listed)))
    found = {}
    for line in listed:
        _, kind, size = told.readline().split()
        assert kind == b"blob"
        found[line.partition(b"\t")[2].decode()] = told.read(int(size))
        told.read(1)
    return found


def repository_of(centre: TestCentre, project: str) -> Path:
    """Where a project's canonical repository lies."""
    from hubshare.store.projects import find

    with centre.centre.database.read() as session:
        found = find(session, project)
        assert found is not None
        return centre.centre.repositories.path(found.id)


def git(repository: Path, *args: str, told: bytes = b"") -> bytes:
    """What git prints when it is told something; it must not fail."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false", *args],
        cwd=repository,
        input=told,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"},
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")
    return done.stdout


def sound(repository: Path, dangling: bool = False) -> None:
    """`git fsck --strict` has nothing to say.

    Args:
        dangling: whether there may be what nothing leads to, as a try that died leaves behind.
    """
    options = ["--strict", "--full", "--no-progress", *(["--no-dangling"] if dangling else [])]
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "fsck", *options],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.fixture(scope="session")
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCentre]:
    """A centre of small limits with a Redis of its own, and a database of the kind that `pytest_generate_tests` names."""
    environment = dict(LIMITS)
    if request.param == "postgres":
        environment["HUBSHARE_DATABASE_URL"] = request.getfixturevalue("postgres").create()
    folder = tmp_path_factory.mktemp("centre")
    with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url, environment) as made:
        yield made


class Homes:
    """Makes homes on a centre, and ends their agents."""

    def __init__(self, folder: Path, centre: TestCentre) -> None:
        self._folder, self._centre = folder, centre
        self._made: dict[str, Home] = {}

    def __call__(self, user: str, *wrapper: str, name: str = "") -> Home:
        """The home of a user, with its agent running; `name` tells several servers of one user apart."""
        name = name or user
        if name not in self._made:
            made = Home(self._folder / name, user, self._centre.url, {"HUBSHARE_BRAKE_DELETIONS": str(BRAKE)})
            self._made[name] = made
            made.start(*wrapper)
        return self._made[name]

    def stop(self) -> None:
        for home in self._made.values():
            home.stop()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory, centre: TestCentre) -> Iterator[Homes]:
    """Homes on the centre."""
    made = Homes(tmp_path_factory.mktemp("h"), centre)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def alice(homes: Homes) -> Home:
    return homes("alice")


@pytest.fixture(scope="session")
def bob(homes: Homes) -> Home:
    return homes("bob")
