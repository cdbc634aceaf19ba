"""Sends requests to an address that somebody has typed in: only to public hosts, within bounds of time and bytes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from ssrfguard import SSRFGuardError

from hubshare import __version__
from hubshare.errors import Unavailable
from hubshare.features.webhooks.schedule import Answer
from hubshare.tls import tls_fault

#: For all of a request, however slowly the answer drips in; and what is kept of it.
SECONDS, ANSWER_BYTES = 15.0, 4096
#: How it shows that a receiver has closed a connection.
_CLOSED = httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError


class Sender:
    """Sends requests one after the other, over a connection that is kept as long as the receiver keeps it.

    No redirect is followed, and no proxy of the environment is asked.

    Args:
        client: goes only where it may, and keeps each request to its time.
        renew: called before each, of which the time begins then.
    """

    def __init__(self, client: httpx.Client, renew: Callable[[], None]) -> None:
        self._client, self._renew = client, renew
        self._kept = False

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what a receiver says to a request."""
        begun = time.monotonic()
        self._renew()
        try:
            try:
                answer = self._send(url, headers, body)
            except _CLOSED:
                # A receiver may close a connection that rests in the moment in which it is used again.
                if not self._kept:
                    raise
                answer = self._send(url, headers, body)
            self._kept = True
        except (Unavailable, httpx.ReadTimeout, httpx.WriteTimeout):
            answer = Answer(None, error=f"There was no whole answer within {SECONDS:.0f} seconds.")
        except SSRFGuardError:
            # Not which address it is: whoever typed a name in is not to learn what is behind it.
            answer = Answer(None, error="The address leads into a network that webhooks may not reach.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            why = tls_fault(error) or type(error).__name__
            answer = Answer(None, error=f"The receiver cannot be reached: {why}.")
        return answer._replace(milliseconds=round((time.monotonic() - begun) * 1000))

    def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        told = {"content-type": "application/cloudevents+json", "user-agent": f"HubShare/{__version__}", **headers}
        with self._client.stream("POST", url, headers=told, content=body, follow_redirects=False) as answer:
            taken = bytearray()
            for piece in answer.iter_raw(ANSWER_BYTES):
                taken += piece
                if len(taken) >= ANSWER_BYTES:
                    break
            text = bytes(taken[:ANSWER_BYTES]).decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
            error = "" if answer.is_success else f"The receiver answered {answer.status_code}."
            return Answer(answer.status_code, text, error, _seconds(answer.headers.get("retry-after", "")))


def _seconds(asked: str) -> float:
    """The seconds that a `Retry-After` asks for, as a number or a date."""
    if re.fullmatch(r"[0-9]+", asked):
        # Of absurdly many, infinitely many among them, the schedule takes what it takes at most.
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return 0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
