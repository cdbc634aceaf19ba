"""How many pages a second a class gets that opens a project at once, and how long each waits: over a real Hub and its proxy."""

from __future__ import annotations

import asyncio
import statistics
import time
from urllib.parse import urlsplit

import httpx

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until

PUPILS, CONNECTIONS, SECONDS = 16, (1, 16, 64), 10.0

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
        tokens = []
        for number in range(PUPILS):
            pupil = f"pupil-{number}"
            stack.api("POST", f"users/{pupil}")
            tokens.append(stack.token(pupil))
        look = {"Authorization": f"token {tokens[0]}", "Accept": "text/html"}
        wait_until(
            lambda: "is being worked out" not in client.get(whole, headers=look).raise_for_status().text,
            "the project is known",
            120,
        )
    rows, rates = list[Row](), list[float]()
    for number in CONNECTIONS:
        rate, times = asyncio.run(_look(page.hostname or "", page.port or 80, page.path, tokens, number))
        rates.append(rate)
        p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
        people = "1 connection" if number == 1 else f"{number} connections"
        rows.append((f"pages of a project to {people}", f"{rate:.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms", "", None))
    ratio = rates[-1] / rates[0]
    rows.append((f"  to {CONNECTIONS[-1]} / to 1, a second", f"{ratio:.2f}×", "≥ 1×", ratio >= 1))
    return rows


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
