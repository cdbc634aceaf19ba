"""A look at Redis: whether it is set so that nobody can fill it or lock others out. One of one's own may not be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis

_KEY = "hubshare:redis:faults"
_LEAST_VERSION = (6, 2)
#: Since then Redis can bound what all connections hold together.
_BOUNDS_CLIENTS = (7, 0)
_LEAST_CLIENTS = 1000
_CHECK_USER = "hubshare-check"


class RedisFacts(NamedTuple):
    """What is known of a Redis.

    Attributes:
        version: major and minor number.
        config: its settings, by name; empty when it does not tell them.
        open_to_all: whether its default user needs no password.
        manages_users: whether the centre may manage users and see connections.
    """

    version: tuple[int, int]
    config: Mapping[str, str]
    open_to_all: bool = False
    manages_users: bool = True


def faults_of(facts: RedisFacts) -> list[str]:
    """What should be set in another way, each with what to set."""
    found, config = list[str](), facts.config
    if facts.version < _LEAST_VERSION:
        found.append(f"Redis {'.'.join(map(str, facts.version))} is too old: 6.2 or later, or Valkey, is needed")
    if not facts.manages_users:
        found.append(
            "the user of HUBSHARE_REDIS_URL may not manage users or connections: allow it the commands ACL and CLIENT"
        )
    if facts.open_to_all:
        found.append("everybody who reaches Redis may do all: give its default user a password (`requirepass`)")
    if not config:
        return [
            *found,
            "Redis does not tell its settings (CONFIG is refused): compare them with docs/reference/settings.md",
        ]
    if config.get("maxmemory", "0") != "0" and config.get("maxmemory-policy") != "noeviction":
        found.append("what is queued may be thrown away: set `maxmemory-policy noeviction`")
    if _normal_limit(config.get("client-output-buffer-limit", "")) == 0:
        found.append(
            "one connection may hold any amount of memory: set `client-output-buffer-limit normal 64mb 16mb 10`"
        )
    if facts.version >= _BOUNDS_CLIENTS and config.get("maxmemory-clients", "0") == "0":
        found.append("all connections together may hold any amount of memory: set `maxmemory-clients 256mb`")
    if config.get("timeout", "0") == "0":
        found.append("connections that do nothing stay for ever: set `timeout 900`")
    if config.get("tcp-keepalive", "0") == "0":
        found.append("connections whose other end is gone stay for ever: set `tcp-keepalive 60`")
    if int(config.get("maxclients", _LEAST_CLIENTS)) < _LEAST_CLIENTS:
        found.append(f"there is room for few agents: set `maxclients` to {_LEAST_CLIENTS} or more")
    return found


def look_at(client: Any) -> RedisFacts:
    """Find out what is to be known of a Redis.

    Raises:
        RedisError: when it does not answer.
    """
    server = client.info("server")
    major, minor = (int(part) for part in str(server["redis_version"]).split(".")[:2])
    return RedisFacts((major, minor), _config(client), _open_to_all(client), _manages_users(client))


def _config(client: Any) -> dict[str, str]:
    try:
        found = client.config_get("*")
    except redis.ResponseError:
        return {}
    return {str(name): str(value) for name, value in found.items()}


def _open_to_all(client: Any) -> bool:
    try:
        found: Any = client.execute_command("ACL", "GETUSER", "default")
    except redis.ResponseError:
        return False
    flags = {bytes(flag) for flag in (found or {}).get(b"flags", ())}
    return {b"on", b"nopass"} <= flags


def _manages_users(client: Any) -> bool:
    try:
        client.execute_command("ACL", "SETUSER", _CHECK_USER, "reset", "off")
        client.execute_command("ACL", "DELUSER", _CHECK_USER)
        client.execute_command("CLIENT", "LIST", "ID", 0)
    except redis.ResponseError:
        return False
    return True


def _normal_limit(limits: str) -> int:
    """The hard limit of ordinary connections in bytes, as the setting has it; 0 for none."""
    words = limits.split()
    return int(words[words.index("normal") + 1]) if "normal" in words else 0


def write_redis_faults(client: Any, faults: list[str]) -> None:
    """Say what was found.

    Args:
        client: connection to Redis.
    """
    client.set(_KEY, json.dumps(faults))


def read_redis_faults(client: Any) -> list[str]:
    """What was found when workers were started last.

    Args:
        client: connection to Redis.
    """
    found = client.get(_KEY)
    return [str(fault) for fault in json.loads(found)] if found else []
