"""A push that is not answered yet: where it stands is told to whoever asks."""

from __future__ import annotations

import json

import httpx

from hubshare.bus.keys import outbox
from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, published, write
from tests.helpers.page_visitors import words


def page(centre: TestCentre, who: str) -> str:
    """The words of the project's page, as somebody sees it; "" for nobody."""
    headers = {"Accept": "text/html", **({"Authorization": f"token {who}"} if who else {})}
    return words(httpx.get(f"{centre.url}projects/alice/standing", headers=headers))


def test_status_says_where_a_push_stands_that_waits(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("standing", {"a.txt": "a"})
    for subject, role in (("bob", "writer"), ("rita", "reader")):
        assert alice.run("grant", "alice/standing", subject, role).returncode == 0
    assert alice.run("set", "alice/standing", "visibility", "public").returncode == 0
    write(made, {"a.txt": "newer"})
    with Client(centre.url, "root+hubadmin") as admin, Client(centre.url, "bob") as bob:
        admin.pause_jobs("kind:apply_event", "a look")
        try:
            push = alice.begin("push", cwd=made)
            wait_until(lambda: alice.ask("status", folder=str(made))["waiting"], "the push is seen in line")
            said = alice.run("status", cwd=made)
            assert "A push is under way: paused by an admin." in said.stdout, said
            assert "in sync" not in said.stdout
            assert bob.place_in_line("1-0").words == "", "there is no such push of his"
            wait_until(
                lambda: "Changes under way Push queued paused by an admin" in page(centre, "alice"), "her page says so"
            )
            told = "Changes under way Push · alice queued"
            assert told in page(centre, "bob") and "paused" not in page(centre, "bob").partition(told)[2][:30]
            assert "Changes under way 1 change by others on the way" in page(centre, "rita"), (
                "a reader is told no names"
            )
            assert "Changes under way" not in page(centre, "")
        finally:
            admin.resume_jobs("kind:apply_event")
    said_at_last, _ = push.communicate(timeout=60)
    assert push.returncode == 0, said_at_last
    assert published(centre, "alice/standing") == {"a.txt": b"newer"}
    assert json.loads(alice.run("status", "--json", cwd=made).stdout)["waiting"] == ""
    wait_until(lambda: "Changes under way Push applied as v2 " in page(centre, "alice"), "what became of it is there")
    assert "Changes under way" not in page(centre, "rita")


def test_how_long_pushes_of_an_agent_took_to_the_queue_is_counted(alice: Home, centre: TestCentre) -> None:
    def sent() -> int:
        asked = httpx.get(f"{centre.url}api/v1/ops/history", headers={"Authorization": "token root+hubadmin"}).json()
        return sum(stage["done"] for stage in asked["stages"] if stage["kind"] == "save")

    made, _ = alice.share("timed", {"a.txt": "a"})
    before = sent()
    write(made, {"a.txt": "newer"})
    assert alice.run("push", cwd=made).returncode == 0
    wait_until(lambda: sent() > before, "the push is counted")


def test_a_push_that_no_worker_has_taken_up_is_told_of(centre: TestCentre) -> None:
    bus = centre.centre.bus
    with Client(centre.url, "zoe") as zoe, Client(centre.url, "bob") as bob:
        entry = bus.redis.xadd(outbox("zoe"), {"event": "{}"}).decode()
        try:
            assert zoe.place_in_line(entry).words == "no worker has taken it up yet"
            assert bob.place_in_line(entry).words == ""
        finally:
            bus.drop(outbox("zoe"), entry)
        assert zoe.place_in_line(entry).words == zoe.place_in_line("9" * 20 + "-1").words == ""
