"""All that a Hub's configuration needs to have HubShare.

In `jupyterhub_config.py`, as the last thing, since it adds to what is set there::

    from hubshare.jupyterhub import configure

    configure(c, data="/srv/hubshare")
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from traitlets.config.loader import LazyConfigValue

from hubshare.embedded.installation import allocate_ports
from hubshare.private_folder import make_private
from hubshare.secret_file import load_or_create_secret

#: Name of the service: its pages are at `/services/hubshare/`.
SERVICE = "hubshare"
#: What lets a person, or a token, use the service.
ACCESS = f"access:services!service={SERVICE}"
#: What a server's token holds when nothing is set, in every Hub since 4.0.
_SERVER_SCOPES = ["users:activity!user", "access:servers!server"]
#: What limits a token's use of HubShare; of the first three each includes the ones before it. Users hold the third, and so do
#: their servers. The last one is given to whom an admin chooses.
CUSTOM_SCOPES = {
    "custom:hubshare:read": {"description": "Read what you can read in HubShare"},
    "custom:hubshare:write": {
        "description": "Push to projects, check them out and create them in HubShare",
        "subscopes": ["custom:hubshare:read"],
    },
    "custom:hubshare:admin": {
        "description": "Manage your projects and teams in HubShare",
        "subscopes": ["custom:hubshare:write"],
    },
    "custom:hubshare:ops": {"description": "See HubShare's workers and queues, and everybody's jobs"},
}
#: What users and their servers hold: access, and no limit to what they may do with it.
HELD = [ACCESS, "custom:hubshare:admin"]
#: What the service asks the Hub: who exists, also of services, who is in a group, what the note of a token says.
_SERVICE_SCOPES = ["list:users", "read:users", "read:groups", "list:groups", "read:services", "read:tokens"]

#: Where servers are shared: what people have to hold to share their own, by the Hub's rules. HubShare's pages get it from them
#: when they sign in; the tokens of servers do not, since these are in the hands of whatever runs there.
SHARING = ["shares!user", "read:users:name"]
_OWN_SERVERS = "access:servers!user"
#: And what the service has to hold: it sees who shares what, and ends shares; it cannot make one by itself.
_ENDS_SHARES = ["read:shares", "users:shares"]
#: What the culler with our arbiter has to hold beside what the culler needs.
_CULLER_SCOPES = [ACCESS, "custom:hubshare:read", "custom:hubshare:ops"]
#: For so many seconds a server believes what the Hub has said of a visitor; 300 where it is not told.
_VISITOR_SECONDS = 10

#: What the Hub's pages are changed by, where an admin wants that.
_TEMPLATES = Path(__file__).parent / "hub_templates"

Scopes = list[str] | Callable[[Any], list[str]]


def configure(
    c: Any,
    *,
    data: Path | str,
    redis_url: str | None = None,
    agent_redis_url: str | None = None,
    database_url: str | None = None,
    service_port: int | None = None,
    hub_url: str | None = None,
    workers: bool = True,
    environment: dict[str, str] | None = None,
    hub_home: bool = False,
    server_shares: bool = False,
    activity: bool = False,
    revoke_tokens: bool = False,
) -> None:
    """Add HubShare to a Hub: its services, what they and the users may do, and what servers are told.

    Call it last. It adds to `JupyterHub.services`, `JupyterHub.load_roles` and, for `Spawner` and every
    spawner class that has settings of its own, `environment` and `server_token_scopes`; to assign one of
    them afterwards would undo that. A `user` role and a `HUBSHARE_URL` that are there already are respected.

    Args:
        c: the Hub's configuration.
        data: folder for repositories, packs, uploads, secrets, and what the embedded parts keep.
        redis_url: Redis or Valkey, with the rights to manage ACL users; an embedded one if not given.
        agent_redis_url: the same Redis as single-user servers reach it, without credentials.
        database_url: SQLAlchemy address; SQLite in the data folder if not given.
        service_port: loopback port of the service; a free one, where possible the last one, if not given.
        hub_url: address of the Hub as single-user servers reach it, with the Hub's base URL. Needed where
            they run on other machines or in containers; else they use the service's own port on this machine.
        workers: whether the Hub runs the workers; false where they run elsewhere.
        environment: more `HUBSHARE_…` settings for the services.
        hub_home: whether the Hub's own home shows what is shared with whoever looks, by a template of ours. Templates
            in the `template_paths` that are set come first.
        server_shares: whether people may ask for access to each other's running servers, and give it. It adds to the
            `user` role what the Hub asks of those who share their servers, and to `Spawner.args` that an end of a share is
            noticed soon.
        activity: whether what is really done on a server counts as its activity, and not what passes the proxy, so that a
            forgotten tab is idle and a silent computation is not.
        revoke_tokens: whether tokens may be revoked on HubShare's pages as well. What it gets when somebody signs in then
            holds the Hub's scope `tokens`, as far as that person has it: with it tokens can also be made.
    """
    data = Path(data).absolute()
    make_private(data)
    free_service_port, redis_port = allocate_ports(data, "service", "redis")
    port = service_port or free_service_port
    embedded = redis_url is None
    if redis_url is None:
        redis_url = f"redis://:{load_or_create_secret(data, 'redis')}@127.0.0.1:{redis_port}/0"
        agent_redis_url = agent_redis_url or f"redis://127.0.0.1:{redis_port}/0"
    shared = {"HUBSHARE_DATA": str(data), "HUBSHARE_REDIS_URL": redis_url}
    if agent_redis_url:
        shared["HUBSHARE_AGENT_REDIS_URL"] = agent_redis_url
    if database_url:
        shared["HUBSHARE_DATABASE_URL"] = database_url
    if server_shares:
        shared["HUBSHARE_SERVER_SHARES"] = "true"
    shared |= environment or {}

    if hub_home:
        c.JupyterHub.template_paths = [*_value(c.JupyterHub, "template_paths", []), str(_TEMPLATES)]

    services = _value(c.JupyterHub, "services", [])
    # The Hub stops them in this order: Redis last. All start within milliseconds, Redis being the quickest.
    services.append(
        _supervised(SERVICE, "hubshare.service", shared)
        | {
            "url": f"http://127.0.0.1:{port}",
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [
                "read:users!user",
                "custom:hubshare:admin",
                "custom:hubshare:ops",
                *([*SHARING, _OWN_SERVERS] if server_shares else ()),
                *(["tokens"] if revoke_tokens else ()),
            ],
        }
    )
    if workers:
        services.append(_supervised(f"{SERVICE}-workers", "hubshare_workers", shared) | {"display": False})
    if embedded:
        services.append(_supervised(f"{SERVICE}-redis", "hubshare.embedded.redis", shared) | {"display": False})
    own_url = f"http://127.0.0.1:{port}{_base_path(c)}"
    cullers = _cullers(services)
    for culler in cullers:
        address = f"{own_url}services/{SERVICE}/"
        culler["environment"] = {"HUBSHARE_URL": address} | culler.get("environment", {})
    c.JupyterHub.services = services

    roles = _value(c.JupyterHub, "load_roles", [])
    held = [*HELD, *SHARING] if server_shares else HELD
    _let_users_in(roles, _value(c.JupyterHub, "extra_user_scopes", set()), held)
    scopes = [*_SERVICE_SCOPES, *(_ENDS_SHARES if server_shares else ())]
    roles.append({"name": SERVICE, "services": [SERVICE], "scopes": scopes})
    if cullers:
        names = [culler["name"] for culler in cullers]
        roles.append({"name": f"{SERVICE}-culling", "services": names, "scopes": _CULLER_SCOPES})
    c.JupyterHub.load_roles = roles
    c.JupyterHub.custom_scopes = _value(c.JupyterHub, "custom_scopes", {}) | CUSTOM_SCOPES

    url = f"{(hub_url or own_url).rstrip('/')}/services/{SERVICE}/"
    told = {"HUBSHARE_URL": url} | ({"HUBSHARE_ACTIVITY": "true"} if activity else {})
    if activity:
        c.JupyterHub.last_activity_interval = 0
    for section in _spawner_sections(c, "environment"):
        section.environment = told | _value(section, "environment", {})
    for section in _spawner_sections(c, "server_token_scopes"):
        section.server_token_scopes = _with_access(_value(section, "server_token_scopes", []), roles)
    if server_shares:
        for section in _spawner_sections(c, "args"):
            section.args = [f"--HubOAuth.cache_max_age={_VISITOR_SECONDS}", *_value(section, "args", [])]


def _supervised(name: str, module: str, environment: dict[str, str]) -> dict[str, Any]:
    """Return a service of the Hub that runs a module, and starts it again at once when it ends."""
    command = [sys.executable, "-m", "hubshare.embedded.supervise", sys.executable, "-m", module]
    return {"name": name, "command": command, "environment": dict(environment)}


def _cullers(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The services that run the culler with our arbiter."""
    return [service for service in services if "hubshare.culling" in service.get("command", ())]


