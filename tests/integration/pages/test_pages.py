"""The pages, as somebody with a browser gets them: their headers, and what is on them."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from hubshare.testing.centre import PREFIX, TestCentre, wait_until
from tests.helpers.forge import Content
from tests.helpers.page_visitors import Browser, Shared, needs_assets, until, words

pytestmark = needs_assets

#: Names and texts that a page must not take for anything else.
HOSTILE = "<img src=x onerror=alert(1)>.md"
ODD = ["a&b \"q\" 'x'.txt", "#hash?query%20.txt", "ünï 😀.txt", "{{7*7}}.txt", "..x.txt", "%2e%2e.txt"]


@pytest.fixture(scope="module")
def ann(centre: TestCentre) -> Browser:
    return Browser(centre, "ann")


@pytest.fixture(scope="module")
def course(centre: TestCentre) -> Shared:
    made = Shared(centre, "ann", "pages", description="<b>bold</b> & more", grants={"ben": "writer", "eve": "reader"})
    files: dict[str | bytes, Content] = {name: b"odd" for name in ODD}
    files |= {"README.md": b"# Hello\n\n[notes](sub/notes.py)", "sub": {"notes.py": b"one\ntwo\n"}, HOSTILE: b"# <b>x"}
    made.push(files, "<script>alert('summary')</script>")
    made.push(files | {"sub": {"notes.py": b"one\nzwei\n"}}, "Say it in German")
    return made


# headers


def test_every_page_is_shut_against_what_is_not_ours(centre: TestCentre, course: Shared, ann: Browser) -> None:
    for path in ("", "projects", "search?q=a", course.page, f"{course.page}/history", "nothing"):
        answer = ann.get(path)
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", policy["script-src"])
        assert nonce and policy["default-src"] == "'none'" and policy["base-uri"] == "'none'"
        assert policy["style-src"] == policy["frame-ancestors"] == policy["form-action"] == "'self'"
        scripts = re.findall(r"<script\b[^>]*>", answer.text)
        assert scripts and all(f'nonce="{nonce[1]}"' in script and " src=" in script for script in scripts)
        assert "<style" not in answer.text and " onclick" not in answer.text and 'style="' not in answer.text
        assert nonce[1] not in ann.get(path).text, "it is another one each time"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "no-cache" in answer.headers["cache-control"]


def test_nothing_is_loaded_from_elsewhere_and_all_that_is_loaded_is_kept(centre: TestCentre, ann: Browser) -> None:
    found = set(re.findall(r'(?:src|href)="([^"#]+)', ann.get("").text))
    assert all(address.startswith("/") for address in found if not address.startswith("?")), found
    for address in (one for one in found if "/static/" in one):
        answer = httpx.get(f"{centre.url}static/{address.rpartition('/')[2]}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-encoding"] == "gzip"
    # What a README names stays there, also for other sites, and is looked at again.
    button = httpx.get(f"{centre.url}static/button.svg")
    assert button.text.startswith("<svg") and button.headers["cache-control"] == "public, max-age=86400"
    assert button.headers["cross-origin-resource-policy"] == "cross-origin"
    for bad in ("favicon.svg", "manifest.json", "../view.py", "..%2fview.py", "page.css", "none.js"):
        assert httpx.get(f"{centre.url}static/{bad}").status_code == 404


def test_a_page_that_has_not_changed_is_not_sent_again(ann: Browser, course: Shared) -> None:
    page = f"{course.page}/releases"
    first = ann.get(page)
    seen = {"If-None-Match": first.headers["etag"]}
    again = ann.get(page, headers=seen)
    assert again.status_code == 304 and not again.content
    # The browser goes on with the policy of what it has kept: another one would name another nonce.
    assert "content-security-policy" not in again.headers and again.headers["cache-control"] == "private, no-cache"
    assert ann.get("", headers=seen).status_code == 200
    ann.post(page, {"called": "new", "version": "v1", "notes": ""})
    assert ann.get(page, headers=seen).status_code == 200
    ann.post(f"{page}/new/delete")


def test_raw_content_runs_nothing(centre: TestCentre, ann: Browser) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    made = Shared(centre, "ann", "raw")
    made.push(
        {"a.html": b"<script>alert(1)</script>", "a.svg": svg, "a.bin": bytes(range(256)), "a.pdf": b"%PDF-1.4 x"}
    )
    types = {"a.html": "text/plain; charset=utf-8", "a.svg": "image/svg+xml", "a.bin": "application/octet-stream"}
    for name, kind in types.items():
        answer = ann.get(f"{made.page}/raw/latest/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert "sandbox" in answer.headers["content-security-policy"].split("; ")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = ann.get(f"{made.page}/raw/latest/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert ann.get(f"{made.page}/raw/latest/a.bin").headers["content-disposition"].startswith("attachment")
    assert "script-src" not in ann.get(f"{made.page}/raw/latest/a.pdf").headers["content-security-policy"]
    download = ann.get(f"{made.page}/raw/latest/a.html?download=1")
    assert download.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"


def test_a_recording_is_played_from_where_one_likes_and_runs_nothing(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "recordings")
    content = b"RIFF\0\0\0\0WAVE<script>alert(1)</script>" + bytes(range(256)) * 700
    made.push({"a.wav": content, "a.bin": bytes(range(256))})
    raw, size = f"{made.page}/raw/latest/a.wav", len(content)
    whole = ann.get(raw)
    assert (whole.status_code, whole.headers["content-type"], whole.headers["accept-ranges"]) == (
        200,
        "audio/wav",
        "bytes",
    )
    policy = whole.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy and not any(one.startswith("script-src") for one in policy)
    assert whole.headers["x-content-type-options"] == "nosniff" and whole.content == content
    for asked, start, stop in (
        ("bytes=0-", 0, size),
        ("bytes=10-19", 10, 20),
        ("bytes=90000-", 90_000, size),
        ("bytes=-7", size - 7, size),
        (f"bytes={size - 1}-{size + 5}", size - 1, size),
    ):
        answer = ann.get(raw, headers={"Range": asked, "If-Range": whole.headers["etag"]})
        assert (answer.status_code, answer.content) == (206, content[start:stop]), asked
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.headers["content-security-policy"] == whole.headers["content-security-policy"]
    for asked in ("bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=" + "9" * 400 + "-"):
        assert ann.get(raw, headers={"Range": asked}).content == content, asked
    assert ann.get(raw, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
    behind = ann.get(raw, headers={"Range": f"bytes={size}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{size}")
    # A browser that has it already takes the policy of this answer for that of what it has.
    unchanged = ann.get(raw, headers={"If-None-Match": whole.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.headers["content-security-policy"] == whole.headers["content-security-policy"]
    assert ann.get(f"{raw}?download=1").headers["content-type"] == "application/octet-stream"
    # The page may play this one file.
    answer = ann.get(f"{made.page}/files/latest/a.wav")
    assert '<audio class="hs-player"' in answer.text
    [source] = [one for one in answer.headers["content-security-policy"].split("; ") if one.startswith("media-src")]
    assert source.endswith("/raw/latest/a.wav")
    answer = ann.get(f"{made.page}/files/latest/a.bin")
    assert "media-src 'none'" in answer.headers["content-security-policy"]


def test_a_notebook_with_scripts_is_a_document_of_nobody(centre: TestCentre, ann: Browser) -> None:
    output = b'{"output_type":"display_data","metadata":{},"data":{"text/html":"<script>alert(1)</script>"}}'
    cell = b'{"cell_type":"code","id":"a","metadata":{},"source":"x","execution_count":1,"outputs":[%s]}' % output
    made = Shared(centre, "ann", "live")
    made.push({"n.ipynb": b'{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[%s]}' % cell})
    until(ann, f"{made.page}/files/latest/n.ipynb", "This output runs scripts")
    page = ann.get(f"{made.page}/files/latest/n.ipynb").text
    assert "alert(1)" not in page and "view=live" in page and 'href="#cell-1"' not in page
    assert f'{PREFIX}projects/ann/live/files/v1/n.ipynb#cell-1"' in page
    wait_until(lambda: "alert(1)" in ann.get(f"{made.page}/live/latest/n.ipynb").text, "the live document is there")
    live = f"{made.page}/live/latest/n.ipynb"
    answer = ann.get(live)
    policy = answer.headers["content-security-policy"]
    assert (
        "sandbox allow-scripts;" in policy and "allow-same-origin" not in policy and "frame-ancestors 'self'" in policy
    )
    assert answer.headers["connection-allowlist"] == "()" and answer.headers["x-dns-prefetch-control"] == "off"
    # The document has most of it inside as well, before anything of the notebook, and ends itself outside of a frame.
    before = answer.text.partition("alert(1)")[0]
    assert "default-src &#39;none&#39;" in before or "default-src 'none'" in before
    assert "if (self === top) { stop();" in before
    # Opened by itself it is the page with the frame in it.
    alone = ann.client.get(live, headers={"Sec-Fetch-Dest": "document"}, follow_redirects=False)
    assert alone.status_code == 303 and alone.headers["location"].endswith("?view=live")
    # Before the click it is said where a browser does not say that it closes every way out.
    warned = {
        brand: ann.client.get(
            f"{made.page}/files/latest/n.ipynb", headers={"Sec-CH-UA": brand} if brand else {}
        ).text.count("scripts can tell other sites that you are viewing")
        for brand in ('"Chromium";v="156"', '"Chromium";v="155"', '"Firefox";v="200"', "")
    }
    assert [*warned.values()] == [0, 1, 1, 1], warned
    frame = re.search(r"<iframe[^>]*>", ann.get(f"{made.page}/files/latest/n.ipynb?view=live").text)
    assert frame and 'sandbox="allow-scripts"' in frame[0]


def test_a_notebook_in_which_git_left_a_conflict_shows_its_sides(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "conflicted")
    made.push({"a.ipynb": b'{"cells": [\n<<<<<<< HEAD\n  1\n=======\n  2\n>>>>>>> x\n], "nbformat": 4}'})
    until(ann, f"{made.page}/files/latest/a.ipynb", "git has left a conflict in this file")
    assert ann.get(f"{made.page}/files/latest/a.ipynb?part=2").status_code == 200


def test_what_cannot_be_shown_says_so_and_leads_to_its_source(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "unshown")
    made.push({"empty.ipynb": b"", "future.ipynb": b'{"nbformat": 5}'})
    for name, reason in (
        ("empty.ipynb", "This notebook is empty"),
        ("future.ipynb", "This notebook is of format 5"),
    ):
        until(ann, f"{made.page}/files/latest/{name}", reason)
        page = ann.get(f"{made.page}/files/latest/{name}").text
        assert 'href="?view=source"' in page.partition(reason)[2] and f"{name}?download=1" in page.partition(reason)[2]
        assert ann.get(f"{made.page}/files/latest/{name}?view=source").status_code == 200


# what is on them


def test_hostile_names_are_only_names(ann: Browser, course: Shared) -> None:
    page = ann.get(course.page).text
    assert "<img" not in page.replace('<img src="/hub/logo"', "") and "<b>bold" not in page and "alert('s" not in page
    said = words(ann.get(course.page))
    for name in (HOSTILE, *ODD, "<script>alert('summary')</script>", "<b>bold</b> & more"):
        assert name in said
    for name in (HOSTILE, *ODD):
        address = next(html.unescape(one) for one in re.findall(r'href="([^"]+)"', page) if one.endswith(quote(name)))
        assert ann.get(address.removeprefix(PREFIX)).status_code == 200
        assert ann.get(f"{course.page}/raw/latest/{quote(name)}").status_code == 200
        assert ann.get(f"{course.page}/versions/1/difference/{quote(name)}").status_code == 200


def test_a_folder_says_who_changed_what_last(ann: Browser, course: Shared) -> None:
    said = until(ann, course.page, "sub Say it in German")
    assert "README.md <script>alert('summary')</script>" in said
    assert "one" in until(ann, f"{course.page}/files/v1/sub/notes.py", "two")
    assert "this file has changed since" in words(ann.get(f"{course.page}/files/v1/sub/notes.py"))
    assert "zwei" in until(ann, f"{course.page}/files/latest/sub/notes.py", "zwei")
    assert "Hello" in until(ann, course.page, "Hello notes")
    assert f'href="{PREFIX}{course.page}/files/latest/sub/notes.py"' in ann.get(course.page).text


def test_history_tells_of_the_project_and_of_one_file(ann: Browser, course: Shared) -> None:
    said = words(ann.get(f"{course.page}/history"))
    assert said.index("Say it in German ann") < said.index("alert('summary')") < said.index("Create ann/pages")
    of_file = until(ann, f"{course.page}/history?path=README.md", "alert('summary')")
    assert "Say it in German" not in of_file
    assert "sub/notes.py" in words(ann.get(f"{course.page}/versions/2"))
    assert "zwei" in until(ann, f"{course.page}/versions/2/difference/sub/notes.py", "zwei")


def test_a_file_and_a_project_go_back_as_a_new_version(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "back", grants={"eve": "reader"})
    made.push({"a.txt": b"one", "b.txt": b"b"})
    made.push({"a.txt": b"two", "b.txt": b"b"})
    answer = ann.post(f"{made.page}/versions/1/restore", {"path": "a.txt"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}{made.page}/versions/3")
    assert ann.get(f"{made.page}/raw/latest/a.txt").text == "one"
    assert ann.get(f"{made.page}/raw/v2/a.txt").text == "two", "nothing is rewritten"
    assert ann.post(f"{made.page}/versions/2/restore").status_code == 303
    assert ann.get(f"{made.page}/raw/latest/a.txt").text == "two"
    eve = Browser(centre, "eve")
    assert "restore" not in eve.get(f"{made.page}/versions/1").text.lower()
    assert eve.post(f"{made.page}/versions/1/restore").status_code == 403
    audit = made.api("GET", f"projects/{made.full}/audit").json()["items"]
    assert {entry["door"] for entry in audit if "Restore" in str(entry["details"])} == {"page"}


def test_going_back_over_many_deletions_asks_first(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "brake")
    made.push({"a.txt": b"x"})
    made.push({f"{number}.txt": b"x" for number in range(centre.settings.brake_deletions + 2)})
    answer = ann.post(f"{made.page}/versions/1/restore")
    assert answer.status_code == 409 and 'name="confirmed"' in answer.text
    assert ann.post(f"{made.page}/versions/1/restore", {"confirmed": "true"}).status_code == 303


def test_a_release_is_a_name_that_stays(centre: TestCentre, ann: Browser, course: Shared) -> None:
    page = f"{course.page}/releases"
    assert ann.post(page, {"called": "Winter 2026", "version": "v1", "notes": "For <b>all</b>"}).status_code == 303
    assert "Winter 2026 For <b>all</b>" in words(ann.get(page))
    for bad in ("latest", "v7", "<b>", "", "x" * 101, "a/b", "Winter 2026"):
        assert ann.post(page, {"called": bad, "version": "v1"}).status_code in (409, 422)
    assert ann.post(page, {"called": "x", "version": "v99"}).status_code == 404
    for name in ("Winter%202026", "latest"):
        assert ann.get(f"{page}/{name}").headers["location"] == f"{PREFIX}{course.page}/files/v1/"
    eve = Browser(centre, "eve")
    assert "Winter 2026" in words(eve.get(page)) and 'name="called"' not in eve.get(page).text
    assert eve.post(f"{page}/Winter%202026/delete").status_code == 403
    assert ann.post(f"{page}/Winter%202026/delete").status_code == 303
    assert ann.get(f"{page}/latest").status_code == 404


def test_readers_come_to_the_release_that_is_pinned_for_them(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "pinned", grants={"eve": "reader"})
    made.push({"exam.txt": b"as it was"})
    page, eve = f"{made.page}/releases", Browser(centre, "eve")
    assert ann.post(page, {"called": "Exam", "version": "v1"}).status_code == 303
    assert ann.post(f"{page}/Exam/pin").status_code == 303
    made.push({"later.txt": b"still being written"})
    assert (
        "You are viewing release Exam (version 1)" in words(eve.get(made.page))
        and "later.txt" not in eve.get(made.page).text
    )
    assert "later.txt" in eve.get(f"{made.page}/files/latest/").text, "it is a guide and no lock"
    assert "later.txt" in ann.get(made.page).text, "who writes sees what is written"
    assert eve.post(f"{page}/Exam/pin", {"on": "false"}).status_code == 403
    assert ann.post(f"{page}/Exam/pin", {"on": "false"}).status_code == 303
    assert "later.txt" in eve.get(made.page).text


def test_home_tells_a_newcomer_what_to_do_and_others_what_is_new(centre: TestCentre, course: Shared) -> None:
    assert "hubshare share" in words(Browser(centre, "newcomer").get(""))
    said = words(Browser(centre, "eve").get(""))
    assert re.search("Shared with you .*ann/pages .*What is new", said) and "Say it in German ann in ann/pages" in said
    assert "hubshare checkout OWNER/PROJECT" not in said


def test_freshness_is_for_those_who_may_see_access(centre: TestCentre, ann: Browser, course: Shared) -> None:
    assert "Checkouts ann /home/x up to date" in words(ann.get(course.page))
    assert "Checkouts" not in words(Browser(centre, "eve").get(course.page))


def test_search_finds_only_what_one_may_read(centre: TestCentre, ann: Browser) -> None:
    made = Shared(centre, "ann", "telescope", description="Spectra of quasars")
    made.push({"raw data": {"Quasar_3C273-final.fits": b"x"}})
    for text in ("telesc", "spectra", "quasars tele"):
        assert "ann/telescope" in words(ann.get(f"search?q={text}"))
    until(ann, "search?q=3c2", "Quasar_3C273-final.fits")
    assert "final.fits" in words(ann.get("search?q=quasar%20fits"))
    assert "final.fits" not in words(ann.get("search?q=quasar%20nothing"))
    eve = Browser(centre, "eve")
    for text in ("telesc", "3c273", "%25", "_", "<b>"):
        assert "telescope" not in words(eve.get(f"search?q={text}")).replace(f"“{text}”", "")
    made.push({"other.txt": b"x"})
    wait_until(lambda: "final.fits" not in ann.get("search?q=3c2").text, "what is gone is not found")


def test_what_is_public_is_read_without_signing_in(centre: TestCentre) -> None:
    made = Shared(centre, "ann", "open", visibility="public")
    made.push({"a.txt": b"x"})
    nobody = Browser(centre)
    for path in ("", "/history", "/releases", "/versions/1", "/files/latest/a.txt", "/raw/latest/a.txt"):
        answer = nobody.get(f"{made.page}{path}")
        assert answer.status_code == 200 and 'name="csrf"' not in answer.text
    assert nobody.get(f"{made.page}/files/latest/none.txt").status_code == 404
    assert nobody.client.post(f"{made.page}/versions/0/restore").status_code == 401


def test_an_error_is_a_page_that_says_what_to_do(centre: TestCentre, ann: Browser) -> None:
    answer = ann.get("projects/ann/none")
    assert answer.status_code == 404 and "ask its owner for access" in answer.text and "Logout" in answer.text
    assert ann.get("api/v1/projects/ann/none").headers["content-type"] == "application/problem+json"
    by_script = Browser(centre).get("projects/ann/none", headers={"HX-Request": "true"})
    assert by_script.status_code == 401, "htmx is not sent to the Hub; the page is loaded again"


def test_missing_assets_are_named(tmp_path: Any) -> None:
    from hubshare.errors import Unavailable
    from hubshare.service.pages.assets import Assets

    with pytest.raises(Unavailable, match="make assets"):
        Assets(tmp_path).name("page.css")
