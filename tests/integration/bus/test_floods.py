"""What an agent sends to excess, or forges: it ends the sessions of its own user, and keeps nobody else waiting."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis
from hubshare_workers.intake.intake import Intake

from hubshare import metering, tracing
from hubshare.bus.bus import Bus
from hubshare.bus.keys import inbox, outbox
from hubshare.config import CentreSettings
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import Push, Sync, new_id
from tests.helpers.agent_credentials import Door
from tests.helpers.centre_fixture import Home, content, published, write


@pytest.fixture
def enqueued() -> list[str]:
    """The entries that the intake has made jobs of."""
    return []


@pytest.fixture
def intake(bus: Bus, enqueued: list[str]) -> Iterator[tuple[Intake, list[str]]]:
    """An intake that is stepped by hand, with small limits; and the users whom it found flooding."""
    flooding: list[str] = []
    settings = CentreSettings(outbox_entries=50, inbox_entries=50, max_event_bytes=1000)
    made = Intake(
        bus, settings, lambda new: enqueued.extend(one.entry for one in new), flooding.append, lambda: ["alice", "bob"]
    )
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


@pytest.fixture
def cutting(bus: Bus) -> Iterator[None]:
    """A Redis that cuts off answers that are large, as any does; and intake's are cut off early here."""
    before = bus.redis.config_get("client-output-buffer-limit")["client-output-buffer-limit"]
    bus.redis.config_set("client-output-buffer-limit", "normal 4mb 2mb 10")
    yield
    bus.redis.config_set("client-output-buffer-limit", before)


@pytest.mark.parametrize("count", [2, 24])
def test_entries_that_redis_does_not_hand_out_keep_nobody_waiting_and_go(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]], enqueued: list[str], cutting: None, count: int
) -> None:
    made, flooding = intake
    for _ in range(count):
        alice_at.client.xadd(outbox("alice"), {b"x" * 3_000_000: b"x" * 3_000_000})
    entry = bus.redis.xadd(outbox("bob"), {"event": "x"}).decode()
    made.read()
    assert enqueued == [entry] and set(flooding) == {"alice"}
    later = bus.redis.xadd(outbox("bob"), {"event": "x"}).decode()
    made.read()
    assert enqueued == [entry, later]
    assert bus.redis.xlen(outbox("alice")) == 0


def test_a_sweep_comes_though_nothing_can_be_read(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, flooding = intake

    def broken() -> None:
        if flooding:
            made._ended.set()
        raise redis.ConnectionError("cut off")

    monkeypatch.setattr(made, "read", broken)
    monkeypatch.setattr(made, "_renew", lambda **_: 1)
    monkeypatch.setattr("hubshare_workers.intake.intake._SWEEP_SECONDS", 0)
    for _ in range(51):
        alice_at.client.xadd(outbox("alice"), {"event": "x"})
    made.run()
    assert set(flooding) == {"alice"}


def test_what_one_sends_much_of_comes_between_what_others_send(
    bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]], enqueued: list[str]
) -> None:
    made, _ = intake
    for _ in range(40):
        alice_at.client.xadd(outbox("alice"), {"event": "x"})
    entry = bus.redis.xadd(outbox("bob"), {"event": "x"}).decode()
    made.read()
    assert entry in enqueued[:2] and len(enqueued) == 33
    made.read()
    assert len(enqueued) == 41


def test_too_much_is_on_the_account_of_who_sent_it(bus: Bus, alice_at: Door, intake: tuple[Intake, list[str]]) -> None:
    made, _ = intake
    begun = bus.redis.time()[0]
    alice_at.client.xadd(outbox("alice"), {"event": b"x" * 3_000_000})
    made.read()
    alice, bob = metering.accounts(bus.redis, ["alice", "bob"])
    assert alice.lately.stored >= 3_000_000 * 0.9 and bob == (0, metering.Meter())
    # The debt is some hundredths of a second, which a slow machine has forgiven by now: until when it lasted is looked at.
    owed = dict(bus.redis.zrange(metering.DEBTS, 0, -1, withscores=True))
    assert [until for name, until in owed.items() if b"alice" in name and until > begun] and len(owed) == 1


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
    # What was played before in this process may have left a trace.
    tracing.adopt(None)
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
