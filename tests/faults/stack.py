"""All processes of the fault test: Redis, the service, the workers with the intake, and an agent for each person."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import redis
from hubshare_agents.agent_process import connect

from hubshare import metering
from hubshare.bus.keys import EVERY_OUTBOX
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.embedded.redis import RedisServer
from hubshare.names import key_part
from hubshare.testing.centre import PREFIX, wait_until
from tests.faults.line import Line
from tests.helpers.centre_fixture import Home

PEOPLE = ("alice", "bob", "carol", "dave")
#: How long processes may take until they answer.
READY_SECONDS = 120.0

_CLOCK = Path(__file__).parent / "clock"


class Stack:
    """Everything, as processes that are started again when they end, as a Hub and its servers would.

    Args:
        place: an empty folder.
        database_url: address of a database without rows; "" for SQLite.

    Attributes:
        redis: the server.
        lines: from the agents to Redis and to the service.
        homes: by person.
    """

    def __init__(self, place: Path, database_url: str = "") -> None:
        self.place, self._port = place, _free_port()
        self.redis = RedisServer(place / "redis")
        self._database = database_url
        self._supervised: dict[str, subprocess.Popen[bytes]] = {}
        self.clock = place / "clock"
        self.lines: list[Line] = []
        self.homes: dict[str, Home] = {}

    def __enter__(self) -> Stack:
        self.redis.start()
        self.lines = [Line(self._port), Line(_port_of(self.redis.url))]
        url = f"http://127.0.0.1:{self.lines[0].port}{PREFIX}"
        for user in PEOPLE:
            self.homes[user] = Home(self.place / user, user, url, self._everywhere())
            self.homes[user].state.mkdir(parents=True)
        for kind in ("service", "workers", *PEOPLE):
            self._start(kind)
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for line in self.lines:
            line.close()
        for kind in self._supervised:
            self.signal(kind, signal.SIGCONT)
        for process in self._supervised.values():
            process.terminate()
        for process in self._supervised.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.redis.stop()

    def settings(self) -> CentreSettings:
        """What the service and the workers are run with."""
        mine = {name.removeprefix("HUBSHARE_").lower(): value for name, value in self._centre().items()}
        return CentreSettings.model_validate({name: mine[name] for name in mine if name in CentreSettings.model_fields})

    def centre(self) -> Centre:
        """The centre, to look at."""
        return Centre.open(self.settings())

    def repositories(self) -> list[Path]:
        """All canonical repositories."""
        return sorted(self.settings().repositories.glob("*/*.git"))

    def wait_ready(self) -> None:
        """Wait until all agents listen and are connected."""
        for user, home in self.homes.items():
            wait_until(lambda home=home: _connected(home), f"the agent of {user} is connected", READY_SECONDS)

    def signal(self, kind: str, number: signal.Signals) -> None:
        """Send a signal to all processes of a kind, but to the one that starts them again.

        Args:
            kind: `service`, `workers`, `redis` or a person.
        """
        if kind == "redis":
            os.kill(self.redis.pid, number)
            return
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self._supervised[kind].pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)

    def kill(self, kind: str) -> None:
        """End the processes of a kind as a crash would; what starts them again does so."""
        if kind == "redis":
            self.redis.kill()
            self.redis.start()
        else:
            self.signal(kind, signal.SIGKILL)

    def kill_one_worker(self) -> None:
        """End one of the processes that carry out jobs."""
        everyone = _children(self._supervised["workers"])
        working = [process for process in everyone if not process.children()]
        with suppress(psutil.NoSuchProcess, IndexError):
            working[0].kill()

    def kill_slow_lane(self) -> None:
        """Have all people's pushes be carried out in the slow lane for a while, and end the process that does that."""
        with redis.Redis.from_url(self.redis.url) as client:
            now, _ = client.time()
            client.zadd(metering.DEAR, {key_part(user): now + 30 for user in PEOPLE})
        for process in _children(self._supervised["workers"]):
            with suppress(psutil.NoSuchProcess):
                if process.name() == "hubshare-slow":
                    process.kill()

    def restart(self) -> None:
        """End everything at once, as when the machine loses its power, and start it again."""
        for process in self._supervised.values():
            children = _children(process)
            process.kill()
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            process.wait()
        self.redis.kill()
        self.redis.start()
        for kind in list(self._supervised):
            self._start(kind)

    def flush(self) -> None:
        """Have Redis forget everything."""
        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def last_sent(self) -> dict[bytes, bytes]:
        """The last message that each person's agent has sent."""
        with redis.Redis.from_url(self.redis.url) as client:
            outboxes = list(client.scan_iter(EVERY_OUTBOX, _type="stream"))
            return {key: client.xinfo_stream(key)["last-generated-id"] for key in outboxes}

    def _start(self, kind: str) -> None:
        command: Sequence[str]
        if kind == "service":
            command, environment = ("tests.faults.service", str(self._port)), self._centre()
        elif kind == "workers":
            command, environment = ("hubshare_workers",), self._centre()
        else:
            command, environment = ("hubshare_agents",), self.homes[kind].environment
        with (self.place / f"{kind}.log").open("ab") as log:
            self._supervised[kind] = subprocess.Popen(
                [sys.executable, "-m", "hubshare.embedded.supervise", sys.executable, "-m", *command],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _centre(self) -> dict[str, str]:
        return self._everywhere() | {
            "HUBSHARE_DATA": str(self.place / "data"),
            "HUBSHARE_REDIS_URL": self.redis.url,
            "HUBSHARE_AGENT_REDIS_URL": f"redis://127.0.0.1:{self.lines[1].port}/0",
            "HUBSHARE_DATABASE_URL": self._database,
            "HUBSHARE_WORKER_PROCESSES": "2",
            "HUBSHARE_WRITES_PER_MINUTE": "1000000",
            "HUBSHARE_PUSHES_PER_MINUTE": "1000000",
        }

    def _everywhere(self) -> dict[str, str]:
        return {
            "HUBSHARE_FAULTS_CLOCK": str(self.clock),
            "PYTHONPATH": os.pathsep.join([str(_CLOCK), str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        }


def _children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _connected(home: Home) -> bool:
    found = connect(home.state)
    if found is None:
        return False
    found.close()
    try:
        return not home.ask("ping")["fault"]
    except (OSError, AssertionError):
        return False


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
