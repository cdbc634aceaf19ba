"""One process of the service. Any number of them serve people side by side, from one socket."""

from __future__ import annotations

import gc
import os
import socket
import sys
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import uvicorn

from hubshare import logs, tracing
from hubshare.config import CentreSettings
from hubshare.embedded.open_files import allow_many_files
from hubshare.service.connections import PunctualProtocol
from hubshare.service.starting import Stage, Starting
from hubshare.service.web.shared_answers import SharedMemory

if TYPE_CHECKING:
    # These take a second or more, while the service listens already.
    from starlette.types import ASGIApp

    from hubshare.centre import Centre


#: One of several lets the others answer for so long while it comes up, in seconds: a Hub does not wait much longer for a
#: service.
_PATIENCE = 3.0


#: After so many seconds a thread that computes lets others go on.
_SWITCH_SECONDS = 0.0005


#: Made in the supervisor, off which all processes are forked.
_MEMORY = SharedMemory()


class _Door(socket.socket):
    """A socket that several processes take connections from."""

    def listen(self, backlog: int = 0, /) -> None:
        """Leave it as it is: it listens already."""


def main(door: str) -> None:
    """Serve as one of several processes.

    Args:
        door: descriptor of the socket that they share.
    """
    serve(int(door), _PATIENCE)


def serve(door: int, patience: float = 0.0) -> None:
    """Serve what comes to a socket.

    Args:
        door: descriptor of the socket, which listens.
        patience: see `Starting`.
    """
    allow_many_files()
    # The loop, whose steps are short, waits for the interpreter at each of them as long as a thread computes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    logs.configure("WARNING")
    tracing.export("hubshare-service")
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/hubshare/")

    def open_(tell: Stage) -> Centre:
        import hubshare.service.app  # noqa: F401
        from hubshare.centre import Centre

        return Centre.open(CentreSettings(), tell)

    def make(centre: Centre) -> tuple[ASGIApp, AbstractAsyncContextManager[object]]:
        from hubshare.service.app import make_app
        from hubshare.service.web.hub_api import HubApi
        from hubshare.service.web.login import HubLogin
        from hubshare.service.web.revocations import Revocations
        from hubshare.service.web.tokens import HubTokens

        hub = HubApi()
        revocations = Revocations(centre.settings.data / "revocations")
        tokens = HubTokens(hub, centre.settings.hub_cache_seconds, revocations, _MEMORY)
        app = make_app(centre, tokens, hub, HubLogin(), prefix)
        app.state.pages.compile()
        # What is there now stays: to look through it for garbage again and again holds up all requests for a third of a second.
        gc.collect()
        gc.freeze()
        return app, app.router.lifespan_context(app)

    config = uvicorn.Config(
        Starting(prefix, open_, make, patience),
        lifespan="on",
        http=PunctualProtocol,
        # Another one, where it is installed, would listen anew and take up all connections that wait.
        loop="asyncio",
        log_level="warning",
        log_config=None,
        # Nobody else is believed who says for whom a request is.
        forwarded_allow_ips=CentreSettings().proxies,
        timeout_graceful_shutdown=2,
        # So many connections are taken up at a time: the others are for the processes that have less to do.
        backlog=1,
    )
    uvicorn.Server(config).run([_Door(fileno=door)])


if __name__ == "__main__":
    main(sys.argv[1])
