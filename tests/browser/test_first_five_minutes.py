"""The first five minutes of the documents work as they are written, with the course that `make run` gives Alice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.accessibility import violations
from tests.helpers.browsers import Browsers, Person
from tests.helpers.five_minutes import play
from tests.helpers.one_of_each import ONE_OF_EACH


@pytest.fixture
def fresh(chromium: str) -> Iterator[LocalStack]:
    """A Hub at its first start."""
    with (
        tempfile.TemporaryDirectory(prefix="hub-") as place,
        LocalStack(Path(place), furnished=True, environment=ONE_OF_EACH) as stack,
    ):
        with ThreadPoolExecutor() as pool:
            list(pool.map(stack.start_server, ("alice", "bob")))
        yield stack


def test_the_first_five_minutes_work_as_they_are_written(chromium_of_all: Browsers, fresh: LocalStack) -> None:
    within = {"share": ".jp-Dialog", "panel": "#hubshare-panel", "settle": ".hs-Difference:not(.lm-mod-hidden)"}

    def look(person: Person, name: str) -> None:
        person.picture(f"five-minutes-{name}", whole=False)
        assert violations(person.page, within[name]) == []

    with chromium_of_all.beside(fresh) as browsers:
        try:
            for lab in play(browsers, look):
                # It would lie over what is written about.
                expect(lab.page.get_by_text("official Jupyter news")).to_have_count(0)
        except Exception:
            for person in browsers.open:
                person.photograph(f"failed-five-minutes-{person.name}", whole=False)
            raise
        browsers.close_all()
    hers, his = (fresh.home(user) / "course" / "02 Loops.ipynb" for user in ("alice", "bob"))
    assert "sorted(int(month" in his.read_text() and "sorted(int(month" not in hers.read_text()
    fresh.run("alice", "pull", hers.parent)
    wait_until(lambda: hers.read_bytes() == his.read_bytes(), "what Bob kept comes to Alice", 30)
