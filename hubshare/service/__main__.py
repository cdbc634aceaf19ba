"""Runs the service, as the Hub starts it: `python -m hubshare.service`."""

from __future__ import annotations

from hubshare.extras import require

require("service")  # before the imports that need it

import os
from urllib.parse import urlsplit

import uvicorn

from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.service.app import make_app
from hubshare.service.web.hub_api import HubApi
from hubshare.service.web.login import HubLogin
from hubshare.service.web.tokens import HubTokens


def main() -> None:
    """Serve at the address that the Hub gives in its environment."""
    settings = CentreSettings()
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101"))
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/hubshare/")
    hub = HubApi()
    tokens = HubTokens(hub, settings.hub_cache_seconds)
    app = make_app(Centre.open(settings), tokens, hub, HubLogin(), prefix)
    uvicorn.run(
        app,
        host=address.hostname or "127.0.0.1",
        port=address.port or 10101,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
