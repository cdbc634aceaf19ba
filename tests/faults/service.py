"""The service of the fault test as a process of its own, without a Hub: a token is the user's name."""

from __future__ import annotations

import sys

import uvicorn

from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.service.app import make_app
from hubshare.testing.centre import PREFIX, StaticHub, StaticLogin, StaticTokens


def main() -> None:
    """Serve at the port that is given."""
    hub = StaticHub()
    hub.users = None
    app = make_app(Centre.open(CentreSettings()), StaticTokens(), hub, StaticLogin(), PREFIX)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()
