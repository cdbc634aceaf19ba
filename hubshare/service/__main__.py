"""Runs the service, as the Hub starts it: `python -m hubshare.service`."""

from __future__ import annotations

from hubshare.extras import require

require("service")  # before the imports that need it

import os
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn

from hubshare import logs, tracing
from hubshare.config import CentreSettings
from hubshare.embedded.open_files import allow_many_files
from hubshare.service.connections import PunctualProtocol
from hubshare.service.starting import Stage, Starting

if TYPE_CHECKING:
    # These take a second or more, while the service listens already.
    from starlette.types import ASGIApp

    from hubshare.centre import Centre


def main() -> None:
    """Serve at the address that the Hub gives in its environment."""
    allow_many_files()
    logs.configure("WARNING")
    tracing.export("hubshare-service")
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101"))
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/hubshare/")

    def open_(tell: Stage) -> Centre:
        import hubshare.service.app  # noqa: F401
        from hubshare.centre import Centre

        return Centre.open(CentreSettings(), tell)

    def make(centre: Centre) -> tuple[ASGIApp, AbstractAsyncContextManager[object]]:
        from hubshare.service.app import make_app
        from hubshare.service.web.hub_api import HubApi
        from hubshare.service.web.login import HubLogin
        from hubshare.service.web.tokens import HubTokens

        hub = HubApi()
        app = make_app(centre, HubTokens(hub, centre.settings.hub_cache_seconds), hub, HubLogin(), prefix)
        return app, app.router.lifespan_context(app)

    uvicorn.run(
        Starting(prefix, open_, make),
        host=address.hostname or "127.0.0.1",
        port=address.port or 10101,
        lifespan="on",
        http=PunctualProtocol,
        log_level="warning",
        log_config=None,
        # Nobody else is believed who says for whom a request is.
        forwarded_allow_ips=CentreSettings().proxies,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
