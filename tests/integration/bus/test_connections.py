"""Connections to Redis: one user, or somebody without a password, keeps nobody out, and a Redis of one's own is looked at."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import redis

from hubshare.bus import connections
from hubshare.bus.bus import Bus
from hubshare.bus.connections import (
    CLIENT_NAME,
    EACH,
    EACH_BYTES,
    Connection,
    end_connections,
    read_connections,
    to_end,
)
from hubshare.bus.keys import acl_user, inbox
from hubshare.bus.redis_check import RedisFacts, faults_of, look_at
from hubshare.config import MIB
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import wait_until

SESSION = "a" * 32
#: What Redis is like when nobody has set anything.
STOCK = {"timeout": "0", "client-output-buffer-limit": "normal 0 0 0", "maxmemory-policy": "noeviction"}


@pytest.fixture
def bus(redis_server: RedisServer) -> Iterator[Bus]:
    made = Bus(redis_server.url)
    yield made
    made.redis.close()


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect(redis_server: RedisServer) -> Iterator[Connect]:
    """Connections that are held open until the end of the test, each with a user and password, or without."""
    with ExitStack() as stack:

        def made(user: str = "", password: str = "") -> socket.socket:
            opened = stack.enter_context(closing(socket.create_connection(("127.0.0.1", redis_server.port))))
            if user:
                opened.sendall(f"AUTH {user} {password}\r\n".encode())
                assert opened.recv(100) == b"+OK\r\n"
            return opened

        yield made


def listed(bus: Bus) -> list[Connection]:
    return read_connections(bus.redis.execute_command("CLIENT", "LIST"))


def of(bus: Bus, user: str) -> list[Connection]:
    return [connection for connection in listed(bus) if connection.user == user]


def look(bus: Bus, nameless: bool = True) -> int:
    bus.redis.delete("hubshare:connections:look")
    return end_connections(bus.redis, nameless=nameless, every=1.0)


def test_a_user_has_so_many_connections_and_the_newest_stay(bus: Bus, connect: Connect) -> None:
    mallory, alice = acl_user("mal-lory", SESSION), acl_user("alice", SESSION)
    password, other = bus.open_session("mal-lory", SESSION), bus.open_session("alice", SESSION)
    second = bus.open_session("mal-lory", "b" * 32)
    for _ in range(EACH):
        connect(mallory, password)
    for _ in range(30):
        connect(acl_user("mal-lory", "b" * 32), second)
    for _ in range(4):
        connect(alice, other)
    newest = sorted(connection.id for connection in listed(bus) if "mal-lory" in connection.user)[-EACH:]
    assert look(bus) == 30
    wait_until(lambda: len(of(bus, mallory)) == EACH - 30, "the others are gone")
    left = [connection.id for connection in listed(bus) if "mal-lory" in connection.user]
    assert (sorted(left), len(of(bus, alice))) == (newest, 4)
    assert bus.redis.ping()


def test_connections_that_do_not_read_hold_little_together(bus: Bus, connect: Connect) -> None:
    user, password = acl_user("mallory", SESSION), bus.open_session("mallory", SESSION)
    entry, before = b"x" * MIB, bus.redis.info("memory")["used_memory"]
    for _ in range(8):
        bus.redis.xadd(inbox("mallory"), {"event": entry})
    ask = f"XREAD COUNT 8 STREAMS {inbox('mallory')} 0\r\n".encode()
    idle = [connect(user, password) for _ in range(12)]
    for one in idle:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(ask)
    wait_until(lambda: sum(connection.held for connection in of(bus, user)) > EACH_BYTES, "they hold a lot")
    look(bus)
    assert sum(connection.held for connection in of(bus, user)) <= EACH_BYTES
    # One alone is cut off by Redis itself.
    alone = connect(user, password)
    deadline = time.monotonic() + 60
    with pytest.raises(OSError):
        # Redis may take some time to read what it is asked.
        while time.monotonic() < deadline:
            alone.sendall(ask)
    look(bus)
    assert bus.redis.info("memory")["used_memory"] - before < 8 * MIB + EACH_BYTES + 16 * MIB


def test_connections_without_a_password_lock_nobody_out(
    bus: Bus, connect: Connect, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.redis.config_set("maxclients", 300)
    user, password = acl_user("alice", SESSION), bus.open_session("alice", SESSION)
    agent = connect(user, password)
    for _ in range(300):
        connect()
    with redis.Redis.from_url(redis_server.url) as late, pytest.raises(redis.RedisError):
        late.ping()
    assert look(bus) == 0, "they may be about to give their password"
    monkeypatch.setattr(connections, "_YOUNG_SECONDS", -1)
    assert look(bus, nameless=False) == 0, "in a Redis of one's own they may be somebody else's"
    assert look(bus) > 150
    with redis.Redis.from_url(redis_server.url) as late:
        wait_until(lambda: late.ping(), "there is room")
    agent.sendall(b"PING\r\n")
    assert agent.recv(100) == b"+PONG\r\n"


def test_the_centres_connections_have_a_name_and_are_never_ended() -> None:
    strangers = [Connection(number, "default", "", 100, 0) for number in range(300)]
    ours = [Connection(1000 + number, "default", CLIENT_NAME, 100, 500 * MIB) for number in range(300)]
    assert to_end([*strangers, *ours], nameless=True) == list(range(200))
    assert to_end([*strangers, *ours], nameless=False) == []
    many = [Connection(number, f"hubshare-u-{SESSION}", "", 100, 0) for number in range(9000)]
    assert len(to_end(many, nameless=True)) == 5000, "a look is bounded"


def test_one_process_looks_for_all(bus: Bus) -> None:
    look(bus)
    assert bus.redis.pttl("hubshare:connections:look") > 0
    assert end_connections(bus.redis, nameless=True, every=60.0) == 0


# a Redis of one's own


def test_the_embedded_redis_has_nothing_that_should_be_set(bus: Bus) -> None:
    assert faults_of(look_at(bus.redis)) == []


def test_a_redis_that_nobody_has_set_is_told_what_to_set(bus: Bus) -> None:
    newer = look_at(bus.redis).version >= (7, 0)
    for name, value in STOCK.items():
        bus.redis.config_set(name, value)
    bus.redis.config_set("tcp-keepalive", 0)
    bus.redis.config_set("maxmemory", 1 << 30)
    bus.redis.config_set("maxmemory-policy", "allkeys-lru")
    if newer:
        bus.redis.config_set("maxmemory-clients", 0)
    told = "\n".join(faults_of(look_at(bus.redis)))
    wanted = [
        "client-output-buffer-limit normal 64mb 16mb 10",
        "timeout 900",
        "tcp-keepalive 60",
        "maxmemory-policy noeviction",
    ]
    for setting in [*wanted, *(["maxmemory-clients 256mb"] if newer else [])]:
        assert f"set `{setting}`" in told
        name, _, value = setting.partition(" ")
        bus.redis.config_set(name, value)
    assert faults_of(look_at(bus.redis)) == []


def test_who_may_not_manage_users_or_needs_no_password_is_told(bus: Bus, redis_server: RedisServer) -> None:
    bus.redis.execute_command("ACL", "SETUSER", "small", "on", ">x", "~*", "+@all", "-acl", "-config")
    url = redis_server.url.replace("//:", "//small:").rpartition("@")
    with redis.Redis.from_url(f"redis://small:x@{url[2]}") as small:
        told = "\n".join(faults_of(look_at(small)))
    assert "may not manage users" in told and "CONFIG is refused" in told
    bus.redis.execute_command("ACL", "SETUSER", "default", "nopass")
    assert any("give its default user a password" in fault for fault in faults_of(look_at(bus.redis)))
    bus.redis.execute_command("ACL", "SETUSER", "default", "resetpass", ">y")


def test_old_versions_are_named() -> None:
    config: dict[str, Any] = {"timeout": "900", "tcp-keepalive": "60", "client-output-buffer-limit": "normal 1 1 1"}
    assert faults_of(RedisFacts((6, 0), config)) == ["Redis 6.0 is too old: 6.2 or later, or Valkey, is needed"]
    assert faults_of(RedisFacts((6, 2), config)) == []
