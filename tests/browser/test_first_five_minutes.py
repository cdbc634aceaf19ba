"""The first five minutes of the documents work as they are written, with the course that `make run` gives Alice.

They are played before anything else is done at the Hub: see `tests/conftest.py`.
"""

from __future__ import annotations

from playwright.sync_api import expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.accessibility import violations
from tests.helpers.browsers import Browsers, Person
from tests.helpers.five_minutes import play


def test_the_first_five_minutes_work_as_they_are_written(browsers: Browsers, stack: LocalStack) -> None:
    within = {"share": ".jp-Dialog", "panel": "#hubshare-panel", "settle": ".hs-Difference:not(.lm-mod-hidden)"}

    def look(person: Person, name: str) -> None:
        person.picture(f"five-minutes-{name}", whole=False)
        assert violations(person.page, within[name]) == []

    for lab in play(browsers, look):
        # It would lie over what is written about.
        expect(lab.page.get_by_text("official Jupyter news")).to_have_count(0)
    hers, his = (stack.home(user) / "course" / "02 Loops.ipynb" for user in ("alice", "bob"))
    assert "sorted(int(month" in his.read_text() and "sorted(int(month" not in hers.read_text()
    stack.run("alice", "pull", hers.parent)
    wait_until(lambda: hers.read_bytes() == his.read_bytes(), "what Bob kept comes to Alice", 30)
