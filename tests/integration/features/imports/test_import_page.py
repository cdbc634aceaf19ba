"""The page on which a project is begun from the internet: how a link was read, and what need not be filled in."""

from __future__ import annotations

from hubshare.testing.centre import TestCentre
from tests.helpers.internet import Internet
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


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_why_beside_it(
    centre: TestCentre, internet: Internet, name: str
) -> None:
    tim = Browser(centre, "tim")
    author = internet.repository(name)
    author.commit({"a.txt": "1\n"})
    link = f"{author.url}#main"
    typed = {"link": link, "called": "Not a name", "description": "About it", "visibility": "hub", "login": "me"}
    refused = tim.post("import", typed | {"follow": "daily", "history": "true"})
    assert refused.status_code == 422
    for kept in ("Not a name", "About it", link, "me"):
        assert f'value="{kept}"' in refused.text
    for chosen in ('value="hub" id="visibility-hub"', 'id="follow-daily"', 'id="history"'):
        assert f"{chosen} checked" in refused.text
    assert 'id="read-as"' in refused.text
    begun = tim.post("import", {"link": link, "called": name})
    page = f"projects/tim/{name}/source"
    assert begun.headers["location"].endswith(page)
    wrong = {"follow": "hourly", "branch": "no..such", "history": "true", "login": "me", "secret": "s3cret"}
    refused = tim.post(f"{page}/settings", wrong)
    assert refused.status_code == 422 and "s3cret" not in refused.text
    form = refused.text[refused.text.index('id="following"') :]
    assert "cannot be a branch" in form and "cannot be a branch" not in refused.text.replace(form, "")
    assert 'value="no..such"' in form and 'value="me"' in form and '<details class="mb-3" open' in form
    assert 'id="follow-hourly" checked' in form and 'id="history" checked' in form
