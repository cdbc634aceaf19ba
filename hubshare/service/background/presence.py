"""Says every few seconds that this process of the service is there."""

from __future__ import annotations

import asyncio
import logging

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from hubshare.bus.processes import REPORT_SECONDS, OwnProcess
from hubshare.centre import Centre
from hubshare.metrics import encode_samples

log = logging.getLogger(__name__)


class Presence:
    """This process of the service, as others see it."""

    def __init__(self, centre: Centre) -> None:
        self._own = OwnProcess(centre.bus.redis, "service")

    async def run_forever(self) -> None:
        """Report for ever; a Redis that does not answer is waited for. Who ends is not missed."""
        try:
            while True:
                try:
                    await run_in_threadpool(self._report)
                except RedisError as error:
                    log.debug("nobody can be told of this process: %s", error)
                await asyncio.sleep(REPORT_SECONDS)
        finally:
            await asyncio.shield(run_in_threadpool(self._leave))

    def _report(self) -> None:
        self._own.report(encode_samples())

    def _leave(self) -> None:
        try:
            self._own.leave()
        except RedisError as error:
            log.debug("nobody can be told that this process ends: %s", error)
