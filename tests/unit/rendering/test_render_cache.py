"""Which kind a file is shown as, how a rendering is named and kept, and where its links lead."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import fakeredis
import pytest

from hubshare import jobs
from hubshare.rendering import requests
from hubshare.rendering.cache import ERROR_SECONDS, RenderCache
from hubshare.rendering.kinds import Kind, kind_of
from hubshare.rendering.links import resolve_links
from hubshare.rendering.requests import RenderRequest, make_request
from hubshare.rendering.results import RenderResult, failure

PROJECT = "c" * 32
BLOB, OTHER = "a" * 40, "b" * 40
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "size", "head", "kind"),
    [
        ("a.ipynb", 5, b"{}", Kind.NOTEBOOK),
        ("A.IPYNB", 5, b"{}", Kind.NOTEBOOK),
        ("a.md", 5, b"# x", Kind.MARKDOWN),
        ("a.md", 2_000_000, b"# x", Kind.CODE),
        ("a.md", 5, b"\0\1\2", Kind.BINARY),
        ("a.py", 5, b"x = 1", Kind.CODE),
        ("Makefile", 5, b"all:", Kind.CODE),
        ("a", 0, b"", Kind.CODE),
        ("a.csv", 5, b"a,b", Kind.TABLE),
        ("a.csv", 5, "a,b".encode("utf-16"), Kind.TABLE),
        ("a.csv", 5, "a,b".encode("utf-16-le"), Kind.TABLE),
        ("a.md", 5, "# naïve – ok\n".encode("utf-16-be"), Kind.MARKDOWN),
        ("a.json", 5, "{}".encode("utf-16-le"), Kind.JSON),
        ("a.py", 5, "x = 1\r\n".encode("utf-16-be"), Kind.CODE),
        ("a.svg", 5, "<svg xmlns='x'>".encode("utf-16-le"), Kind.IMAGE),
        # Cut in the middle of a character of four bytes.
        ("a.txt", 5, "abcdefgh😀".encode("utf-16-le")[:-1], Kind.CODE),
        # Numbers of two bytes are no text, nor are those of four.
        ("a.raw", 5, struct.pack("<6H", 1, 2, 60, 70, 80, 90), Kind.BINARY),
        ("a.raw", 5, struct.pack("<6H", 65, 66, 155, 70, 80, 90), Kind.BINARY),
        ("a.raw", 5, struct.pack("<6H", 65, 666, 6660, 7000, 80, 90), Kind.BINARY),
        ("a.raw", 5, struct.pack("<3I", 65, 66, 67), Kind.BINARY),
        ("a.raw", 5, b"a\0", Kind.BINARY),
        ("a.parquet", 5, b"PAR1\0\0", Kind.TABLE),
        ("a.parquet", 5, b"PAR2", Kind.CODE),
        ("a.json", 5, b"{}", Kind.JSON),
        ("a.json", 50_000_000, b"{}", Kind.CODE),
        ("a.geojson", 5, b"{}", Kind.JSON),
        ("a.png", 5, PNG, Kind.IMAGE),
        ("a.png", 5, b"<script>", Kind.CODE),
        ("a.svg", 5, b"<svg xmlns='x'>", Kind.IMAGE),
        ("a.svg", 5, b"<!DOCTYPE html><script>", Kind.CODE),
        ("a.pdf", 5, b"%PDF-1.7", Kind.PDF),
        ("a.pdf", 5, b"<html>", Kind.CODE),
        ("a.html", 5, b"<html>", Kind.CODE),
        ("a.npy", 5, b"\x93NUMPY\0\0", Kind.BINARY),
        ("a.txt", 5, bytes(range(256)), Kind.BINARY),
    ],
)
def test_a_file_is_shown_as_what_it_is_and_says(name: str, size: int, head: bytes, kind: Kind) -> None:
    assert kind_of(name, size, head) == kind


def test_equal_requests_have_one_key_and_different_ones_two() -> None:
    assert (
        make_request(Kind.NOTEBOOK, BLOB, name="a.ipynb").key == make_request(Kind.NOTEBOOK, BLOB, name="b.ipynb").key
    )
    assert make_request(Kind.CODE, BLOB, name="x/a.py").key == make_request(Kind.CODE, BLOB, name="y/a.py").key
    different = [
        make_request(Kind.NOTEBOOK, BLOB),
        make_request(Kind.LIVE, BLOB),
        make_request(Kind.NOTEBOOK, OTHER),
        make_request(Kind.CODE, BLOB, name="a.py"),
        make_request(Kind.CODE, BLOB, name="a.txt"),
        make_request(Kind.TABLE, BLOB, name="a.csv"),
        make_request(Kind.TABLE, BLOB, name="a.csv", page=2),
        make_request(Kind.TEXT_DIFFERENCE, BLOB, OTHER),
        make_request(Kind.TEXT_DIFFERENCE, OTHER, BLOB),
    ]
    assert len({one.key for one in different}) == len(different)


def test_a_new_version_of_the_renderers_makes_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = make_request(Kind.NOTEBOOK, BLOB).key
    monkeypatch.setattr(requests, "RENDERER", requests.RENDERER + 1)
    assert make_request(Kind.NOTEBOOK, BLOB).key != before


def test_a_request_survives_the_queue() -> None:
    wanted = make_request(Kind.TABLE, BLOB, name="a.csv", page=3)
    assert RenderRequest.decode(wanted.encode()) == wanted and RenderRequest.decode(wanted.encode()).key == wanted.key


@pytest.fixture
def cache(tmp_path: Path) -> RenderCache:
    return RenderCache(tmp_path / "rendered")


def test_what_is_put_in_is_found(cache: RenderCache) -> None:
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    assert cache.get(PROJECT, wanted) is None
    cache.put(PROJECT, wanted, RenderResult({"title": "ü\n"}, "<p>\nü\n</p>\n"))
    assert cache.get(PROJECT, wanted) == RenderResult({"title": "ü\n"}, "<p>\nü\n</p>\n")
    assert [path.name for path in cache.path(PROJECT, wanted).parent.iterdir()] == [wanted.key]


def test_what_is_damaged_is_made_anew(cache: RenderCache) -> None:
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    for data in (b"", b"{", b"[]\n", b"{}\n\xff"):
        cache.path(PROJECT, wanted).parent.mkdir(parents=True, exist_ok=True)
        cache.path(PROJECT, wanted).write_bytes(data)
        assert cache.get(PROJECT, wanted) is None


def test_an_error_is_kept_for_a_short_time(cache: RenderCache) -> None:
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    cache.put(PROJECT, wanted, failure("too-long", "It took too long."))
    found = cache.get(PROJECT, wanted)
    assert found is not None and found.error == "It took too long."
    old = time.time() - ERROR_SECONDS - 1
    os.utime(cache.path(PROJECT, wanted), (old, old))
    assert cache.get(PROJECT, wanted) is None


def test_what_is_looked_at_is_not_swept(cache: RenderCache) -> None:
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    cache.put(PROJECT, wanted, RenderResult({}, "x"))
    old = time.time() - 20 * 86_400
    os.utime(cache.path(PROJECT, wanted), (old, old))
    assert cache.get(PROJECT, wanted) is not None
    assert cache.path(PROJECT, wanted).stat().st_mtime > time.time() - 60


def test_a_project_keeps_no_more_than_its_share_and_what_was_looked_at_last_stays(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path / "rendered", most=10_000_000, each=1_000_000)
    pages = [make_request(Kind.TABLE, BLOB, name="a.csv", page=page) for page in range(1, 121)]
    other = "d" * 32
    cache.put(other, pages[0], RenderResult({}, "of another project"))
    for age, wanted in enumerate(pages):
        cache.put(PROJECT, wanted, RenderResult({}, "x" * 20_000))
        # The first page is looked at again and again.
        os.utime(cache.path(PROJECT, wanted), (age, age))
        cache.get(PROJECT, pages[0])
    kept = list(cache.path(PROJECT, pages[0]).parent.iterdir())
    assert sum(path.stat().st_size for path in kept) <= 1_000_000 * 17 / 16
    assert cache.get(PROJECT, pages[0]) is not None and cache.get(PROJECT, pages[-1]) is not None
    assert cache.get(PROJECT, pages[1]) is None
    assert cache.get(other, pages[0]) is not None


def test_all_projects_together_keep_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path / "rendered", most=1_000_000, each=1_000_000)
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    for number in range(120):
        cache.put(f"{number:032x}", wanted, RenderResult({}, "x" * 20_000))
        os.utime(cache.path(f"{number:032x}", wanted), (number, number))
    found = [path for path in (tmp_path / "rendered").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in found) <= 1_000_000 * 17 / 16
    assert cache.get(f"{119:032x}", wanted) is not None and cache.get(f"{0:032x}", wanted) is None


def test_what_one_project_holds_is_not_found_for_another(cache: RenderCache) -> None:
    wanted = make_request(Kind.NOTEBOOK, BLOB)
    cache.put(PROJECT, wanted, RenderResult({}, "x"))
    assert cache.get("d" * 32, wanted) is None


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("b.md", "/files/docs/b.md"),
        ("./b.md", "/files/docs/b.md"),
        ("../b.md#Part-one", "/files/b.md#user-part-one"),
        ("../../../../hub/logout", "/files/hub/logout"),
        ("%2e%2e/%2e%2e/%2e%2e/x", "/files/x"),
        ("/top.md", "/files/top.md"),
        ("\\\\evil.example\\x", "/files/docs/%5C%5Cevil.example%5Cx"),
        ("a%20b.md?raw=1", "/files/docs/a%20b.md"),
        ("a&quot;b", "/files/docs/a%22b"),
        ("%00x", "/files/docs/%00x"),
        ("", "/files/docs/a.md"),
        ("n.ipynb#cell-3", "/files/docs/n.ipynb#cell-3"),
        ("n.ipynb#cell-id=3f-A_b", "/files/docs/n.ipynb#cell-id-3f-A_b"),
        ("n.ipynb#cell-id=a%20b", "/files/docs/n.ipynb#user-cell-id%3Da%20b"),
        ("n.ipynb#heading=What%27s-next?", "/files/docs/n.ipynb#user-what%27s-next%3F"),
        ("a.py#L3C2-L9C4", "/files/docs/a.py#L3-L9"),
        ("a.py#L3-9", "/files/docs/a.py#L3-L9"),
        ("a.py#L12", "/files/docs/a.py#L12"),
        ("a.md#L3-and-more", "/files/docs/a.md#user-l3-and-more"),
        ("n.ipynb#heading=Part one", "/files/docs/n.ipynb#user-part-one"),
        ("c.py#L3-L9", "/files/docs/c.py#L3-L9"),
    ],
)
def test_links_lead_to_the_same_version_and_never_out_of_the_project(target: str, address: str) -> None:
    assert (
        resolve_links(f'<a href="hubshare:{target}">x</a>', "docs/a.md", "/files/", "/raw/")
        == f'<a href="{address}">x</a>'
    )


def test_images_lead_to_the_raw_file() -> None:
    assert (
        resolve_links('<img src="hubshare:img/a.png">', "docs/a.md", "/f/", "/raw/")
        == '<img src="/raw/docs/img/a.png">'
    )
    assert resolve_links('<img src="hubshare:">', "docs/a b.png", "/f/", "/raw/") == '<img src="/raw/docs/a%20b.png">'


def test_links_that_were_written_for_another_place_lead_to_where_the_file_is() -> None:
    asked = []

    def holds(path: str) -> bool:
        asked.append(path)
        return path in ("docs/img/a.png", "docs/files/b.png")

    for target, wanted in (
        ("files/img/a.png", "docs/img/a.png"),
        ("img%5Ca.png", "docs/img/a.png"),
        ("files/b.png", "docs/files/b.png"),
        ("files/none.png", "docs/files/none.png"),
        ("..%5C..%5C..%5Cx", "docs/..%5C..%5C..%5Cx"),
    ):
        assert (
            resolve_links(f'<img src="hubshare:{target}">', "docs/a.md", "/f/", "/raw/", holds)
            == f'<img src="/raw/{wanted}">'
        )
    asked.clear()
    resolve_links(
        '<img src="hubshare:img/a.png">' + '<img src="hubshare:files/x">' * 1000, "docs/a.md", "/f/", "/raw/", holds
    )
    assert len(asked) <= 400


def test_a_rendering_is_on_the_queue_once_however_often_it_is_asked_for() -> None:
    broker = jobs.make_broker("", client=fakeredis.FakeRedis())
    for _ in range(3):
        jobs.RENDER.enqueue(broker, jobs.Render("p", make_request(Kind.NOTEBOOK, BLOB).encode()))
        jobs.RENDER.enqueue(broker, jobs.Render("p", make_request(Kind.NOTEBOOK, OTHER).encode()))
    consumer = broker.consume(jobs.RENDER_QUEUE, prefetch=9)
    taken = [next(consumer) for _ in range(2)]
    assert [RenderRequest.decode(message.args[1]).blobs for message in taken] == [(BLOB,), (OTHER,)]
    assert not consumer.fetched


def test_renderings_leave_threads_to_pushes() -> None:
    broker = jobs.make_broker("", client=fakeredis.FakeRedis(), idle=0.01)
    for number in range(5):
        jobs.RENDER.enqueue(broker, jobs.Render("p", make_request(Kind.TABLE, BLOB, page=number + 1).encode()))
    consumer = broker.consume(jobs.RENDER_QUEUE, prefetch=9)
    taken = [next(consumer) for _ in range(jobs.AT_ONCE[jobs.RENDER_QUEUE])]
    assert None not in taken and next(consumer) is None
    consumer.ack(taken[0])
    assert next(consumer) is not None
