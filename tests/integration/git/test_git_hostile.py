"""What a push by git may hold: every forgery is refused with its reason, wherever it hides, and leaves nothing."""

from __future__ import annotations

import multiprocessing
import resource
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from hubshare.config import KIB, Limits
from hubshare.errors import BadPack, TooLarge
from hubshare.git.objects import BLOB, FOLDER, TREE, Commit
from hubshare.git.quarantine import Quarantine
from hubshare.git.repository import Repository
from hubshare.git.verify import verify_commits
from hubshare.testing.centre import wait_until
from tests.helpers.centre_fixture import MAX_FILE, MAX_PUSH, published, repository_of, sound
from tests.helpers.forge import by_id, delta_of, folder, packed, raw_object, raw_pack
from tests.helpers.git_by_hand import push as push_by_hand
from tests.helpers.git_client import GitUser, tip, versions

#: A tree entry: mode, type, name; its content is a file's, a link's target, or a folder of one file.
FORGERIES = {
    "a folder .git": (b"40000", b".git", b"", "hasDotgit"),
    "a folder .GIT": (b"40000", b".GIT", b"", "hasDotgit"),
    "a file .git": (b"100644", b".git", b"gitdir: /tmp", "hasDotgit"),
    "a link .git": (b"120000", b".git", b"sub", "hasDotgit"),
    "git~1": (b"40000", b"git~1", b"", "hasDotgit"),
    ".git in HFS+": (b"40000", ".g\u200cit".encode(), b"", "hasDotgit"),
    ".git with a dot": (b"100644", b".git.", b"x", "hasDotgit"),
    ".git with a stream": (b"100644", b".git::$INDEX_ALLOCATION", b"x", "hasDotgit"),
    ".gitmodules": (b"100644", b".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = ../x\n', "git itself"),
    ".gitmodules of NTFS": (b"100644", b"gitmod~1", b"x", "git itself"),
    "..": (b"40000", b"..", b"", "hasDotdot"),
    ".": (b"40000", b".", b"", "hasDot"),
    "a path": (b"100644", b"a/b", b"x", "fullPathname"),
    "a control character": (b"100644", b"a\nb", b"x", "line break"),
    "an escape": (b"100644", b"a\x1b[31m", b"x", "control character"),
    "a backslash": (b"100644", b"a\\b", b"x", "backslash"),
    "not UTF-8": (b"100644", b"\xff", b"x", "UTF-8"),
    "a long name": (b"100644", b"x" * 256, b"x", "longer than 255"),
    "a submodule": (b"160000", b"module", b"", "160000"),
    "a group's mode": (b"100664", b"x", b"x", "100664"),
    "a mode of nothing": (b"10644", b"x", b"x", "mode 10644"),
    "a padded mode": (b"0100644", b"x", b"x", "zeroPaddedFilemode"),
    "an absolute link": (b"120000", b"link", b"/etc/passwd", "absolute"),
    "a link out": (b"120000", b"link", b"../x", "out of the project"),
    "a link around": (b"120000", b"link", b"sub/../../x", "'..'"),
    "a link into .git": (b"120000", b"link", b".git/config", "git itself"),
    "a link of .gitattributes": (b"120000", b".gitattributes", b"x", "refuses a link"),
    "a huge link": (b"120000", b"link", b"x/" * 5000, "10,000 bytes"),
    "a long line of .gitattributes": (b"100644", b".gitattributes", b"* " + b"x" * 2100, "ttribute"),
}


@pytest.fixture(scope="module")
def project(olga: GitUser) -> str:
    """A project with one file; nothing that these tests do may change it."""
    made = olga.create()
    clone = olga.clone(made)
    olga.commit(clone, {"a.txt": "a"})
    olga("push", "-q", cwd=clone)
    return made


@pytest.fixture
def clone(olga: GitUser, project: str) -> Path:
    return olga.clone(project)


def write_object(olga: GitUser, clone: Path, kind: str, data: bytes) -> str:
    return olga("hash-object", "-t", kind, "-w", "--literally", "--stdin", cwd=clone, given=data)


def tree(olga: GitUser, clone: Path, mode: bytes, name: bytes, data: bytes) -> str:
    """A tree of one entry, written as it is, however bad."""
    if mode == b"160000":
        item = olga("rev-parse", "HEAD", cwd=clone)
    elif mode == b"40000":
        inner = write_object(olga, clone, "blob", b"x")
        item = write_object(olga, clone, "tree", b"100644 x\0" + bytes.fromhex(inner))
    else:
        item = write_object(olga, clone, "blob", data)
    return write_object(olga, clone, "tree", mode + b" " + name + b"\0" + bytes.fromhex(item))


def commit(olga: GitUser, clone: Path, tree: str, *parents: str) -> str:
    options = [word for parent in parents for word in ("-p", parent)]
    return olga("commit-tree", "-m", "Forged", *options, tree, cwd=clone)


def refused(olga: GitUser, project: str, clone: Path, commit: str, words: str) -> None:
    """A push of a commit is refused with these words, and leaves nothing behind."""
    before, had = tip(olga, project), sorted(repository_of(olga.centre, project).rglob("*"))
    said = olga.fault("push", "origin", f"{commit}:main", cwd=clone)
    assert "remote: " in said and words in said and "[remote rejected]" in said, said
    assert "Traceback" not in said and "unexpected" not in said
    assert tip(olga, project) == before
    assert sorted(repository_of(olga.centre, project).rglob("*")) == had, "something of it was written"
    folder = olga.centre.settings.quarantine
    wait_until(lambda: list(folder.iterdir()) == [], "nothing is left in quarantine")


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_tree_that_no_honest_folder_gives_is_refused(olga: GitUser, project: str, clone: Path, kind: str) -> None:
    mode, name, data, words = FORGERIES[kind]
    forged = commit(olga, clone, tree(olga, clone, mode, name, data), "HEAD")
    refused(olga, project, clone, forged, words)


@pytest.mark.parametrize("kind", ["a control character", "a submodule", "an absolute link", "git~1"])
def test_it_is_found_wherever_it_hides(olga: GitUser, project: str, clone: Path, kind: str) -> None:
    mode, name, data, words = FORGERIES[kind]
    forged = tree(olga, clone, mode, name, data)
    honest = olga("rev-parse", "HEAD^{tree}", cwd=clone)
    below = write_object(olga, clone, "tree", b"40000 sub\0" + bytes.fromhex(forged))
    refused(olga, project, clone, commit(olga, clone, below, "HEAD"), words)
    # In the past, and gone from the tip.
    middle = commit(olga, clone, forged, "HEAD")
    refused(olga, project, clone, commit(olga, clone, honest, middle), words)
    # On the other side of a merge that does not take it.
    refused(olga, project, clone, commit(olga, clone, honest, "HEAD", middle), words)
    # In a history of its own.
    alone = commit(olga, clone, forged)
    refused(olga, project, clone, commit(olga, clone, honest, "HEAD", alone), words)
    # On the first side of a merge, which the second side has as well.
    refused(olga, project, clone, commit(olga, clone, forged, middle, "HEAD"), words)


def test_a_commit_says_which_one_it_is(olga: GitUser, project: str, clone: Path) -> None:
    forged = commit(olga, clone, tree(olga, clone, *FORGERIES["a backslash"][:3]), "HEAD")
    refused(olga, project, clone, forged, f"Commit {forged[:10]}: 'a\\\\b' cannot be in a project")


def test_trees_deeper_than_paths_are_refused(olga: GitUser, project: str, clone: Path) -> None:
    made = tree(olga, clone, b"100644", b"x", b"x")
    for _ in range(150):
        made = write_object(olga, clone, "tree", b"40000 d\0" + bytes.fromhex(made))
    refused(olga, project, clone, commit(olga, clone, made, "HEAD"), "folders deep")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"author ", b"autho ", "Git does not accept"),
        (b" +0000", b"", "Git does not accept"),
        (b"<me@example.org>", b"me@example.org", "Git does not accept"),
        (b"Forged", b"For\0ged", "nulInCommit"),
        (b"Forged", b"x" * 70_000, "a commit of 70.2 KB"),
    ],
)
def test_a_commit_that_git_calls_broken_is_refused(
    olga: GitUser, project: str, clone: Path, old: bytes, new: bytes, words: str
) -> None:
    honest = commit(olga, clone, olga("rev-parse", "HEAD^{tree}", cwd=clone), "HEAD")
    raw = olga("cat-file", "commit", honest, cwd=clone).encode() + b"\n"
    assert old in raw
    refused(olga, project, clone, write_object(olga, clone, "commit", raw.replace(old, new)), words)


