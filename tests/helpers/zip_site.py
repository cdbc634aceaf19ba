"""A site on the internet from which zips come, at once or when the test lets them."""

from __future__ import annotations

import threading

from tests.helpers.internet import Internet, Visit
from tests.helpers.zips import zipped

#: What a zip of a course holds.
COURSE = {"course/01.ipynb": b"{}", "course/data/a.csv": b"1,2\n", "course/readme.md": b"# Course\n"}


class Site:
    """A site on the internet that has zips.

    Attributes:
        asked: set when something slow was asked for, which then waits for `gate`.
    """

    def __init__(self, internet: Internet) -> None:
        self._internet, self.asked, self.gate = internet, threading.Event(), threading.Event()
        self.url = internet.url

    def put(self, name: str, files: dict[str, bytes]) -> str:
        """Put a zip there; returns its address."""
        return self._internet.serve(f"/{name}", zipped(files))

    def remove(self, name: str) -> None:
        """Have nothing there any more."""
        del self._internet.answers[f"/{name}"]

    def put_slow(self, name: str, files: dict[str, bytes]) -> str:
        """The same, for what comes when the test lets it."""
        self.asked.clear()
        self.gate.clear()
        body = zipped(files)

        def answer(visit: Visit) -> None:
            self.asked.set()
            self.gate.wait(30)
            visit.send(body)

        self._internet.answers[f"/{name}"] = answer
        return f"{self.url}/{name}"
