"""The processes of the centre: what each says of itself every few seconds, and what it is asked to do."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import uuid4

from hubshare import __version__

Order = Literal["work", "quiet", "stop"]

#: Seconds between two reports; after which one that says nothing may be gone, and after which it is lost.
REPORT_SECONDS, SILENT_SECONDS, LOST_SECONDS = 5.0, 7.5, 15.0
#: One that was lost is remembered for so long, in seconds.
_REMEMBERED_SECONDS = 3600
#: What a process has counted is shown for so long, in seconds.
_COUNTED_SECONDS = 20
#: So many processes are known, those that were seen last.
_MOST = 500
#: So many of the jobs that a process runs are told of.
_RUNNING_MOST = 64

#: Sorted set: names of processes, by the Redis time (s) of their last report.
_SEEN = "hubshare:processes:seen"

_REPORT = """
local now = redis.call("time")
local at = now[1] + now[2] / 1000000
redis.call("set", KEYS[2], ARGV[2], "ex", ARGV[3])
redis.call("zadd", KEYS[1], string.format("%.3f", at), ARGV[1])
redis.call("zremrangebyscore", KEYS[1], "-inf", at - ARGV[3])
if ARGV[5] ~= "" then redis.call("set", KEYS[4], ARGV[5], "ex", ARGV[6]) end
redis.call("zremrangebyrank", KEYS[1], 0, -1 - ARGV[4])
return redis.call("getdel", KEYS[3])
"""


@dataclass(frozen=True)
class RunningJob:
    """A job that a process carries out at the moment.

    Attributes:
        id: of its message.
        person: whose work it is; "" for the Hub's own.
        since: when it was begun (s, UTC, by the clock of its process).
        project: id of the project that it works on, as far as that is known by now; "" else.
        step: what it does where that may take long: `waits for the lock` or `holds the lock` of the project; "" else.
        step_since: since when.
        job: its id in the journal; "" where it has none.
    """

    id: str
    kind: str
    queue: str
    person: str
    since: float
    project: str = ""
    step: str = ""
    step_since: float = 0.0
    job: str = ""


@dataclass(frozen=True)
class ProcessReport:
    """What a process says of itself.

    Attributes:
        name: of this run of the process.
        part: `worker`, `slow lane` or `service`.
        begun: when it was started (s, UTC), and `clock` the time now, both by its own clock.
        threads, busy: how many jobs it carries out at most, and now.
        memory: bytes that it holds in memory (RSS).
        reads: whether it reads the outboxes.
        quiet: whether it was asked to begin no more jobs.
        kinds: the jobs that it carries out: the queue of each, by its name.
        ending: whether it ends, once the jobs that it has begun are over.
    """

    name: str
    part: str
    host: str
    pid: int
    version: str
    begun: float
    clock: float
    threads: int = 0
    busy: int = 0
    memory: int = 0
    reads: bool = False
    quiet: bool = False
    kinds: dict[str, str] = field(default_factory=dict)
    running: list[RunningJob] = field(default_factory=list)
    ending: bool = False


@dataclass(frozen=True)
class SeenProcess:
    """A process that was seen within the last hour.

    Attributes:
        seconds_ago: since its last report, and `at` when that was (s, UTC), both by the clock of Redis.
        skew: by how many seconds its clock is ahead of that of Redis.
    """

    report: ProcessReport
    seconds_ago: float
    at: float
    skew: float

    @property
    def lost(self) -> bool:
        return self.seconds_ago > LOST_SECONDS

    @property
    def takes_jobs(self) -> bool:
        """Whether it begins the jobs that it may, as far as is known."""
        return not (self.lost or self.report.quiet or self.report.ending)

    @property
    def place(self) -> str:
        """How people call it: HOST:PID."""
        return f"{self.report.host}:{self.report.pid}"


class OwnProcess:
    """This process, as it reports on itself.

    Args:
        client: connection to Redis.
        part: `worker`, `slow lane` or `service`.
    """

    def __init__(self, client: Any, part: str) -> None:
        self._redis, self._part = client, part
        self._report = client.register_script(_REPORT)
        self._host, self._begun = socket.gethostname()[:255], time.time()
        self.name = uuid4().hex[:12]
        self._left, self._guard = False, threading.Lock()

    def report(self, samples: list[Any] | None = None, **facts: Any) -> Order | None:
        """Report, and return what this process was asked to do since, if anything.

        Args:
            samples: what was counted, see `hubshare.metrics`.
            facts: of `ProcessReport`, what is not always the same.

        Raises:
            RedisError: Redis does not answer.
        """
        said = ProcessReport(
            self.name,
            self._part,
            self._host,
            os.getpid(),
            __version__,
            self._begun,
            time.time(),
            memory=_memory(),
            **facts,
        )
        text = json.dumps(asdict(said) | {"running": [asdict(job) for job in said.running[:_RUNNING_MOST]]})
        keys = [_SEEN, _said(self.name), _asked(self.name), _counted(self.name)]
        counted = json.dumps(samples) if samples else ""
        with self._guard:
            if self._left:
                return None
            order = self._report(
                keys=keys, args=[self.name, text, _REMEMBERED_SECONDS, _MOST, counted, _COUNTED_SECONDS]
            )
        return next((known for known in get_args(Order) if order and known == order.decode()), None)

    def leave(self) -> None:
        """This process ends in order, and nobody is to miss it."""
        with self._guard, self._redis.pipeline(transaction=False) as pipe:
            self._left = True
            pipe.zrem(_SEEN, self.name)
            pipe.delete(_said(self.name), _asked(self.name), _counted(self.name))
            pipe.execute()


def read_processes(client: Any) -> list[SeenProcess]:
    """All processes that were seen within the last hour and have not ended in order, the oldest first.

    Args:
        client: connection to Redis.
    """
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.zrange(_SEEN, 0, -1, withscores=True)
        (seconds, micros), seen = pipe.execute()
    now = seconds + micros / 1e6
    texts = client.mget([_said(name.decode()) for name, _ in seen]) if seen else []
    found = [
        SeenProcess(report, max(0.0, now - at), at, report.clock - at)
        for (_, at), text in zip(seen, texts, strict=True)
        if text is not None and (report := _decode(text)) is not None
    ]
    return sorted(found, key=lambda one: (one.report.part, one.report.begun))


def ask_process(client: Any, name: str, order: Order) -> None:
    """Ask a process for something; it does so with its next report.

    Args:
        client: connection to Redis.
        name: of the process.
    """
    client.set(_asked(name), order, ex=_REMEMBERED_SECONDS)


def read_samples(client: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """What processes have counted, by their names; nothing of those that have not said it lately.

    Args:
        client: connection to Redis.
    """
    texts = client.mget([_counted(name) for name in names]) if names else []
    return {name: json.loads(text) for name, text in zip(names, texts, strict=True) if text is not None}


def _decode(text: bytes) -> ProcessReport | None:
    try:
        facts = json.loads(text)
        running = [RunningJob(**_known(RunningJob, job)) for job in facts["running"]]
        return ProcessReport(**_known(ProcessReport, facts) | {"running": running})
    except (ValueError, TypeError, KeyError, AttributeError):
        # Of another version.
        return None


def _known(of: type, facts: dict[str, Any]) -> dict[str, Any]:
    """What this version knows; a newer one may say more."""
    return {name: value for name, value in facts.items() if name in of.__dataclass_fields__}  # type: ignore[attr-defined]


def _said(name: str) -> str:
    return f"hubshare:process:{name}"


def _asked(name: str) -> str:
    return f"hubshare:process:{name}:asked"


def _counted(name: str) -> str:
    return f"hubshare:process:{name}:counted"


def _memory() -> int:
    """How many bytes this process holds in memory; 0 where the kernel does not say (proc(5): statm)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