# too much


def test_a_file_over_the_limit_is_refused_also_in_the_past(olga: GitUser, project: str, clone: Path) -> None:
    large = olga.commit(clone, {"large.bin": bytes(MAX_FILE + 1)})
    refused(olga, project, clone, large, f"a file of {MAX_FILE + 1:,} bytes; at most {MAX_FILE:,} are accepted")
    olga("rm", "-q", "large.bin", cwd=clone)
    olga("commit", "-q", "-m", "Without", cwd=clone)
    refused(olga, project, clone, "HEAD", "git log --find-object=")


def test_a_pack_over_the_limit_is_refused(olga: GitUser, project: str, clone: Path) -> None:
    with Path("/dev/urandom").open("rb") as noise:
        files: dict[str, bytes | str] = {f"{number}.bin": noise.read(190_000) for number in range(24)}
    refused(olga, project, clone, olga.commit(clone, files), f"at most {MAX_PUSH:,} are accepted: push it in parts")


def test_a_pack_that_unpacks_to_more_than_the_limit_is_refused(olga: GitUser, project: str, clone: Path) -> None:
    files: dict[str, bytes | str] = {f"{number}.bin": bytes([number]) * 190_000 for number in range(24)}
    refused(olga, project, clone, olga.commit(clone, files), "The push unpacks to 4.6 MB; at most 4.0 MB")