def _let_users_in(roles: list[dict[str, Any]], extra: set[str], held: list[str]) -> None:
    """Give every user access to the service and what else they have to hold, on top of what the `user` role holds.

    The Hub adds `extra_user_scopes` only to a `user` role that names no scopes; so they are written out here.
    """
    for role in roles:
        if role.get("name") == "user":
            break
    else:
        role = {"name": "user"}
        roles.append(role)
    scopes = role.get("scopes", ["self", *sorted(extra)])
    role["scopes"] = [*scopes, *(scope for scope in held if scope not in scopes)]


def _with_access(scopes: Scopes, roles: list[dict[str, Any]]) -> Scopes:
    """The scopes of a server's token, and access to the service; none set means the `server` role's."""
    if callable(scopes):
        chosen = scopes
        return lambda spawner: [*chosen(spawner), *HELD]
    of_role = [scope for role in roles if role.get("name") == "server" for scope in role.get("scopes", [])]
    scopes = scopes or of_role or _SERVER_SCOPES
    return [*scopes, *(scope for scope in HELD if scope not in scopes)]


def _spawner_sections(c: Any, setting: str) -> list[Any]:
    """`c.Spawner`, and every other spawner class where the setting would hide what `c.Spawner` says."""
    others = [name for name in c if name.endswith("Spawner") and name != "Spawner" and setting in c[name]]
    return [c.Spawner, *(c[name] for name in others)]


def _base_path(c: Any) -> str:
    """The path under which the Hub and its services live, with a slash at both ends."""
    path = _value(c.JupyterHub, "base_url", "") or urlsplit(_value(c.JupyterHub, "bind_url", "")).path
    return f"/{path.strip('/')}/".replace("//", "/")


def _value(section: Any, setting: str, default: Any) -> Any:
    """A copy of what is set, be it assigned, added to (then it is lazy), or not there."""
    if setting not in section:
        return default
    value = copy.deepcopy(section[setting])
    return value.get_value(default) if isinstance(value, LazyConfigValue) else value
