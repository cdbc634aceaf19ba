"""How long pages take: over a centre without a Hub, so that it is the service that is measured and nothing in front of it."""

from __future__ import annotations

import base64
import os
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from rich.console import Console

from demo.course import files, write_course
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import PREFIX, TestCentre, wait_until
from hubshare.wire.agent import Push
from tests.helpers.forge import Content, packed, snapshot
from tests.helpers.pushing import apply_push
from tests.helpers.sample import code_cell, markdown_cell, notebook, output

MANY, LOOKS = 10_000, 60
USER = "alice"
_DONE = 'class="hs-shown'

Row = tuple[str, str, str, bool | None]


def pages(console: Console, many: int = MANY) -> list[Row]:
    """Seconds until pages have answered, for somebody who has signed in.

    Args:
        console: where progress is told.
        many: how many files, and how many versions, large projects have.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place,
        RedisServer(Path(place) / "redis") as redis,
        TestCentre(Path(place) / "data", redis.url, {"HUBSHARE_PUSHES_PER_MINUTE": "1000000"}) as centre,
        httpx.Client(base_url=centre.url, headers={"Accept": "text/html"}, timeout=60) as browser,
    ):
        sent = browser.get(f"login?next={quote(PREFIX, safe='')}")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        browser.get(f"oauth_callback?state={state}&code={USER}")
        console.print("Making projects for the pages")
        course, notebooks = _course(centre, Path(place) / "course")
        wide = _Project(centre, "wide")
        wide.push(
            {f"folder-{one:02}": {f"file-{two}.txt": b"%d" % one for two in range(many // 100)} for one in range(100)}
        )
        long = _Project(centre, "long")
        for number in range(many):
            long.push({"a.txt": b"%d" % number, "b": {"c.txt": b"same"}})
            if number % 1000 == 0:
                console.print(f"{number:,} of {many:,} versions")
        for project in (course, wide, long):
            project.announce()
            wait_until(lambda path=project.page: _settled(browser, path), f"{project.page} is known", 300)
        rows = [
            _row("page of a project", browser, course.page, 50),
            _row(
                "page of a notebook that was seen before",
                browser,
                f"{course.page}/files/latest/{quote(notebooks[0])}",
                50,
            ),
            _row(f"page of a project of {many:,} files", browser, wide.page, 100),
            _row("  one of its folders", browser, f"{wide.page}/files/latest/folder-07", 100),
            _row(f"page of a project of {many:,} versions", browser, long.page, 100),
            _row("  its history", browser, f"{long.page}/history", 100),
        ]
        first = _first_rendering(browser, course)
        return [*rows, ("first look at a notebook of 2 MB", f"{first:.2f} s", "< 3 s", first < 3)]


class _Project:
    """A project that is pushed to without an agent."""

    def __init__(self, centre: TestCentre, name: str) -> None:
        self._centre, self.page = centre, f"projects/{USER}/{name}"
        made = self._api("projects", {"name": name})
        self._id, self._commit = made["id"], made["commit"]
        self._checkout = self._api("checkouts", {"project": f"{USER}/{name}", "folder": "/home/x"})["id"]

    def push(self, items: dict[str | bytes, Content]) -> None:
        """Publish what the folder holds now."""
        objects = snapshot(self._commit, items, USER)
        repository = self._centre.centre.repositories.open(self._id)
        known = {item.id for item in objects if item.id in repository}
        event = Push(project=self._id, checkout=self._checkout, commit=objects[-1].id, confirmed=True)
        outcome = apply_push(self._centre.centre, USER, event, packed(objects, known))
        assert outcome.status == "applied", outcome
        self._commit = str(outcome.commit)

    def announce(self) -> None:
        """Have the service hear of the pushes."""
        self._centre.centre.bus.announce(self._id, {"type": "version", "project": self.page.removeprefix("projects/")})

    def _api(self, path: str, body: dict[str, str]) -> dict[str, str]:
        answer = httpx.post(
            f"{self._centre.url}api/v1/{path}", headers={"Authorization": f"token {USER}"}, json=body, timeout=60
        )
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found


def _course(centre: TestCentre, folder: Path) -> tuple[_Project, list[str]]:
    """A course, and the names of its notebooks, of middling size first."""
    write_course(folder)
    found = files(folder)
    tree: dict[str | bytes, Content] = {}
    for name, content in found.items():
        place = tree
        *above, last = name.split("/")
        for part in above:
            place = place.setdefault(part, {})  # type: ignore[assignment]
        place[last] = content
    project = _Project(centre, "course")
    project.push(tree)
    notebooks = sorted(
        (name for name in found if name.endswith(".ipynb")), key=lambda name: abs(len(found[name]) - 20_000)
    )
    return project, notebooks


def _settled(browser: httpx.Client, path: str) -> bool:
    answer = browser.get(path)
    answer.raise_for_status()
    return "Loading the last change of each file" not in answer.text and "hs-skeleton" not in answer.text


def _row(what: str, browser: httpx.Client, path: str, most: int) -> Row:
    """Look at a page again and again."""
    wait_until(lambda: _settled(browser, path), f"{path} is made", 60)
    times = []
    for _ in range(LOOKS):
        start = time.perf_counter()
        browser.get(path).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
    return what, f"{p50:.0f} ms, p95 {p95:.0f} ms", f"p95 < {most} ms", p95 < most


def _first_rendering(browser: httpx.Client, project: _Project) -> float:
    """Seconds until a large notebook is shown that nobody has looked at."""
    picture = base64.b64encode(os.urandom(12_000)).decode()
    cells = [
        cell
        for number in range(110)
        for cell in (
            markdown_cell(f"## Part {number}\n\nwith $x_{{{number}}}$ in it"),
            code_cell(f"print({number})\n" * 20, output(text__plain=os.urandom(400).hex(), image__png=picture)),
        )
    ]
    project.push({"large.ipynb": notebook(*cells)})
    start = time.perf_counter()
    wait_until(
        lambda: _DONE in browser.get(f"{project.page}/files/latest/large.ipynb").text, "the notebook is shown", 60
    )
    return time.perf_counter() - start
