"""The page on which a project is begun from the internet: how a link was read, and what need not be filled in."""

from __future__ import annotations

from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, needs_assets, words
from tests.helpers.zip_site import COURSE, Site

pytestmark = needs_assets


def test_how_a_link_was_read_is_said_before_it_is_imported(centre: TestCentre) -> None:
    tim = Browser(centre, "tim")
    read = tim.get("import", params={"link": "https://example.org/course.git#term-2:week1"})
    assert "This is https://example.org/course.git (week1) , term-2 ." in words(read)
    plain = tim.get("import", params={"link": "https://example.org/a.zip?signature=secret"})
    assert "This is https://example.org/a.zip ." in words(plain)


def test_a_project_needs_no_name_where_the_link_gives_one(centre: TestCentre, site: Site, name: str) -> None:
    tim = Browser(centre, "tim")
    assert "Name (optional)" in words(tim.get("import"))
    upload = words(tim.get("projects/upload"))
    assert "Name" in upload and "Name (optional)" not in upload
    link = site.put(f"{name}.zip", COURSE)
    begun = tim.post("import", {"link": link, "called": ""})
    assert begun.status_code == 303 and begun.headers["location"].endswith(f"/projects/tim/{name}/source")
