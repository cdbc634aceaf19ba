"""What events for other programs cost: to many who listen, and to many receivers of webhooks of which one is dead.

Run alone: `python -m tests.bench.events [--subscribers N] [--deliveries N]`.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import psutil

from hubshare.client import Client
from hubshare.embedded.redis import RedisServer
from hubshare.features.webhooks.jobs import DELIVER, Lane
from hubshare.store.models import now
from hubshare.store.webhook_tables import WebhookDelivery, WebhookLane
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api.cloud_events import CHANGED
from tests.helpers.receivers import Receiver, receiving

Row = tuple[str, str, str, bool | None]

SUBSCRIBERS, DELIVERIES, ENDPOINTS = 1000, 10_000, 100
_SUBSCRIBERS_SECONDS, _DEAD_TIMES, _PROCESSOR_MS = 1.0, 2.0, 6.0
_SETTINGS = {
    "HUBSHARE_STREAMS_AT_ONCE": "5000",
    "HUBSHARE_STREAMS_EACH": "5000",
    "HUBSHARE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HUBSHARE_WRITES_PER_MINUTE": "1000000",
}


def events(subscribers: int = SUBSCRIBERS, deliveries: int = DELIVERIES) -> list[Row]:
    """Measure both."""
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place,
        RedisServer() as redis,
        TestCentre(Path(place) / "data", redis.url, _SETTINGS) as centre,
        receiving() as receiver,
    ):
        heard = _subscribers(centre, subscribers)
        hooks = _webhooks(centre, receiver)
        begun = _processor(centre)
        without = _deliver(centre, receiver, hooks, deliveries, dead=False)
        each = (_processor(centre) - begun) / deliveries * 1000
        beside = _deliver(centre, receiver, hooks, deliveries, dead=True)
    per_second = deliveries / without
    return [
        (
            f"an event to {subscribers:,} who listen",
            f"{heard:.2f} s",
            f"{_SUBSCRIBERS_SECONDS} s",
            heard < _SUBSCRIBERS_SECONDS,
        ),
        (f"{deliveries:,} deliveries to {ENDPOINTS} receivers", f"{without:.1f} s ({per_second:.0f}/s)", "", None),
        ("  processor of the workers for each", f"{each:.1f} ms", f"{_PROCESSOR_MS} ms", each < _PROCESSOR_MS),
        (
            "the others of them, when one receiver is dead",
            f"{beside / without:.2f} ×",
            f"{_DEAD_TIMES} ×",
            beside / without < _DEAD_TIMES,
        ),
    ]


def _subscribers(centre: TestCentre, count: int) -> float:
    """Seconds from asking for the publication of a version until all have heard of it."""
    # In a process of their own: what those take who listen is not the service's.
    spawning = multiprocessing.get_context("spawn")
    with Client(centre.url, "alice") as alice, spawning.Manager() as manager, ProcessPoolExecutor(1, spawning) as pool:
        name, ready = alice.create_project("heard").name, manager.Event()
        heard = pool.submit(_listen, centre.url, f"/api/v1/projects/{name}/events?format=cloudevents", count, ready)
        ready.wait(300)
        begun = time.monotonic()
        alice.change_files(name, {"a.txt": "1"}, base=0)
        return heard.result(300) - begun


def _listen(service: str, path: str, count: int, ready: Event) -> float:
    """When the last of so many connections has heard of a version, by the monotonic clock, which all processes share."""
    return asyncio.run(_listen_all(service, path, count, ready))


async def _listen_all(service: str, path: str, count: int, ready: Event) -> float:
    found = urlsplit(service)
    asked = f"GET {found.path.rstrip('/')}{path} HTTP/1.1\r\nHost: {found.netloc}\r\nAuthorization: token alice\r\n\r\n"
    listening = [await asyncio.open_connection(found.hostname, found.port) for _ in range(count)]
    for _, writer in listening:
        writer.write(asked.encode())
    for reader, _ in listening:
        await reader.readuntil(b": connected")
    ready.set()
    await asyncio.gather(*(reader.readuntil(b"project.updated") for reader, _ in listening))
    heard = time.monotonic()
    for _, writer in listening:
        writer.close()
    return heard


def _webhooks(centre: TestCentre, receiver: Receiver) -> list[Lane]:
    """One webhook of each of many people."""
    made = []
    for number in range(ENDPOINTS):
        with Client(centre.url, f"owner{number}") as owner:
            project = owner.create_project("hooked")
            hook = owner.create_webhook(project.name, f"{receiver.url}{number}")
            made.append(Lane(hook.id, project.id, f"owner{number}", "bench"))
    return made


def _deliver(centre: TestCentre, receiver: Receiver, hooks: list[Lane], deliveries: int, dead: bool) -> float:
    """Seconds until all receivers but the first have what is for them."""
    receiver.received.clear()
    if dead:
        receiver.answers["/0"] = lambda handler: bool(receiver.ended.wait(60)) or None
    each, mark = deliveries // len(hooks), f"bench {dead}"
    with centre.centre.database.begin() as session:
        for lane in hooks:
            session.add_all(
                WebhookDelivery(
                    webhook_id=lane.webhook,
                    project_id=lane.project,
                    event=f"{mark.replace(' ', '-')}-{lane.webhook}-{number}",
                    type=CHANGED,
                    body='{"specversion": "1.0"}',
                )
                for number in range(each)
            )
            session.get_one(WebhookLane, (lane.webhook, lane.project)).due = now()
    begun = time.monotonic()
    for lane in hooks:
        DELIVER.enqueue(centre.centre.queue, lane._replace(mark=mark))
    wanted = each * (len(hooks) - 1)
    wait_until(lambda: sum(one.path != "/0" for one in list(receiver.received)) >= wanted, "all arrive", 600)
    return time.monotonic() - begun


def _processor(centre: TestCentre) -> float:
    """Seconds of processor that the workers have used."""
    assert centre.workers is not None
    parent = psutil.Process(centre.workers.pid)
    return sum(sum(one.cpu_times()[:2]) for one in [parent, *parent.children(recursive=True)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=SUBSCRIBERS)
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    options = parser.parse_args()
    for row in events(options.subscribers, options.deliveries):
        print(*row[:3], sep=" · ")
