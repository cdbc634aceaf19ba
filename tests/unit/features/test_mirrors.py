"""What mirrors decide without asking anybody: names, waits, and the words of other hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hubshare_workers.fetch.mirroring import remote_words

from hubshare.errors import Invalid
from hubshare.features.mirrors.advice import of_refusal
from hubshare.features.mirrors.refs import check_branch, check_url, tags_of
from hubshare.features.mirrors.schedule import REFUSED, UNREACHABLE, given_up, wait


def test_releases_become_tags_that_git_takes() -> None:
    found = tags_of([("Winter term 2026", "1"), ("Winter-term-2026", "2"), ("a..b", "3"), ("x.lock", "4")])
    assert found == {"Winter-term-2026": "1", "a.b": "3", "x-lock": "4"}


def test_branches_are_such_as_git_takes() -> None:
    assert [check_branch(name) for name in ("main", "gh-pages", "a/b.c", "v1.0")]
    for name in (
        "",
        "-a",
        "a..b",
        "a//b",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a/",
        "a.",
        ".a",
        "a b",
        "a:b",
        "a~1",
        "a^",
        "@",
    ):
        with pytest.raises(Invalid):
            check_branch(name)


def test_an_address_of_ssh_is_answered_with_that_of_https() -> None:
    assert check_url("https://example.org/o/r.git/") == "https://example.org/o/r.git"
    for url in ("git@github.com:o/r.git", "ssh://git@github.com:o/r.git", "github.com:o/r.git"):
        with pytest.raises(Invalid, match=r"https://github\.com/o/r\.git"):
            check_url(url)
    for url in (
        "https://example.org/r.git?x=1",
        "https://example.org/",
        "https://u@example.org/r",
        "http://[::1/r",
        "r",
    ):
        with pytest.raises(Invalid):
            check_url(url)


def test_waits_grow_and_end_in_giving_up() -> None:
    assert [wait(False, number) for number in range(1, 9)] == [*UNREACHABLE, *UNREACHABLE[-1:] * 2]
    assert wait(True, 1) == REFUSED[0] and wait(True, 100) == REFUSED[-1]
    assert not given_up(timedelta(days=30), 1) and not given_up(timedelta(days=6), 100)
    assert given_up(timedelta(days=7), 5)


def test_words_of_the_other_host_are_plain_text() -> None:
    said = (
        "To https://example.org\nremote: \x1b[31mno\x1b[0m \x1b]8;;https://evil\x07here\x1b]8;;\x07\n"
        "remote: a%\rb%\rdone\x00\u202e\n"
    )
    assert remote_words(said) == "no here\ndone"
    assert len(remote_words("remote: " + "x" * 5000)) == 1000


@pytest.mark.parametrize(
    ("refused", "said", "advice"),
    [
        ("fetch first", "", "changed by others"),
        (
            "pre-receive hook declined",
            "error: File a.bin is 120.00 MB; this exceeds GitHub's file size limit",
            "as large as",
        ),
        ("protected branch hook declined", "GH006: Protected branch update failed", "is protected"),
        ("branch is currently checked out", "", "work tree"),
        ("pre-receive hook declined", "sign the agreement", "see what the other host says"),
    ],
)
def test_each_refusal_comes_with_what_to_do_next(refused: str, said: str, advice: str) -> None:
    assert advice in of_refusal("The branch main at example.org", "", refused, said)
