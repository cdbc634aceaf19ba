"""Commits: HubShare's own are read back exactly, any git's as far as they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import BadPack
from hubshare.git.objects import (
    Commit,
    decode_commit,
    read_commit,
)
from hubshare.names import SUMMARY_CHARACTERS

USERS = st.text(min_size=1, max_size=60).filter(lambda name: name.isprintable())


@given(
    USERS, st.integers(0, 10**11 - 1), st.text(max_size=200).filter(lambda text: "\0" not in text), st.integers(0, 3)
)
def test_a_commit_is_read_as_it_was_written(user: str, time: int, message: str, parents: int) -> None:
    made = Commit("1" * 40, tuple(f"{number:040x}" for number in range(parents)), user, time, message)
    found = decode_commit(made.encode().data)
    assert found.encode() == made.encode()
    assert (found.author, found.time, found.parents) == (user, time, made.parents)
    assert found.message == message.rstrip("\n") + "\n"


@given(st.binary(max_size=300))
def test_noise_is_no_commit(noise: bytes) -> None:
    for data in (noise, Commit("1" * 40, (), "a", 1, "x").encode().data + noise):
        try:
            found = decode_commit(data)
        except BadPack:
            continue
        assert found.encode().data == data


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=3))
def test_a_changed_commit_is_read_as_it_is_or_not_at_all(at: int, bytes_: bytes) -> None:
    data = bytearray(Commit("1" * 40, ("2" * 40,), "é <x>", 5, "Edit a.txt\n\nHubShare-Checkout: x").encode().data)
    data[at % len(data) : at % len(data) + 1] = bytes_
    try:
        found = decode_commit(bytes(data))
    except BadPack:
        return
    assert found.encode().data == data


@pytest.mark.parametrize(
    "line",
    ["gpgsig -----BEGIN", "encoding latin-1", "author bob <bob@hubshare> 1 +0000", "mergetag x", "x y", "parent x"],
)
@pytest.mark.parametrize("before", ["parent ", "author ", "committer ", "\n"])
def test_headers_of_other_kinds_are_refused(line: str, before: str) -> None:
    text = Commit("1" * 40, ("2" * 40,), "a", 1, "x").encode().data.decode()
    with pytest.raises(BadPack):
        decode_commit(text.replace(f"\n{before}", f"\n{line}\n{before}", 1).encode())


def test_a_trailer_is_found_in_a_line_of_its_own_only() -> None:
    made = Commit("1" * 40, (), "a", 1, "About HubShare-Checkout: no\n\nHubShare-Checkout: yes\n")
    assert made.trailer("HubShare-Checkout") == "yes" and made.trailer("Other") is None
    assert made.summary == "About HubShare-Checkout: no"


@given(USERS, st.integers(0, 10**11 - 1), st.text(max_size=200).filter(lambda text: "\0" not in text))
def test_both_readers_agree_on_what_hubshare_writes(user: str, time: int, message: str) -> None:
    data = Commit("1" * 40, ("2" * 40, "3" * 40), user, time, message).encode().data
    assert read_commit(data) == decode_commit(data)


OTHERS = (
    b"tree " + b"1" * 40 + b"\nparent " + b"2" * 40 + b"\nparent " + b"3" * 40 + b"\nparent " + b"4" * 40 + b"\n"
    b"author Bj\xf8rn M\xfcller <b.m@example.org> 1700000000 +0530\n"
    b"committer GitHub <noreply@github.com> 1700000001 -0800\n"
    b"encoding ISO-8859-1\n"
    b"mergetag object " + b"4" * 40 + b"\n type commit\n author not <this@one> 1 +0000\n parent " + b"5" * 40 + b"\n"
    b"gpgsig -----BEGIN PGP SIGNATURE-----\n encoding utf-8\n \n author nor <this@one> 2 +0000\n -----END\n"
    b"\nGr\xfc\xdfe\n\nauthor neither <this@one> 3 +0000\n"
)


def test_a_commit_of_any_git_is_read() -> None:
    found = read_commit(OTHERS)
    assert found.tree == "1" * 40 and found.parents == ("2" * 40, "3" * 40, "4" * 40)
    assert (found.author, found.time, found.summary) == ("Bj\u00f8rn M\u00fcller", 1_700_000_000, "Gr\u00fc\u00dfe")
    with pytest.raises(BadPack):
        decode_commit(OTHERS)


@pytest.mark.parametrize(
    ("old", "new", "author", "time"),
    [
        (b"author Bj\xf8rn M\xfcller <b.m@example.org> 1700000000 +0530\n", b"", "", 0),
        (b"Bj\xf8rn M\xfcller <b.m@example.org>", b"<b.m@example.org>", "b.m@example.org", 1_700_000_000),
        (b"1700000000 +0530", b"", "", 0),
        (b"1700000000 +0530", b"999999999999999999 +0530", "Bj\u00f8rn M\u00fcller", 253_402_300_799),
        (b"1700000000 +0530", b"9" * 5000 + b" +0530", "", 0),
        (b"ISO-8859-1", b"no-such-thing", "Bj\ufffdrn M\ufffdller", 1_700_000_000),
        (b"ISO-8859-1", b"unicode_escape", "Bj\ufffdrn M\ufffdller", 1_700_000_000),
        (b"ISO-8859-1", b"ISO-8859-99", "Bj\ufffdrn M\ufffdller", 1_700_000_000),
        (b"ISO-8859-1", b"\xff", "Bj\ufffdrn M\ufffdller", 1_700_000_000),
        (b"Bj\xf8rn", b"B\0", "B\ufffd M\u00fcller", 1_700_000_000),
    ],
)
def test_an_odd_commit_is_read_as_far_as_it_goes(old: bytes, new: bytes, author: str, time: int) -> None:
    assert old in OTHERS
    found = read_commit(OTHERS.replace(old, new, 1))
    assert (found.author, found.time) == (author, time)
    assert found.tree == "1" * 40 and len(found.parents) == 3


@given(st.binary(max_size=300))
def test_what_names_no_tree_is_no_commit(noise: bytes) -> None:
    with pytest.raises(BadPack):
        read_commit(b"tree " + noise[:39])
    read_commit(b"tree " + b"1" * 40 + b"\n" + noise)


def test_what_is_noted_in_a_commit_is_not_what_somebody_says_in_it() -> None:
    words = "Week 3\n\nHubShare-Checkout: theirs\n\nMore"
    made = Commit("1" * 40, (), "alice", 1, f"{words}\n\nHubShare-Checkout: mine\n")
    assert made.trailer("HubShare-Checkout") == "mine"
    assert Commit("1" * 40, (), "alice", 1, words).trailer("HubShare-Checkout") is None


def test_a_list_of_versions_holds_no_line_of_any_length() -> None:
    assert len(Commit("1" * 40, (), "alice", 1, "x" * 100_000).summary) == SUMMARY_CHARACTERS
