"""Names of files and links: what passes is safe on every system that may ever hold it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import BadPath
from hubshare.names import (
    NAME_BYTES,
    PATH_BYTES,
    PATH_DEPTH,
    check_path,
    check_user,
    git_meaning,
    is_set_aside,
    link_fault,
    path_fault,
    set_aside,
    size,
    sizes,
)

IGNORED = [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]


# files


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a b",
        " a ",
        "a.git",
        "git",
        "git~",
        "git~x",
        ".github/workflows/x.yml",
        ".gitignore",
        ".gitattributes",
        ".gitkeep",
        ".git_",
        "..a",
        "a..",
        "...",
        "-rf",
        "a:b",
        "~",
        "~user",
        "$HOME",
        "日本語/ノート.ipynb",
        "e\u0301",
        "é",
        "🎉",
        "\u202egpj.exe",
        "a" * NAME_BYTES,
        "é" * 127,
        "/".join("a" * PATH_DEPTH),
        "CON",
        "gitmodules",
    ],
)
def test_names_that_people_have_pass(path: str) -> None:
    assert path_fault(path) is None and check_path(path) == path
    assert path_fault(f"sub/{path}") is None or len(path) > PATH_DEPTH


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "empty"),
        (".", "'.'"),
        ("..", "'..'"),
        ("../x", "'..'"),
        ("a/../b", "'..'"),
        ("a/..", "'..'"),
        ("./a", "'.'"),
        ("a//b", "''"),
        ("a/", "''"),
        ("/", "absolute"),
        ("/etc/passwd", "absolute"),
        ("//x", "absolute"),
        ("a\\b", "backslash"),
        ("..\\x", "backslash"),
        ("a\nb", "line break"),
        ("a\rb", "line break"),
        ("a\0b", "control"),
        ("\x1b[31m", "control"),
        ("a\x7f", "control"),
        ("a\x85b", "line break"),
        ("a\u2028b", "line break"),
        ("a\u2029b", "line break"),
        ("\udcff", "UTF-8"),
        ("a/\ud800", "UTF-8"),
        ("a" * (NAME_BYTES + 1), "255 bytes"),
        ("é" * 128, "255 bytes"),
        ("/".join(["a" * 250] * 20), f"{PATH_BYTES} bytes"),
        ("/".join("a" * (PATH_DEPTH + 1)), "deep"),
    ],
)
def test_names_that_cannot_be_shared_are_refused_with_the_reason(path: str, words: str) -> None:
    assert words in str(path_fault(path))
    with pytest.raises(BadPath) as caught:
        check_path(path)
    assert caught.value.message.isprintable() and len(caught.value.message) < 400


SPELLINGS = [
    ".git",
    ".GIT",
    ".Git",
    ".giT",
    ".git.",
    ".git ",
    ".git . .",
    ".git:",
    ".git::$INDEX_ALLOCATION",
    ".git:x",
    ".GIT . :x",
    "git~1",
    "GIT~1",
    "git~2",
    "git~1.",
    "git~1 ",
    "git~1:x",
    "git~10",
    ".git\u200c",
    "\u200d.git",
    ".g\ufeffit",
    ".\u206agit",
    ".gi\u202dt",
    ".G\u200cI\u200dT",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_git_is_known_in_every_spelling(name: str) -> None:
    assert git_meaning(name) == ".git"
    for path in (name, f"sub/{name}", f"{name}/config", f"a/{name}/hooks/post-checkout"):
        assert "git itself" in str(path_fault(path))


@given(
    st.sampled_from([".git", ".gitmodules"]),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(IGNORED)), max_size=4),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_no_mixture_of_case_and_ignored_characters_gets_through(
    name: str, ignored: list[tuple[int, int]], upper: list[bool]
) -> None:
    mixed = "".join(ch.upper() if up else ch for ch, up in zip(name, upper, strict=False))
    for at, code in ignored:
        mixed = mixed[:at] + chr(code) + mixed[at:]
    assert git_meaning(mixed) == name


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        (".gitmodules", ".gitmodules"),
        (".GITMODULES", ".gitmodules"),
        (".gitmodules .", ".gitmodules"),
        ("gitmod~1", ".gitmodules"),
        ("GITMOD~4", ".gitmodules"),
        ("gi7eba~1", ".gitmodules"),
        ("GI7EB~10", ".gitmodules"),
        ("gi7eba~9:x", ".gitmodules"),
        ("~1000000", ".gitmodules"),
        (".gitattributes", ".gitattributes"),
        ("gitatt~1", ".gitattributes"),
        ("gi7d29~1", ".gitattributes"),
        (".gitignore", ".gitignore"),
        ("gitign~2", ".gitignore"),
        ("gi250a~1", ".gitignore"),
        (".mailmap", ".mailmap"),
        ("mailma~1", ".mailmap"),
        ("maba30~1", ".mailmap"),
        (".gitx", None),
        ("gitmod", None),
        ("notes~1", None),
        ("a.git", None),
        ("~10000000", None),
        ("notes.ipynb~", None),
    ],
)
def test_files_that_git_reads_are_known_in_every_spelling(name: str, meaning: str | None) -> None:
    assert git_meaning(name) == meaning


# links


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", "b"),
        ("a", "a"),
        ("a", "."),
        ("a", "b/c"),
        ("a", "./b"),
        ("a", "b/"),
        ("a", "b//c"),
        ("sub/a", "../b"),
        ("sub/a", ".."),
        ("x/y/a", "../../b/c"),
        ("x/y/a", "../y/b"),
        ("a", "not/there"),
        ("a", "..b"),
    ],
)
def test_links_inside_the_project_pass(path: str, target: str) -> None:
    assert link_fault(path, target) is None


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", ".."),
        ("a", "../b"),
        ("sub/a", "../.."),
        ("sub/a", "../../b"),
        ("a", "/"),
        ("a", "/etc/passwd"),
        ("a", "//x"),
        ("a", "b/../../x"),
        ("a", "b/.."),
        ("sub/a", "../b/../.."),
        ("a", "./../x"),
        ("a", ""),
        ("a", "b\0c"),
        ("a", "b\nc"),
        ("a", "..\\x"),
        ("a", "\udcff"),
        ("a", ".git"),
        ("a", ".GIT/config"),
        ("a", "git~1"),
        ("sub/a", "../.git/hooks"),
        ("a", "sub/.g\u200cit"),
        ("a", ".gitmodules"),
        (".gitattributes", "b"),
        ("sub/.gitignore", "b"),
        (".mailmap", "b"),
        ("a", "x/" * 2000),
        ("a", "x" * 256),
    ],
)
def test_links_that_lead_elsewhere_are_refused(path: str, target: str) -> None:
    assert link_fault(path, target)


NAMES = st.sampled_from(["a", "b", "c"])
TARGETS = st.lists(st.sampled_from(["..", ".", "a", "b", "c", ""]), min_size=1, max_size=6).map("/".join)


@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), TARGETS, max_size=6), st.data())
def test_no_chain_of_links_that_pass_leads_out(links: dict[str, str], data: st.DataObject) -> None:
    """A walk as the kernel does it, through whatever links a project may hold, never comes above the top."""
    links = {
        path: target
        for path, target in links.items()
        if link_fault(path, target) is None and not any(path.startswith(f"{other}/") for other in links)
    }
    start = data.draw(st.lists(NAMES, min_size=1, max_size=5))
    here: list[str] = []
    todo = list(start)
    for _ in range(200):
        if not todo:
            break
        name = todo.pop(0)
        if name in ("", "."):
            continue
        if name == "..":
            assert here, (links, start)
            here.pop()
            continue
        target = links.get("/".join([*here, name]))
        if target is None:
            here.append(name)
        else:
            assert not target.startswith("/")
            todo = target.split("/") + todo


def test_what_a_removed_user_left_has_a_name_that_is_known_as_such() -> None:
    for user in ("alice", "a" * 255, "b*?#%"):
        assert is_set_aside(check_user(set_aside(user, "0123abcd")))
    for user in ("alice", "alice@removed-0123abc", "alice@removed-0123abcd.org", "removed-0123abcd"):
        assert not is_set_aside(user)


@pytest.mark.parametrize(
    ("number", "said"),
    [(999, "999 bytes"), (999_499, "999 KB"), (999_500, "1.0 MB"), (999_950, "1.0 MB"), (999_499_999, "999 MB")],
)
def test_no_size_has_a_thousand_of_a_unit(number: int, said: str) -> None:
    assert size(number) == said


def test_a_size_and_the_limit_that_it_is_over_never_read_the_same() -> None:
    assert sizes(4_560_000, 4_000_000) == ("4.6 MB", "4.0 MB")
    assert sizes(200_001, 200_000) == ("200,001 bytes", "200,000")
