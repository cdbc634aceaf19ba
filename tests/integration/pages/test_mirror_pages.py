"""The page of mirrors: one is set up by somebody with a browser, refused, seen on the first page, and managed."""

from __future__ import annotations

import re

from hubshare.store.mirror_tables import Mirror
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.page_visitors import Browser, Shared, follow, needs_assets, words

pytestmark = needs_assets
_AT = "projects/hanna/with-mirror/mirrors"


def test_a_mirror_is_set_up_says_what_it_gives_away_and_why_it_is_refused(centre: TestCentre) -> None:
    Shared(centre, "hanna", "with-mirror")
    hanna = Browser(centre, "hanna")
    assert "/mirrors" in hanna.get("projects/hanna/with-mirror/settings").text
    page = words(hanna.get(_AT))
    assert "No mirrors yet" in page and "What this gives away" in page and "private here" in page
    refused = hanna.post(_AT, {"url": "git@example.org:<b>/r.git", "branch": "mine", "secret": "t0ken"})
    assert refused.status_code == 422 and "&lt;b&gt;" in refused.text and 'value="mine"' in refused.text
    assert "https://example.org/" in refused.text and "t0ken" not in refused.text
    # A network for documents: nothing is there, and nothing is sent.
    made = follow(hanna, hanna.post(_AT, {"url": "https://192.0.2.1/x.git", "login": "git", "secret": "t0ken"}))
    assert "192.0.2.1" in made.text and "t0ken" not in made.text
    wait_until(lambda: "nothing is fetched from or sent to" in hanna.get(_AT).text, "the guard refuses it")
    assert "is failing" in words(hanna.get(""))
    found = re.search(r"mirrors/([0-9a-f]{32})", hanna.get(_AT).text)
    assert found
    one = f"{_AT}/{found[1]}"
    assert "paused" in words(follow(hanna, hanna.post(one, {"act": "pause"})))
    assert hanna.post(one, {"act": "push"}).status_code == 409
    with centre.centre.database.begin() as session:
        row = session.get_one(Mirror, found[1])
        row.in_the_way, row.said = "1" * 40, "<script>alert(1)</script>"
    page = hanna.get(_AT).text
    assert "Overwrite what main has there, up to 1111111111?" in page
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    follow(hanna, hanna.post(one, {"act": "change", "branch": "pages", "push_on": "manual"}))
    with centre.centre.database.read() as session:
        row = session.get_one(Mirror, found[1])
        assert (row.branch, row.push_on, bool(row.credential)) == ("pages", "manual", True)
    assert hanna.client.post(one, data={"act": "delete"}).status_code == 403, "without the token of the page"
    assert "No mirrors yet" in words(follow(hanna, hanna.post(one, {"act": "delete"})))
