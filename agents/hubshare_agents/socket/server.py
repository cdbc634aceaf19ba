"""The agent's private socket: one request a connection, JSON lines, progress on the way to the answer.

Only the user can reach it: it lies in a folder of mode 0700. What travels is in `hubshare.wire.socket`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hubshare.ending import end
from hubshare.errors import HubShareError, Invalid, NotFound, Paused
from hubshare.names import quoted
from hubshare.wire.socket import COMMANDS
from hubshare.wire.socket.base import Arguments
from hubshare_agents import unix_sockets
from hubshare_agents.agent import Agent
from hubshare_agents.agent_process import socket_path
from hubshare_agents.checkout.database import damage
from hubshare_agents.checkout.progress import Running
from hubshare_agents.link.link import told
from hubshare_agents.socket import (
    access,
    conflicts,
    differences,
    files,
    finding,
    forks,
    history,
    imports,
    inbox,
    jobs,
    mirrors,
    monitoring,
    offers,
    projects,
    releases,
    servers,
    sharing,
    syncing,
    teams,
    tokens,
    webhooks,
)
from hubshare_agents.socket.following import follow
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of, folder_of
from hubshare_agents.socket.persons import in_front

log = logging.getLogger(__name__)

#: What carries out each command of `hubshare.wire.socket`.
HANDLERS: dict[str, Handler] = {
    name: handler
    for group in (
        sharing,
        syncing,
        files,
        conflicts,
        differences,
        history,
        access,
        offers,
        teams,
        projects,
        servers,
        forks,
        imports,
        jobs,
        inbox,
        webhooks,
        tokens,
        mirrors,
        releases,
        monitoring,
        finding,
    )
    for name, handler in group.HANDLERS.items()
}

_LINE_BYTES = 16 * 1024 * 1024
_PROGRESS_SECONDS = 0.1
#: How often a command that is at work says so; see `hubshare_agents.socket.client`.
_ALIVE_SECONDS = 2.0


async def serve(agent: Agent) -> asyncio.AbstractServer:
    """Begin to listen."""
    path = socket_path(agent.settings.state)
    unix_sockets.remove(path)
    return await unix_sockets.serve(
        unix_sockets.listen(path), lambda reader, writer: _answer(agent, reader, writer), _LINE_BYTES
    )


async def _answer(agent: Agent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop, last = asyncio.get_running_loop(), [0.0]

    def show(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] >= _PROGRESS_SECONDS or done == total:
            last[0] = now
            loop.call_soon_threadsafe(_send, writer, {"progress": [what, done, total]})
            agent.news.changed()

    try:
        line = await reader.readline()
        if not line:
            return  # somebody only looked whether an agent is there
        if _follows(line):
            await follow(agent, reader, writer)
            return
        running = Running("", None, show)
        beside = [
            asyncio.create_task(_stop_when_told(running, reader)),
            asyncio.create_task(_say_alive(running, writer)),
        ]
        agent.running.append(running)
        try:
            answer = await _carry_out(agent, line, running)
        finally:
            agent.running.remove(running)
            running.ended.set()
            for task in beside:
                await end(task)
        _send(writer, answer)
        with suppress(ConnectionError):
            await writer.drain()
    finally:
        agent.releases.soon()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def _follows(line: bytes) -> bool:
    try:
        return bool(json.loads(line)["command"] == "follow")
    except (ValueError, TypeError, KeyError):
        return False


async def _stop_when_told(running: Running, reader: asyncio.StreamReader) -> None:
    """Stop a command when whoever asked for it says so, or goes away."""
    with suppress(ConnectionError, ValueError):
        await reader.readline()
    running.stop()


async def _say_alive(running: Running, writer: asyncio.StreamWriter) -> None:
    """Let whoever waits know that the agent is at work."""
    while True:
        await asyncio.sleep(_ALIVE_SECONDS)
        _send(writer, {"progress": list(running.last)})


async def _carry_out(agent: Agent, line: bytes, running: Running) -> dict[str, Any]:
    try:
        request = json.loads(line)
        name = running.command = str(request["command"])
        command = COMMANDS.get(name)
        if command is None:
            raise Invalid(f"The agent knows no command {quoted(name)}: restart your server to update it.")
        args = command.read(request["args"])
        if name not in ("ping", "cancel"):
            await agent.follow_moved()
        running.folder = _folder(agent, args)
        with in_front(agent, command, request.get("person")) as acting:
            answer = await HANDLERS[name](acting, args, running)
        if name in ("accept", "decline"):
            agent.offers.look()
        return {"result": command.write(answer)}
    except HubShareError as error:
        return {"error": {"code": error.code, "message": told(error), **_asked(error)}}
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return {
            "error": {
                "code": "disk",
                "message": f"{error.strerror or error}{where}: nothing is lost; mend it and try again.",
            }
        }
    except sqlite3.DatabaseError as error:
        return {"error": {"code": "disk", "message": damage(error, "FOLDER")}}
    except Exception as error:
        log.exception("a command failed unexpectedly")
        return {
            "error": {"code": "error", "message": f"Something unexpected happened ({type(error).__name__}: {error})."}
        }


def _asked(error: HubShareError) -> dict[str, str]:
    """Return what an error asks about deletions, and which command answers it; nothing if it asks nothing."""
    if not isinstance(error, Paused) or not error.answer:
        return {}
    return {"question": error.answer, "reason": error.reason}


def _folder(agent: Agent, args: Arguments) -> Path | None:
    """Return the folder that a command is about: of a checkout its top; None when it is about none."""
    if "folder" not in type(args).model_fields:
        return None
    named: str | None = getattr(args, "folder")  # noqa: B009 – which models have it is known at run time only
    with suppress(HubShareError):
        with suppress(NotFound):
            return checkout_of(agent, args, named)[0].checkout.disk.root
        return folder_of(args, named or ".")
    return None


def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")
