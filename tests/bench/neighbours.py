"""How long a save takes to be published while somebody else does the worst that an account can; beside without, in one run."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre
from tests.helpers.neighbours import ATTACKS, Neighbour, door

#: Apart in seconds, as of a quick person: who saves over 100 times a minute is dear, and waits beside others who are.
SAVES, _APART = 40, 1.0
#: Seconds after which an attack has become what it stays.
_BEGINNING = 2.0
#: So many times as long it may take.
MOST = 2.0

Row = tuple[str, str, str, bool | None]
Attack = Callable[[Neighbour], None]


def neighbours(attacks: tuple[Attack, ...] = ATTACKS, saves: int = SAVES) -> list[Row]:
    """A row for each attack; each with saves without it just before."""
    rows: list[Row] = []
    # Who reads what goes on in the log holds up what is measured.
    os.environ["HUBSHARE_LOG"] = "ERROR"
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place:
        folder = Path(place)
        environment = {"HUBSHARE_WORKER_PROCESSES": "0", "HUBSHARE_WRITES_PER_MINUTE": "1000000"}
        with (
            RedisServer(folder / "redis") as server,
            TestCentre(folder / "data", server.url, environment) as centre,
            door(centre, "alice") as alice,
        ):
            for number, attack in enumerate(attacks):
                with door(centre, f"mallory{number}") as mallory:
                    rows.append(_row(alice, mallory, attack, saves))
    return rows


def _row(alice: Neighbour, mallory: Neighbour, attack: Attack, saves: int) -> Row:
    calm = _p95(alice, saves)
    bus = mallory.centre.centre.bus
    # A process of her own: her server's work is not the Hub's, and must not hold up the clock.
    context = multiprocessing.get_context("fork")
    over = context.Event()

    def again() -> None:
        os.nice(5)
        mallory.connect()
        while not over.is_set():
            attack(mallory)
            # An outbox that is full ends her sessions.
            while not over.is_set() and bus.outbox_length(mallory.user) > 400:
                over.wait(0.05)

    process = context.Process(target=again)
    process.start()
    try:
        time.sleep(_BEGINNING)
        attacked = _p95(alice, saves)
        assert process.is_alive(), "what she did has failed"
    finally:
        over.set()
        process.join()
    # What she has left must not slow the next row down.
    while bus.outbox_length(mallory.user):
        time.sleep(0.05)
    ratio = attacked / calm
    what = attack.__name__.replace("_", " ")
    times = f"{calm * 1000:.0f} → {attacked * 1000:.0f} ms, {ratio:.1f}×"
    return f"save to published, p95, beside {what}", times, f"≤ {MOST:.0f}×", ratio <= MOST


def _p95(alice: Neighbour, saves: int) -> float:
    taken = []
    for _ in range(saves):
        time.sleep(_APART)
        taken.append(alice.save())
    return statistics.quantiles(taken, n=20)[-1]


if __name__ == "__main__":
    for row in neighbours():
        print(*row[:3], sep=" · ")
