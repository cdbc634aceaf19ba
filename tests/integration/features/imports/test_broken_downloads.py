"""A download that breaks off goes on where it was, as long as it is the same file."""

from __future__ import annotations

import os
import re

import pytest
from hubshare_workers.fetch import web

from hubshare.errors import Unavailable
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet, Visit


class Breaking:
    """A server that breaks off after so many bytes, each time.

    Attributes:
        content: that it has; its mark follows from its first byte.
        asked: the ranges that were asked for.
        ranges: whether it can go on.
    """

    def __init__(self, content: bytes, after: int, ranges: bool = True) -> None:
        self.content, self.after, self.ranges = content, after, ranges
        self.asked: list[str] = []

    def __call__(self, visit: Visit) -> None:
        mark = f'"{self.content[:1].hex()}"'
        wanted = visit.headers.get("Range", "")
        start = int(re.sub(r"\D", "", wanted) or 0) if self.ranges and visit.headers.get("If-Range") == mark else 0
        if visit.command == "GET":
            self.asked.append(wanted)
        visit.send_response(206 if start else 200)
        visit.send_header("ETag", mark)
        if self.ranges:
            visit.send_header("Accept-Ranges", "bytes")
        if start:
            visit.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        visit.send_header("Content-Length", str(len(self.content) - start))
        visit.end_headers()
        if visit.command == "GET":
            visit.wfile.write(self.content[start : start + self.after])
            visit.close_connection = True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_PAUSE", 0)


def test_it_goes_on_where_it_broke_off(importer: Importer, internet: Internet) -> None:
    content = b"a" + os.urandom(299_999).hex().encode()[:299_999]
    internet.answers["/broken.csv"] = server = Breaking(content, 100_000)
    assert importer.files(f"{internet.url}/broken.csv") == {"broken.csv": content.decode()}
    assert server.asked == ["", "bytes=100000-", "bytes=200000-"]


def test_another_file_is_taken_from_its_beginning(importer: Importer, internet: Internet) -> None:
    server = Breaking(b"a" * 1000, 600)

    def changing(visit: Visit) -> None:
        server(visit)
        if visit.command == "GET":
            server.content, server.after = b"b" * 900, 2000

    internet.answers["/changing.csv"] = changing
    assert importer.files(f"{internet.url}/changing.csv") == {"changing.csv": "b" * 900}


def test_who_cannot_go_on_or_sends_something_else_is_given_up(importer: Importer, internet: Internet) -> None:
    internet.answers["/whole.csv"] = server = Breaking(b"a" * 1000, 600, ranges=False)
    with pytest.raises(Unavailable, match="broke off"):
        importer.take(f"{internet.url}/whole.csv")
    assert server.asked == [""]
    internet.serve("/part.csv", "part", 206, Content_Range="bytes 5-8/9")
    with pytest.raises(Unavailable, match="not asked for"):
        importer.take(f"{internet.url}/part.csv")
