"""Tells whoever follows: the newest state when something changed, a few times a second at most, at the reader's own speed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel

from hubshare.ending import end
from hubshare.errors import HubShareError
from hubshare.wire.socket.following import MOST_NAMED, Checkouts, Hello, Waiting
from hubshare.wire.socket.sharing import Unopened
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.summary import asked, needs, offered, summary, told

#: Between two states that are told, in seconds.
_PACE_SECONDS = 0.2


async def follow(agent: Agent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Tell until the other side says anything, or is gone."""
    ended = asyncio.create_task(reader.read(1))
    telling = asyncio.create_task(_tell(agent, writer))
    try:
        await asyncio.wait({ended, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(ended, telling)


async def _tell(agent: Agent, writer: asyncio.StreamWriter) -> None:
    sent: dict[type[BaseModel], bytes] = {}
    try:
        with agent.following() as feed:
            while True:
                feed.woken.clear()
                lines = [_line(event) for event in feed.take()]
                for event in _states(agent):
                    line = _line(event)
                    if sent.get(type(event)) != line:
                        sent[type(event)] = line
                        lines.append(line)
                writer.writelines(lines)
                # Who does not read is told nothing more until they do, and then the newest.
                await writer.drain()
                await asyncio.sleep(_PACE_SECONDS)
                await feed.woken.wait()
    except HubShareError as error:
        writer.write(json.dumps({"error": {"code": error.code, "message": error.message}}).encode() + b"\n")
        await writer.drain()


def _states(agent: Agent) -> Iterator[Hello | Checkouts | Waiting]:
    """Give everything that is told anew when it is another than before."""
    requests, user = agent.offers.requests, agent.link.user
    yield Hello(user=user, server=agent.server, pages=pages(agent), servers=requests is not None)
    loops = sorted(agent.loops.values(), key=lambda loop: loop.checkout.state.root)
    summaries = [summary(loop) for loop in loops]
    unopened = [
        Unopened(
            project=one.label.name if one.label else "", folder=one.label.root if one.label else "", fault=one.message
        )
        for one in agent.registry.unopened.values()
    ]
    wanted = list(needs(summaries, unopened))
    yield Checkouts(checkouts=summaries, unopened=unopened, needs=len(wanted), lists=agent.offers.changes)
    waiting = [*offered(agent.offers.waiting), *asked(requests or (), user), *told(agent.offers.told), *wanted]
    yield Waiting(needs=waiting[:MOST_NAMED])


def pages(agent: Agent) -> str:
    """Return the address of the service's pages as a browser on this server reaches them: without a public one, a path."""
    hub, path = urlsplit(agent.settings.jupyterhub_public_hub_url), urlsplit(agent.settings.url).path.rstrip("/")
    origin = f"{hub.scheme}://{hub.netloc}" if hub.scheme and hub.netloc else ""
    return f"{origin}{path}/"


def _line(event: BaseModel) -> bytes:
    return b'{"event":' + event.model_dump_json(by_alias=True).encode() + b"}\n"
