"""Access to each other's running servers; it is given and ended on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import ServerRequest, Servers, Usage

commands = Commands()


@commands.asking("servers")
def servers() -> Request[Servers]:
    """List the servers that others share with you, and who asks whom for access."""
    return Request("servers", {}, listed)


def listed(answer: Servers) -> Iterator[str]:
    if not answer["servers"] and not answer["requests"]:
        yield "Nobody shares a server with you, and nobody asks for yours."
    if answer["servers"]:
        yield "Shared with you:"
        rows = [
            [
                one["owner"],
                one["server"] or "default server",
                minute(one["until"]) if one["until"] else "no end",
                one["address"] if one["running"] else "not running: only its owner can start it",
            ]
            for one in answer["servers"]
        ]
        yield from words.table([["OWNER", "SERVER", "UNTIL (UTC)", "WHERE"], *rows])
    if answer["requests"]:
        yield 'Asked, to be answered on the page "Servers":'
        for one in answer["requests"]:
            said = "declined" if one["state"] == "declined" else "waits"
            yield f"  {one['asker']} asks {one['owner']}, because of {one['project']}: {said}, until {minute(one['expires'])}"


@commands.asking("ask-server", parameters.project_or_here)
def ask_server(project: str | None) -> Request[ServerRequest]:
    """Ask a project's owner for access to the owner's running server."""
    return Request("ask-server", {"project": project}, asked)


def asked(answer: ServerRequest) -> Iterator[str]:
    yield f"{answer['owner']} is asked for access to the server, because of {answer['project']}."
    yield "`hubshare servers` shows it when it was given."


@commands.asking("usage")
def usage() -> Request[Usage]:
    """Say what your servers use, and for how long nothing was done there."""
    return Request("usage", {}, used)


def used(answer: Usage) -> Iterator[str]:
    if not answer["servers"]:
        yield "No server of yours has reported yet; one that was just started does within a minute or two."
        return
    rows = [
        [
            one["server"] or "default server",
            _of(_size(one["memory_bytes"]), _size(one["memory_limit_bytes"])),
            _of(_number(one["cpu"]), _number(one["cpu_limit"])),
            _of(_size(one["disk_bytes"]), _size(one["disk_limit_bytes"])),
            "a kernel computes"
            if any(kernel["busy"] for kernel in one["kernels"])
            else f"idle for {one['idle_seconds'] / 60:,.0f} min",
            minute(one["seen"]),
        ]
        for one in answer["servers"]
    ]
    yield from words.table([["SERVER", "MEMORY", "PROCESSORS", "DISK", "WORK", "SEEN (UTC)"], *rows])


def _of(value: str, limit: str) -> str:
    return f"{value or '-'} of {limit}" if limit else value or "-"


def _size(value: int | None) -> str:
    return "" if value is None else f"{value / 2**30:,.1f} GiB"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
