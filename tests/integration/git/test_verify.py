"""What a pushed pack may hold: every forgery is refused with its reason, and what is accepted is sound to real git."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.config import Limits
from hubshare.errors import BadPack, HubShareError, TooLarge
from hubshare.git.objects import BLOB, COMMIT, FOLDER, TREE, Commit, Object
from hubshare.git.packs import Pack
from hubshare.git.repository import MAIN, Repository
from hubshare.git.verify import VerifiedPush, long_attributes, verify
from hubshare.sync.trees import EXECUTABLE, LINK
from tests.helpers.centre_fixture import git, sound
from tests.helpers.forge import Content, folder, packed, snapshot

LIMITS = Limits(max_push_objects=5000)
LONG = b"*.txt " + b"x" * 2100 + b"\n"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "r.git", "alice", int(time.time()), "Create alice/x")
    yield made
    made.close()


def push(
    repository: Repository, objects: list[Object], user: str = "alice", without: set[str] | None = None
) -> VerifiedPush:
    """Verify a snapshot as a push of `user`; publish it when it passes, and ask git about it."""
    with Pack(packed(objects, without or set()), LIMITS) as pack:
        found = verify(pack, objects[-1].id, user, repository)
        with repository.lock():
            repository.install(pack)
            repository.set_ref(MAIN, found.name)
    sound(repository.path)
    clone = repository.path.with_name(f"clone-{found.name}")
    git(repository.path.parent, "clone", "-q", str(repository.path), str(clone))
    assert git(clone, "status", "--porcelain") == b""
    return found


def edit(repository: Repository, items: dict[str | bytes, Content], user: str = "alice") -> VerifiedPush:
    objects = snapshot(repository.main, items, user)
    return push(repository, objects, user, {item.id for item in objects if item.id in repository})


def refused(repository: Repository, objects: list[Object], words: str, **more: object) -> None:
    before = sorted(repository.path.rglob("*"))
    with pytest.raises(HubShareError) as caught:
        push(repository, objects, **more)  # type: ignore[arg-type]
    assert isinstance(caught.value, BadPack | TooLarge) and words in caught.value.message, caught.value
    assert sorted(repository.path.rglob("*")) == before, "something of it was written"


def test_an_honest_snapshot_is_taken_in_with_what_it_changed(repository: Repository) -> None:
    items: dict[str | bytes, Content] = {
        "a.txt": b"a",
        "run": (EXECUTABLE, b"#!"),
        "sub": {"b.txt": b"b", "link": (LINK, b"../a.txt")},
        "Read.md": b"1",
        "read.md": b"2",
        "caf\u00e9": b"3",
        "cafe\u0301": b"4",
        ".gitignore": b"*.pyc\n",
        ".gitattributes": b"* text\n",
        "empty": b"",
    }
    found = edit(repository, items)
    assert found.changes.keys() == {
        *(str(name) for name in items if name != "sub"),
        "sub/b.txt",
        "sub/link",
    }
    found = edit(repository, {"sub": b"now a file", "a.txt": b"a"})
    assert found.changes["sub"][1] is not None and found.changes["sub/b.txt"][1] is None
    assert "a.txt" not in found.changes
    found = edit(repository, {})
    assert all(side is None for _, side in found.changes.values())


@pytest.mark.parametrize(
    "user", ["alice", "a b", "a<b>", "é🎉", "a%2Fb", "'", "<>", ".", "a" * 255, "x\\y", "Ω <a@b> 1 +0000"]
)
def test_authors_of_any_name_make_sound_commits(repository: Repository, user: str) -> None:
    assert edit(repository, {"a": b"a"}, user).commit.author == user


# the commit


def test_a_commit_of_somebody_else_is_refused(repository: Repository) -> None:
    refused(repository, snapshot(repository.main, {"a": b"a"}, "bob"), "author is 'bob'")
    refused(repository, snapshot(repository.main, {"a": b"a"}, "alice "), "author")


def _commit(repository: Repository, *parents: str, when: int = 0) -> list[Object]:
    objects = folder({"a": b"a"})
    return [*objects, Commit(objects[-1].id, parents, "alice", when or int(time.time()), "x\n").encode()]


def test_a_commit_has_one_known_parent(repository: Repository) -> None:
    main = repository.main
    refused(repository, _commit(repository, "1" * 40), "parent is not in this project")
    refused(repository, _commit(repository), "exactly one parent")
    refused(repository, _commit(repository, main, main), "exactly one parent")
    refused(repository, _commit(repository, repository.commit(main).tree), "parent is not in this project")
    first = snapshot(main, {"a": b"a"}, "alice")
    second = snapshot(first[-1].id, {"a": b"b"}, "alice")
    refused(repository, [*first, *second], "parent is not in this project")
    refused(repository, [*first, *snapshot(main, {"a": b"b"}, "alice")], "does not use")


def test_a_commit_of_the_far_future_is_refused(repository: Repository) -> None:
    refused(repository, _commit(repository, repository.main, when=int(time.time()) + 200_000), "future")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\nauthor", b"\nauthor bob <bob@hubshare> 1 +0000\nauthor"),
        (b"\ncommitter", b"\ncommitter bob <bob@hubshare> 1 +0000\ncommitter"),
        (b"committer alice", b"committer bob"),
        (b"\n\n", b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n"),
        (b"\n\n", b"\nencoding latin-1\n\n"),
        (b"\n\n", b"\nmergetag x\n\n"),
        (b"+0000", b"+0100"),
        (b"+0000", b"-0000"),
        (b"alice <", b"bob <"),
        (b"alice <", b"alice  <"),
        (b"<alice@hubshare>", b"<%61lice@hubshare>"),
        (b"<alice@hubshare>", b"<alice@hubshare> <bob@hubshare>"),
        (b"<alice@hubshare>", b"<alice@elsewhere>"),
        (b"Edit", b"Ed\0it"),
        (b"Edit", b"Ed\xffit"),
        (b"Edit\n", b"Edit"),
        (b"Edit\n", b"Edit\n\n"),
        (b"tree ", b"tree  "),
        (b"\n", b"\r\n"),
    ],
)
def test_a_commit_of_a_form_of_its_own_is_refused(repository: Repository, old: bytes, new: bytes) -> None:
    objects = snapshot(repository.main, {"a": b"a"}, "alice")
    data = objects[-1].data
    assert old in data
    refused(repository, [*objects[:-1], Object(COMMIT, data.replace(old, new))], "commit")


@pytest.mark.parametrize("words", ["a\x1b[2Jb", "a\rb", "a\x9bb", "x" * 10_001])
def test_a_message_is_text_and_bounded(repository: Repository, words: str) -> None:
    objects = snapshot(repository.main, {"a": b"a"}, "alice")
    data = objects[-1].data.replace(b"\n\nEdit", b"\n\n" + words.encode())
    refused(repository, [*objects[:-1], Object(COMMIT, data)], "message is too long, or holds control characters")


def test_the_event_must_name_the_commit(repository: Repository) -> None:
    objects = snapshot(repository.main, {"a": b"a"}, "alice")
    with Pack(packed(objects), LIMITS) as pack:
        for name in (objects[0].id, objects[1].id, "1" * 40, repository.main):
            with pytest.raises(BadPack):
                verify(pack, name, "alice", repository)


# completeness


def test_a_pack_that_lacks_or_has_too_much_is_refused(repository: Repository) -> None:
    objects = snapshot(repository.main, {"sub": {"a": b"a"}, "b": b"b"}, "alice")
    for item in objects[:-1]:
        refused(repository, objects, "missing", without={item.id})
    refused(repository, objects, "does not hold", without={objects[-1].id})
    for spare in (Object(BLOB, b"spare"), Object(TREE, b""), *folder({"x": b"x"})):
        refused(repository, [spare, *objects], "does not use")
    push(repository, objects)


@pytest.mark.parametrize("kept", ["loose", "packed"])
def test_ids_of_objects_of_another_kind_are_refused(repository: Repository, kept: str) -> None:
    many = 40 if kept == "packed" else 1
    edit(repository, {"a": b"a", "sub": {f"b{number}": b"%d" % number for number in range(many)}})
    assert any(repository.path.glob("objects/pack/*.pack")) == (kept == "packed")
    tree, blob = repository.commit(repository.main).tree, folder({"x": b"a"})[0].id
    inner = folder({"sub": {f"b{number}": b"%d" % number for number in range(many)}})[-2].id
    for name, mode, item in (
        ("file", 0o100644, inner),
        ("file", 0o100644, tree),
        ("file", 0o100644, repository.main),
        ("link", LINK, inner),
        ("folder", FOLDER, blob),
        ("folder", FOLDER, repository.main),
    ):
        objects = folder({name: (mode, item)})
        commit = Commit(objects[-1].id, (repository.main,), "alice", int(time.time()), "x\n").encode()
        with pytest.raises(BadPack):
            push(repository, [*objects, commit])


def test_ids_of_objects_of_another_kind_in_the_pack_itself_are_refused(repository: Repository) -> None:
    inside = folder({"x": b"x"})
    disguised = Object(BLOB, inside[-1].data)
    top = folder({"sub": (FOLDER, disguised.id)})
    commit = Commit(top[-1].id, (repository.main,), "alice", int(time.time()), "x\n").encode()
    refused(repository, [*inside[:-1], disguised, *top, commit], "is not one")
    commit = Commit(disguised.id, (repository.main,), "alice", int(time.time()), "x\n").encode()
    refused(repository, [*inside[:-1], disguised, commit], "is not one")
    top = folder({"file": (0o100644, inside[-1].id)})
    commit = Commit(top[-1].id, (repository.main,), "alice", int(time.time()), "x\n").encode()
    refused(repository, [*inside, *top, commit], "not a file's content")


def test_a_few_trees_that_stand_for_endless_paths_are_refused_at_the_limit(repository: Repository) -> None:
    objects = folder({"x": b"x"})
    for _ in range(20):
        objects += folder({f"n{number}": (FOLDER, objects[-1].id) for number in range(10)})
    commit = Commit(objects[-1].id, (repository.main,), "alice", int(time.time()), "x\n").encode()
    refused(repository, [*objects, commit], "more than 5,000 files and folders")


# trees


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({".git": {"config": b"x"}}, "git itself"),
        ({".GIT": {"config": b"x"}}, "git itself"),
        ({"sub": {".git": {"hooks": {"post-checkout": (EXECUTABLE, b"x")}}}}, "git itself"),
        ({".git": b"gitdir: /tmp"}, "git itself"),
        ({".git": (LINK, b"sub")}, "git itself"),
        ({"git~1": {"config": b"x"}}, "git itself"),
        ({".g\u200cit": {"config": b"x"}}, "git itself"),
        ({".git.": b"x"}, "git itself"),
        ({".git ": b"x"}, "git itself"),
        ({".git::$INDEX_ALLOCATION": b"x"}, "git itself"),
        ({".gitmodules": b"x"}, "git itself"),
        ({"gi7eba~1": b"x"}, "git itself"),
        ({"~1000000": b"x"}, "git itself"),
        ({"..": {"x": b"x"}}, "'..'"),
        ({"..": b"x"}, "'..'"),
        ({".": b"x"}, "'.'"),
        ({"../x": b"x"}, ""),
        ({"/x": b"x"}, ""),
        ({"a/b": b"x"}, ""),
        ({"": b"x"}, ""),
        ({b"\xff": b"x"}, ""),
        ({"a\nb": b"x"}, "line break"),
        ({"a\\b": b"x"}, "backslash"),
        ({"C:\\x": b"x"}, "backslash"),
        ({"x" * 256: b"x"}, "longer than 255"),
        ({"module": (0o160000, "1" * 40)}, "mode 160000"),
        ({"writable": (0o100664, b"x")}, "mode 100664"),
        ({"private": (0o100600, b"x")}, "mode 100600"),
        ({"none": (0, b"x")}, "mode"),
        ({"pipe": (0o010644, b"x")}, "mode 10644"),
        ({"sub": {}}, "empty folder"),
        ({"sub": {"inner": {}}}, "empty folder"),
        ({"out": (LINK, b"../x")}, "out of the project"),
        ({"sub": {"out": (LINK, b"../../x")}}, "out of the project"),
        ({"absolute": (LINK, b"/etc/passwd")}, "absolute"),
        ({"mixed": (LINK, b"sub/../../x")}, "'..'"),
        ({"git": (LINK, b".git/config")}, "git itself"),
        ({"git": (LINK, b"sub/.GIT")}, "git itself"),
        ({"empty": (LINK, b"")}, "empty"),
        ({"nul": (LINK, b"a\0b")}, "control"),
        ({"bad": (LINK, b"\xff")}, "UTF-8"),
        ({"huge": (LINK, b"x/" * 50_000)}, "100,000 bytes"),
        ({".gitattributes": (LINK, b"x")}, "refuses a link"),
        ({".gitignore": (LINK, b"x")}, "refuses a link"),
        ({".MAILMAP": (LINK, b"x")}, "refuses a link"),
        ({"gitign~1": (LINK, b"x")}, "refuses a link"),
        ({".gitattributes": LONG}, "2048 bytes"),
        ({"sub": {".gitAttributes": LONG}}, "2048 bytes"),
        ({".gitattributes ": LONG}, "2048 bytes"),
        ({".git\u200cattributes": LONG}, "2048 bytes"),
        ({"gitatt~1": LONG}, "2048 bytes"),
        ({"GI7D29~1": LONG}, "2048 bytes"),
    ],
)
def test_a_tree_that_no_honest_folder_gives_is_refused(
    repository: Repository, items: dict[str | bytes, Content], words: str
) -> None:
    refused(repository, snapshot(repository.main, items, "alice"), words)


def test_a_tree_that_is_deeper_or_longer_than_paths_are_is_refused(repository: Repository) -> None:
    items: Content = {"x": b"x"}
    for _ in range(200):
        items = {"d": items}
    assert isinstance(items, dict)
    refused(repository, snapshot(repository.main, items, "alice"), "folders deep")
    items = {"x": b"x"}
    for _ in range(20):
        items = {"d" * 250: items}
    refused(repository, snapshot(repository.main, items, "alice"), "bytes")


def test_a_tree_out_of_order_or_with_a_name_twice_is_refused(repository: Repository) -> None:
    one, two = (item.data for item in (folder({"a": b"a"})[-1], folder({"b": b"b"})[-1]))
    blobs = [folder({"a": b"a"})[0], folder({"b": b"b"})[0]]
    for data in (two + one, one + one, one + b"x", b"100644 a", one.replace(b"100644", b"0100644")):
        tree = Object(TREE, data)
        commit = Commit(tree.id, (repository.main,), "alice", int(time.time()), "x\n").encode()
        refused(repository, [*blobs, tree, commit], "tree")


def test_content_that_is_known_is_looked_at_anew_in_its_new_place(repository: Repository) -> None:
    known: dict[str | bytes, Content] = {"data": LONG, "path": b"../../x", "sub": {"x": b"x"}}
    edit(repository, known)
    for more, words in (
        ({".gitattributes": (0o100644, folder({"x": LONG})[0].id)}, "2048 bytes"),
        ({"link": (LINK, folder({"x": b"../../x"})[0].id)}, "out of the project"),
        ({"huge": (LINK, folder({"x": LONG})[0].id)}, "255 bytes"),
        ({".git": (FOLDER, folder({"x": b"x"})[-1].id)}, "git itself"),
    ):
        objects = snapshot(repository.main, known | more, "alice")  # type: ignore[operator]
        fresh = {item.id for item in objects[:-1] if item.type == BLOB or item.id in repository}
        refused(repository, objects, words, without=fresh)


def test_many_lines_are_looked_at_without_a_list_of_them(repository: Repository) -> None:
    import tracemalloc

    objects = snapshot(repository.main, {".gitattributes": b"\n" * 20_000_000}, "alice")
    raw = packed(objects)
    size, commit = len(raw), objects[-1].id
    del objects
    tracemalloc.start()
    with Pack(raw, LIMITS) as pack:
        verify(pack, commit, "alice", repository)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size < 100_000 and peak < 6_000_000


def test_a_line_is_long_also_where_it_comes_in_pieces() -> None:
    for path, told in ((".gitattributes", True), ("a/.GITATTRIBUTES", True), ("a.txt", False)):
        assert long_attributes(path, [b"* " + b"x" * 1500, b"", b"y" * 1500]) is told
        assert not long_attributes(path, [b"* " + b"x" * 1500 + b"\n", b"y" * 1500 + b"\n"])
        assert not long_attributes(path, [b"x" * 1500, b"\n" + b"y" * 1500])


def test_git_itself_refuses_what_is_refused_here(repository: Repository) -> None:
    """The forgeries are real: without the check git would have to say no, or run what it was given."""
    objects = snapshot(repository.main, {".gitattributes": LONG}, "alice")
    with repository.lock():
        repository.add(objects)
        repository.set_ref(MAIN, objects[-1].id)
    done = subprocess.run(["git", "fsck", "--strict"], cwd=repository.path, capture_output=True, text=True)
    assert "gitattributesLineLength" in done.stderr
