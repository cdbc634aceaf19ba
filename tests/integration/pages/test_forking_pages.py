"""A project is begun from another one on the pages, and takes what is new there."""

from __future__ import annotations

import pytest

from hubshare.store.models import Grant
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import published
from tests.helpers.page_visitors import Browser, Shared, doors, needs_assets, send, words

pytestmark = needs_assets


def test_a_course_becomes_my_own_and_keeps_up_with_it_on_the_pages(centre: TestCentre) -> None:
    course = Shared(centre, "theo", "course", visibility="hub")
    course.push({"a.txt": b"one", "b.txt": b"two"})
    vera = Browser(centre, "vera")
    assert "Fork" in words(vera.get(course.page))
    refused = vera.post(f"{course.page}/fork", {"called": "No Such Name", "description": "Mine"})
    assert refused.status_code == 422 and 'value="No Such Name"' in refused.text and 'value="Mine"' in refused.text
    said = words(send(vera, f"{course.page}/fork", "/fork", called="mine"))
    assert "From theo/course : up to date" in said and "Begin with the files of another project" in said
    assert published(centre, "vera/mine") == {"a.txt": b"one", "b.txt": b"two"}
    vera.post("projects/vera/mine/edit", {"path": "b.txt", "base": "1", "text": "vera's"})
    course.push({"a.txt": b"one more", "b.txt": b"theo's", "c.txt": b"new"})
    assert "1 version behind" in words(vera.get("projects/vera/mine"))
    plan = words(vera.get("projects/vera/mine/origin"))
    assert "2 files would be taken over" in plan and "1 file changed both here and there" in plan
    said = words(send(vera, "projects/vera/mine/origin", "/origin", side="", rest="ask"))
    assert "up to date; 1 file changed both here and there" in said
    assert published(centre, "vera/mine") == {"a.txt": b"one more", "b.txt": b"vera's", "c.txt": b"new"}
    said = words(send(vera, "projects/vera/mine/origin", "/origin", side="theirs"))
    assert "Review updates" not in said and published(centre, "vera/mine")["b.txt"] == b"theo's"
    assert ("project.push", "page") in doors(centre, user="vera", name="vera/mine")
    assert ("project.fork", "page") in doors(centre, user="vera", name="theo/course")


def test_a_page_names_an_origin_to_those_alone_who_may_read_it(centre: TestCentre) -> None:
    course = Shared(centre, "theo", "hidden-course", grants={"vera": "reader"})
    course.push({"a.txt": b"one"})
    vera, otto = Browser(centre, "vera"), Browser(centre, "otto")
    send(vera, f"{course.page}/fork", "/fork", called="shown", visibility="hub")
    assert "theo/hidden-course" in words(vera.get("projects/vera/shown"))
    for page in ("projects/vera/shown", "projects/vera/shown/history", "projects/vera/shown/versions/1"):
        seen = words(otto.get(page))
        assert "theo" not in seen and "hidden-course" not in seen
    assert "Forked from another project" not in words(otto.get("projects/vera/shown"))
    with centre.centre.database.begin() as session:
        session.delete(session.get_one(Grant, (course.id, "user", "vera")))
    seen = words(vera.get("projects/vera/shown"))
    assert "theo" not in seen and "or you no longer have access to it" in seen
    assert vera.get("projects/vera/shown/origin").status_code == 404


def test_deletions_at_the_origin_are_confirmed_on_the_page(centre: TestCentre) -> None:
    course = Shared(centre, "theo", "shrinking", visibility="hub")
    course.push({f"f{number}.txt": b"x" for number in range(12)})
    vera = Browser(centre, "vera")
    send(vera, f"{course.page}/fork", "/fork", called="shrinks")
    course.push({"f0.txt": b"x"})
    asked = vera.post("projects/vera/shrinks/origin", {"version": "2", "base": "1"})
    assert asked.status_code == 409 and "11 files" in asked.text and "with all that it deletes" in asked.text
    marked = asked.text.partition('name="asked" value="')[2].partition('"')[0]
    assert marked and len(published(centre, "vera/shrinks")) == 12
    vera.post("projects/vera/shrinks/origin", {"version": "2", "base": "1", "asked": marked})
    assert published(centre, "vera/shrinks") == {"f0.txt": b"x"}


@pytest.mark.parametrize("act", ["begin", "write", "rename", "delete", "fork"])
def test_what_is_done_on_the_pages_is_written_down_with_its_door(centre: TestCentre, act: str) -> None:
    ida = Browser(centre, f"ida-{act}")
    full = f"ida-{act}/waves"
    ida.post("projects/new", {"called": "waves"})
    expected = [("me.create-project", "page")]
    steps = {
        "write": ("edit", {"path": "a.txt", "base": "0", "text": "one", "new": "true"}),
        "rename": ("rename", {"path": "a.txt", "to": "b.txt", "base": "1"}),
        "delete": ("remove", {"path": "b.txt", "base": "2", "asked": "x"}),
        "fork": ("fork", {"called": "other"}),
    }
    for step, (page, data) in steps.items():
        if act == "begin":
            break
        answer = ida.post(f"projects/{full}/{page}", data)
        if step == "delete" and answer.status_code == 409:
            mark = answer.text.partition('name="asked" value="')[2].partition('"')[0]
            answer = ida.post(f"projects/{full}/{page}", data | {"asked": mark})
        assert answer.status_code == 303, answer.text
        expected.append(("project.fork" if step == "fork" else "project.push", "page"))
        if step == act:
            break
    assert doors(centre, user=f"ida-{act}", name=full) == expected


def test_a_quota_holds_on_the_pages_too_and_nothing_that_was_typed_is_lost(
    centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centre.settings, "max_projects", 1)
    course = Shared(centre, "theo-2", "full", visibility="hub")
    course.push({"a.txt": b"one"})
    vera = Browser(centre, "vera-2")
    assert vera.post("projects/new", {"called": "first"}).status_code == 303
    for page in ("projects/new", f"{course.page}/fork"):
        refused = vera.post(page, {"called": "second", "description": "typed"})
        assert refused.status_code == 413 and 'value="typed"' in refused.text and "limit" in refused.text
        assert vera.get("projects/vera-2/second").status_code == 404
