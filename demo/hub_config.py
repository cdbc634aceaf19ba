"""The configuration of the Hub on one machine: demo users, one password, all state in one folder.

For trying and testing only: all users' servers run as the same system user.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import bcrypt

from hubshare.embedded.installation import allocate_ports
from hubshare.embedded.supervise import die_with_parent
from hubshare.jupyterhub import configure
from hubshare.secret_file import load_or_create_secret

#: The Hub service whose token `LocalStack` holds.
STACK = "stack"
#: Settings of all single-user servers.
JUPYTER = Path(__file__).with_name("jupyter")
#: Who may administer it; the password is in the data folder, as `secrets/admin-password`.
ADMIN = "admin"


def local_hub(c: Any) -> None:
    """Configure a whole Hub from the environment.

    `HUBSHARE_PORT` (8000), `HUBSHARE_DATA` (./data), `HUBSHARE_PASSWORD` (made up once) and `HUBSHARE_USERS`
    (comma separated) may be set; `HUBSHARE_STACK` and `HUBSHARE_STACK_ENVIRONMENT` come from `LocalStack`: a
    mark on all processes, and more settings for services and servers as JSON.
    """
    data = Path(os.environ.get("HUBSHARE_DATA") or "data").absolute()
    port = int(os.environ.get("HUBSHARE_PORT") or 8000)
    users = (os.environ.get("HUBSHARE_USERS") or "alice,bob,carol").split(",")
    environment: dict[str, str] = json.loads(os.environ.get("HUBSHARE_STACK_ENVIRONMENT") or "{}")
    if mark := os.environ.get("HUBSHARE_STACK"):
        environment["HUBSHARE_STACK"] = mark
        die_with_parent()

    state = data / "hub"
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    hub_port, proxy_port = allocate_ports(data, "hub", "proxy")
    hub = c.JupyterHub
    hub.bind_url = f"http://127.0.0.1:{port}"
    hub.hub_bind_url = f"http://127.0.0.1:{hub_port}"
    hub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
    hub.cookie_secret_file = str(state / "cookie_secret")
    hub.cleanup_servers = True
    hub.allow_named_servers = True

    hub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = os.environ.get("HUBSHARE_PASSWORD") or password(data)
    c.SharedPasswordAuthenticator.admin_password = load_or_create_secret(data, "admin-password", length=24)
    c.Authenticator.allowed_users, c.Authenticator.admin_users = set(users), {ADMIN}

    hub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(data / "home" / "{username}")
    c.Spawner.default_url = "/lab"
    c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
    # JupyterLab does not ask whether to fetch news, which would lie over what people are shown here, nor starts Node for each
    # page to find out whether it has to be built anew.
    c.Spawner.environment = {"JUPYTER_CONFIG_PATH": str(JUPYTER), **environment}
    # A server that does not end by itself would hold up the end of everything.
    c.LocalProcessSpawner.interrupt_timeout = c.LocalProcessSpawner.term_timeout = 5

    _traefik(c, state / "traefik", proxy_port)

    hub.services = [{"name": STACK, "api_token": load_or_create_secret(data, STACK), "display": False}]
    scopes = [
        "admin:users",
        "admin:groups",
        "admin:servers",
        "admin:services",
        "tokens",
        "access:servers",
        "access:services",
        "read:hub",
        "shares",
        "custom:hubshare:write",
    ]
    hub.load_roles = [{"name": STACK, "services": [STACK], "scopes": scopes}]
    configure(
        c, data=data, environment=environment, hub_home=True, server_shares=True, activity=True, revoke_tokens=True
    )


def password(data: Path) -> str:
    """The password of all demo users: made up once, then kept in the data folder."""
    return load_or_create_secret(data, "password", length=9)


def _traefik(c: Any, folder: Path, api_port: int) -> None:
    folder.mkdir(exist_ok=True)
    rules = folder / "rules.toml"
    rules.unlink(missing_ok=True)  # left by a crash; its old password would win over the new one
    c.JupyterHub.proxy_class = "traefik_file"
    c.TraefikProxy.traefik_api_url = f"http://127.0.0.1:{api_port}"
    c.TraefikProxy.traefik_api_username = "hub"
    word = secrets.token_urlsafe(24)
    c.TraefikProxy.traefik_api_password = word
    # It is hashed at every request of the Hub, by default for a quarter of a second: 24 random bytes are not guessed anyway.
    c.TraefikProxy.traefik_api_hashed_password = bcrypt.hashpw(word.encode(), bcrypt.gensalt(rounds=4)).decode()
    c.TraefikProxy.traefik_log_level = "ERROR"
    c.TraefikProxy.static_config_file = str(folder / "traefik.toml")
    c.TraefikProxy.extra_static_config = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        # Uploads may take longer than traefik's minute.
        "entryPoints": {"http": {"transport": {"respondingTimeouts": {"readTimeout": 0}}}},
    }
    c.TraefikFileProviderProxy.dynamic_config_file = str(rules)
