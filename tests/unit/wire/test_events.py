"""The wire contract: what is accepted, and that everything else is a clear error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import BadEvent
from hubshare.wire.agent import Pull, Push, PushLists, Sync, new_id, read_from_agent, read_from_centre
from hubshare.wire.head import HEAD_BYTES, read_head

MOST = 10_000


def push(**changes: object) -> bytes:
    made = json.loads(Push(project=new_id(), checkout=new_id(), commit="a" * 40).encode())
    return json.dumps(made | changes).encode()


@pytest.mark.parametrize(
    "event",
    [
        Push(project=new_id(), checkout=new_id(), commit="a" * 40, conflicts=["a b", "ü"], confirmed=True),
        Pull(project=new_id(), checkout=new_id(), commit="b" * 40),
        Sync(checkouts=[new_id()]),
    ],
)
def test_what_is_sent_is_read_back(event: Push | Pull | Sync) -> None:
    assert read_from_agent(event.encode(), MOST) == event


@pytest.mark.parametrize(
    "event",
    [
        Push(project=new_id(), checkout=new_id(), commit="a" * 40, conflicts=["a" * 1000]),
        Pull(project=new_id(), checkout=new_id(), commit="b" * 40),
        Sync(checkouts=[new_id()] * 50),
    ],
)
def test_the_head_of_an_event_says_what_it_is_about(event: Push | Pull | Sync) -> None:
    about = {"project": event.project} if not isinstance(event, Sync) else {}
    head = event.encode()[:HEAD_BYTES]
    assert read_head(head) == {"kind": event.type, "trace": event.id, **about}
    # Written in another way, or made up: nothing is said of it, and nothing breaks.
    assert read_head(b" " + head) == read_head(head[:40]) == read_head(head.replace(b'"id"', b'"ID"')) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        push(version=2),
        push(version="1"),
        push(type="destroy"),
        push(user="root"),
        push(commit="A" * 40),
        push(commit="a" * 39),
        push(project="../../etc"),
        push(conflicts=[""]),
        push(conflicts="all"),
        push(conflicts=["x"] * 10_001),
        push(upload="x"),
        push(confirmed="perhaps"),
    ],
)
def test_anything_else_is_a_clear_error(raw: bytes) -> None:
    with pytest.raises(BadEvent, match="restart your server"):
        read_from_agent(raw, 1_000_000)


def test_a_large_event_is_not_parsed() -> None:
    with pytest.raises(BadEvent, match="at most 10,000"):
        read_from_agent(b"{" * (MOST + 1), MOST)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    for read in (lambda: read_from_agent(raw, MOST), lambda: read_from_centre(raw)):
        with pytest.raises(BadEvent):
            read()


def test_a_list_that_names_more_than_a_project_may_have_files_is_refused() -> None:
    def names(count: int) -> bytes:
        return b'{"settled":[' + b'"a",' * (count - 1) + b'"a"]}'

    assert len(PushLists.read(names(1_000_000)).settled) == 1_000_000
    with pytest.raises(BadEvent, match="at most 1000000"):
        PushLists.read(names(1_000_001))
