"""The extras of the distribution: which packages each part needs, and what to say when they are not installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Literal

Extra = Literal["agents", "service", "workers"]

#: The modules that each extra in `pyproject.toml` brings.
MODULES: dict[Extra, tuple[str, ...]] = {
    "agents": ("chardet", "click", "inotify_simple", "psutil", "rich", "structlog", "urllib3", "watchfiles"),
    "service": (
        "alembic",
        "cryptography",
        "dramatiq",
        "fastapi",
        "httpx",
        "jinja2",
        "jupyterhub",
        "prometheus_client",
        "python_multipart",
        "sqlalchemy",
        "structlog",
        "uvicorn",
    ),
    "workers": (
        "alembic",
        "bs4",
        "chardet",
        "cryptography",
        "dramatiq",
        "emoji",
        "httpx",
        "markdown_it",
        "mdit_py_plugins",
        "nbconvert",
        "nbformat",
        "nh3",
        "prometheus_client",
        "pygments",
        "rapidfuzz",
        "sqlalchemy",
        "ssrfguard",
        "structlog",
        "tinycss2",
    ),
}


def require(extra: Extra) -> None:
    """End the process with status 1 and a word on what to install, unless everything that the extra brings is there.

    A program calls it before it imports what it needs. The base install can: this module imports the standard library alone.
    """
    missing = [name for name in MODULES[extra] if find_spec(name) is None]
    if missing:
        sys.exit(
            f"HubShare is installed without its extra `{extra}`, which this needs (missing: {', '.join(missing)}).\n"
            "  pip install 'hubshare[agents]'            for the command `hubshare`, in the single-user servers\n"
            "  pip install 'hubshare[service,workers]'   for the service and the workers, where the Hub runs"
        )