LIMITS = Limits(max_file_bytes=MAX_FILE, max_push_bytes=MAX_PUSH, max_push_objects=5000)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "r.git", "olga", 1, "Create olga/x")
    yield made
    made.close()


def look_at(repository: Repository, raw: bytes, new: str) -> None:
    """All that a worker looks at in a pack before anything of it is taken in."""
    pack = repository.path.parent / "q" / "push.pack"
    pack.parent.mkdir(exist_ok=True)
    pack.write_bytes(raw)
    with Quarantine.around(pack, repository, LIMITS) as quarantine:
        verify_commits(quarantine.new_commits(repository.main, new), quarantine, LIMITS)


def test_a_few_trees_that_stand_for_endless_paths_are_refused_at_the_limit(repository: Repository) -> None:
    objects = folder({"x": b"x"})
    for _ in range(20):
        objects += folder({f"n{number}": (FOLDER, objects[-1].id) for number in range(10)})
    objects.append(Commit(objects[-1].id, (repository.main,), "olga", 1, "x").encode())
    with pytest.raises(TooLarge, match="more than 5,000 files and folders"):
        look_at(repository, packed(objects), objects[-1].id)


def _deflated(size: int) -> bytes:
    """So many zeros, by one piece again and again: to pack them all would take longer than to look at them."""
    pack = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    pieces = (pack.compress(bytes(1_000_000)) + pack.flush(zlib.Z_FULL_FLUSH)) * (size // 1_000_000)
    # RFC 1950: before them what they are packed by, behind them their sum by Adler-32, which of zeros is their number.
    return b"\x78\xda" + pieces + pack.flush() + (size % 65_521 << 16 | 1).to_bytes(4)


BASE = bytes(70_000)
BOMBS: dict[str, Callable[[], bytes]] = {
    "by deflate": lambda: raw_pack(raw_object(BLOB, 800_000_000, _deflated(800_000_000))),
    "by a delta": lambda: raw_pack(
        raw_object(BLOB, len(BASE), zlib.compress(BASE)), by_id(BASE, delta_of(BASE, 15_000))
    ),
    "a claim": lambda: raw_pack(raw_object(TREE, 1 << 45, zlib.compress(b"x"))),
    "a tree": lambda: raw_pack(raw_object(TREE, 800_000_000, _deflated(800_000_000))),
    "many": lambda: raw_pack(
        *(raw_object(BLOB, 150_000, zlib.compress(bytes([number]) * 150_000)) for number in range(40))
    ),
}


def _memory(path: Path, kind: str) -> int:
    """The most memory, in KiB, that looking at a bomb takes: in this process, or in one that it has started."""
    repository, bomb = Repository(path), BOMBS[kind]()
    assert len(bomb) < MAX_PUSH
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((TooLarge, BadPack)):
        look_at(repository, bomb, "1" * 40)
    repository.close()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return max(grown, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


@pytest.fixture(scope="module")
def small() -> Iterator[ProcessPoolExecutor]:
    """A new process: until it becomes another program, a child counts as large as the process that starts it."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as new:
        yield new


@pytest.mark.parametrize("kind", BOMBS)
def test_a_little_that_unpacks_to_much_is_refused_within_bounds(
    repository: Repository, small: ProcessPoolExecutor, kind: str
) -> None:
    assert small.submit(_memory, repository.path, kind).result(300) < 100 * KIB
    assert list((repository.path.parent / "q").iterdir()) == [repository.path.parent / "q" / "push.pack"]


def test_content_that_the_project_has_is_looked_at_anew_in_its_new_place(
    olga: GitUser, project: str, clone: Path
) -> None:
    target = write_object(olga, clone, "blob", b"../../x")
    olga.commit(clone, {"target": "../../x"})
    other = olga.create()
    olga("push", "-q", olga.url(other).replace(other, project), "HEAD:main", cwd=clone)
    entry = write_object(olga, clone, "tree", b"120000 link\0" + bytes.fromhex(target))
    refused(olga, project, clone, commit(olga, clone, entry, "HEAD"), "out of the project")


def test_objects_of_other_projects_cannot_be_named(olga: GitUser, project: str, clone: Path) -> None:
    other = olga.create()
    secret = olga.clone(other)
    olga.commit(secret, {"secret.txt": "secret"})
    olga("push", "-q", cwd=secret)
    blob = olga("rev-parse", "HEAD:secret.txt", cwd=secret)
    entry = write_object(olga, clone, "tree", b"100644 stolen\0" + bytes.fromhex(blob))
    forged = commit(olga, clone, entry, "HEAD")
    raw = olga.run("cat-file", "commit", forged, cwd=clone).stdout.encode()
    items = [raw, b"100644 stolen\0" + bytes.fromhex(blob)]
    pack = raw_pack(
        *(raw_object(kind, len(data), zlib.compress(data)) for kind, data in zip((1, 2), items, strict=True))
    )
    told = push_by_hand(olga, project, f"{tip(olga, project)} {forged} refs/heads/main", pack=pack)
    assert b"ng refs/heads/main bad-pack" in told


def test_the_project_is_sound_and_as_it_was(olga: GitUser, project: str) -> None:
    assert [version.summary for version in versions(olga.centre, project)] == ["Edit", "Edit", f"Create {project}"]
    assert published(olga.centre, project) == {"a.txt": b"a", "target": b"../../x"}
    sound(repository_of(olga.centre, project))
