"""The client that waits; small, so that an idle agent is small."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Any, TypeVar

import urllib3

from hubshare.client.call import Call, Download, Listening, Listing, refused, understood
from hubshare.client.methods import Methods
from hubshare.client.retry import Tries, pause
from hubshare.client.stream import EventReader, Told
from hubshare.errors import TooMany, Unavailable

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Taken = TypeVar("Taken")

_PIECE = 256 * 1024
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0


class Client(Methods):
    """Calls the API as the owner of a Hub token. Safe to use from several threads.

    Lists are iterators that fetch page after page as they are gone through. A call that is safe to repeat is sent again by
    itself when no answer came or the service asks to come later.

    Args:
        url: address of the service, ending in its prefix.
        token: a token of the Hub.
        patience: most seconds to wait before a call is sent again, in all; a service that asks for more is not waited for.

    Every call raises the error of the error tree that the service answered with, or `Unavailable`.
    """

    def __init__(self, url: str, token: str, patience: float = 20.0) -> None:
        self._base, self._patience = url.rstrip("/"), patience
        self._pool = urllib3.PoolManager(
            maxsize=4,
            headers={"Authorization": f"token {token}"},
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            retries=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def carry_out(self, wanted: Any) -> Any:
        """Do what was described; see `hubshare.client.methods`."""
        match wanted:
            case Call():
                return understood(wanted, self._ask(wanted, _body))
            case Listing():
                return self._items(wanted)
            case Download():
                return self._ask(wanted.call, lambda answer: _save(answer, wanted))
            case Listening():
                return self._listen(wanted)
        return self._steps(wanted)

    def _items(self, wanted: Listing[Item]) -> Iterator[Item]:
        call = wanted.first
        while True:
            items, after = understood(call, self._ask(call, _body))
            yield from items
            if after is None:
                return
            call = wanted.after(after)

    def _steps(self, wanted: Generator[Call[Any], Any, Answer]) -> Answer:
        try:
            call = next(wanted)
            while True:
                call = wanted.send(self.carry_out(call))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    def _listen(self, wanted: Listening[Told]) -> Iterator[Told]:
        reader = EventReader(wanted.model, wanted.last or "")
        answer: urllib3.BaseHTTPResponse | None = self._ask(wanted.behind(reader.last), _open, closes=False)
        failures = 0
        while True:
            if answer is not None:
                try:
                    while piece := answer.read1(_PIECE):
                        failures = 0
                        for event in reader.feed(piece):
                            yield event
                            if wanted.one and event.lost:
                                return
                except (urllib3.exceptions.HTTPError, ValueError):
                    pass
                finally:
                    answer.close()
            time.sleep(pause(failures))
            failures += 1
            reader.begin()
            try:
                answer = self._ask(wanted.behind(reader.last), _open, closes=False)
            except (Unavailable, TooMany):
                answer = None

    def _ask(self, call: Call[Any], take: Callable[[urllib3.BaseHTTPResponse], Taken], closes: bool = True) -> Taken:
        """Send a call, more than once where that helps.

        Args:
            take: is given the answer, if it is a good one.
            closes: whether the connection is free again after that.
        """
        tries = Tries(call, self._patience)
        while True:
            try:
                answer = self._pool.request(
                    call.method,
                    self._base + call.target,
                    body=call.content,
                    headers={**self._pool.headers, **call.all_headers},
                    preload_content=False,
                    redirect=False,
                )
                good = tries.good(answer.status)
                if good and not closes:
                    return take(answer)
                with answer:
                    if good:
                        return take(answer)
                    raw = answer.read(65_536)
            except urllib3.exceptions.HTTPError as error:
                wait = tries.lost(self._silence(error), not isinstance(error, _NEVER_SENT))
            else:
                wait = tries.refused(refused(answer.status, raw), answer.status, answer.headers.get("Retry-After", ""))
            time.sleep(wait)

    def _silence(self, error: Exception) -> Unavailable:
        cause = str(error).rpartition(": ")[2]
        return Unavailable(f"HubShare does not answer at {self._base}: {cause}. Try again in a moment.")


#: There was no connection; all else may have reached the service.
_NEVER_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


def _body(answer: urllib3.BaseHTTPResponse) -> bytes:
    return answer.read()


def _open(answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    return answer


def _save(answer: urllib3.BaseHTTPResponse, wanted: Download) -> None:
    total, done = int(answer.headers.get("content-length", 0)), 0
    try:
        for piece in answer.stream(_PIECE):
            wanted.target.write(piece)
            done += len(piece)
            wanted.progress(done, total)
    except urllib3.exceptions.HTTPError as error:
        # What was written cannot be taken back, so whoever asked has to begin anew.
        raise Unavailable(f"The download broke off ({error}): try again.") from None
    wanted.target.flush()
