"""What somebody sees first: buttons; commands are folded away, for those who like a terminal better."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, Shared, needs_assets

pytestmark = needs_assets


class Commands(HTMLParser):
    """Finds commands of a terminal that one sees without unfolding anything.

    Attributes:
        folded, open: how many there are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folded = self.open = 0
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag == "details"
        if ("class", "hs-command") in attrs:
            self.folded += self._depth > 0
            self.open += self._depth == 0

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "details"


def commands(page: str) -> tuple[int, int]:
    """How many commands are folded away, and how many are not."""
    found = Commands()
    found.feed(page)
    return found.folded, found.open


@pytest.fixture(scope="module")
def dan(centre: TestCentre) -> Browser:
    """A newcomer, who maintains a team without projects."""
    made = Browser(centre, "dan-newcomer")
    made.post("teams", {"name": "first-minute"})
    return made


def test_the_first_pages_offer_buttons_and_fold_commands_away(centre: TestCentre, dan: Browser) -> None:
    home = dan.get("").text
    assert re.search(r'class="btn [^"]*" href="[^"]*/projects/new"[^>]*>.*New project', home)
    assert re.search(r'class="btn [^"]*" href="[^"]*/projects"[^>]*>.*Browse projects', home)
    assert commands(home) == (3, 0)
    team = dan.get("teams/first-minute").text
    assert commands(team) == (1, 0)
    link = re.search(r'href="[^"]*/services/hubshare/(projects/new\?owner=first-minute)"[^>]*>.*New team project', team)
    assert link
    assert '<option value="first-minute" selected>' in dan.get(link[1]).text
    Shared(centre, "dan-newcomer", "begun")
    assert commands(dan.get("projects/dan-newcomer/begun").text) == (3, 0)


def test_who_may_not_begin_a_project_of_the_team_is_told_who_does(centre: TestCentre) -> None:
    owner, member = Browser(centre, "fay"), Browser(centre, "gus")
    owner.post("teams", {"name": "fays"})
    owner.post("teams/fays/members", {"user": "gus", "role": "member"})
    offer = re.search(r'/services/hubshare/(offers/\w+)"', member.get("").text)
    assert offer
    member.post(offer[1], {"answer": "yes"})
    page = member.get("teams/fays").text
    assert "Its maintainers can create them." in page and "New project" not in page
    assert commands(page) == (0, 0)
