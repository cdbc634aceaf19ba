"""The inbox on the first page: counted everywhere, read there, and nothing in it that runs."""

from __future__ import annotations

import re

from hubshare.store.notifications import News, tell
from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, Shared, closing, follow, needs_assets, words  # noqa: F401

pytestmark = needs_assets


def told(centre: TestCentre, user: str, *news: News) -> None:
    with centre.centre.database.begin() as session:
        for one in news:
            tell(session, [user], one)


def test_what_one_was_told_is_counted_and_read_one_by_one_or_all_at_once(centre: TestCentre) -> None:
    iris = Browser(centre, "iris")
    assert "unread" not in iris.get("projects").text
    lost = [News("access_lost", name, {"name": f"{name}/<script>"}) for name in ("ann", "ben", "cid")]
    told(centre, "iris", *lost, lost[0])
    assert "Inbox 3 unread" in words(iris.get("projects"))
    page = iris.get("")
    assert "You have no access to ann/&lt;script&gt; any more" in page.text
    assert "(2 times)" in page.text
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number
    assert iris.client.post("", data={"number": number[1]}).status_code == 403, "without the token of the page"
    assert "Inbox 2 unread" in words(follow(iris, iris.post("", {"number": number[1]})))
    until = re.search(r'name="until" value="([^"]+)"', page.text)
    assert until
    # What came after the page was shown is still unread.
    told(centre, "iris", News("access_lost", "dan", {"name": "dan/later"}))
    left = words(follow(iris, iris.post("", {"until": until[1]})))
    assert "Inbox 1 unread" in left and "dan/later" in left and "ben/" not in left
    assert iris.post("", {"until": "soon"}).status_code == 422


def test_what_stands_on_the_page_anyway_is_not_listed_twice(centre: TestCentre) -> None:
    Shared(centre, "jana", "twice")
    jana = Browser(centre, "jana")
    told(centre, "jana", News("webhook", "w1", {"name": "site", "reason": "It said no."}))
    page = words(jana.get(""))
    assert "Inbox 1 unread" in page and "What is new stands above." in page and "It said no." not in page
