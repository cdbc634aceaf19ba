"""Parts of pages are made once for all who may see them: nobody is shown anything that was made for somebody else."""

from __future__ import annotations

import re

import httpx
import pytest
from markupsafe import Markup

from hubshare.service.pages.fragments import Fragments
from hubshare.store.projects import version
from hubshare.store.releases import add_release, pin
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stages
from tests.helpers.page_visitors import Shared, needs_assets

pytestmark = needs_assets


def look(centre: TestCentre, token: str, path: str) -> tuple[int, str]:
    """What a page is for somebody, byte for byte, but for its nonce and for what tells how long ago something was."""
    head = {"Accept": "text/html"} | ({"Authorization": f"token {token}"} if token else {})
    answer = httpx.get(f"{centre.url}{path}", headers=head, timeout=60)
    nonce = re.search(r'nonce="([^"]+)"', answer.text)
    text = answer.text.replace(nonce[1], "N") if nonce else answer.text
    return answer.status_code, re.sub(r"(<time [^>]*>)[^<]*", r"\1", text)


def compare(centre: TestCentre, tokens: dict[str, str], paths: list[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """Look at pages as everybody, with nothing kept, and then again with all that the others have left."""
    pages, seen = centre.app.state.pages, {}
    for label, token in tokens.items():
        for path in paths:
            pages.fragments = Fragments[Markup]()
            seen[label, path] = look(centre, token, path)
    pages.fragments = Fragments[Markup]()
    # Those who may do most are first when nothing is kept yet, and last when all the others have looked.
    for label, path in [*[*seen][:3], *reversed(seen)]:
        assert look(centre, tokens[label], path) == seen[label, path], f"{path} is another one for {label}"
    return seen


@pytest.mark.parametrize("visibility", ["private", "hub", "public"])
def test_everybody_sees_the_same_where_others_have_looked_before(
    stages: Stages, centre: TestCentre, visibility: str
) -> None:
    stage = stages.take(visibility=visibility)
    tokens = {label: who.token for label, who in stage.people.items()}
    page = f"projects/{stage.full}"
    seen = compare(centre, tokens, [page, f"{page}/files/latest/sub"])
    codes = {label: seen[label, page][0] for label in tokens}
    assert codes["owner"] == codes["reader"] == 200
    assert (codes["stranger"] == 200) is (visibility != "private")
    assert (codes["nobody"] == 200) is (visibility == "public")
    texts = {label: seen[label, page][1] for label in tokens}
    assert "Checkouts" in texts["owner"] and "Checkouts" not in texts["reader"]


def test_a_text_about_a_project_is_everybodys_and_leads_to_the_version_that_is_looked_at(centre: TestCentre) -> None:
    project = Shared(centre, "rita", f"read-{new_id()[:6]}", visibility="hub")
    files = {"README.md": f"# About {new_id()}\n\n[more](b.txt)\n".encode(), "b.txt": b"b"}
    project.push(files)
    wait_until(lambda: 'id="readme" class="hs-shown' in look(centre, "sam", project.page)[1], "it is rendered", 120)
    with centre.centre.database.begin() as session:
        add_release(session, version(session, project.id, "v1"), "One", "", "rita")
        pin(session, project.id, "One", True)
    project.push(files | {"c.txt": b"c"})
    loading = "Loading the last change"
    wait_until(lambda: loading not in look(centre, "rita", project.page)[1], "what changed each file is known", 120)
    seen = compare(centre, {"rita": "rita", "sam": "sam"}, [project.page, f"{project.page}/files/v1/"])
    links = {
        who: re.findall(r'href="[^"]*/files/([^"]*)/[bc]\.txt"', seen[who, project.page][1]) for who in ("rita", "sam")
    }
    # Two in the list of files, and one in the text; what is pinned for readers is not what is newest.
    assert links == {"rita": ["latest"] * 3, "sam": ["v1"] * 2}
