"""The client that does not wait. It needs httpx, which is imported when one is made."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from hubshare.client.call import Call, Download, Listening, Listing, refused, understood
from hubshare.client.methods import Methods
from hubshare.client.retry import Tries, pause
from hubshare.client.stream import EventReader, Told
from hubshare.errors import TooMany, Unavailable

if TYPE_CHECKING:
    import httpx

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Taken = TypeVar("Taken")

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0


class AsyncClient(Methods):
    """Calls the API as the owner of a Hub token, with the methods of `Client` as coroutines and asynchronous iterators.

    Args:
        url: address of the service, ending in its prefix.
        token: a token of the Hub.
        patience: most seconds to wait before a call is sent again, in all.

    Raises:
        ImportError: when httpx is not there.
    """

    def __init__(self, url: str, token: str, patience: float = 20.0) -> None:
        try:
            import httpx
        except ImportError:
            raise ImportError("AsyncClient needs httpx: run `pip install 'hubshare[client]'`.") from None
        self._base, self._patience = url.rstrip("/"), patience
        self._broken = httpx.TransportError
        self._never_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"token {token}", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            # As urllib3 does it: the certificates that the machine trusts, and no proxy of the environment.
            verify=ssl.create_default_context(),
            trust_env=False,
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def carry_out(self, wanted: Any) -> Any:
        """Do what was described; see `hubshare.client.methods`."""
        match wanted:
            case Call():
                return self._answer(wanted)
            case Listing():
                return self._items(wanted)
            case Download():
                return self._ask(wanted.call, lambda answer: self._save(answer, wanted))
            case Listening():
                return self._listen(wanted)
        return self._steps(wanted)

    async def _answer(self, call: Call[Answer]) -> Answer:
        return understood(call, await self._ask(call, _body))

    async def _items(self, wanted: Listing[Item]) -> AsyncIterator[Item]:
        call = wanted.first
        while True:
            items, after = await self._answer(call)
            for item in items:
                yield item
            if after is None:
                return
            call = wanted.after(after)

    async def _steps(self, wanted: Generator[Call[Any], Any, Answer]) -> Answer:
        answer: Any = None
        while True:
            # Between two calls files are read, which may take a while.
            call, end = await asyncio.to_thread(_next, wanted, answer)
            if call is None:
                made: Answer = end
                return made
            answer = await self._answer(call)

    async def _listen(self, wanted: Listening[Told]) -> AsyncIterator[Told]:
        reader = EventReader(wanted.model, wanted.last or "")
        answer: httpx.Response | None = await self._ask(wanted.behind(reader.last), _open, closes=False)
        failures = 0
        while True:
            if answer is not None:
                try:
                    async for piece in answer.aiter_bytes():
                        failures = 0
                        for event in reader.feed(piece):
                            yield event
                            if wanted.one and event.lost:
                                return
                except (self._broken, ValueError):
                    pass
                finally:
                    await answer.aclose()
            await asyncio.sleep(pause(failures))
            failures += 1
            reader.begin()
            try:
                answer = await self._ask(wanted.behind(reader.last), _open, closes=False)
            except (Unavailable, TooMany):
                answer = None

    async def _ask(
        self, call: Call[Any], take: Callable[[httpx.Response], Awaitable[Taken]], closes: bool = True
    ) -> Taken:
        """Send a call, more than once where that helps; see `Client._ask`."""
        tries = Tries(call, self._patience)
        while True:
            try:
                request = self._http.build_request(
                    call.method, self._base + call.target, content=call.content, headers=call.all_headers
                )
                answer = await self._http.send(request, stream=True)
                good = tries.good(answer.status_code)
                if good and not closes:
                    return await take(answer)
                try:
                    if good:
                        return await take(answer)
                    raw = await answer.aread()
                finally:
                    await answer.aclose()
            except self._broken as error:
                wait = tries.lost(self._silence(error), not isinstance(error, self._never_sent))
            else:
                found = refused(answer.status_code, raw)
                wait = tries.refused(found, answer.status_code, answer.headers.get("Retry-After", ""))
            await asyncio.sleep(wait)

    def _silence(self, error: Exception) -> Unavailable:
        cause = str(error) or type(error).__name__
        return Unavailable(f"HubShare does not answer at {self._base}: {cause}. Try again in a moment.")

    async def _save(self, answer: httpx.Response, wanted: Download) -> None:
        total, done = int(answer.headers.get("content-length", 0)), 0
        try:
            async for piece in answer.aiter_bytes():
                await asyncio.to_thread(wanted.target.write, piece)
                done += len(piece)
                wanted.progress(done, total)
        except self._broken as error:
            raise Unavailable(f"The download broke off ({error}): try again.") from None
        await asyncio.to_thread(wanted.target.flush)


def _next(steps: Generator[Call[Any], Any, Any], answer: Any) -> tuple[Call[Any] | None, Any]:
    """The next call, or None and what all of them gave."""
    try:
        return steps.send(answer), None
    except StopIteration as end:
        return None, end.value


async def _body(answer: httpx.Response) -> bytes:
    return await answer.aread()


async def _open(answer: httpx.Response) -> httpx.Response:
    return answer
