"""Imports from git repositories: what is wanted of them, what is left out, and what git must never be brought to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hubshare.errors import Cancelled, Forbidden, HubShareError, Invalid, NotFound, TooLarge
from hubshare.features.imports.links import Gist, Git, Link
from hubshare.sealed import Credential
from tests.helpers.fetching import Importer
from tests.helpers.internet import Author, Internet, Visit

FILES: dict[str, bytes | str] = {"README.md": "# course", "week 1/a.ipynb": "{}", "week 1/data/x.csv": "1,2"}


@pytest.fixture(scope="module")
def course(internet: Internet) -> Author:
    made = internet.repository("course")
    made.commit({"old.txt": "before"})
    made.git("tag", "-a", "-m", "first", "v1.0", "main")
    made.commit(FILES)
    made.commit({"x/deep.txt": "deep", "y.txt": "y"}, branch="feature/x")
    made.git("update-ref", "refs/pull/7/head", "feature/x")
    return made


def test_a_branch_a_tag_a_commit_and_what_is_shown_first(importer: Importer, course: Author) -> None:
    assert importer.files(course.url) == FILES
    assert importer.last is not None
    main = course.git("rev-parse", "main")
    assert importer.last.version == (f"commit:{main}", f"main at {main[:7]}", course.url)
    assert importer.last.left_out == ()
    assert importer.files(Link(Git(course.url, "v1.0"))) == {"old.txt": "before"}
    assert importer.files(Link(Git(course.url, "feature/x"))) == {"x/deep.txt": "deep", "y.txt": "y"}
    assert importer.files(Link(Git(course.url, "refs/pull/7/head"))) == {"x/deep.txt": "deep", "y.txt": "y"}
    first = course.git("rev-parse", "main~1")
    assert importer.files(Link(Git(course.url, first))) == {"old.txt": "before"}
    assert importer.files(Link(Git(course.url, main[:10]))) == FILES


@pytest.mark.parametrize(
    ("link", "files"),
    [
        (("main", "week 1"), {"a.ipynb": "{}", "data/x.csv": "1,2"}),
        (("main", "week 1/data/x.csv"), {"x.csv": "1,2"}),
        (("feature", "x"), {"x/deep.txt": "deep", "y.txt": "y"}),
        (("feature", "x/x"), {"deep.txt": "deep"}),
        (("feature", "x/y.txt"), {"y.txt": "y"}),
    ],
)
def test_a_place_whose_branch_may_hold_a_slash(
    importer: Importer, course: Author, link: tuple[str, str], files: dict[str, str]
) -> None:
    assert importer.files(Link(Git(course.url, *link))) == files


def test_a_folder_that_is_chosen_beside_the_link(importer: Importer, course: Author) -> None:
    assert importer.files(Link(Git(course.url), folder="week 1/data")) == {"x.csv": "1,2"}


def test_a_version_that_is_known_is_not_fetched(importer: Importer, course: Author, internet: Internet) -> None:
    fetched = importer.take(course.url)
    assert fetched is not None
    internet.asked.clear()
    assert importer.take(course.url, known=fetched.version) is None
    assert [asked.method for asked in internet.asked] == ["GET"]


def test_an_update_follows_the_last_one(importer: Importer, internet: Internet) -> None:
    source = internet.repository("growing")
    source.commit({"a": "1"})
    first = importer.take(source.url)
    assert first is not None
    source.commit({"a": "2"})
    second = importer.take(source.url, known=first.version, parent=first.commit)
    assert second is not None
    made = importer.into.commit(second.commit)
    assert (made.parents, made.author, made.message.strip()) == ((), "import", second.version.label)


def test_a_history_is_kept_as_it_is(importer: Importer, internet: Internet) -> None:
    source = internet.repository("history")
    for number in range(5):
        source.commit({"a": str(number)})
    before = source.git("rev-parse", "main")
    first = importer.take(source.url, history=True)
    assert first is not None and first.commit == before
    assert importer.content(before) == {"a": "4"}
    after = source.commit({"a": "5"})
    internet.asked.clear()
    second = importer.take(source.url, history=True, known=first.version, parent=first.commit)
    assert second is not None and second.commit == after
    importer.check(after)
    assert any(before.encode() in asked.body for asked in internet.asked), "what is here is not sent again"


def test_a_history_that_no_project_can_hold_is_taken_as_one_version(importer: Importer, internet: Internet) -> None:
    source = internet.repository("murky")
    link = source.blob("../../etc/passwd")
    source.commit_tree(source.tree(("120000", "out", link)))
    tip = source.commit({"a": "now"})
    fetched = importer.take(source.url, history=True)
    assert fetched is not None and fetched.commit != tip
    assert importer.content(fetched.commit) == {"a": "now"}
    assert fetched.left_out == ("(history): 'out' was in it: the link leads out of the project",)


def test_a_history_whose_newest_version_is_not_taken_as_it_is_is_named(importer: Importer, internet: Internet) -> None:
    source = internet.repository("with-submodule")
    before = source.commit({"a": "1"})
    source.commit_tree(source.tree(("100644", "a", source.blob("2")), ("160000", "sub", before)))
    assert importer.files(source.url, history=True) == {"a": "2"}
    assert importer.last is not None
    assert [line.partition(":")[0] for line in importer.last.left_out] == ["sub", "(history)"]


def test_a_history_that_git_calls_broken_is_taken_as_one_version(importer: Importer, internet: Internet) -> None:
    source = internet.repository("sloppy")
    blob = source.blob("x")
    source.commit_tree(source.tree(("100644", "z", blob), ("100644", "a", blob)))
    source.commit({"a": "now"})
    assert importer.files(source.url, history=True) == {"a": "now"}
    assert importer.last is not None
    assert [line.partition(":")[0] for line in importer.last.left_out] == ["(history)"]


def test_what_changes_while_it_is_fetched_is_not_taken_for_what_it_was(importer: Importer, internet: Internet) -> None:
    source = internet.repository("moving")
    source.commit({"a": "1"})
    asked_first = "/moving.git/info/refs?service=git-upload-pack"

    def move(visit: Visit) -> None:
        del internet.answers[asked_first]
        visit._git("/moving.git/info/refs")
        source.commit({"a": "2"})

    internet.answers[asked_first] = move
    internet.newest_protocol = False
    try:
        with pytest.raises(HubShareError, match="changed while it was fetched"):
            importer.take(source.url)
    finally:
        internet.newest_protocol = True
    assert importer.files(source.url) == {"a": "2"}


def test_an_old_protocol_serves_as_well(importer: Importer, course: Author, internet: Internet) -> None:
    internet.newest_protocol = False
    try:
        assert importer.files(course.url) == FILES
        assert importer.files(Link(Git(course.url, "v1.0"))) == {"old.txt": "before"}
    finally:
        internet.newest_protocol = True


def test_redirects_are_followed_before_git_is_asked(importer: Importer, course: Author, internet: Internet) -> None:
    internet.redirect("/moved/info/refs", f"{course.url}/info/refs?service=git-upload-pack", 301)
    assert importer.files(Link(Git(f"{internet.url}/moved"))) == FILES


def test_a_redirect_while_git_fetches_is_not_followed(importer: Importer, course: Author, internet: Internet) -> None:
    internet.redirect("/course.git/git-upload-pack", f"{internet.url}/elsewhere", 307)
    try:
        with pytest.raises(HubShareError, match="could not be fetched"):
            importer.take(course.url)
    finally:
        del internet.answers["/course.git/git-upload-pack"]
    assert "/elsewhere" not in {asked.path for asked in internet.asked}


def test_gists(importer: Importer, internet: Internet) -> None:
    name = "9a8b7c6d5e4f3a2b1c0d9a8b7c6d5e4f"
    (internet.folder / "gist.github.com").mkdir(exist_ok=True)
    source = internet.repository(f"gist.github.com/{name}")
    source.commit({"a.ipynb": "{}", "b.py": "1"})
    assert importer.files(Link(Gist(name))) == {"a.ipynb": "{}", "b.py": "1"}
    assert importer.files(f"https://gist.githubusercontent.com/una/{name}/raw/b.py") == {"b.py": "1"}
    source.commit({"My notes (2).md": "n", "a-b.py": "1", "a.b.py": "2"})
    page = f"https://gist.github.com/ana/{name}"
    assert importer.files(f"{page}#file-my-notes--2--md") == {"My notes (2).md": "n"}
    for unclear in ("a-b-py", "gone-md"):
        with pytest.raises(NotFound, match="take the address without that"):
            importer.take(f"{page}#file-{unclear}")


def test_what_is_not_there_is_said(importer: Importer, course: Author, internet: Internet) -> None:
    internet.repository("empty")
    internet.serve("/page/info/refs", "<html>", Content_Type="text/html")
    for link, words in [
        (Link(Git(course.url, "nowhere")), "no branch, tag or commit 'nowhere'"),
        (Link(Git(course.url, "main", "nothing/here")), "no 'nothing/here'"),
        (Link(Git(course.url, "0" * 40)), "no such commit"),
        (Link(Git(course.url, "0123456")), "write all 40 digits"),
        (Link(Git(f"{internet.url}/none.git")), "no git repository"),
        (Link(Git(f"{internet.url}/page")), "no git repository"),
        (Link(Git(f"{internet.url}/empty.git")), "is empty"),
    ]:
        with pytest.raises((NotFound, Invalid), match=words):
            importer.take(link)


def test_what_a_project_cannot_hold_is_left_out_and_named(importer: Importer, internet: Internet) -> None:
    source = internet.repository("hostile")
    blob, link, out = source.blob("x"), source.blob("fine.txt"), source.blob("../../../etc/passwd")
    annex = source.blob("../.git/annex/objects/aa/bb/SHA256E-s5--x/SHA256E-s5--x")
    long = source.blob("a" * 3000)
    hooks = source.tree(("100755", "post-checkout", blob))
    deep = source.tree(("100644", "f", blob))
    for _ in range(200):
        deep = source.tree(("40000", "d", deep))
    tree = source.tree(
        ("40000", ".GIT", source.tree(("40000", "hooks", hooks))),
        ("100644", ".gitattributes", long),
        ("100644", ".gitmodules", source.blob('[submodule "a"]\n\tpath = a\n\turl = ext::sh -c touch% /tmp/owned\n')),
        ("160000", "a", "1" * 40),
        ("120000", "annexed", annex),
        ("100644", "back\\slash", blob),
        ("40000", "deep", deep),
        ("100644", "fine.txt", blob),
        ("120000", "inside", link),
        ("100644", "line\nbreak", blob),
        ("120000", "outside", out),
        ("100755", "run.sh", blob),
        (
            "40000",
            "sub",
            source.tree(("40000", ".git", source.tree(("100644", "config", blob))), ("100644", "ok", blob)),
        ),
    )
    source.commit_tree(tree)
    files = importer.files(source.url)
    assert files == {"fine.txt": "x", "inside": "-> fine.txt", "run.sh": "x", "sub/ok": "x"}
    assert importer.last is not None
    left_out = dict(line.rsplit(": ", 1) for line in importer.last.left_out)
    assert left_out[".GIT/hooks/post-checkout"] == left_out["sub/.git/config"] == "it belongs to git itself"
    assert left_out[".gitmodules"] == "it belongs to git itself"
    assert "submodule" in left_out["a"]
    assert "git-annex" in left_out["annexed"]
    assert left_out["outside"] == "the link leads out of the project"
    assert "too long" in left_out[".gitattributes"]
    assert len(left_out) == 10
    assert not Path("/tmp/owned").exists()


def test_trees_that_git_calls_broken_are_made_anew(importer: Importer, internet: Internet) -> None:
    source = internet.repository("broken")
    blob = source.blob("x")
    inner = source.tree(("100644", "f", blob))
    # Out of order, a name twice, a path in place of a name, a name that is no UTF-8, an empty folder.
    source.commit_tree(
        source.tree(
            ("100644", "z", blob),
            ("100644", "a", blob),
            ("100644", "a", blob),
            ("100644", "p/q", blob),
            ("100644", "n\udcff", blob),
            ("40000", "empty", source.tree()),
            ("40000", "m", inner),
        )
    )
    assert importer.files(source.url) == {"a": "x", "m/f": "x", "p/q": "x", "z": "x"}
    assert importer.last is not None and len(importer.last.left_out) == 1


def test_a_tree_that_only_git_itself_calls_broken_is_made_anew(importer: Importer, internet: Internet) -> None:
    source = internet.repository("unordered")
    blob = source.blob("x")
    source.commit_tree(source.tree(("100644", "z", blob), ("100644", "a", blob)))
    assert importer.files(source.url) == {"a": "x", "z": "x"}
    assert importer.last is not None and importer.last.left_out == ()


def test_nothing_that_can_be_held_is_said(importer: Importer, internet: Internet) -> None:
    source = internet.repository("nothing")
    source.commit_tree(source.tree(("160000", "a", "1" * 40)))
    with pytest.raises(Invalid, match="nothing in the source that a project can hold"):
        importer.take(source.url)


def test_what_stands_for_more_files_than_a_machine_holds_is_refused(importer: Importer, internet: Internet) -> None:
    source = internet.repository("bomb")
    tree = source.tree(("100644", "f", source.blob("x")))
    for _ in range(12):
        tree = source.tree(*(("40000", f"d{number}", tree) for number in range(10)))
    source.commit_tree(tree)
    importer.settings.max_push_objects = 5000
    with pytest.raises(TooLarge, match="more than 5,000 files"):
        importer.take(source.url)


def test_a_file_that_is_too_large_is_left_out_and_a_repository_that_is_is_refused(
    importer: Importer, internet: Internet
) -> None:
    source = internet.repository("large")
    importer.settings.max_file_bytes = 1000
    source.commit({"large.bin": b"x" * 1001, "small": "x"})
    assert importer.files(source.url) == {"small": "x"}
    assert importer.last is not None
    assert importer.last.left_out == ("large.bin: it has 1 byte more than the 1.0 KB that are shared at most",)
    importer.settings.max_push_bytes = 1500
    source.commit({"a": b"y" * 900, "b": b"z" * 900})
    with pytest.raises(TooLarge, match=r"more than 1\.5 KB"):
        importer.take(source.url)


@pytest.mark.parametrize("ref", ["--upload-pack=touch /tmp/owned", "-x", "a..b", "a b", "@{-1}", "a:refs/heads/x"])
def test_a_ref_is_never_an_option(importer: Importer, course: Author, ref: str) -> None:
    with pytest.raises(HubShareError):
        importer.take(Link(Git(course.url, ref)))
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch /tmp/owned'",
        "file:///etc",
        "/etc",
        "ssh://localhost/x",
        "git://127.0.0.1/x",
        "--upload-pack=x",
        "fd::3",
    ],
)
def test_git_speaks_http_alone(importer: Importer, url: str) -> None:
    with pytest.raises(HubShareError):
        importer.take(Link(Git(url)))
    assert not Path("/tmp/owned").exists()


def test_a_credential_opens_and_is_told_to_nobody_else(
    importer: Importer, course: Author, internet: Internet, capfd: pytest.CaptureFixture[str]
) -> None:
    def closed(visit: Visit) -> None:
        if visit.headers.get("Authorization") != "Basic dW5hOnMzY3JldA==":
            visit.send(b"", 401, WWW_Authenticate="Basic")
        else:
            visit._git("/course.git" + visit.path.partition("?")[0].removeprefix("/private.git"))

    for path in ("info/refs", "git-upload-pack"):
        internet.answers[f"/private.git/{path}"] = closed
    link = Link(Git(f"{internet.url}/private.git"))
    with pytest.raises(Forbidden, match="if it is private, give a password or token"):
        importer.take(link)
    with pytest.raises(Forbidden, match="the password or token does not open it"):
        importer.take(link, credential=Credential("una", "wrong"))
    lines = list[str]()

    def watch(what: str, done: int, total: int) -> None:
        found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        lines.extend(line for line in found.splitlines() if "upload-pack" in line or "fetch" in line)
        lines.append(what)

    assert importer.files(link, credential=Credential("una", "s3cret"), progress=watch) == FILES
    assert "s3cret" not in repr(Credential("una", "s3cret")) and lines
    assert not [line for line in lines if "s3cret" in line or "dW5hOnMzY3JldA" in line]
    assert "s3cret" not in "".join(capfd.readouterr())


def test_a_cancelled_import_ends_at_once_and_leaves_nothing(importer: Importer, course: Author) -> None:
    said = list[str]()
    with pytest.raises(Cancelled):
        importer.take(course.url, progress=lambda what, *_: said.append(what), cancelled=lambda: bool(said))
    assert not list(importer.settings.quarantine.iterdir())
