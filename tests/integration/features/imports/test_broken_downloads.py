"""A download that breaks off goes on where it was, as long as it is the same file."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path

import pytest
from hubshare_workers.fetch import web
from hubshare_workers.fetch.parts import Parts

from hubshare.errors import Cancelled, Unavailable
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet, Visit


class Breaking:
    """A server that breaks off after so many bytes, each time.

    Attributes:
        content: that it has; its mark follows from its first byte.
        asked: the ranges that were asked for.
        ranges: whether it can go on.
        dies_at: who wants what comes after so many bytes is sent nothing; 0 for never.
    """

    def __init__(self, content: bytes, after: int, ranges: bool = True) -> None:
        self.content, self.after, self.ranges = content, after, ranges
        self.asked: list[str] = []
        self.dies_at = 0

    def __call__(self, visit: Visit) -> None:
        mark = f'"{self.content[:1].hex()}"'
        wanted = visit.headers.get("Range", "")
        start = int(re.sub(r"\D", "", wanted) or 0) if self.ranges and visit.headers.get("If-Range") == mark else 0
        if visit.command == "GET":
            self.asked.append(wanted)
        if self.dies_at and start >= self.dies_at:
            visit.send(b"", 503)
            return
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


def kept(importer: Importer) -> list[Path]:
    return list(importer.settings.quarantine.glob("*.part"))


def test_another_run_goes_on_where_one_was_cancelled(importer: Importer, internet: Internet) -> None:
    content = os.urandom(500_000).hex().encode()
    internet.answers["/stopped.csv"] = server = Breaking(content, len(content))
    come = list[int]()
    with pytest.raises(Cancelled):
        importer.take(
            f"{internet.url}/stopped.csv",
            progress=lambda what, done, total: come.append(done),
            cancelled=lambda: bool(come and come[-1]),
        )
    assert len(kept(importer)) == 1
    assert importer.files(f"{internet.url}/stopped.csv") == {"stopped.csv": content.decode()}
    assert server.asked[0] == "" and re.fullmatch(r"bytes=[1-9]\d*-", server.asked[1]), server.asked
    assert not kept(importer)


def test_another_run_goes_on_where_one_was_broken_off(importer: Importer, internet: Internet) -> None:
    content = os.urandom(150_000).hex().encode()
    internet.answers["/late.csv"] = server = Breaking(content, 100_000)
    server.dies_at = 200_000
    with pytest.raises(Unavailable, match="the next try goes on with it"):
        importer.take(f"{internet.url}/late.csv")
    assert len(kept(importer)) == 1
    server.dies_at = 0
    assert importer.files(f"{internet.url}/late.csv") == {"late.csv": content.decode()}
    assert server.asked[-1] == "bytes=200000-" and "" not in server.asked[1:], server.asked


def test_another_run_takes_whole_what_is_another_file_by_now(importer: Importer, internet: Internet) -> None:
    internet.answers["/other.csv"] = server = Breaking(b"a" * 1000, 600)
    server.dies_at = 600
    with pytest.raises(Unavailable):
        importer.take(f"{internet.url}/other.csv")
    server.content, server.after, server.dies_at = b"b" * 500, 500, 0
    assert importer.files(f"{internet.url}/other.csv") == {"other.csv": "b" * 500}


def test_nothing_is_mixed_by_servers_that_go_on_elsewhere(importer: Importer, internet: Internet) -> None:
    whole = b"a" * 600 + b"b" * 400

    def lies(status: int, **headers: str) -> Callable[[Visit], None]:
        def answer(visit: Visit) -> None:
            if visit.headers.get("Range"):
                visit.send(b"x" * 400, status, **({"ETag": '"61"'} | headers))
            else:
                visit.send(whole, ETag='"61"', Accept_Ranges="bytes")

        return answer

    for number, liar in enumerate(
        (
            lies(206, Content_Range="bytes 500-899/1000"),
            lies(206),
            lies(206, Content_Range="bytes 600-999/1000", Content_Encoding="gzip"),
            lies(206, Content_Range="bytes 600-999/1000", ETag='"62"'),
            lies(206, Content_Range="bytes 600-999/1000", ETag='W/"61"'),
            lies(416),
            lies(200),
        )
    ):
        internet.answers[f"/liar{number}.csv"] = server = Breaking(whole, 600)
        server.dies_at = 600
        with pytest.raises(Unavailable):
            importer.take(f"{internet.url}/liar{number}.csv")
        assert kept(importer), number
        internet.answers[f"/liar{number}.csv"] = liar
        found = importer.files(f"{internet.url}/liar{number}.csv")[f"liar{number}.csv"]
        # One that sends something whole is believed.
        assert found == ("x" * 400 if number == 6 else whole.decode()), number


def test_a_file_that_has_just_changed_is_not_mixed_with_the_one_before(importer: Importer, internet: Internet) -> None:
    """Also where the server looks at the range alone, and its times say too little to go on by them."""
    sent, changed = formatdate(1_000_000, usegmt=True), "Mon, 12 Jan 1970 13:46:30 GMT"
    content, times = [b"a" * 1000], [formatdate(1, usegmt=True)]

    def answer(visit: Visit) -> None:
        start = int(re.sub(r"\D", "", visit.headers.get("Range", "")) or 0)
        visit.send_response_only(206 if start else 200)
        visit.send_header("Date", sent)
        visit.send_header("Last-Modified", times[0])
        visit.send_header("Accept-Ranges", "bytes")
        if start:
            visit.send_header("Content-Range", f"bytes {start}-999/1000")
        visit.send_header("Content-Length", str(1000 - start))
        visit.end_headers()
        if visit.command == "GET":
            visit.wfile.write(content[0][start:] if start or times[0] == changed else content[0][:600])
            visit.close_connection = True
            content[0], times[0] = b"b" * 1000, changed

    internet.answers["/changed.csv"] = answer
    assert importer.files(f"{internet.url}/changed.csv") == {"changed.csv": "b" * 1000}


def test_who_is_sent_less_than_was_asked_for_asks_for_the_rest(importer: Importer, internet: Internet) -> None:
    whole = b"a" * 300 + b"b" * 300 + b"c" * 400

    def answer(visit: Visit) -> None:
        start = int(re.sub(r"\D", "", visit.headers.get("Range", "")) or 0)
        piece = whole[start : start + 300]
        visit.send(piece, 206, ETag='"1"', Content_Range=f"bytes {start}-{start + len(piece) - 1}/1000")

    internet.answers["/pieces.csv"] = answer
    assert importer.files(f"{internet.url}/pieces.csv") == {"pieces.csv": whole.decode()}


def test_what_may_not_have_reached_the_disk_is_not_believed(importer: Importer, internet: Internet) -> None:
    content = os.urandom(50_000).hex().encode()
    internet.answers["/power.csv"] = server = Breaking(content, 60_000)
    server.dies_at = 60_000
    with pytest.raises(Unavailable):
        importer.take(f"{internet.url}/power.csv")
    (folder,) = kept(importer)
    with (folder / "content").open("ab") as file:
        file.write(bytes(1000))
    server.dies_at = 0
    assert importer.files(f"{internet.url}/power.csv") == {"power.csv": content.decode()}
    assert server.asked[-1] == "bytes=60000-"


def test_a_person_keeps_no_more_than_one_import_may_fetch(tmp_path: Path) -> None:
    def broken(parts: Parts, what: str, size: int) -> None:
        with pytest.raises(Unavailable), parts.open(what) as part:
            assert not part.size, what
            part.mark = '"m"'
            part.add(b"x" * size)
            raise Unavailable("It broke off.")

    mine, others = Parts(tmp_path, 1000, "alice", "one"), Parts(tmp_path, 1000, "bob", "one")
    broken(others, "first", 900)
    for what in ("first", "second", "third"):
        broken(mine, what, 400)
        for age, path in enumerate(
            sorted(tmp_path.glob("*/content"), key=lambda one: one.stat().st_mtime, reverse=True)
        ):
            os.utime(path, (1000 - age, 1000 - age))
    with mine.open("third") as part:
        assert part.size == 400
        # Two that are at the same do not write to the same.
        with mine.open("third") as twin:
            assert twin.size == 0
    with mine.open("first") as part:
        assert part.size == 0, "the oldest went"
    with others.open("first") as part:
        assert part.size == 900, "another person's stays"
    with Parts(tmp_path, 1000, "alice", "two").open("second") as part:
        assert part.size == 0, "what was fetched for one source is not told to another"


def test_what_a_killed_worker_had_flushed_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubshare_workers.fetch.parts._NOTED_BYTES", 1000)
    with Parts(tmp_path / "at work", 10_000, "alice", "one").open("file") as part:
        part.mark = '"m"'
        part.add(b"a" * 1500)
        part.add(b"b" * 300)
        # What lies there now is what a kill would leave.
        shutil.copytree(tmp_path / "at work", tmp_path / "after it")
    assert not list((tmp_path / "at work").iterdir()), "what was not taken is dropped"
    with Parts(tmp_path / "after it", 10_000, "alice", "one").open("file") as part:
        assert (part.size, part.mark) == (1500, '"m"')
        assert part.digest.hexdigest() == sha256(b"a" * 1500).hexdigest()
        part.add(b"c")
        part.take(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"a" * 1500 + b"c"


def test_where_there_are_no_locks_a_download_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    parts = Parts(tmp_path, 1000, "alice", "one")
    for _ in range(2):
        with pytest.raises(Unavailable), parts.open("file") as part:
            assert part.size == 0
            part.mark = '"m"'
            part.add(b"x")
            raise Unavailable("It broke off.")
    with parts.open("file") as part, parts.open("file") as twin:
        part.add(b"mine")
        twin.add(b"other")
        part.take(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"mine"


def test_little_room_in_a_project_drops_nothing_that_is_kept_for_the_person(
    importer: Importer, internet: Internet
) -> None:
    for name, room in (("first", None), ("second", 150_000)):
        internet.answers[f"/{name}.csv"] = server = Breaking(b"a" * 120_000, 100_000)
        server.dies_at = 100_000
        with pytest.raises(Unavailable, match="the next try goes on with it"):
            importer.take(f"{internet.url}/{name}.csv", room=room)
    assert len(kept(importer)) == 2
