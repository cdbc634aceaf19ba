"""Every page, light and dark and on a narrow screen: nobody is shut out of it, and nothing sticks out."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.helpers.accessibility import sticking_out, violations
from tests.helpers.browsers import Browsers
from tests.helpers.sample import LONG, PROJECT, Dispute, Sample

_FILE = f"projects/{PROJECT}/files/latest"


class Seen(NamedTuple):
    """A page.

    Args:
        name: of its pictures.
        path: its address below the service.
        user: who looks.
        ready: what is there when all of it is.
        link: what is followed from there.
    """

    name: str
    path: str
    user: str = "bob"
    ready: str = "main"
    link: str = ""


PAGES = [
    Seen("home", ""),
    Seen("home-alice", "", "alice"),
    Seen("projects", "projects"),
    Seen("new-project", "projects/new", "alice"),
    Seen("upload-new", "projects/upload", "alice", "#zip"),
    Seen("upload", f"projects/{PROJECT}/upload?folder=names", "alice", "#zip"),
    Seen("search", "search?q=wave"),
    Seen("search-nothing", "search?q=xyzzy"),
    Seen("project", f"projects/{PROJECT}", "alice", "#readme.hs-shown"),
    Seen("project-reader", f"projects/{PROJECT}", "bob", "#readme.hs-shown"),
    Seen("folder-long-names", f"{_FILE}/names"),
    Seen("file-long-name", f"{_FILE}/names/{LONG}", ready="#rendered.hs-shown"),
    Seen("file-notebook", f"{_FILE}/waves.ipynb", ready="#rendered .katex"),
    Seen("file-notebook-old", f"projects/{PROJECT}/files/v1/waves.ipynb", ready="#rendered .katex"),
    Seen("file-notebook-source", f"{_FILE}/waves.ipynb?view=source", ready="#rendered.hs-shown"),
    Seen("file-notebook-live", f"{_FILE}/waves.ipynb?view=live", ready="#live"),
    Seen("file-markdown", f"{_FILE}/notes.md", ready="#rendered .katex"),
    Seen("file-code", f"{_FILE}/wave.py", ready="#rendered.hs-shown"),
    Seen("file-table", f"{_FILE}/data.csv", ready="#rendered.hs-shown"),
    Seen("file-json", f"{_FILE}/settings.json", ready="#rendered.hs-shown"),
    Seen("file-map", f"{_FILE}/places.geojson", ready=".hs-map path.hs-map-shape"),
    Seen("file-image", f"{_FILE}/string.png", ready="#rendered.hs-shown"),
    Seen("file-binary", f"{_FILE}/array.npy", ready="#rendered.hs-shown"),
    Seen("file-archive", f"{_FILE}/results.zip", ready="#rendered .hs-table"),
    Seen("file-audio", f"{_FILE}/tone.wav", ready="audio"),
    Seen("edit", f"projects/{PROJECT}/edit?path=wave.py", "alice", "#text"),
    Seen("new-file", f"projects/{PROJECT}/edit?folder=names", "alice", "#path"),
    Seen("change", f"projects/{PROJECT}/change?path=wave.py", "alice", "#to"),
    Seen("file-writer", f"{_FILE}/wave.py", "alice", "#edit"),
    Seen("history", f"projects/{PROJECT}/history"),
    Seen("history-of-a-file", f"projects/{PROJECT}/history?path=waves.ipynb"),
    Seen("version", f"projects/{PROJECT}/versions/2", "alice", "[aria-labelledby=change-4] .hs-shown >> nth=0"),
    Seen("difference", f"projects/{PROJECT}/versions/2/difference/wave.py", ready=".hs-shown"),
    Seen("difference-notebook", f"projects/{PROJECT}/versions/2/difference/waves.ipynb", ready=".hs-shown"),
    Seen("difference-images", f"projects/{PROJECT}/versions/2/difference/string.png", ready="#difference img"),
    Seen("releases", f"projects/{PROJECT}/releases", "alice"),
    Seen("access", f"projects/{PROJECT}/access", "alice"),
    Seen("audit", f"projects/{PROJECT}/audit", "alice"),
    Seen("settings", f"projects/{PROJECT}/settings", "alice"),
    Seen("notifications", "settings/notifications"),
    Seen("webhooks-own", "settings/webhooks"),
    Seen("trash", "trash", "alice"),
    Seen("teams", "teams", "alice"),
    Seen("servers", "servers"),
    Seen("conflicts", "conflicts"),
    Seen("conflicts-none", "conflicts", "alice"),
    Seen("conflict", "conflicts", ready="#difference.hs-shown", link=Dispute.open),
    Seen("pick", "conflicts/pick?side=theirs&project=alice/dispute"),
    Seen("not-found", "projects/alice/nothing"),
]


def test_a_folder_of_300_files(browsers: Browsers, sample: Sample) -> None:
    bob = browsers("bob")
    bob.go(f"{_FILE}/many")
    expect(bob.page.get_by_role("row")).to_have_count(302)
    bob.picture("folder-300-files", whole=False)
    bob.page.set_viewport_size({"width": 390, "height": 800})
    bob.picture("folder-300-files-narrow", whole=False)
    assert not sticking_out(bob.page)


@pytest.mark.parametrize("seen", PAGES, ids=lambda seen: seen.name)
def test_a_page(browsers: Browsers, sample: Sample, dispute: Dispute, seen: Seen) -> None:
    person = browsers.again(seen.user)
    page = person.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    person.go(seen.path)
    if seen.link:
        page.get_by_role("link", name=seen.link).first.click()
    if seen.name == "version":
        for heading in page.get_by_role("heading", level=3).all():
            heading.scroll_into_view_if_needed()
    expect(page.locator(seen.ready).first).to_be_visible()
    person.picture(f"{seen.name}-light")
    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    person.picture(f"{seen.name}-dark")
    found["dark"] = violations(page, colours=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 800})
    person.picture(f"{seen.name}-narrow")
    found["narrow"] = sticking_out(page)
    assert not any(found.values()), "\n".join(f"{where}: {one}" for where, every in found.items() for one in every)
