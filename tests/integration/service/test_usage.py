"""What servers report is taken in with bounds, written down, and shown to their users and to those who run the Hub."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hubshare.bus.usage import note_usage, take_usage
from hubshare.features.monitoring.worker import look
from hubshare.store.models import now
from hubshare.store.usage import HOURS, RECENT, add_usage, forget_old, history_of, usage_of
from hubshare.store.usage_tables import ServerSample
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api.usage import UsageReport
from hubshare.wire.usage import SERVERS_MOST, Reported

ADMIN = "root+hubadmin"
MIB = 2**20


def ask(centre: TestCentre, who: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"token {who}"}
    return httpx.request(method, f"{centre.url}api/v1/{path}", headers=headers, timeout=30, **more)


def said(**more: Any) -> dict[str, Any]:
    return {"idle_seconds": 10.0, "memory_bytes": 100 * MIB, "cpu": 0.5} | more


def report(centre: TestCentre, who: str, **more: Any) -> httpx.Response:
    return ask(centre, who, "POST", "agent/usage", json=said(**more))


def reported(user: str, at: float, server: str = "", **more: Any) -> Reported:
    return Reported(user, server, at, UsageReport(**said(**more)).model_dump(mode="json", exclude={"server"}))


def test_a_report_is_shown_to_its_user_and_to_admins_and_to_nobody_else(centre: TestCentre) -> None:
    kernel = {"name": "<script>alert(1)</script>", "busy": True, "idle_seconds": 0.0}
    for server, memory in (("", 300), ("lab", 500)):
        done = report(centre, "uma", server=server, memory_bytes=memory * MIB, kernels=[kernel])
        assert done.status_code == 200 and done.json()["seconds"] >= 60

    def shown() -> list[dict[str, Any]]:
        look(centre.centre)
        found: list[dict[str, Any]] = ask(centre, "uma", "GET", "me/servers").json()["items"]
        return found

    wait_until(lambda: len(shown()) == 2, "both are written down")
    assert {one["server"]: one["memory_bytes"] for one in shown()} == {"": 300 * MIB, "lab": 500 * MIB}
    assert ask(centre, "eve", "GET", "me/servers").json()["items"] == []
    assert ask(centre, "eve", "GET", "ops/servers?user=uma").status_code == 403
    for who in (ADMIN, "watcher+ops"):
        first = ask(centre, who, "GET", "ops/servers?user=uma&limit=1").json()
        then = ask(centre, who, "GET", f"ops/servers?user=uma&limit=1&after={first['next']}").json()
        assert [first["items"][0]["server"], then["items"][0]["server"], then["next"]] == ["lab", "", None]
    history = ask(centre, ADMIN, "GET", "ops/servers/uma/history?server=lab").json()
    assert [one["memory_bytes"] for one in history["recent"]] == [500 * MIB] and history["recent"][0]["busy"] == 1
    assert ask(centre, "eve", "GET", "me/servers/history?server=lab").status_code == 404

    def page(who: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"token {who}", "Accept": "text/html"}
        return httpx.get(f"{centre.url}{path}", headers=headers, timeout=30)

    assert "524 MB" in page("uma", "servers/usage").text
    own = page("uma", "servers/usage/history?server=lab").text
    assert "&lt;script&gt;" in own and "<script>alert" not in own and "<polyline" in own
    assert page("uma", "ops/servers").status_code == 403
    listed = page(ADMIN, "ops/servers?sort=idle").text
    assert "uma · lab" in listed and 'name="user" value=""' in listed
    assert "No server of eve has reported" in page(ADMIN, "ops/servers?user=eve").text
    assert "a kernel computes" in page("watcher+ops", "ops/servers/uma").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory_bytes": -1},
        {"memory_bytes": 2**63},
        {"cpu": 1e300},
        {"idle_seconds": "soon"},
        {"server": "a\0b"},
        {"kernels": [{"name": "k", "busy": True, "idle_seconds": 0}] * 51},
        {"user": "bob"},
    ],
    ids=str,
)
def test_what_is_no_report_is_refused(centre: TestCentre, wrong: dict[str, Any]) -> None:
    assert report(centre, "uma", **wrong).status_code == 422


def test_nobody_has_more_servers_than_are_known_at_a_time(centre: TestCentre) -> None:
    for number in range(SERVERS_MOST):
        assert note_usage(centre.centre.bus.redis, "max", f"s{number}", said())
    done = report(centre, "max", server="another")
    assert done.status_code == 429 and "servers of yours report already" in done.json()["detail"]
    assert report(centre, "max", server="s3").is_success, "one that is known goes on"
    assert report(centre, "min").is_success, "and so does somebody else"


def test_a_report_is_taken_by_one_worker(centre: TestCentre) -> None:
    client = centre.centre.bus.redis
    while take_usage(client, 100):
        pass
    note_usage(client, "tom", "", said())
    taken = [*take_usage(client, 100), *take_usage(client, 100)]
    assert [(one.user, one.server) for one in taken if one.user == "tom"] == [("tom", "")]


@pytest.mark.both_databases
def test_samples_are_kept_by_time_and_go_in_time(centre: TestCentre) -> None:
    # In the middle of an hour, and of five minutes of it.
    begin = time.time() // 3600 * 3600 - 1800 + 10
    busy = [{"name": "k", "busy": True, "idle_seconds": 0.0}]
    come = [
        reported("ben", begin, memory_bytes=100, cpu=1.0),
        reported("ben", begin + 60, memory_bytes=300, cpu=2.0, kernels=busy),
        reported("ben", begin + 60, memory_bytes=900),
        reported("ben", begin + 120, memory_bytes=None, cpu=None),
        reported("ben", begin + 400, memory_bytes=200, cpu=3.0),
    ]
    for one in come:
        with centre.centre.database.begin() as session:
            add_usage(session, [one])
    with centre.centre.database.read() as session:
        recent = [(row.memory, row.cpu, row.reports, row.busy) for row in history_of(session, "ben", "", RECENT)]
        hours = [(row.memory, row.cpu, row.reports, row.busy) for row in history_of(session, "ben", "", HOURS)]
    assert recent == [(300, 3000, 3, 1), (200, 3000, 1, 0)], "what came twice counts once"
    assert hours == [(300, 6000, 4, 1)]
    with centre.centre.database.begin() as session:
        forget_old(session, now() + timedelta(hours=49))
        assert not history_of(session, "ben", "", RECENT) and history_of(session, "ben", "", HOURS)
        forget_old(session, now() + timedelta(days=91))
        assert not history_of(session, "ben", "", HOURS) and not usage_of(session, "ben")


def test_somebody_who_makes_servers_up_fills_no_table(centre: TestCentre) -> None:
    many = [reported("liar", time.time() - 100 + number, f"s{number}") for number in range(SERVERS_MOST + 5)]
    with centre.centre.database.begin() as session:
        add_usage(session, many)
        assert {one.server for one in usage_of(session, "liar")} == {one.server for one in many[5:]}
        assert {row.server for row in session.query(ServerSample).filter_by(user="liar")} == {
            one.server for one in many[5:]
        }
