"""Files, folders and zips are uploaded on the pages: one version or none, and nothing is replaced unasked."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator

import httpx

from hubshare.config import MIB
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import MAX_FILE, MAX_PUSH, published
from tests.helpers.memory import PeakMemory
from tests.helpers.page_visitors import Browser, Shared, follow, forms, needs_assets, words
from tests.helpers.zips import zipped

pytestmark = needs_assets

Files = list[tuple[str, tuple[str, bytes, str]]]


def chosen(files: dict[str, bytes], field: str = "files") -> Files:
    """What a browser sends of files that were chosen; of a field that is empty, too."""
    empty = [(name, ("", b"", "application/octet-stream")) for name in ("files", "zip") if name != field]
    return [*((field, (name, data, "application/octet-stream")) for name, data in files.items()), *empty]


def post(browser: Browser, path: str, files: Files, **fields: str) -> httpx.Response:
    return browser.client.post(path, data={"csrf": browser.csrf} | fields, files=files)


def waiting(centre: TestCentre, user: str) -> list[str]:
    return [path.name for path in centre.centre.uploads.path(user, "0" * 32).parent.glob("*")]


def gone(centre: TestCentre, user: str) -> bool:
    """Wait until nothing that somebody uploaded is there: it goes once what became of it has been answered."""
    wait_until(lambda: not waiting(centre, user), "what was uploaded goes")
    return True


def test_a_project_is_begun_by_uploading_a_folder(centre: TestCentre) -> None:
    rob = Browser(centre, "rob")
    assert 'href="/services/hubshare/projects/upload"' in rob.get("").text
    assert "A folder" in words(rob.get("projects/upload"))
    folder = {"My course/a.md": b"# A\n", 'My course/w 1/\u00fc"1".txt': b"1\n", "My course/.git/config": b"g"}
    done = post(rob, "projects/upload", chosen(folder, "folder-files"), called="course", description="All")
    assert "2 files uploaded" in words(done) and "My course , which contained everything, was left off" in words(done)
    assert "it belongs to git itself" in done.text
    assert published(centre, "rob/course") == {"a.md": b"# A\n", 'w 1/\u00fc"1".txt': b"1\n"}
    assert gone(centre, "rob")


def test_where_the_upload_or_the_name_is_at_fault_there_is_no_half_begun_project(centre: TestCentre) -> None:
    sue = Browser(centre, "sue")
    refused = post(sue, "projects/upload", chosen({"a.zip": b"no zip"}, "zip"), called="fresh")
    assert refused.status_code == 422 and "not a zip" in refused.text and 'value="fresh"' in refused.text
    assert sue.get("projects/sue/fresh").status_code == 404 and gone(centre, "sue")
    # A wrong name costs nobody the upload: the files have come, and wait.
    refused = post(sue, "projects/upload", chosen({"a.txt": b"a"}), called="No Name")
    assert refused.status_code == 422 and "need not choose them again" in refused.text
    (hidden,) = [found for address, found in forms(refused) if address == "projects/upload"]
    assert follow(sue, post(sue, "projects/upload", chosen({}), called="fresh", **hidden)).status_code == 200
    assert published(centre, "sue/fresh") == {"a.txt": b"a"} and gone(centre, "sue")
    taken = post(sue, "projects/upload", chosen({"b.txt": b"b"}), called="fresh")
    assert taken.status_code == 409 and published(centre, "sue/fresh") == {"a.txt": b"a"}
    none = post(sue, "projects/upload", chosen({}), called="other")
    assert none.status_code == 422 and "Choose what is to be uploaded" in none.text


def test_files_go_into_the_folder_that_is_shown_and_what_is_there_is_asked_about_first(centre: TestCentre) -> None:
    shared = Shared(centre, "tom", "into", grants={"uma": "writer"})
    shared.push({"week": {"a.txt": b"1", "b.txt": b"1"}})
    tom, uma = Browser(centre, "tom"), Browser(centre, "uma")
    assert "Upload files" in words(tom.get(f"{shared.page}/files/latest/week"))
    page, base = f"{shared.page}/upload", {"folder": "week", "base": "1"}
    assert post(tom, page, chosen({"c.txt": b"1"}), **base).headers["location"].endswith("/files/latest/week")
    post(uma, page, chosen({"a.txt": b"uma's"}), **base, existing="replace")
    met = post(tom, page, chosen({"a.txt": b"2", "b.txt": b"2", "n.txt": b"2"}), **base)
    said = html.unescape(met.text)
    assert met.status_code == 409 and "Somebody has changed 'week/a.txt' meanwhile" in said
    assert "has changed in the meantime" in said and "already exists" in said
    before = {"week/a.txt": b"uma's", "week/b.txt": b"1", "week/c.txt": b"1"}
    assert published(centre, shared.full) == before and len(waiting(centre, "tom")) == 1
    (hidden,) = [found for address, found in forms(met) if address == page]
    assert hidden["base"] == "3"
    kept = post(tom, page, chosen({}), **hidden, existing="keep")
    assert kept.status_code == 303 and published(centre, shared.full) == before | {"week/n.txt": b"2"}
    again = post(tom, page, chosen({"a.txt": b"2", "b.txt": b"2"}), **base)
    (hidden,) = [found for address, found in forms(again) if address == page]
    assert post(tom, page, chosen({}), **hidden, existing="replace").status_code == 303
    assert published(centre, shared.full)["week/a.txt"] == b"2" and gone(centre, "tom")
    third = post(tom, page, chosen({"a.txt": b"3"}), **base)
    (hidden,) = [found for address, found in forms(third) if address == page]
    assert post(tom, page, chosen({}), **hidden, existing="cancel").status_code == 303
    assert published(centre, shared.full)["week/a.txt"] == b"2" and gone(centre, "tom")


def test_a_zip_is_unpacked_and_a_zip_among_the_files_is_a_file(centre: TestCentre) -> None:
    shared = Shared(centre, "val", "zips")
    val, zip_bytes = Browser(centre, "val"), zipped({"top/a.txt": b"a", "top/b/c.txt": b"c"})
    page = f"{shared.page}/upload"
    done = post(val, page, chosen({"x.zip": zip_bytes}, "zip"), take_off="true", base="0")
    assert "2 files uploaded" in words(done) and "top" in words(done)
    post(val, page, chosen({"x.zip": zip_bytes}, "zip"), base="1")
    post(val, page, chosen({"data.zip": zip_bytes}), base="2")
    assert published(centre, shared.full) == {
        "a.txt": b"a",
        "b/c.txt": b"c",
        "top/a.txt": b"a",
        "top/b/c.txt": b"c",
        "data.zip": zip_bytes,
    }
    both = post(val, page, [*chosen({"a": b"1"}), ("zip", ("x.zip", zip_bytes, "application/zip"))], base="3")
    assert both.status_code == 422 and "comes alone" in both.text and gone(centre, "val")


def test_what_is_too_large_is_named_and_nothing_of_it_stays(centre: TestCentre) -> None:
    shared = Shared(centre, "wes", "large")
    wes, page = Browser(centre, "wes"), f"{shared.page}/upload"
    for form in (page, "projects/upload"):
        assert "At most 4.0 MB, and 200 KB per file" in words(wes.get(form))
    one = post(wes, page, chosen({"ok.txt": b"a", "large.bin": os.urandom(MAX_FILE + 1), "b": b""}))
    assert one.status_code == 413 and "'large.bin' has more than" in html.unescape(one.text)
    many = post(wes, page, chosen({f"{number}": os.urandom(MAX_FILE) for number in range(MAX_PUSH // MAX_FILE + 1)}))
    assert many.status_code == 413 and "at most" in many.text
    assert published(centre, shared.full) == {} and gone(centre, "wes")


def test_names_that_are_long_and_many_are_refused_before_they_fill_the_memory(centre: TestCentre) -> None:
    shared = Shared(centre, "vic", "names")
    vic, page = Browser(centre, "vic"), f"{shared.page}/upload"
    answer = post(vic, page, chosen({f"{number:05}/{'n' * 3_000}": b"" for number in range(1_400)}))
    assert answer.status_code == 413 and "names of moderate length" in answer.text
    assert published(centre, shared.full) == {} and gone(centre, "vic")


def test_another_site_uploads_nothing_and_nothing_of_it_is_kept(centre: TestCentre) -> None:
    shared = Shared(centre, "xia", "safe", grants={"yan": "reader"})
    xia, page, files = Browser(centre, "xia"), f"{shared.page}/upload", chosen({"a": b"x" * MIB})
    late = [*files, ("csrf", (None, xia.csrf, "text/plain"))]  # behind the files
    for path in (page, "projects/upload"):
        for answer in (
            xia.client.post(path, files=files),
            xia.client.post(path, data={"csrf": "0" * 64}, files=files),
            xia.client.post(path, files=late),  # type: ignore[arg-type]
            xia.client.post(path, data={"csrf": xia.csrf}, files=files, headers={"Origin": "https://evil.example"}),
            xia.client.post(path, data={"csrf": xia.csrf}),
        ):
            assert answer.status_code in (403, 422), answer.text
            assert gone(centre, "xia")
    assert post(Browser(centre, "yan"), page, files).status_code == 403
    assert Browser(centre).client.post(page, files=files).status_code == 401
    assert published(centre, shared.full) == {} and gone(centre, "yan")


def test_an_upload_that_is_cut_off_is_none(centre: TestCentre) -> None:
    shared = Shared(centre, "zoe", "cut")
    zoe = Browser(centre, "zoe")
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"x" * 3 * MIB
    headers = {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": zoe.csrf}
    for body in (head, b"", b"no form", b"--b\r\n" + b"h" * 100_000):
        answer = zoe.client.post(f"{shared.page}/upload", content=body, headers=headers)
        assert answer.status_code in (413, 422), answer.text
        assert gone(centre, "zoe")
    assert published(centre, shared.full) == {}


def test_what_cannot_be_published_makes_room_for_the_next_upload(centre: TestCentre) -> None:
    shared = Shared(centre, "una", "refused")
    una, page = Browser(centre, "una"), f"{shared.page}/upload"
    for wrong in ({"folder": "../x"}, {"base": "99"}, {"message": "m" * 10_000}, {"existing": "perhaps"}):
        refused = post(una, page, chosen({"a.txt": b"a"}), **wrong)
        assert refused.status_code in (404, 422) and 'name="upload"' not in refused.text
        assert gone(centre, "una"), wrong
    assert published(centre, shared.full) == {}


def test_a_large_upload_takes_hardly_any_memory_of_the_service(centre: TestCentre) -> None:
    shared = Shared(centre, "abe", "memory")
    abe = Browser(centre, "abe")
    piece = os.urandom(MAX_FILE)

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="zip"; filename="a.zip"\r\n\r\n'
        for _ in range(2 * MAX_PUSH // MAX_FILE - 1):
            yield piece
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": abe.csrf}
    with PeakMemory() as memory:
        answer = abe.client.post(f"{shared.page}/upload", content=body(), headers=headers)
    assert answer.status_code == 413, answer.text
    assert memory.grown < 24 * MIB and gone(centre, "abe")
