"""Webhooks of one's own from the command line, over real workers, to a receiver on the loopback address."""

from __future__ import annotations

import re

from hubshare.testing.centre import wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home
from tests.helpers.command_line import gives, says
from tests.helpers.receivers import receiving


def test_what_needs_one_is_sent_as_one_says(alice: Home, bob: Home) -> None:
    name = f"hooked-{new_id()[:8]}"
    # So much of what alice did elsewhere may be unread that he is told nothing more of it.
    says(bob, "inbox", "--read")
    with receiving() as receiver:
        url = f"{receiver.url}{name}"

        def came(kind: str) -> list[str]:
            found = [one for one in receiver.received if one.path == f"/{name}" and one.verified(secret)]
            return [one.event["data"]["words"] for one in found if kind in one.event["type"]]

        made = says(bob, "webhook", url, "--name", "chat", "--only", "access")
        assert f"{url} (chat): access" in made
        secret = re.findall(r"shown only now: (whsec_\S+)", made)[0]
        assert secret not in says(bob, "webhook") and gives(bob, "webhook")["webhooks"][0]["secret"] is None
        says(bob, "webhook", url, "--test")
        wait_until(lambda: [one for one in receiver.received if "webhook.test" in one.event["type"]], "a test came")
        alice.share(name, {"a.txt": "one"})
        says(alice, "grant", f"alice/{name}", "bob", "reader")
        # It is looked for every quarter of a minute, and then stands behind what other tests left to deliver.
        wait_until(lambda: came("notification"), "it came", 120)
        assert came("notification") == [f"alice made you reader of alice/{name}"]
        assert "It is paused." in says(bob, "webhook", url, "--pause")
        assert "all kinds" in says(bob, "webhook", url, "--all") and "paused" not in says(
            bob, "webhook", url, "--resume"
        )
        assert re.search(r"shown only now: whsec_", says(bob, "webhook", url, "--secret"))
        assert "Only one thing" in bob.fault("webhook", url, "--test", "--pause")
        assert "by its URL" in bob.fault("webhook", "--test")
        assert "names where it is" in bob.fault("webhook", receiver.url + "other", "--test")
        assert "is sent to no program" in says(bob, "webhook", url, "--delete")
