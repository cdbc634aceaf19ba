"""An agent's Redis credentials: good for its user's own two streams and nothing else, whatever is tried with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis
from hubshare_workers.intake.intake import Intake

from hubshare.bus.bus import Bus
from hubshare.bus.keys import CONTROL, OUTBOXES, acl_user, inbox, outbox, user_of
from hubshare.config import CentreSettings
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, Sync, new_id
from tests.helpers.centre_fixture import Home, content, published, write

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


@dataclass
class Door:
    """What one agent session can reach Redis with."""

    user: str
    session: str
    client: redis.Redis


@pytest.fixture
def bus(redis_client: redis.Redis, redis_url: str) -> Iterator[Bus]:
    made = Bus(redis_url)
    yield made
    for name in made.sessions():
        made.redis.execute_command("ACL", "DELUSER", name)
    made.redis.close()


@pytest.fixture
def alice_at(bus: Bus, redis_url: str) -> Iterator[Door]:
    yield from _open(bus, redis_url, "alice")


def _open(bus: Bus, redis_url: str, user: str) -> Iterator[Door]:
    session = new_id()
    password = bus.open_session(user, session)
    address = redis_url.rpartition("@")[2]
    with redis.Redis.from_url(
        f"redis://{address}", username=acl_user(user, session), password=password, socket_timeout=30
    ) as client:
        yield Door(user, session, client)


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
        door = _open(bus, redis_url, name)
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
    bob = _open(bus, redis_url, "bob")
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
    doors = [_open(bus, redis_url, user) for user in ("alice", "alice", "bob")]
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


# what she sends


@pytest.fixture
def enqueued() -> list[str]:
    """The entries that the intake has made jobs of."""
    return []


@pytest.fixture
def intake(bus: Bus, enqueued: list[str]) -> Iterator[tuple[Intake, list[str]]]:
    """An intake that is stepped by hand, with small limits; and the users whom it found flooding."""
    flooding: list[str] = []
    settings = CentreSettings(outbox_entries=50, inbox_entries=50, max_event_bytes=1000)
    made = Intake(bus, settings, lambda key, entry: enqueued.append(entry), flooding.append, lambda: ["alice", "bob"])
    made.begin()
    yield made, flooding


def test_a_flood_is_noticed_at_once_and_its_entries_go(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]]
) -> None:
    made, flooding = intake
    bus.redis.xadd(outbox("bob"), {"event": "x"})
    with alice_at.client.pipeline(transaction=False) as pipe:
        for _ in range(200):
            pipe.xadd(outbox("alice"), {"event": "x"})
        pipe.execute()
    made.read()
    assert flooding == ["alice"]
    assert bus.redis.xlen(outbox("alice")) == 0 and bus.redis.xlen(outbox("bob")) == 1


def test_a_slow_flood_is_found_by_the_sweep(bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]]) -> None:
    made, flooding = intake
    for _ in range(51):
        alice_at.client.xadd(outbox("alice"), {"event": "x"})
    made.sweep()
    assert flooding == ["alice"] and not bus.redis.exists(outbox("alice"))


@pytest.mark.parametrize(("entries", "size"), [(300, 1), (2, 4_000_000)])
def test_she_cannot_fill_redis_through_her_own_inbox(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]], entries: int, size: int
) -> None:
    made, flooding = intake
    for _ in range(entries):
        alice_at.client.xadd(inbox("alice"), {"event": b"x" * size})
    made.sweep()
    assert flooding == ["alice"] and not bus.redis.exists(inbox("alice"))


@pytest.mark.parametrize("fields", [{"event": b"x" * 3000}, {b"x" * 3000: b""}, {"event": b"x", "more": b"y" * 3000}])
def test_an_oversized_event_is_dropped(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]], fields: dict[str, bytes]
) -> None:
    made, flooding = intake
    alice_at.client.xadd(outbox("alice"), fields)  # type: ignore[arg-type]
    made.read()
    assert flooding == ["alice"] and bus.redis.xlen(outbox("alice")) == 0


def test_entries_of_the_future_do_not_hide_what_she_sends_later(
    alice_at: Door, intake: tuple[Intake, list[str]], enqueued: list[str]
) -> None:
    made, _ = intake
    with alice_at.client.pipeline(transaction=False) as pipe:
        for number in range(60):
            pipe.xadd(outbox("alice"), {"event": "x"}, id=f"18446744073709551615-{number}")
        pipe.execute()
    made.read()
    later = alice_at.client.xadd(outbox("alice"), {"event": "x"})
    made.read()
    assert later.decode() in enqueued


def test_a_useless_inbox_of_hers_keeps_nobody_else_waiting(bus: Bus, alice_at: Door) -> None:
    highest = "18446744073709551615-18446744073709551615"
    alice_at.client.xadd(inbox("alice"), {"event": "x"}, id=highest)
    bus.tell(["alice", "bob"], b"news")
    for user in ("alice", "bob"):
        assert [fields for _, fields in bus.redis.xrange(inbox(user))] == [{b"event": b"news"}]


def test_a_flood_closes_her_sessions_and_her_agent_comes_back(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("flooded", {"a.txt": "a"})
    client = centre.centre.bus.redis
    before = centre.centre.bus.sessions()
    with client.pipeline(transaction=False) as pipe:
        for _ in range(3 * centre.settings.outbox_entries):
            pipe.xadd(outbox("alice"), {"event": Sync(checkouts=[]).encode()})
        pipe.execute()
    hers = {name for name in before if name.startswith("hubshare-alice-")}
    assert hers
    wait_until(lambda: not hers & centre.centre.bus.sessions(), "her sessions are closed")
    write(made, {"a.txt": "newer"})
    wait_until(lambda: not alice.ask("ping")["fault"], "her agent is back")
    alice.ask("push", folder=str(made))
    assert published(centre, "alice/flooded") == {"a.txt": b"newer"}


def test_forged_messages_in_her_inbox_harm_only_herself(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("forged", {"a.txt": "a"}, **{"with": ["bob:writer"]})
    here = bob.checkout("alice/forged", "forged", auto=True)
    project = next(found for found in bob.ask("list")["projects"] if found["name"] == "alice/forged")
    client = centre.centre.bus.redis
    update = {"version": 1, "type": "update", "project": project["id"], "name": "alice/forged", "role": "admin"}
    for event in (
        update | {"commit": "f" * 40, "number": 2},
        update | {"commit": project["commit"], "number": 3, "name": "../../x"},
        {"version": 1, "type": "outcome", "event": new_id(), "checkout": new_id(), "status": "applied"},
        {"version": 9},
    ):
        client.xadd(inbox("bob"), {"event": json.dumps(event), "pack": b"PACK"})
    client.xadd(inbox("bob"), {"event": b"\xff"})
    client.xadd(inbox("bob"), {"nothing": b""})
    for number in range(5):
        write(made, {"a.txt": f"newer {number}"})
        alice.ask("push", folder=str(made))
    wait_until(lambda: (here / "a.txt").read_bytes() == b"newer 4", "bob goes on")
    assert content(made) == {"a.txt": b"newer 4"}
    # A role that was made up gives nothing.
    alice.ask("grant", project="alice/forged", who="bob:reader")
    push = Push(project=project["id"], checkout=new_id(), commit=project["commit"])
    client.xadd(outbox("bob"), {"event": push.encode()})
    wait_until(lambda: client.xlen(outbox("bob")) == 0, "the push is answered")
    assert published(centre, "alice/forged") == {"a.txt": b"newer 4"}
    bob.ask("auto", folder=str(here), on=False)


def test_an_inbox_that_nobody_writes_to_is_dropped_in_the_end(redis_url: str) -> None:
    bus = Bus(redis_url)
    bus.tell(["nobody-reads-this"], b"{}")
    assert 0 < bus.redis.ttl(inbox("nobody-reads-this")) <= 86_400
