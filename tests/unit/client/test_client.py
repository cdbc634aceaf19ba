"""The pure parts of the client: what is sent again, and how a stream of events is read."""

from __future__ import annotations

import pytest

from hubshare.client import calls
from hubshare.client.call import understood
from hubshare.client.retry import Tries
from hubshare.client.stream import EventReader
from hubshare.errors import BadName, TooMany, Unavailable
from hubshare.wire.api.hub import Event

STREAM = (
    ': connected\n\nid: 1-1\ndata: {"type": "version", "project": "a/é", "number": 3}\n\n: still here\n\n'
    'id: 2-1\r\ndata: {"type": "access",\r\ndata:  "project": "a/é", "role": null}\r\n\r\n'
    'event: other\nretry: 5\nid: 3-1\n\ndata: {"type": "new", "project": "b/c", "extra": [1]}\n\nid: 4-1\ndata: {"ty'
).encode()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_stream_says_the_same_in_pieces_of_any_size(size: int) -> None:
    reader = EventReader(Event)
    found = [event for at in range(0, len(STREAM), size) for event in reader.feed(STREAM[at : at + size])]
    assert [(one.id, one.type, one.project, one.lost) for one in found] == [
        ("1-1", "version", "a/é", False),
        ("2-1", "access", "a/é", True),
        ("3-1", "new", "b/c", False),
    ]
    assert found[0].number == 3 and reader.last == "3-1", "an event that was not finished counts for nothing"
    reader.begin()
    [again] = reader.feed(b'id: 4-1\ndata: {"type": "version", "project": "a/b"}\n\n')
    assert again.id == "4-1"


@pytest.mark.parametrize("text", [b"data: {\n\n", b"data: []\n\n", b"data: {}\n\n", b"data: 1\n\n", b"x" * 2_000_000])
def test_what_is_no_stream_of_events_is_not_gone_through(text: bytes) -> None:
    with pytest.raises(ValueError):
        list(EventReader(Event).feed(text))


def test_what_is_safe_to_repeat_is_sent_four_times_in_all() -> None:
    tries, error = Tries(calls.hub.me(), 10), Unavailable("gone")
    assert [tries.lost(error, True) < 1 for _ in range(3)] == [True] * 3
    with pytest.raises(Unavailable, match="gone"):
        tries.lost(error, True)


def test_what_is_not_is_sent_again_only_if_it_never_arrived() -> None:
    invite, error = calls.access.invite("alice/course"), Unavailable("gone")
    assert Tries(invite, 10).lost(error, False) < 1
    for lost in (lambda tries: tries.lost(error, True), lambda tries: tries.refused(error, 503, "1")):
        with pytest.raises(Unavailable):
            lost(Tries(invite, 10))
    assert Tries(invite, 10).refused(TooMany("slowly"), 429, "1") >= 1


def test_the_service_says_how_long_to_wait_and_nobody_waits_for_ever() -> None:
    error = TooMany("slowly")
    assert 5 <= Tries(calls.hub.me(), 20).refused(error, 429, "5") < 6
    tries = Tries(calls.hub.me(), 20)
    tries.refused(error, 429, "15")
    for wait in ("15", "60", "9" * 500):
        with pytest.raises(TooMany):
            tries.refused(error, 429, wait)
    for odd in ("", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"):
        assert Tries(calls.hub.me(), 20).refused(error, 429, odd) < 1


def test_a_second_deletion_that_finds_nothing_was_done_by_the_first() -> None:
    tries = Tries(calls.teams.delete_team("physics"), 10)
    assert not tries.good(404)
    tries.lost(Unavailable("gone"), True)
    assert tries.good(404)
    other = Tries(calls.teams.remove_member("physics", "bob"), 10)
    assert not other.good(404), "its receipt would be lost"


def test_an_answer_of_another_version_is_not_understood_and_says_so() -> None:
    for raw in (b"", b"[]", b"{}", b"null", b'{"name": 1}', b"\xff"):
        with pytest.raises(Unavailable, match="version"):
            understood(calls.hub.me(), raw)
        with pytest.raises(Unavailable, match="version"):
            understood(calls.projects.projects().first, raw)


def test_parts_of_an_address_stay_what_they_are() -> None:
    assert calls.access.grant("alice/course", "team:a b?c#d%", "reader").target.endswith(
        "/grants/team%3Aa%20b%3Fc%23d%25"
    )
    for bad in ("", ".", "..", "a/b", "/", "\udcff"):
        with pytest.raises(BadName):
            calls.teams.team(bad)
    assert calls.contents.file("alice/course", "a b/é&c.txt", "v1").target.endswith(
        "/file?path=a%20b%2F%C3%A9%26c.txt&version=v1"
    )
