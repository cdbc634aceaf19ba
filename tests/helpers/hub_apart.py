"""A Hub whose service is a process of its own, as a real one is: what it is busy with holds up nobody who measures it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from hubshare.testing.centre import TestCentre

_START_SECONDS = 150


class HubApart:
    """A Hub that runs, seen from outside.

    Args:
        url: of the service.
        data: its folder.
        redis_url: address of its Redis.
        environment: further `HUBSHARE_…` settings.

    Attributes:
        settings: of the centre.
        centre: the same database, repositories and Redis, opened here as well.
    """

    def __init__(self, url: str, data: Path, redis_url: str, environment: dict[str, str]) -> None:
        self.url, self._opened = url, (data, redis_url, environment)
        here = TestCentre(data, redis_url, environment)
        self.settings, self.centre = here.settings, here.centre

    def again(self) -> HubApart:
        """The same, opened anew: a connection to a database is not taken into another process."""
        return HubApart(self.url, *self._opened)


def _serve(data: Path, redis_url: str, environment: dict[str, str], told: Connection) -> None:
    with TestCentre(data, redis_url, environment) as centre:
        told.send(centre.url)
        # Until whoever has started it says so, or is gone.
        try:
            told.recv()
        except EOFError:
            return


@contextmanager
def hub_apart(data: Path, redis_url: str, environment: dict[str, str]) -> Iterator[HubApart]:
    """A Hub, until the end of the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(data, redis_url, environment, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(_START_SECONDS), "service and workers are up"
        made = HubApart(ours.recv(), data, redis_url, environment)
        try:
            yield made
        finally:
            made.centre.database.close()
    finally:
        ours.close()
        process.join()
