"""Servers that stall, drip, lie about what they send, and send more than anybody wants."""

from __future__ import annotations

import gzip
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hubshare.errors import TooLarge, Unavailable
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet, Visit


@pytest.fixture
def quick(tmp_path: Path, internet: Internet) -> Iterator[Importer]:
    made = Importer(tmp_path, internet, fetch_idle_seconds=0.4, fetch_max_bytes=2_000_000)
    yield made
    made.into.close()


def dripping(piece: bytes, rest: float = 0.02, head: bool = False) -> Callable[[Visit], None]:
    """Sends a little now and then, for as long as somebody listens."""

    def answer(visit: Visit) -> None:
        if visit.command == "HEAD":
            visit.send(b"", 405)
            return
        visit.close_connection = True
        start = b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if head else b"Content-Length: 1000000\r\n\r\n")
        try:
            visit.wfile.write(start)
            for _ in range(1000):
                visit.wfile.write(piece)
                time.sleep(rest)
        except OSError:
            return

    return answer


@pytest.mark.parametrize("head", [True, False])
def test_a_source_that_drips_is_given_up(internet: Internet, quick: Importer, head: bool) -> None:
    internet.answers["/drip.csv"] = dripping(b"x", head=head)
    with pytest.raises(Unavailable, match="too slowly"):
        quick.take(f"{internet.url}/drip.csv")


def test_a_source_that_stalls_is_given_up(internet: Internet, quick: Importer) -> None:
    over = threading.Event()

    def stall(visit: Visit) -> None:
        over.wait(20)
        visit.close_connection = True

    internet.answers["/stall.csv"] = internet.answers["/stall.git/info/refs"] = stall
    try:
        for at in ("/stall.csv", "/stall.git"):
            with pytest.raises(Unavailable, match="does not answer"):
                quick.take(internet.url + at)
    finally:
        over.set()


def test_git_gives_up_a_source_that_stalls(internet: Internet, tmp_path: Path) -> None:
    over = threading.Event()

    def stall(visit: Visit) -> None:
        over.wait(20)
        visit.close_connection = True

    source = internet.repository("stalling")
    source.commit({"a": "1"})
    internet.answers["/stalling.git/git-upload-pack"] = stall
    impatient = Importer(tmp_path, internet, fetch_idle_seconds=1)
    try:
        with pytest.raises(Unavailable):
            impatient.take(source.url)
    finally:
        over.set()
        impatient.into.close()


def test_all_of_it_takes_no_longer_than_it_may(internet: Internet, tmp_path: Path) -> None:
    internet.answers["/steady.csv"] = dripping(b"x" * 500)
    importer = Importer(tmp_path, internet, fetch_seconds=0.6, fetch_idle_seconds=5)
    with pytest.raises(Unavailable, match="takes too long"):
        importer.take(f"{internet.url}/steady.csv")
    importer.into.close()


def sends(head: bytes, body: bytes) -> Callable[[Visit], None]:
    """Says one thing and sends another."""

    def answer(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        if visit.command != "HEAD":
            visit.wfile.write(body)

    return answer


def test_a_source_that_lies_about_its_length(internet: Internet, quick: Importer) -> None:
    internet.answers["/short.csv"] = sends(b"Content-Length: 100", b"1,2")
    internet.answers["/long.csv"] = sends(b"Content-Length: 3", b"1,2,3,4")
    internet.answers["/huge.csv"] = sends(b"Content-Length: 10000000000000", b"1")
    internet.answers["/endless.csv"] = sends(b"Connection: close", b"x" * 2_100_000)
    internet.answers["/odd.csv"] = sends(b"Content-Length: -5", b"1")
    with pytest.raises(Unavailable, match="broke off"):
        quick.take(f"{internet.url}/short.csv")
    assert quick.files(f"{internet.url}/long.csv") == {"long.csv": "1,2"}
    for path in ("/huge.csv", "/endless.csv"):
        with pytest.raises(TooLarge, match="larger than what may be fetched"):
            quick.take(internet.url + path)
    with pytest.raises(Unavailable):
        quick.take(f"{internet.url}/odd.csv")


def test_what_is_compressed_on_the_way_is_bounded_as_well(internet: Internet, quick: Importer) -> None:
    internet.serve("/packed.csv", gzip.compress(b"1,2" * 1000), Content_Encoding="gzip")
    internet.serve("/bomb.csv", gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip")
    internet.serve("/cut.csv", gzip.compress(b"1,2" * 1000)[:-10], Content_Encoding="gzip")
    internet.serve("/other.csv", b"1", Content_Encoding="br")
    assert quick.files(f"{internet.url}/packed.csv") == {"packed.csv": "1,2" * 1000}
    with pytest.raises(TooLarge):
        quick.take(f"{internet.url}/bomb.csv")
    for path in ("/cut.csv", "/other.csv"):
        with pytest.raises(Unavailable):
            quick.take(internet.url + path)


def test_what_is_sent_behind_the_end_of_what_is_compressed_is_not_read(internet: Internet, quick: Importer) -> None:
    sent = list[int]()

    def answer(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"1,2"))
        if visit.command != "HEAD":
            with suppress(OSError):
                for number in range(24):
                    visit.wfile.write(b"x" * 1_000_000)
                    sent.append(number)
            over.set()

    over = threading.Event()
    internet.answers["/behind.csv"] = answer
    assert quick.files(f"{internet.url}/behind.csv") == {"behind.csv": "1,2"}
    assert over.wait(20) and len(sent) < 24, "it is not listened to any more"


def test_a_repository_that_is_larger_than_what_is_fetched(internet: Internet, quick: Importer) -> None:
    source = internet.repository("enormous")
    source.commit({"a": random.Random(1).randbytes(3_000_000)})
    with pytest.raises(TooLarge):
        quick.take(source.url)
