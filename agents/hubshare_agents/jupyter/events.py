"""Pushes to the browser what has changed: the websocket `hubshare/events`, fed by the agent for as long as both are there."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, ClassVar

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from hubshare.errors import HubShareError
from hubshare_agents.jupyter import agent_stream
from hubshare_agents.jupyter.surroundings import is_owner, missing, person_of, top_folder

#: So many windows of one person are told.
MOST_WINDOWS = 32
#: The browser has nothing to say here.
_MESSAGE_BYTES = 1024
#: How soon an agent that is away, or does not want to tell, is asked again; it doubles.
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0
#: Says that this person has too many windows open.
TOO_MANY = 4429
#: Says that it is time to ask anew.
ASK_ANEW = 4401


class Events(WebSocketMixin, WebSocketHandler, JupyterHandler):  # type: ignore[misc]
    """One window of JupyterLab."""

    auth_resource = "hubshare"
    _windows: ClassVar[Counter[str]] = Counter()
    _telling: asyncio.Task[None] | None = None

    _ends: asyncio.TimerHandle | None = None

    def initialize(self, visitor_seconds: float) -> None:
        """Runs before anything is known of who asks.

        Args:
            visitor_seconds: so long somebody who is not the owner is told; then they have to ask anew.
        """
        self._visitor_seconds = visitor_seconds

    @ws_authenticated  # type: ignore[untyped-decorator]
    @authorized(action="read")  # type: ignore[untyped-decorator]
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the websocket."""
        await super().get(*args, **kwargs)

    @property
    def max_message_size(self) -> int:
        """The longest message of a browser, in bytes."""
        return _MESSAGE_BYTES

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Runs when the websocket is open."""
        super().open(*args, **kwargs)
        self._person = person_of(self)
        if self._windows[self._person] >= MOST_WINDOWS:
            self.close(TOO_MANY, "close some windows")
            return
        self._windows[self._person] += 1
        self._telling = asyncio.create_task(self._tell())
        if not is_owner(self):
            # Whether they may still be here is decided when they come, and the browser comes back by itself.
            self._ends = asyncio.get_running_loop().call_later(self._visitor_seconds, self.close, ASK_ANEW)

    def on_message(self, message: str | bytes) -> None:
        """Nothing is asked here."""

    def on_close(self) -> None:
        """Runs when the browser has gone."""
        super().on_close()
        if self._ends is not None:
            self._ends.cancel()
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
            self._windows[self._person] -= 1
            if not self._windows[self._person]:
                del self._windows[self._person]

    async def _tell(self) -> None:
        hello: dict[str, str | bool] = {
            "kind": "hello",
            "root": str(top_folder(self)),
            "user": "",
            "server": "",
            "person": self._person,
            "pages": "",
            "servers": False,
            "needs": missing(),
        }
        try:
            await self._say(hello)
            wait = _FIRST_WAIT
            while not hello["needs"]:
                try:
                    if await self._pass_on(hello):
                        wait = _FIRST_WAIT
                    why = "The agent has ended; it is started again by itself."
                except HubShareError as error:
                    why = error.message
                await self._say({"kind": "gone", "why": why})
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
        except WebSocketClosedError:
            return

    async def _pass_on(self, hello: dict[str, str | bool]) -> bool:
        """Pass on what the agent tells until it ends; return whether it told anything.

        Args:
            hello: what is known here and not there.
        """
        told = False
        async with agent_stream.ask({"command": "follow", "args": {}}) as lines:
            while line := await lines.readline():
                message = json.loads(line)
                if "event" not in message:
                    break
                event, told = message["event"], True
                if event["kind"] == "hello":
                    event |= {name: hello[name] for name in ("root", "person", "needs")}
                # The agent is read only as fast as the browser reads.
                await self._say(event)
        return told

    async def _say(self, event: dict[str, Any]) -> None:
        await self.write_message(json.dumps(event))
