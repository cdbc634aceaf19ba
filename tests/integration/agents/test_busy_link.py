"""The link of an agent whose many checkouts all have something to say at the same moment, as after a new connection."""

from __future__ import annotations

import asyncio

import pytest
from hubshare_agents.link.link import Link

from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Sync, new_id

# What the agent has turned off, since it may not say its name to Redis, is called otherwise in newer versions of the package.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


async def _nothing() -> None:
    """Nothing is to be asked after a connection."""


def test_what_many_checkouts_say_at_once_waits_for_its_turn_and_is_not_refused(centre: TestCentre) -> None:
    async def run() -> None:
        client = Client(centre.url, "many")
        link = Link(client, "", lambda event, pack: None, _nothing)
        link.start()
        async with asyncio.timeout(60):
            await link.up.wait()
            await asyncio.gather(*(link.send(Sync(checkouts=[new_id()]).encode()) for _ in range(50)))
        await link.stop()
        client.close()

    asyncio.run(run())
