"""How long a save takes to be published while somebody else does the worst that an account can; beside without, in one run."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hubshare.embedded.redis import RedisServer
from tests.helpers import neighbour_requests
from tests.helpers.hub_apart import HubApart, hub_apart
from tests.helpers.neighbours import (
    Neighbour,
    a_project_that_stands_still,
    dear_pushes,
    door,
    entries_too_large_to_be_read,
    long_lists,
    one_upload_named_often,
)

#: Apart in seconds, as of a quick person: who saves over 100 times a minute is dear, and waits beside others who are.
SAVES, _APART = 40, 1.0
#: Seconds after which an attack has become what it stays.
_BEGINNING = 2.0
#: Seconds in which one has begun, with all that it needs, a pause after a flood included.
_PREPARING = 300.0
#: So many times as long it may take.
MOST = 2.0

Row = tuple[str, str, str, bool | None]
Attack = Callable[[Neighbour], None]

ATTACKS: tuple[Attack, ...] = (
    entries_too_large_to_be_read,
    one_upload_named_often,
    dear_pushes,
    long_lists,
    a_project_that_stands_still,
    *neighbour_requests.ATTACKS,
)


def neighbours(attacks: tuple[Attack, ...] = ATTACKS, saves: int = SAVES) -> list[Row]:
    """A row for each attack, told as it comes; each with saves without it just before."""
    rows: list[Row] = []
    # Who reads what goes on in the log holds up what is measured.
    os.environ["HUBSHARE_LOG"] = "ERROR"
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place:
        folder = Path(place)
        environment = {
            "HUBSHARE_WORKER_PROCESSES": "0",
            "HUBSHARE_WRITES_PER_MINUTE": "1000000",
            # Sources and receivers that never answer are on this machine.
            "HUBSHARE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        with (
            RedisServer(folder / "redis") as server,
            hub_apart(folder / "data", server.url, environment) as centre,
            door(centre, "alice") as alice,
        ):
            for number, attack in enumerate(attacks):
                with door(centre, f"mallory{number}") as mallory:
                    rows.append(_row(centre, alice, mallory, attack, saves))
                print(*rows[-1][:3], sep=" · ", flush=True)
    return rows


def _name(attack: Attack) -> str:
    return attack.__name__.replace("_", " ")


def _row(hub: HubApart, alice: Neighbour, mallory: Neighbour, attack: Attack, saves: int) -> Row:
    calm = _p95(alice, saves)
    bus = hub.centre.bus
    # A process of her own: her server's work is not the Hub's, and must not hold up the clock.
    context = multiprocessing.get_context("fork")
    begun, over = context.Event(), context.Event()

    def again() -> None:
        os.nice(5)
        mallory.centre = hub.again()
        mallory.connect()
        # Once, so that what it needs is there.
        attack(mallory)
        begun.set()
        while not over.is_set():
            attack(mallory)
            # An outbox that is full ends her sessions.
            while not over.is_set() and mallory.centre.centre.bus.outbox_length(mallory.user) > 400:
                over.wait(0.05)

    process = context.Process(target=again)
    process.start()
    try:
        assert begun.wait(_PREPARING), f"{_name(attack)} has not begun"
        time.sleep(_BEGINNING)
        attacked = _p95(alice, saves)
        assert process.is_alive(), f"{_name(attack)}: what she did has failed"
    finally:
        over.set()
        process.join()
    # What she has left must not slow the next row down.
    while bus.outbox_length(mallory.user):
        time.sleep(0.05)
    ratio = attacked / calm
    times = f"{calm * 1000:.0f} → {attacked * 1000:.0f} ms, {ratio:.1f}×"
    return f"save to published, p95, beside {_name(attack)}", times, f"≤ {MOST:.0f}×", ratio <= MOST


def _p95(alice: Neighbour, saves: int) -> float:
    taken = []
    for _ in range(saves):
        time.sleep(_APART)
        taken.append(alice.save())
    return statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    """Measure beside the attacks that are named, or all."""
    named = {attack.__name__: attack for attack in ATTACKS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"of {', '.join(named)}; all if none is named")
    parser.add_argument("--saves", type=int, default=SAVES)
    options = parser.parse_args()
    if unknown := {*options.attacks} - {*named}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    neighbours(tuple(named[name] for name in options.attacks) or ATTACKS, options.saves)


if __name__ == "__main__":
    main()
