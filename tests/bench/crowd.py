"""How many pages a second a class gets that opens a project at once, and how long each waits: over a real Hub and its proxy.

Alone, with a stack of its own: `python -m tests.bench.crowd`.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until

PUPILS, CONNECTIONS, SECONDS = 16, (1, 4, 16, 64), 10.0
#: So many look while so many push, each as soon as their last push was answered and a moment after it, in seconds.
LOOKING, PUSHING, PAUSE = 4, 16, 1.0
FOLDERS = 100

Row = tuple[str, str, str, bool | None]


def crowd(stack: LocalStack, owner: str, name: str) -> list[Row]:
    """A row for each number of connections, on which different people ask for the page of a project without a pause.

    Args:
        stack: with the owner's project, which everybody on the Hub may read afterwards.
    """
    whole = f"{stack.service_url}projects/{owner}/{name}"
    page = urlsplit(whole)
    with httpx.Client(base_url=stack.service_url, timeout=60) as client:
        own = {"Authorization": f"token {stack.token(owner)}"}
        path = f"api/v1/projects/{owner}/{name}"
        client.patch(path, headers=own, json={"visibility": "hub"}).raise_for_status()
        tokens = _tokens(stack, "pupil", PUPILS)
        look = {"Authorization": f"token {tokens[0]}", "Accept": "text/html"}
        wait_until(
            lambda: (
                "Loading the last change of each file" not in client.get(whole, headers=look).raise_for_status().text
            ),
            "the project is known",
            120,
        )
    rows, rates = list[Row](), list[float]()
    for number in CONNECTIONS:
        rate, times = asyncio.run(_look(page.hostname or "", page.port or 80, page.path, tokens, number))
        rates.append(rate)
        people = "1 connection" if number == 1 else f"{number} connections"
        rows.append((f"pages of a project to {people}", _words(rate, times), "", None))
    ratio = rates[-1] / rates[0]
    rows.append((f"  to {CONNECTIONS[-1]} / to 1, a second", f"{ratio:.2f}×", "≥ 1×", ratio >= 1))
    with _pushing(stack, _tokens(stack, "pusher", PUSHING)):
        rate, times = asyncio.run(_look(page.hostname or "", page.port or 80, page.path, tokens, LOOKING))
    rows.append((f"  to {LOOKING} connections while {PUSHING} push", _words(rate, times), "", None))
    return rows


def _words(rate: float, times: list[float]) -> str:
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return f"{rate:.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms"


def _tokens(stack: LocalStack, kind: str, most: int) -> list[str]:
    """Tokens of so many new users."""
    names = [f"{kind}-{number}" for number in range(most)]
    for name in names:
        stack.api("POST", f"users/{name}")
    return [stack.token(name) for name in names]


@contextmanager
def _pushing(stack: LocalStack, tokens: list[str]) -> Iterator[None]:
    """Have each of some people publish a version of a project of their own again and again."""
    over = threading.Event()

    def push(token: str) -> None:
        with httpx.Client(base_url=f"{stack.service_url}api/v1/", timeout=60) as client:
            client.headers["Authorization"] = f"token {token}"
            made = client.post("projects", json={"name": "pushed"}).raise_for_status().json()
            path = f"projects/{made['name']}/changes"
            for number in itertools.count():
                client.post(path, json={"write": {"a.txt": f"{number}"}}).raise_for_status()
                if over.wait(PAUSE):
                    return

    with ThreadPoolExecutor(len(tokens)) as pool:
        pushers = [pool.submit(push, token) for token in tokens]
        try:
            yield
        finally:
            over.set()
    for pusher in pushers:
        pusher.result()


async def _look(host: str, port: int, path: str, tokens: list[str], connections: int) -> tuple[float, list[float]]:
    """Pages a second, and the milliseconds that each has taken."""
    begun, times = time.perf_counter(), list[float]()

    async def go_on(token: str) -> None:
        # By hand: a client of its own for each would take more of the processors than the pages do.
        reader, writer = await asyncio.open_connection(host, port)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/html\r\nAuthorization: token {token}\r\n\r\n"
        )
        while time.perf_counter() - begun < SECONDS:
            start = time.perf_counter()
            writer.write(head.encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b" 200 " not in answer.partition(b"\r\n")[0]:
                raise RuntimeError(f"{path} was answered: {answer.decode(errors='replace')}")
            length = answer.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            times.append((time.perf_counter() - start) * 1000)
        writer.close()

    await asyncio.gather(*(go_on(tokens[number % len(tokens)]) for number in range(connections)))
    return len(times) / (time.perf_counter() - begun), times


def main() -> None:
    """Measure over a stack of its own, with a project of so many folders and a text about it."""
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place,
        LocalStack(Path(place) / "data", users=("alice",)) as stack,
    ):
        with httpx.Client(base_url=f"{stack.service_url}api/v1/", timeout=120) as client:
            client.headers["Authorization"] = f"token {stack.token('alice')}"
            client.post("projects", json={"name": "course"}).raise_for_status()
            write = {f"folder-{number:02}/file.txt": f"{number}\n" for number in range(FOLDERS)}
            write["README.md"] = "# A course\n\nIt begins in [the first folder](folder-00/file.txt).\n"
            client.post("projects/alice/course/changes", json={"write": write}).raise_for_status()
        for row in crowd(stack, "alice", "course"):
            print(*row[:2], sep=": ", flush=True)


if __name__ == "__main__":
    main()
