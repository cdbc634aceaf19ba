"""Pkt-lines: what a push begins with is read however it is cut into pieces, and what is no push is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import Invalid
from hubshare.git.pktline import (
    ANSWER,
    FLUSH,
    MESSAGE,
    NOTHING,
    PushHead,
    RefCommand,
    advertisement,
    line,
    report,
    side_band,
)

A, B = "a" * 40, "b" * 40
MAIN = "refs/heads/main"


def head(*lines: str, options: list[str] | None = None) -> bytes:
    """The head of a push, as git sends it."""
    made = b"".join(line(text.encode()) for text in lines) + FLUSH
    return made + (b"".join(line(option.encode()) for option in options) + FLUSH if options is not None else b"")


@given(st.lists(st.integers(1, 40), max_size=40))
def test_a_head_is_read_in_any_pieces_and_ends_where_the_pack_begins(cuts: list[int]) -> None:
    sent = head(
        f"{A} {B} {MAIN}\0 report-status side-band-64k push-options agent=git/2.39.5\n",
        f"{NOTHING} {A} refs/heads/other\n",
        options=["confirm\n", "x=é"],
    )
    found, at, rest = PushHead(), 0, None
    for cut in [*cuts, len(sent)]:
        assert rest is None or at >= len(sent)
        if at < len(sent):
            piece = sent[at : at + cut]
            at += cut
            rest = found.feed(piece + (b"PACK" if at >= len(sent) else b""))
    assert rest == b"PACK"
    assert found.commands == [RefCommand(A, B, MAIN), RefCommand(NOTHING, A, "refs/heads/other")]
    assert found.capabilities == {"report-status", "side-band-64k", "push-options", "agent=git/2.39.5"}
    assert found.options == ["confirm", "x=é"]


def test_options_are_waited_for_only_if_they_were_announced() -> None:
    assert PushHead().feed(head(f"{A} {B} {MAIN}\0report-status") + b"PACK") == b"PACK"
    assert PushHead().feed(head(f"{A} {B} {MAIN}\0push-options")) is None
    assert PushHead().feed(head(f"{A} {B} {MAIN}\0push-options", options=[])) == b""


def test_a_probe_wants_nothing() -> None:
    found = PushHead()
    assert found.feed(FLUSH) == b"" and found.commands == []


def test_where_a_shallow_client_ends_is_passed_over() -> None:
    found = PushHead()
    assert found.feed(head(f"shallow {A}", f"{A} {B} {MAIN}\0report-status")) == b""
    assert found.commands == [RefCommand(A, B, MAIN)] and "report-status" in found.capabilities


def test_capabilities_of_a_second_command_do_not_count() -> None:
    found = PushHead()
    found.feed(head(f"{A} {B} {MAIN}", f"{A} {B} refs/x\0side-band-64k"))
    assert found.capabilities == frozenset()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n",
        b"00 4",
        b"+004",
        b"0x04",
        b"0001",
        b"0002",
        b"0003",
        b"fff1" + b"x" * 70_000,
        line(b""),
        line(b"push-cert\0x"),
        line(f"{A} {B}".encode()),
        line(f"{A}  {B} {MAIN}".encode()),
        line(f"{A.upper()} {B} {MAIN}".encode()),
        line(f"{A[:39]} {B} {MAIN}".encode()),
        line(f"{A * 2} {B} {MAIN}".encode()),
        line(f"{A} {B} a\nb".encode()),
        line(f"{A} {B} {MAIN}\0x\n\n".encode()),
    ],
)
def test_what_git_does_not_send_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid):
        PushHead().feed(sent)


def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    found, sent = PushHead(), line(f"{A} {B} refs/heads/{'x' * 1000}".encode())
    with pytest.raises(Invalid, match="too many refs"):
        for _ in range(300):
            assert found.feed(sent) is None


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for(noise: bytes) -> None:
    try:
        rest = PushHead().feed(noise)
    except Invalid:
        return
    assert rest is None or noise.startswith(FLUSH)


def read(sent: bytes) -> list[bytes | None]:
    """The lines of what is sent; None for a flush."""
    found: list[bytes | None] = []
    while sent:
        size = int(sent[:4], 16)
        found.append(sent[4:size] if size else None)
        assert size == 0 or 4 < size <= 65_520
        sent = sent[max(size, 4) :]
    return found


@given(st.integers(0, 200_000))
def test_a_band_carries_any_length(length: int) -> None:
    lines = read(b"".join(side_band(MESSAGE, b"x" * length)))
    assert all(found is not None and found[0] == MESSAGE for found in lines)
    assert sum(len(found or b"") - 1 for found in lines) == length


def test_an_empty_piece_of_a_band_keeps_the_line_alive() -> None:
    assert b"".join(side_band(ANSWER, b"")) == b"0005\x01"


def test_the_report_names_each_ref() -> None:
    assert read(report("ok", [(MAIN, ""), ("refs/tags/v1", "only main is published")])) == [
        b"unpack ok\n",
        b"ok refs/heads/main\n",
        b"ng refs/tags/v1 only main is published\n",
        None,
    ]


def test_a_push_is_told_of_main_alone_and_of_what_it_may_ask_for() -> None:
    service, gap, refs, end = read(advertisement(A))
    assert service == b"# service=git-receive-pack\n" and gap is None and end is None
    assert refs is not None
    name, _, capabilities = refs.partition(b"\0")
    assert name == f"{A} {MAIN}".encode()
    words = capabilities.split()
    assert {b"report-status", b"side-band-64k", b"push-options", b"object-format=sha1"} <= set(words)
    assert not {b"delete-refs", b"atomic", b"push-cert"} & set(words)
