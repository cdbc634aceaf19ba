"""The link to the centre: how soon it is tried again, and who hears of it."""

from __future__ import annotations

import asyncio
from typing import cast

from hubshare_agents.link.link import Link, Waits

from hubshare.client import Client
from hubshare.errors import Unavailable


def test_a_centre_that_is_away_is_soon_asked_again() -> None:
    waits = Waits()
    assert [waits.after(None) for _ in range(6)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert waits.after(3600.0) == 0.2, "as soon as it was there"
    assert not waits.is_taken


def test_two_agents_that_take_the_link_from_each_other_do_so_ever_more_seldom() -> None:
    waits = Waits()
    assert [waits.after(0.1) for _ in range(3)] == [0.2, 0.2, 0.2], "lines may break"
    assert not waits.is_taken
    assert sum(waits.after(0.1) for _ in range(20)) > 600
    assert waits.is_taken
    assert waits.after(None) == 60.0
    assert waits.after(6.0) == 0.2
    assert not waits.is_taken


class AwayClient:
    """The client of a service that does not answer."""

    def open_session(self, server: str) -> None:
        raise Unavailable("the service is away")


def test_whoever_follows_hears_that_the_link_is_down() -> None:
    async def run() -> str:
        told = asyncio.Event()
        link = Link(cast(Client, AwayClient()), "", lambda event, pack: None, _nothing, told.set)
        link.start()
        async with asyncio.timeout(10):
            await told.wait()
        await link.stop()
        return link.fault

    assert asyncio.run(run()) == "the service is away"


async def _nothing() -> None:
    """Nothing is to be asked after a connection."""
