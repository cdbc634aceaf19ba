"""What the agent's own socket takes and gives: of each command its arguments and its answer.

A request is one line of JSON, `{"command": name, "args": {…}}`. The answer is any number of lines
`{"progress": [what, done, total]}`, then one of `{"result": …}` or `{"error": {"code": …, "message": …}}`.
"""

from __future__ import annotations

from hubshare.wire.socket import (
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
from hubshare.wire.socket.base import Command

#: Every command, by the name that it has in a request.
COMMANDS: dict[str, Command] = {
    name: command
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
    for name, command in group.COMMANDS.items()
}

__all__ = ["COMMANDS", "Command"]
