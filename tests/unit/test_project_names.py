"""Names of projects and users, their keys in Redis, and names in messages for people."""

from __future__ import annotations

import string
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.bus.keys import acl_user, inbox, outbox, user_of
from hubshare.errors import BadName
from hubshare.names import (
    check_project_name,
    check_user,
    folded,
    key_part,
    quoted,
    slug,
    split_project,
)

# projects and users


@pytest.mark.parametrize("name", ["a", "1", "my-course", "a.b", "a_b", "x" * 100, "v1.2", "a--b", "git"])
def test_project_names_that_pass(name: str) -> None:
    assert check_project_name(name) == name
    assert split_project(f"alice/{name}") == ("alice", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "é",
        "a b",
        "a/b",
        "..",
        ".",
        ".a",
        "a.",
        "-a",
        "a-",
        "_a",
        "a..b",
        "a.git",
        "a.lock",
        "x" * 101,
        "x" * 10_000,
        "a*",
        "a?",
        "[a]",
        "a\\b",
        "a:b",
        "a\n",
        "a\0",
        "<script>",
        "a%2fb",
        "٣",
        "ａ",
    ],
)
def test_project_names_that_do_not(name: str) -> None:
    with pytest.raises(BadName) as caught:
        check_project_name(name)
    assert len(caught.value.message) < 400 and "\n" not in caught.value.message


@pytest.mark.parametrize("full", ["", "a", "/", "/a", "a/", "a/b/c", "../b", "./b", " a/b", "a\n/b", "a/b\n", "\0/b"])
def test_what_is_no_project_is_refused(full: str) -> None:
    with pytest.raises(BadName):
        split_project(full)


@pytest.mark.parametrize(
    "user", ["a", "Alice Ω", "a@b.org", "a*", "[a]", "a:b", "é", "🎉", "<b>", "a" * 255, "...", "-"]
)
def test_users_that_a_hub_may_have_pass(user: str) -> None:
    assert check_user(user) == user


@pytest.mark.parametrize(
    "user", ["", " ", " a", "a ", "a/b", "/", "a\n", "\t", "\0", "a\u2028", ".", "..", "x" * 256, "\ud800"]
)
def test_users_that_no_hub_has_are_refused(user: str) -> None:
    with pytest.raises(BadName):
        check_user(user)


@given(st.text(max_size=200))
def test_a_slug_names_a_project_or_says_that_it_cannot(text: str) -> None:
    try:
        made = slug(text)
    except BadName:
        assert not any(ch in string.ascii_letters + string.digits for ch in text)
    else:
        assert check_project_name(made) == made


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("My Course (2)", "my-course-2"),
        ("Übung 1", "ubung-1"),
        ("a..b", "a.b"),
        ("repo.git", "repo-git"),
        (".hidden", "hidden"),
        ("a.lock", "a-lock"),
        ("x" * 300, "x" * 100),
        ("x" * 98 + "..y", "x" * 98),
    ],
)
def test_a_folder_gives_its_project_a_name(folder: str, name: str) -> None:
    assert slug(folder) == name


@given(st.text(max_size=255).filter(lambda text: text.isprintable()))
def test_a_user_in_a_key_leaves_no_character_that_means_something(user: str) -> None:
    part = key_part(user)
    assert not set(part) & set("*?[]\\: {}^/\0\n\"'")
    assert unquote(part) == user and user_of(outbox(user)) == user
    assert part.isascii() and acl_user(user, "0" * 32).isascii()


@given(st.text(min_size=1).filter(str.isprintable), st.text(min_size=1).filter(str.isprintable))
def test_no_two_users_share_a_key(one: str, two: str) -> None:
    assert ({inbox(one), outbox(one)} & {inbox(two), outbox(two)} != set()) == (one == two)


# for people


@given(st.text(max_size=10_000))
def test_a_name_in_a_message_is_one_short_line(text: str) -> None:
    found = quoted(text)
    assert found.isprintable() and len(found) <= 80 * 10 + 2


def test_twins_share_a_folded_name() -> None:
    assert folded("Read.md") == folded("README.MD".replace("README", "READ")) and folded("é") == folded("e\u0301")
    assert folded("a") != folded("b")
