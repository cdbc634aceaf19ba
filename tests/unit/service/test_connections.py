"""A connection on which no request comes ends, and one on which something goes on does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from hubshare.service import connections
from hubshare.service.connections import PunctualProtocol

HEAD = 0.3
GET = b"GET / HTTP/1.1\r\nHost: hub\r\n"


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers after more time than a head may take."""
    await asyncio.sleep(3 * HEAD)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without looking at what is sent."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def connected(
    monkeypatch: pytest.MonkeyPatch, app: ASGIApp = slow, head: float = HEAD
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", head)
    config = uvicorn.Config(app, lifespan="off", log_level="error")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: PunctualProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(30):
            yield reader, writer
    finally:
        writer.close()
        server.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    return await reader.readexactly(2)


def test_one_on_which_nothing_comes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> bytes:
        async with connected(monkeypatch) as (reader, _):
            return await reader.read()

    assert asyncio.run(play()) == b""


@pytest.mark.parametrize("after_a_request", [False, True])
def test_one_on_which_a_head_comes_byte_by_byte_is_ended(
    monkeypatch: pytest.MonkeyPatch, after_a_request: bool
) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in GET + b"X-Long: " + b"x" * 10_000:
            writer.write(bytes([byte]))
            await asyncio.sleep(HEAD / 10)

    async def play() -> bytes:
        async with connected(monkeypatch) as (reader, writer):
            if after_a_request:
                writer.write(GET + b"\r\n")
                assert await answer(reader) == b"ok"
            dripping = asyncio.create_task(drip(writer))
            try:
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                dripping.cancel()

    assert asyncio.run(play()) == b""


def test_one_whose_answers_take_long_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with connected(monkeypatch) as (reader, writer):
            for _ in range(2):
                writer.write(GET)
                await asyncio.sleep(HEAD / 3)
                writer.write(b"\r\n")
                assert await answer(reader) == b"ok"

    asyncio.run(play())


def test_one_is_used_for_so_many_requests_and_its_last_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUESTS", 3)

    async def play() -> tuple[list[bool], bytes]:
        async with connected(monkeypatch) as (reader, writer):
            last = list[bool]()
            while not any(last):
                writer.write(GET + b"\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                last.append(b"connection: close" in head.lower())
                assert await reader.readexactly(2) == b"ok"
            return last, await reader.read()

    last, after = asyncio.run(play())
    assert 1 <= len(last) <= 3 and after == b""


def test_the_answer_to_what_is_still_being_sent_arrives_and_another_one_is_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "REQUESTS", 1)
    long = b"x" * 5_000_000

    async def play() -> bytes:
        async with connected(monkeypatch, hasty, head=30) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: %d\r\n\r\n" % len(long) + long)
            await writer.drain()
            assert await answer(reader) == b"ok"
            writer.write(GET + b"\r\n")
            return await reader.read()

    last = asyncio.run(play())
    assert b"connection: close" in last.lower() and last.endswith(b"ok")
