"""Pages whose content is made by the workers, while somebody asks for a great many of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hubshare import jobs
from hubshare.store.database import Database, Session
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.page_visitors import Browser, Shared, needs_assets, until, words

pytestmark = needs_assets

ROWS = 15_000


@pytest.fixture(scope="module")
def project(centre: TestCentre) -> Shared:
    """A public project with a table of 150 pages, and notebooks."""
    made = Shared(centre, "dora", f"busy-{new_id()[:6]}", visibility="public")
    cells = [{"cell_type": "markdown", "metadata": {}, "source": f"Hello {new_id()}"}]
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()
    table = "n,square\n" + "".join(f"{n},x{n}\n" for n in range(1, ROWS + 1))
    made.push({"t.csv": table.encode(), "a.ipynb": notebook})
    return made


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The renderings that are put on the queue: whose each is, and what it is about."""
    found: list[tuple[str, dict[str, Any]]] = []
    enqueue = type(jobs.RENDER).enqueue

    def counted(job: Any, broker: Any, payload: Any, person: str = "") -> None:
        if isinstance(payload, jobs.Render):
            found.append((person, dict(payload.wanted.options)))
        enqueue(job, broker, payload, person)

    monkeypatch.setattr(type(jobs.RENDER), "enqueue", counted)
    return found


def test_a_visitor_who_asks_for_all_pages_of_a_table_keeps_nobody_waiting(
    centre: TestCentre, project: Shared, put: list[tuple[str, dict[str, Any]]]
) -> None:
    visitor, eva = Browser(centre), Browser(centre, "eva")
    address = f"{project.page}/files/latest/t.csv"
    until(visitor, f"{address}?wait=1", "page 1 of 150")
    assert [options["page"] for _, options in put] == [1]
    for page in range(2, 122):
        assert visitor.get(f"{address}?page={page}&wait=1&odd={page}").status_code == 200
    running = centre.app.state.renderings._running
    assert sum(each.asker.anonymous for each in running.values()) <= centre.settings.renderings_each
    assert {person for person, _ in put} == {"/visitors"}
    assert "Hello" in until(eva, f"{project.page}/files/latest/a.ipynb?wait=1", "Hello")
    # Nobody is refused: a page that asks again gets its turn.
    assert "x12000" in until(visitor, f"{address}?page=120&wait=1", "x12000")
    assert all("start" in options for _, options in put if options.get("page", 1) > 1)


def test_a_page_that_there_is_not_makes_no_work(
    centre: TestCentre, project: Shared, put: list[tuple[str, dict[str, Any]]]
) -> None:
    visitor, address = Browser(centre), f"{project.page}/files/latest/t.csv"
    until(visitor, f"{address}?wait=1", "page 1 of 150")
    before = len(put)
    for page in ("151", "500000", "0", "-7", "9" * 40):
        said = words(visitor.get(f"{address}?page={page}&wait=1"))
        assert "page 1 of 150" in said or "The table has 150 pages; there is no page" in said
    for page in range(1000, 1100):
        visitor.get(f"{address}?page={page}&wait=1")
    assert len(put) == before
    for odd in ("x", "1.5", ""):
        assert visitor.get(f"{address}?page={odd}").status_code == 422
    for path in ("a.ipynb", ""):
        visitor.get(f"{project.page}/files/latest/{path}?page=3&wait=1")
        visitor.get(f"{project.page}/files/latest/{path}?page=4&wait=1")
    assert all(options.get("page", 1) <= 150 for _, options in put)


def test_a_class_that_opens_one_notebook_at_once_has_it_made_once(
    centre: TestCentre, project: Shared, put: list[tuple[str, dict[str, Any]]]
) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": f"Lesson {new_id()}"}]
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    project.push({"t.csv": b"n\n", "lesson.ipynb": json.dumps(notebook).encode()})
    students = [Browser(centre) for _ in range(20)]
    for student in students:
        assert student.get(f"{project.page}/files/latest/lesson.ipynb?wait=1").status_code == 200
    for student in students:
        until(student, f"{project.page}/files/latest/lesson.ipynb?wait=1", "Lesson")
    assert len(put) == 1
    wait_until(lambda: not centre.app.state.places["download"].held, "nothing is held")


def test_no_page_waits_for_a_connection_to_the_database_while_it_holds_one(
    centre: TestCentre, project: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as many who look as there are connections each would wait for the others, and nobody would get any."""
    read, holding, again = Database.read, threading.local(), list[str]()

    @contextmanager
    def told(self: Database) -> Iterator[Session]:
        if getattr(holding, "one", False):
            again.append(asked)
        before, holding.one = getattr(holding, "one", False), True
        try:
            with read(self) as session:
                yield session
        finally:
            holding.one = before

    monkeypatch.setattr(Database, "read", told)
    dora = Browser(centre, "dora")
    for asked in (
        "",
        project.page,
        f"{project.page}/history",
        f"{project.page}/access",
        "settings/notifications",
        "projects",
    ):
        assert dora.get(asked).status_code == 200, asked
    assert not again
