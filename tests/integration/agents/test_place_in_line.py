"""A push that is not answered yet: where it stands is told to whoever asks."""

from __future__ import annotations

import json

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, published, write


def test_status_says_where_a_push_stands_that_waits(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("standing", {"a.txt": "a"})
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
        finally:
            admin.resume_jobs("kind:apply_event")
    said_at_last, _ = push.communicate(timeout=60)
    assert push.returncode == 0, said_at_last
    assert published(centre, "alice/standing") == {"a.txt": b"newer"}
    assert json.loads(alice.run("status", "--json", cwd=made).stdout)["waiting"] == ""
