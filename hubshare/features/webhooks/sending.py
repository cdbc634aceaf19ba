"""Sends one request to an address that somebody has typed in: only to public hosts, within bounds of time and bytes."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncClient

from hubshare import __version__
from hubshare.features.webhooks.schedule import Answer

#: For all of a request, however slowly the answer drips in; and what is kept of it.
_SECONDS, _ANSWER_BYTES = 15.0, 4096


def send(url: str, headers: Mapping[str, str], body: bytes, policy: Policy) -> Answer:
    """Return what a receiver says to a request. No redirect is followed, and no proxy of the environment is asked.

    Args:
        policy: which addresses may be reached.
    """
    begun = time.monotonic()
    try:
        answer = asyncio.run(_send(url, headers, body, policy))
    except TimeoutError:
        answer = Answer(None, error=f"There was no whole answer within {_SECONDS:.0f} seconds.")
    except SSRFGuardError:
        # Not which address it is: whoever typed a name in is not to learn what is behind it.
        answer = Answer(None, error="The address leads into a network that webhooks may not reach.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        answer = Answer(None, error=f"The receiver cannot be reached: {type(error).__name__}.")
    return answer._replace(milliseconds=round((time.monotonic() - begun) * 1000))


async def _send(url: str, headers: Mapping[str, str], body: bytes, policy: Policy) -> Answer:
    told = {"content-type": "application/cloudevents+json", "user-agent": f"HubShare/{__version__}", **headers}
    async with (
        asyncio.timeout(_SECONDS),
        AsyncClient(policy=policy, verify=_certificates(), trust_env=False, timeout=_SECONDS) as client,
        client.stream("POST", url, headers=told, content=body, follow_redirects=False) as answer,
    ):
        taken = bytearray()
        async for piece in answer.aiter_raw(_ANSWER_BYTES):
            taken += piece
            if len(taken) >= _ANSWER_BYTES:
                break
        text = bytes(taken[:_ANSWER_BYTES]).decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        error = "" if answer.is_success else f"The receiver answered {answer.status_code}."
        return Answer(answer.status_code, text, error, _seconds(answer.headers.get("retry-after", "")))


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _seconds(asked: str) -> float:
    """The seconds that a `Retry-After` asks for, as a number or a date."""
    if re.fullmatch(r"\d{1,9}", asked):
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return 0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
