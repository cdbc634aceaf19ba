"""A whole JupyterHub with HubShare on this machine, started and ended as one."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import psutil
import urllib3

from demo.homes import furnish
from demo.hub_config import STACK, password
from hubshare.embedded.installation import free_port, is_free
from hubshare.errors import Clash, Invalid, Unavailable
from hubshare.secret_file import load_or_create_secret

#: How long the Hub and all services may take until they answer, and a single-user server.
READY_SECONDS, SERVER_SECONDS = 120.0, 60.0
#: How long processes may take to end before they are killed.
GRACE_SECONDS = 30.0
SHORTEST_PASSWORD = 8

_BIN = Path(sys.executable).parent
_MARK = "HUBSHARE_STACK"
_KINDS: dict[str, Callable[[list[str]], bool]] = {
    "hub": lambda words: _runs(words, "jupyterhub"),
    "proxy": lambda words: _runs(words, "traefik"),
    "redis": lambda words: _runs(words, "redis-server", "valkey-server"),
    "service": lambda words: _is_module(words, "hubshare.service", "hubshare.service.process"),
    "workers": lambda words: _is_module(words, "hubshare_workers", "hubshare_workers.process"),
    "agent": lambda words: _is_module(words, "hubshare_agents"),
    "server": lambda words: _runs(words, "jupyterhub-singleuser"),
}


class LocalStack:
    """JupyterHub, proxy, Redis, workers and the HubShare service; ready when the `with` block begins.

    All its processes carry a mark in their environment, by which they are found and ended, also those that
    detached themselves. Start it from a thread that lives as long as the stack: when that thread ends, in
    whatever way, so does the Hub.

    Args:
        data: folder of all state. A second start on the same folder finds everything as it was.
        port: where the proxy listens on the loopback address; a free port if 0.
        password: of all users; kept in the data folder if not given, else at least 8 characters.
        users: the names that may sign in.
        environment: more settings for the services, the servers and what runs in them.
        furnished: whether people find something in their homes, at the first start on the folder.

    Attributes:
        url: address of the Hub for a browser.
        log: file with what the Hub, the proxy and the services print.
    """

    def __init__(
        self,
        data: Path,
        port: int = 0,
        password: str | None = None,
        users: Sequence[str] = ("alice", "bob", "carol"),
        environment: Mapping[str, str] | None = None,
        furnished: bool = False,
    ) -> None:
        if password is not None and len(password) < SHORTEST_PASSWORD:
            raise Invalid(f"The password is too short: the Hub asks for {SHORTEST_PASSWORD} characters or more.")
        self.data = data.absolute()
        self.port = port
        self.users = tuple(users)
        self.log = self.data / "logs" / "hub.log"
        self._password, self._furnished = password, furnished
        self._environment = dict(environment or {})
        self._http = urllib3.PoolManager(maxsize=4, timeout=urllib3.Timeout(30), retries=False)
        self._hub: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        """Address of the HubShare service through the proxy, with a slash at the end."""
        return f"{self.url}/services/hubshare/"

    @property
    def password(self) -> str:
        """What every user signs in with."""
        return self._password or password(self.data)

    def home(self, user: str) -> Path:
        """The user's home folder; it exists once the user's server was started."""
        return self.data / "home" / user

    # --- life

    def start(self) -> None:
        """Start all processes, after ending what a crash of an earlier start on this folder left.

        Raises:
            Clash: the folder is in use by another stack, or the port by another program.
        """
        self._take_folder()
        try:
            _end(self._marked(), GRACE_SECONDS)
            if self.port and not is_free(self.port):
                raise Clash(f"Port {self.port} is in use by another program: stop it, or set HUBSHARE_PORT.")
            self.port = self.port or free_port()
            self.log.parent.mkdir(parents=True, exist_ok=True)
            state = self.data / "hub"
            if self._furnished and not state.exists():
                furnish(self.data / "home")
            state.mkdir(mode=0o700, exist_ok=True)
            config = Path(__file__).with_name("jupyterhub_config.py")
            with self.log.open("ab") as log:
                self._hub = subprocess.Popen(
                    [sys.executable, "-m", "jupyterhub", "-f", str(config)],
                    cwd=state,
                    env=self._hub_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C reaches the one who calls stop(), not the Hub as well
                )
        except BaseException:
            self._leave_folder()
            raise

    def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """Return when Hub, service, database, Redis and workers all answer.

        Raises:
            Unavailable: the Hub ended, or not all was well in time; with the last lines of the log.
        """
        deadline = time.monotonic() + timeout
        missing = "the Hub"
        while time.monotonic() < deadline:
            if not self.alive():
                raise Unavailable(f"The Hub ended before it was ready:\n{self.log_tail()}")
            with contextlib.suppress(urllib3.exceptions.HTTPError, ValueError):
                missing = "the Hub"
                if self._http.request("GET", f"{self.url}/hub/api/").status == 200:
                    answer = self._http.request("GET", f"{self.service_url}health")
                    if answer.status == 200:
                        return
                    missing = f"the service ({answer.status}: {answer.data[:300].decode(errors='replace')})"
            time.sleep(0.1)
        raise Unavailable(f"Not ready after {timeout:.0f} seconds: {missing}\n{self.log_tail()}")

    def alive(self) -> bool:
        """Whether the Hub's process runs."""
        return self._hub is not None and self._hub.poll() is None

    def stop(self) -> None:
        """End every process of the stack: first in order, through the Hub, then whatever is left."""
        if self._lock is None:
            return
        if self._hub is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._hub.terminate()
                self._hub.wait(GRACE_SECONDS)
        while left := self._marked():
            _end(left, 5.0)
        if self._hub is not None:
            self._hub.wait()
            self._hub = None
        self._http.clear()
        self._leave_folder()

    def __enter__(self) -> LocalStack:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of the Hub's log."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    # --- the Hub's API

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the Hub's API with the rights of an administrator; return the decoded answer, or None.

        Raises:
            Unavailable: the Hub refuses; the message says with which status and words.
        """
        headers = {"Authorization": f"token {load_or_create_secret(self.data, STACK)}"}
        answer = self._http.request(method, f"{self.url}/hub/api/{path}", headers=headers, json=body)
        if answer.status >= 400:
            raise Unavailable(f"The Hub answers {answer.status} to {method} {path}: {answer.data.decode()[:300]}")
        return json.loads(answer.data) if answer.data else None

    def token(self, user: str, note: str = "local stack", scopes: Sequence[str] | None = None) -> str:
        """A new token of the Hub's API, with all that the user may do or with these scopes only."""
        wanted = {"note": note} if scopes is None else {"note": note, "scopes": list(scopes)}
        return str(self.api("POST", f"users/{user}/tokens", wanted)["token"])

    def start_server(self, user: str, server_name: str = "") -> None:
        """Start a single-user server and return when it answers."""
        if self._server(user, server_name) is None:
            self.api("POST", f"users/{user}/servers/{server_name}" if server_name else f"users/{user}/server")
        self._wait_server(user, server_name, lambda server: bool(server and server["ready"]))

    def stop_server(self, user: str, server_name: str = "") -> None:
        """Stop a single-user server and return when it is gone."""
        if self._server(user, server_name) is not None:
            self.api("DELETE", f"users/{user}/servers/{server_name}" if server_name else f"users/{user}/server")
        self._wait_server(user, server_name, lambda server: server is None)

    def _server(self, user: str, server_name: str) -> Any:
        return self.api("GET", f"users/{user}")["servers"].get(server_name)

    def _wait_server(self, user: str, server_name: str, done: Callable[[Any], bool]) -> None:
        deadline = time.monotonic() + SERVER_SECONDS
        while not done(self._server(user, server_name)):
            if time.monotonic() > deadline:
                raise Unavailable(f"The server of {user} neither starts nor stops:\n{self.log_tail()}")
            time.sleep(0.1)

    # --- inside a user's server

    def server_env(self, user: str, server_name: str = "") -> dict[str, str]:
        """The environment that a terminal in the user's running server has."""
        for process in self.processes("server"):
            with contextlib.suppress(psutil.Error):
                environment = process.environ()
                if (
                    environment.get("JUPYTERHUB_USER") == user
                    and environment.get("JUPYTERHUB_SERVER_NAME", "") == server_name
                ):
                    return environment
        raise Unavailable(f"{user} has no running server{' ' + server_name if server_name else ''}: start it.")

    def run(
        self,
        user: str,
        *args: str | Path,
        server_name: str = "",
        cwd: Path | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run the `hubshare` command as in a terminal of the user's server.

        Args:
            user: whose server; it must be running.
            args: the command's arguments.
            server_name: which of the user's servers.
            cwd: where; the user's home if not given.
            timeout: seconds until it is killed.
        """
        return subprocess.run(
            [str(_BIN / "hubshare"), *map(str, args)],
            cwd=cwd or self.home(user),
            env=self.server_env(user, server_name),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    # --- processes

    def processes(self, kind: str) -> list[psutil.Process]:
        """The stack's running processes of one kind.

        Args:
            kind: hub, proxy, redis, service, workers, server or agent.
        """
        found = []
        for process in self._marked():
            with contextlib.suppress(psutil.Error):
                if _KINDS[kind](process.cmdline()):
                    found.append(process)
        return found

    def _marked(self) -> list[psutil.Process]:
        mark = load_or_create_secret(self.data, STACK + "-mark")
        return [process for process, environment in _environments() if environment.get(_MARK) == mark]

    def _hub_environment(self) -> dict[str, str]:
        """What the Hub is started with: ours, without what another Hub or stack around us set."""
        foreign = ("JUPYTER", "HUBSHARE_", "CONFIGPROXY_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return environment | {
            "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "HUBSHARE_DATA": str(self.data),
            "HUBSHARE_PORT": str(self.port),
            "HUBSHARE_PASSWORD": self.password,
            "HUBSHARE_USERS": ",".join(self.users),
            "HUBSHARE_STACK_ENVIRONMENT": json.dumps(self._environment),
            _MARK: load_or_create_secret(self.data, STACK + "-mark"),
        }

    def _take_folder(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (self.data / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._leave_folder()
            raise Clash(f"Another HubShare runs on {self.data}: stop it, or set HUBSHARE_DATA.") from None

    def _leave_folder(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _environments() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process, process.environ()


def _end(processes: list[psutil.Process], grace: float) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    deadline = time.monotonic() + grace
    while left := [process for process in processes if not _ended(process)]:
        if time.monotonic() > deadline:
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        time.sleep(0.02)


def _ended(process: psutil.Process) -> bool:
    """Whether a process runs no more; one that nobody has waited for yet has ended too."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_module(words: list[str], *modules: str) -> bool:
    return words[1:2] == ["-m"] and words[2:3] != [] and words[2] in modules


def _runs(words: list[str], *programs: str) -> bool:
    """Whether a command line is one of the programs, directly, by its script or by `python -m`."""
    first = [Path(word).name for word in words[:3] if word != "-m"][:2]
    return any(word in programs for word in first)
