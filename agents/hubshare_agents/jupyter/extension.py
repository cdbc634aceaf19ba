"""The server extension: starts the agent with the single-user server, and again should it die."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float

from hubshare.ending import end
from hubshare_agents.agent_process import connect, end_running, last_words, start, state_folder
from hubshare_agents.jupyter.activity import Activity
from hubshare_agents.jupyter.browser_documents import DocumentsSocket, Windows
from hubshare_agents.jupyter.commands import RunCommand
from hubshare_agents.jupyter.events import Events
from hubshare_agents.jupyter.monitor import Monitor
from hubshare_agents.jupyter.open_handler import OpenProject
from hubshare_agents.jupyter.pull_links import ROUTES, PullLink
from hubshare_agents.jupyter.rooms import find_rooms

if TYPE_CHECKING:
    from hubshare_agents.jupyter.documents import DocumentServer
    from hubshare_agents.jupyter.rooms import Room

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_STOP_SECONDS = 10
#: How often to look whether an agent that another server of this user, or the command line, started is still there.
_LOOK_SECONDS = 5.0


class HubShareExtension(ExtensionApp):  # type: ignore[misc]
    """Keeps one agent running for as long as the server runs; does nothing where there is no HubShare."""

    visitor_seconds = Float(
        300.0,
        min=1.0,
        config=True,
        help="How long a window of somebody who is not the server's owner is told events, until it has to ask anew.",
    )

    look_seconds = Float(
        30.0, min=0.1, config=True, help="How often to look whether this server is at work, and what it uses."
    )

    name = "hubshare"
    app_name = "HubShare"
    _task: asyncio.Task[None] | None = None
    _monitoring: asyncio.Task[None] | None = None
    _process: subprocess.Popen[bytes] | None = None
    _documents: DocumentServer | None = None
    _rooms: Callable[[], Iterator[Room]] | None = None

    def initialize_handlers(self) -> None:
        """Runs before the server listens."""
        self._windows = Windows(self._serve_documents)
        self.handlers += [
            (r"/hubshare/command/([a-z-]+)", RunCommand),
            (r"/hubshare/events", Events, {"visitor_seconds": self.visitor_seconds}),
            (r"/hubshare/documents", DocumentsSocket, {"windows": self._windows}),
        ]
        if os.environ.get("HUBSHARE_URL"):
            self.handlers.append(("/hubshare/open", OpenProject))
            if find_spec("nbgitpuller") is None:
                self.handlers += [(route, PullLink) for route in ROUTES]

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Runs when the server's loop has started."""
        if os.environ.get("HUBSHARE_URL") and os.environ.get("JUPYTERHUB_API_TOKEN"):
            # The Hub ends a server with a SIGINT first, and then no hook of the server is called.
            atexit.register(self._end_agent)
            self._rooms = find_rooms(serverapp, self._windows.tell)
            if self._rooms is not None:
                await self._serve_documents()
            self._task = asyncio.create_task(self._run_forever())
            activity = Activity(serverapp.web_app.settings, bool(os.environ.get("HUBSHARE_ACTIVITY")))
            activity.listen()
            monitor = Monitor(serverapp, activity, self._rooms, self.look_seconds)
            self._monitoring = asyncio.create_task(monitor.run())

    async def stop_extension(self) -> None:
        """Runs when the server ends."""
        await end(self._task, self._monitoring)
        if self._documents is not None:
            self._documents.close()
        self._end_agent()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)

    async def _serve_documents(self) -> None:
        """Let the agent ask about open documents: from the start where people edit together, else when a window has come."""
        if self._documents is not None or not os.environ.get("HUBSHARE_URL"):
            return
        # Not loaded by a plain server: models are large.
        from hubshare_agents.jupyter.documents import Document, DocumentServer

        def documents() -> Iterator[Document]:
            if self._rooms is not None:
                yield from self._rooms()
            yield from self._windows.documents()

        contents = self.serverapp.contents_manager
        top = Path(getattr(contents, "root_dir", "") or self.serverapp.root_dir)
        self._documents = DocumentServer(documents, top, self.log)
        await self._documents.start(state_folder())

    def _end_agent(self) -> None:
        if self._process is not None:
            self._process.terminate()

    async def _run_forever(self) -> None:
        """Start the agent; wait for its end; start it again. One that the command line started is left to run."""
        wait, state = _FIRST_WAIT, state_folder()
        await asyncio.to_thread(end_running, state)
        while True:
            there = await asyncio.to_thread(connect, state)
            if there is not None:
                there.close()
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            # Not in a thread: a server that ends at this moment has to know the agent, to end it.
            self._process = start(state)
            started = asyncio.get_running_loop().time()
            # Not in a thread: the interpreter waits for its threads, and would never end before the agent.
            while self._process.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(1)
            long = asyncio.get_running_loop().time() - started > _LONGEST_WAIT
            wait = _FIRST_WAIT if long else min(wait * 2, _LONGEST_WAIT)
            self.log.warning(
                "the HubShare agent ended with status %s and is started again: %s",
                self._process.returncode,
                last_words(state),
            )
            await asyncio.sleep(wait)
