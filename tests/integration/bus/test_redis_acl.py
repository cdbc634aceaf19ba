"""An agent's Redis credentials: good for its user's own two streams and nothing else, whatever is tried with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis

from hubshare.bus.bus import Bus
from hubshare.bus.keys import CONTROL, OUTBOXES, acl_user, inbox, outbox, user_of
from hubshare.testing.centre import wait_until
from tests.helpers.agent_credentials import Door, open_door

#: What an agent may run; the list in the code under test is compared with it, not used.
ALLOWED = {"xadd", "xread", "ping"}
#: Redis lets every connection run these: they concern only itself, and say who it is.
OF_THE_CONNECTION = {"auth", "hello", "quit", "reset"}
#: What Redis says of DEBUG and MODULE since 7.0, before it looks who asks.
CLOSED_TO_ALL = "command not allowed. If the enable-"
#: The user names that are most likely to lead to somebody else's key.
NAMES = [
    "a",
    "a*",
    "a?",
    "[ab]",
    "a\\",
    "{a}",
    "a b",
    "a:b",
    "a}:outbox",
    "a%2A",
    "é",
    "*",
    "~a",
    "a" * 255,
    "a-b",
    "a.b",
]


def _refused(client: redis.Redis, *command: object) -> bool:
    try:
        client.execute_command(*command)
    except redis.exceptions.NoPermissionError:
        return True
    except redis.exceptions.ResponseError as error:
        return any(words in str(error) for words in ("NOPERM", "no permissions", CLOSED_TO_ALL))
    return False


def test_her_own_streams_are_open_to_her(alice_at: Door) -> None:
    client = alice_at.client
    assert client.ping()
    entry = client.xadd(outbox("alice"), {"event": b"x"})
    client.xadd(inbox("alice"), {"event": b"y"})
    assert client.xread({outbox("alice"): "0"})[0][1][0][0] == entry
    assert client.xread({inbox("alice"): "0"})


KEYS = [
    outbox("bob"),
    inbox("bob"),
    CONTROL,
    OUTBOXES,
    "hubshare:intake",
    "hubshare:workers",
    "dramatiq:apply",
    "dramatiq:apply.msgs",
    "dramatiq:__heartbeats__",
    "hubshare:{alice}:other",
    "hubshare:{alice}:outbox:",
    "hubshare:{alice}:outbox*",
    "hubshare:{alice}:*",
    "hubshare:{al*}:outbox",
    "hubshare:{*}:outbox",
    "hubshare:{alic?}:outbox",
    "hubshare:{[a]lice}:outbox",
    "hubshare:{\\alice}:outbox",
    "hubshare:{ALICE}:outbox",
    "hubshare:{alice }:outbox",
    " hubshare:{alice}:outbox",
    "hubshare:{alice}:outbox\0",
    "hubshare:{alice}:outbox\n",
    "hubshare:{a:lice}:outbox",
    "hubshare:alice:outbox",
    "*",
    "",
    "alice",
]


@pytest.mark.parametrize("key", KEYS)
def test_every_other_key_is_closed(alice_at: Door, bus: Bus, key: str) -> None:
    bus.redis.xadd("other", {"secret": "s"})
    before = bus.redis.keys("*")
    assert _refused(alice_at.client, "XADD", key, "*", "event", "x")
    assert _refused(alice_at.client, "XREAD", "STREAMS", key, "0")
    assert _refused(alice_at.client, "XREAD", "STREAMS", outbox("alice"), key, "0", "0"), "beside a key of her own"
    assert bus.redis.keys("*") == before


def test_no_users_name_opens_another_users_streams(bus: Bus, redis_url: str) -> None:
    for name in NAMES:
        assert user_of(outbox(name)) == name
        door = open_door(bus, redis_url, name)
        client = next(door).client
        for other in NAMES:
            for key in (outbox(other), inbox(other)):
                assert _refused(client, "XADD", key, "*", "event", "x") == (other != name), (name, key)
        door.close()
    assert len({key for name in NAMES for key in (outbox(name), inbox(name))}) == 2 * len(NAMES)


def commands(client: redis.Redis) -> Iterator[list[str]]:
    """Every command that the running server knows, with as many arguments as it needs, which name a key of her own.

    Since Redis 7 one like `CONFIG` is a family: its members are commands, and any other word after it is refused to everybody.
    """
    for name, about in client.command().items():
        family = about.get("subcommands") or [[name.encode(), about["arity"]]]
        for member, arity, *_ in family:
            words = member.decode().split("|")
            yield words + [outbox("alice")] * (max(abs(arity), 1) - len(words))


def test_every_command_but_three_is_refused(alice_at: Door, bus: Bus) -> None:
    bus.redis.set("secret", "s")
    tried = 0
    for command in commands(bus.redis):
        if command[0].lower() in ALLOWED | OF_THE_CONNECTION:
            continue
        assert _refused(alice_at.client, *command), command
        tried += 1
    assert tried > 150, "Redis did not list its commands"
    assert bus.redis.get("secret") == b"s"


@pytest.mark.parametrize("command", [["DEBUG", "SLEEP", "0"], ["MODULE", "LOAD", "x"], ["MODULE", "UNLOAD", "x"]])
def test_her_credentials_refuse_even_what_redis_refuses_to_everybody(
    alice_at: Door, bus: Bus, command: list[str]
) -> None:
    if "dryrun" in str(bus.redis.execute_command("ACL", "HELP")).lower():
        answer = bus.redis.execute_command("ACL", "DRYRUN", acl_user("alice", alice_at.session), *command)
        assert b"has no permissions to run" in answer
    else:
        with pytest.raises(redis.exceptions.NoPermissionError):
            alice_at.client.execute_command(*command)


@pytest.mark.parametrize(
    "command",
    [
        "ACL WHOAMI",
        "ACL LIST",
        "ACL SETUSER default on nopass ~* +@all",
        "CONFIG GET requirepass",
        "CONFIG SET requirepass x",
        "KEYS *",
        "SCAN 0",
        "EVAL return(1) 0",
        "EVALSHA x 0",
        "SCRIPT LOAD return(1)",
        "SUBSCRIBE __keyspace@0__:*",
        "PSUBSCRIBE *",
        "PUBLISH hubshare:bell x",
        "MONITOR",
        "DEBUG SLEEP 0",
        "CLIENT LIST",
        "CLIENT KILL TYPE normal",
        "CLIENT NO-EVICT on",
        "INFO",
        "SELECT 1",
        "MULTI",
        "FLUSHALL",
        "SHUTDOWN",
        "MIGRATE 127.0.0.1 1 x 0 1",
        "REPLICAOF 127.0.0.1 1",
        "MODULE LIST",
        "XDEL {own} 0-1",
        "XTRIM {own} MAXLEN 0",
        "XGROUP CREATE {own} g 0",
        "XREADGROUP GROUP g c STREAMS {own} >",
        "XRANGE {own} - +",
        "XLEN {own}",
        "DEL {own}",
        "EXPIRE {own} 1",
        "RENAME {own} x",
        "TYPE {own}",
        "DUMP {own}",
    ],
)
def test_what_would_do_harm_is_refused(alice_at: Door, bus: Bus, command: str) -> None:
    assert _refused(alice_at.client, *command.format(own=outbox("alice")).split())


def test_she_cannot_become_somebody_else(alice_at: Door, bus: Bus, redis_url: str) -> None:
    bob = open_door(bus, redis_url, "bob")
    other = next(bob)
    client = alice_at.client
    for attempt in (
        ("AUTH", "default", ""),
        ("AUTH", ""),
        ("AUTH", acl_user("bob", other.session), ""),
        ("HELLO", "2", "AUTH", "default", "x"),
    ):
        with pytest.raises((redis.exceptions.AuthenticationError, redis.exceptions.ResponseError)):
            client.execute_command(*attempt)
    assert _refused(client, "XADD", outbox("bob"), "*", "event", "x")
    bob.close()


def test_without_credentials_there_is_nothing(alice_at: Door, redis_url: str) -> None:
    with (
        redis.Redis.from_url(f"redis://{redis_url.rpartition('@')[2]}") as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()


def test_closing_a_session_drops_its_connections_and_spares_the_others(bus: Bus, redis_url: str) -> None:
    doors = [open_door(bus, redis_url, user) for user in ("alice", "alice", "bob")]
    first, second, bob = (next(door) for door in doors)
    ended = threading.Event()

    def wait() -> None:
        try:
            first.client.xread({inbox("alice"): "$"}, block=0)
        except redis.exceptions.ConnectionError:
            ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_until(lambda: any(b"xread" in str(row).encode() for row in bus.redis.client_list()), "she waits for messages")
    bus.close_session("alice", first.session)
    waiting.join(5)
    assert ended.is_set(), "the connection lives on"
    with pytest.raises(redis.exceptions.RedisError):
        first.client.ping()
    assert second.client.ping() and bob.client.ping()
    for door in doors:
        door.close()
