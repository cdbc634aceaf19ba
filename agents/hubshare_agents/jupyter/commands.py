"""Passes commands of the browser on to the agent: `POST hubshare/command/NAME`, answered line by line as the agent does.

Whoever goes away before the answer stops the command, as closing the agent's own socket does.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from jupyter_server.auth import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated, stream_request_body

from hubshare.errors import HubShareError, Invalid, TooLarge, TooMany, Unavailable
from hubshare.names import quoted
from hubshare_agents.jupyter import agent_stream
from hubshare_agents.jupyter.known_commands import COMMANDS
from hubshare_agents.jupyter.surroundings import missing, person_of, stranger, top_folder

#: The longest arguments, in bytes: the paths of a large selection.
MOST_BYTES = 4 * 1024 * 1024
#: The longest body of somebody who may not ask.
_MOST_OF_STRANGERS = 64 * 1024
#: So many commands of one person are carried out at a time.
MOST_AT_A_TIME = 16
_LINES = "application/x-ndjson"


@stream_request_body
class RunCommand(APIHandler):  # type: ignore[misc]
    """One command."""

    auth_resource = "hubshare"
    #: The panel of an open tab asks by itself; what a person has done the agent knows.
    _track_activity = False
    _under_way: ClassVar[Counter[str]] = Counter()
    _passing: asyncio.Task[None] | None = None
    _refused: HTTPError | None = None

    async def prepare(self) -> None:
        """Find out who asks before a body is read, and read none that is too large."""
        self._body = bytearray()
        try:
            await super().prepare()
        except HTTPError as error:
            # Answered when the body has been read, or the connection would be cut before the answer is there.
            self._refused = error
        self.request.connection.set_max_body_size(_MOST_OF_STRANGERS if self._refused else MOST_BYTES)
        if int(self.request.headers.get("Content-Length") or 0) > MOST_BYTES:
            self.set_header("Connection", "close")
            self._refuse(TooLarge(f"What this asks for is over {MOST_BYTES // 2**20} MiB: select less at a time."))

    def data_received(self, chunk: bytes) -> None:
        """A piece of the body."""
        self._body += chunk

    @authenticated
    @authorized  # type: ignore[untyped-decorator]
    async def post(self, name: str) -> None:
        """Carry a command out."""
        if self._refused is not None:
            raise self._refused
        try:
            request: dict[str, object] = {"command": name, "args": self._arguments(name)}
            if (person := stranger(self)) is not None:
                request["person"] = person
            with self._turn():
                self._passing = asyncio.create_task(self._pass_on(request))
                await asyncio.wait({self._passing})
                if not self._passing.cancelled():
                    self._passing.result()
        except HubShareError as error:
            self._refuse(error)
        except StreamClosedError:
            return

    def on_connection_close(self) -> None:
        """The browser has gone."""
        if self._passing is not None:
            self._passing.cancel()

    def _arguments(self, name: str) -> dict[str, Any]:
        """Return the arguments.

        Raises:
            HubShareError: why this is not carried out.
        """
        if fault := missing():
            raise Unavailable(fault)
        if name not in COMMANDS:
            raise Invalid(f"The agent knows no command {quoted(name)}: reload the page.")
        try:
            args = json.loads(self._body or b"{}")
        except ValueError:
            args = None
        if not isinstance(args, dict):
            raise Invalid("The arguments of a command are an object of JSON.")
        return {"cwd": str(top_folder(self)), **args}

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Take one of the person's places.

        Raises:
            TooMany: when all are taken.
        """
        person = person_of(self)
        if self._under_way[person] >= MOST_AT_A_TIME:
            raise TooMany(
                f"{MOST_AT_A_TIME} commands are under way already: wait for one of them to end, or cancel it."
            )
        self._under_way[person] += 1
        try:
            yield
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]

    async def _pass_on(self, request: dict[str, object]) -> None:
        async with agent_stream.ask(request, lambda: self._say(b'{"progress": ["owner", 0, 0]}\n')) as lines:
            while True:
                try:
                    async with asyncio.timeout(agent_stream.SILENT_SECONDS):
                        line = await lines.readline()
                except TimeoutError:
                    raise Unavailable("The agent does not answer; nothing is lost. Try again in a minute.") from None
                if not line:
                    raise Unavailable("The agent ended while it worked; nothing is lost. Try again.")
                self._say(line)
                if not line.startswith(b'{"progress"'):
                    # An answer without progress goes out whole, with its length.
                    self.finish(set_content_type=_LINES)
                    return
                await self.flush()

    def _say(self, line: bytes) -> None:
        self.set_header("Content-Type", _LINES)
        self.set_header("Cache-Control", "no-store")
        # A proxy that collects a response would show no progress.
        self.set_header("X-Accel-Buffering", "no")
        self.write(line)

    def _refuse(self, error: HubShareError) -> None:
        if not self._headers_written:
            self.set_status(error.status)
        self._say(json.dumps({"error": {"code": error.code, "message": error.message}}).encode() + b"\n")
        self.finish(set_content_type=_LINES)
