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
    assert "You no longer have access to ann/&lt;script&gt;" in page.text
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


def test_all_that_one_was_told_stands_on_a_page_of_its_own(centre: TestCentre) -> None:
    user = "kara"
    lost = [News("access_lost", f"{number:03}", {"name": f"old/n{number:03}"}) for number in range(52)]
    told(centre, user, *lost, News("team_lost", "t", {"name": "physics"}))
    kara, address = Browser(centre, user), "settings/notifications"
    first = kara.get(address)
    assert "team physics" in first.text and "old/n051" in first.text and "old/n002" not in first.text
    older = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert older
    second = kara.get(older[1].partition("/services/hubshare/")[2].replace("&amp;", "&"))
    assert "old/n002" in second.text and "old/n000" in second.text and "old/n003" not in second.text
    until = re.search(r'name="until" value="([^"]+)"', first.text)
    assert until
    one_kind = follow(kara, kara.post(address, {"until": until[1], "kind": "team_lost"}))
    assert "physics" in one_kind.text and "old/n051" not in one_kind.text and ", read" in words(one_kind)
    assert "Inbox 52 unread" in words(one_kind), "the others are unread"
    page = kara.get(f"{address}?kind=access_lost&unread=true")
    assert "old/n051" in page.text and "physics" not in page.text
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number
    left = follow(kara, kara.post(address, {"number": number[1], "unread": "true"}))
    assert "Inbox 51 unread" in words(left) and "old/n051" not in left.text
    assert "Inbox" not in words(follow(kara, kara.post(address, {})))
    assert "old/n051" in kara.get(address).text, "what was read is still there"
    assert "old/n051" in kara.get(f"{address}?kind=nonsense").text


def test_what_stands_on_the_page_anyway_is_not_listed_twice(centre: TestCentre) -> None:
    Shared(centre, "jana", "twice")
    jana = Browser(centre, "jana")
    told(centre, "jana", News("webhook", "w1", {"name": "site", "reason": "It said no."}))
    page = words(jana.get(""))
    assert "Inbox 1 unread" in page and "Everything unread is listed above." in page and "It said no." not in page
