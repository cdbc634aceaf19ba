"""Runs the agent: `python -m hubshare_agents`. The server extension and the command line start it."""

from __future__ import annotations

from hubshare.extras import require

require("agents")  # before the imports that need it

import asyncio
import gc
import os
import signal
import sys
import threading

from hubshare import logs, tracing
from hubshare.config import AgentSettings
from hubshare.errors import HubShareError
from hubshare_agents.agent import Agent
from hubshare_agents.socket.server import serve

#: What is not over so long after a signal is cut short: a transfer, or a file system that does not answer. It loses nothing.
_END_SECONDS = 4.0


async def _run(settings: AgentSettings) -> None:
    agent, ended = Agent(settings, os.environ.get("JUPYTERHUB_SERVER_NAME", "")), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        ended.set()
        last = threading.Timer(_END_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end)
    await agent.start()
    server = await serve(agent)
    gc.freeze()
    await ended.wait()
    server.close()
    await agent.stop()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logs.configure("WARNING")
    tracing.export("hubshare-agent")
    try:
        asyncio.run(_run(AgentSettings()))
    except HubShareError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
