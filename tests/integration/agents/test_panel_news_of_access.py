"""What others share with somebody, offer them or take away is heard of at once in the panel, over a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubshare.bus.keys import inbox
from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home
from tests.helpers.jupyter_server import JupyterServer
from tests.helpers.panel import Panel


@pytest.fixture
def server(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    home = Home(tmp_path_factory.mktemp("n") / "nina", "nina", centre.url)
    with JupyterServer(home, None) as started:
        yield started


def test_grants_offers_and_revocations_are_heard_of_and_a_flood_of_them_is_few_messages(
    server: JupyterServer, bob: Home, centre: TestCentre
) -> None:
    panel, name = Panel(server.url, server.headers), "bob/for-nina"
    bob.share("for-nina", {"a.txt": "1\n"})
    with panel.follow() as events, Client(centre.url, "bob") as giver:

        def lists() -> list[str]:
            return [one["name"] for one in panel.call("find", whose="shared")["projects"]]

        def hears(what: bool) -> None:
            events.until(lambda event: event["kind"] == "checkouts" and (name in lists()) == what)

        assert panel.call("ping")["user"] == "nina" and lists() == []
        giver.grant(name, "nina", "reader")
        hears(True)
        giver.revoke(name, "nina")
        hears(False)

        redis = centre.centre.bus.redis
        before = redis.xlen(inbox("nina"))
        for number in range(40):
            giver.grant(name, "nina", ("reader", "writer")[number % 2])
        # At most one in four seconds, and no queue of forty.
        assert redis.xlen(inbox("nina")) - before < 20
        hears(True)

        giver.create_team("with-nina")
        giver.put_member("with-nina", "nina")
        events.until(lambda event: "with-nina" in str(event["needs"]), "waiting")
        giver.grant(name, "nina", "admin")
        giver.transfer_project(name, "nina")
        events.until(lambda event: name in str(event["needs"]), "waiting")
