"""Versions get names by the API, as they do on the page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import insert

from hubshare.client import Client
from hubshare.errors import Clash, Forbidden, Invalid, NotFound, OverQuota
from hubshare.store.models import Release
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.page_visitors import Shared


@pytest.fixture
def course(centre: TestCentre) -> Shared:
    made = Shared(centre, "ann", f"named-{new_id()[:8]}", grants={"eve": "reader"})
    made.push({"a.txt": b"1"})
    made.push({"b.txt": b"2"})
    return made


@pytest.fixture
def ann(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "ann") as client:
        yield client


def test_a_release_is_made_pinned_and_taken_away(centre: TestCentre, course: Shared, ann: Client) -> None:
    full = course.full
    exam = ann.create_release(full, "Exam", version="v1", notes="As it was.")
    assert (exam.project, exam.version, exam.notes, exam.creator, exam.pinned) == (full, 1, "As it was.", "ann", False)
    assert ann.create_release(full, "Winter term 2026").version == 2
    assert [one.name for one in ann.releases(full)] == ["Winter term 2026", "Exam"]
    assert ann.release(full).name == "Winter term 2026"
    assert ann.pin_release(full, "Exam").pinned
    with Client(centre.url, "eve") as eve:
        assert [one.pinned for one in eve.releases(full)] == [False, True]
        with pytest.raises(Forbidden):
            eve.pin_release(full, "Exam", pinned=False)
    assert ann.pin_release(full, "Winter term 2026").pinned and not ann.release(full, "Exam").pinned
    ann.pin_release(full, "Exam", pinned=False)
    assert ann.release(full).pinned, "unpinning another one does not unpin this one"
    ann.delete_release(full, "Winter term 2026")
    assert [one.name for one in ann.releases(full)] == ["Exam"]
    with pytest.raises(NotFound, match="has no release 'Winter"):
        ann.release(full, "Winter term 2026")


def test_what_cannot_be_one_is_refused_in_words(course: Shared, ann: Client) -> None:
    ann.create_release(course.full, "Exam")
    for name in ("latest", "v7", "a/b", "", "x" * 101, "a\nb"):
        with pytest.raises(Invalid, match="cannot name a release"):
            ann.create_release(course.full, name)
    with pytest.raises(Clash, match="There is a release Exam already"):
        ann.create_release(course.full, "Exam", version="v1")
    with pytest.raises(NotFound, match="no version 'v99'"):
        ann.create_release(course.full, "Later", version="v99")
    with pytest.raises(NotFound, match="no release 'Other'"):
        ann.pin_release(course.full, "Other")


def test_a_release_that_is_asked_for_twice_is_made_once(centre: TestCentre, course: Shared) -> None:
    address, headers = f"{centre.url}api/v1/projects/{course.full}/releases", {"Authorization": "token ann"}
    keyed = headers | {"Idempotency-Key": "the same"}
    answers = [httpx.post(address, json={"name": "Exam"}, headers=keyed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201] and answers[0].json() == answers[1].json()
    assert httpx.post(address, json={"name": "Exam"}, headers=headers).status_code == 409


def test_a_project_has_so_many_releases_and_no_more(centre: TestCentre, course: Shared, ann: Client) -> None:
    with centre.centre.database.begin() as session:
        rows = [
            {"project_id": course.id, "name": f"r{n}", "version": 1, "notes": "", "creator": "ann"} for n in range(500)
        ]
        session.execute(insert(Release), rows)
    with pytest.raises(OverQuota, match="500 releases, as many as it may"):
        ann.create_release(course.full, "one more")
    ann.delete_release(course.full, "r7")
    assert ann.create_release(course.full, "one more").version == 2
