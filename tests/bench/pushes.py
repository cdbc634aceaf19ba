"""What a push costs the workers, and how many go through when several people push to one project at once; beside `git push`."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
import redis

from hubshare.bus.streams import messages
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Outcome, Push, read_from_centre
from tests.helpers.forge import packed, snapshot

PUSHERS = 16
PUSHES = 60
GIT_PUSHES = 12

#: Settings of a centre that takes pushes as quickly as it can.
UNLIMITED = {
    "HUBSHARE_PUSHES_PER_MINUTE": "1000000",
    "HUBSHARE_WRITES_PER_MINUTE": "1000000",
    "HUBSHARE_WORKER_PROCESSES": "0",
}

Row = tuple[str, str, str, bool | None]


class Rate(NamedTuple):
    """How a run went: pushes in a second, and processor time of the workers for each, in ms."""

    each_second: float
    processor: float


def pushes() -> list[Row]:
    """One pusher and sixteen, into one project; and sixteen with stock git over HTTP, to branches of their own."""
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place:
        folder = Path(place)
        os.environ["HUBSHARE_LOG"] = "WARNING"
        with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url, UNLIMITED) as centre:
            alone = push_together(centre, "alone", 1)
            many = push_together(centre, "many", PUSHERS)
        git = _git(folder / "git")
    ratio = many.each_second / git
    return [
        ("pushes of one person, one after the other", f"{alone.each_second:.0f}/s", "", None),
        (f"pushes of {PUSHERS} into one project", f"{many.each_second:.0f}/s", "≥ 150/s", many.each_second >= 150),
        ("  processor of the workers for each", f"{many.processor:.1f} ms", "≤ 4 ms", many.processor <= 4),
        (f"  `git push` over HTTP, {PUSHERS} branches", f"{git:.0f}/s", "", None),
        ("  HubShare / git", f"{ratio:.1f}×", "≥ 5×", ratio >= 5),
    ]


def push_together(centre: TestCentre, name: str, count: int) -> Rate:
    """Have some people push to one project, each waiting for the answer before the next push."""
    people = [f"{name}{number}" for number in range(count)]
    grants = dict.fromkeys(people[1:], "writer")
    made = _api(centre, people[0], "projects", {"name": name, "grants": grants})
    pushers = [_Pusher(centre, user, f"{people[0]}/{name}", made["id"], made["commit"]) for user in people]
    begun = _processor(centre)
    start = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(_Pusher.push_all, pushers))
    seconds = time.monotonic() - start
    done = count * PUSHES
    return Rate(done / seconds, (_processor(centre) - begun) / done * 1000)


class _Pusher:
    """Somebody whose pushes are made beforehand, each on top of the one before."""

    def __init__(self, centre: TestCentre, user: str, full: str, project: str, commit: str) -> None:
        checkout = _api(centre, user, "checkouts", {"project": full, "folder": "/x"})["id"]
        session = _api(centre, user, "agent/session", {"server": ""})
        self._redis = redis.Redis.from_url(
            session["redis_url"],
            username=session["username"],
            password=session["password"],
            lib_name=None,
            lib_version=None,
        )
        self._outbox, self._inbox = session["outbox"], session["inbox"]
        self._pushes: list[tuple[Push, bytes]] = []
        for number in range(PUSHES):
            # It builds on what this checkout has pushed before.
            message = f"Edit\n\nHubShare-Checkout: {checkout}\n"
            objects = snapshot(commit, {f"{user}.txt": b"%d" % number * 50}, user, message)
            event = Push(project=project, checkout=checkout, commit=objects[-1].id)
            self._pushes.append((event, packed(objects)))
            commit = objects[-1].id

    def push_all(self) -> None:
        """Push one after the other."""
        seen = "0"
        for event, pack in self._pushes:
            self._redis.xadd(self._outbox, {"event": event.encode(), "pack": pack})
            answered = False
            while not answered:
                for message in messages(self._redis.xread({self._inbox: seen}, block=20_000)):
                    seen = message.entry
                    if event.id.encode() not in message.fields[b"event"]:
                        continue
                    outcome = read_from_centre(message.fields[b"event"])
                    assert isinstance(outcome, Outcome) and outcome.status in ("applied", "merged"), outcome
                    answered = True


def _api(centre: TestCentre, user: str, path: str, body: dict[str, object]) -> dict[str, str]:
    answer = httpx.post(f"{centre.url}api/v1/{path}", json=body, headers={"Authorization": f"token {user}"}, timeout=60)
    answer.raise_for_status()
    return dict(answer.json())


def _processor(centre: TestCentre) -> float:
    """Seconds of processor that the workers have used."""
    assert centre.workers is not None
    parent = psutil.Process(centre.workers.pid)
    return sum(sum(one.cpu_times()[:2]) for one in [parent, *parent.children(recursive=True)])


def _git(folder: Path) -> float:
    """How many pushes a second git's own server takes, from sixteen clones to a branch for each."""
    bare = folder / "course.git"
    _stock("init", "-q", "--bare", str(bare))
    _stock("config", "http.receivepack", "true", cwd=bare)
    _stock("config", "core.fsync", "committed", cwd=bare)
    clones = [folder / f"clone{number}" for number in range(PUSHERS)]
    with _server(folder) as url:
        for number, clone in enumerate(clones):
            _stock("init", "-q", "-b", f"b{number}", str(clone))
            _stock("remote", "add", "origin", f"{url}/course.git", cwd=clone)

        taken = 0.0
        with ThreadPoolExecutor(PUSHERS) as pool:
            for number in range(GIT_PUSHES):
                list(pool.map(lambda clone, number=number: _commit(clone, number), clones))
                start = time.monotonic()
                list(pool.map(lambda clone: _stock("push", "-q", "origin", "HEAD", cwd=clone), clones))
                taken += time.monotonic() - start
    return PUSHERS * GIT_PUSHES / taken


def _commit(clone: Path, number: int) -> None:
    (clone / "a.txt").write_text(str(number) * 50)
    _stock("add", "-A", cwd=clone)
    _stock("commit", "-q", "-m", "Edit", cwd=clone)


def _stock(*args: str, cwd: Path | None = None) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *args], cwd=cwd, check=True, capture_output=True)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """`git http-backend`, git's own server, behind as little of a web server as it needs."""

    class Backend(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            size = int(self.headers.get("Content-Length") or 0)
            environment = {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REMOTE_USER": "x",
                "REMOTE_ADDR": "127.0.0.1",
                "PATH": "/usr/bin:/bin",
            }
            body = self.rfile.read(size)
            done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(lines.pop("Status", "200").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    for row in pushes():
        print(*row[:3], sep=" · ")
