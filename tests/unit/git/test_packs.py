"""Packs, trees and commits: what is written is read back, and whatever else comes in is refused, never worse."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tracemalloc
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.config import KIB, MIB, Limits
from hubshare.errors import BadPack, HubShareError, NotFound, TooLarge
from hubshare.git.objects import (
    BLOB,
    COMMIT,
    EMPTY_TREE,
    FOLDER,
    TREE,
    Commit,
    Object,
    decode_commit,
    diff_trees,
    edit_tree,
    object_id,
    read_commit,
    read_tree,
    tree_entry,
    walk_tree,
    write_tree,
)
from hubshare.git.packs import Pack, PackWriter, object_head, pack_of
from hubshare.git.repository import MAIN, Repository
from hubshare.sync.trees import EXECUTABLE, FILE, LINK, Entry, Side

LIMITS = Limits(max_file_bytes=MIB, max_push_bytes=4 * MIB, max_push_objects=100)
SMALL = [Object(BLOB, b"hello"), Object(BLOB, b""), Object(TREE, b""), Object(COMMIT, b"x" * 200)]


def head(kind: int, size: int) -> bytes:
    """A header of an object in a pack."""
    byte, size = kind << 4 | size & 15, size >> 4
    made = bytearray()
    while size:
        made.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes([*made, byte])


def forged(*parts: bytes, count: int | None = None, version: int = 2) -> bytes:
    """A pack of raw parts, with a right checksum."""
    body = b"PACK" + version.to_bytes(4, "big") + (len(parts) if count is None else count).to_bytes(4, "big")
    body += b"".join(parts)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def part(kind: int, data: bytes, size: int | None = None) -> bytes:
    return head(kind, len(data) if size is None else size) + zlib.compress(data)


# reading what was written


@given(st.lists(st.tuples(st.sampled_from([COMMIT, TREE, BLOB]), st.binary(max_size=2000)), max_size=20))
def test_what_is_written_is_read_back(items: list[tuple[int, bytes]]) -> None:
    objects = [Object(*item) for item in items]
    with Pack(pack_of(objects), LIMITS) as pack:
        assert pack.places.keys() == {item.id for item in objects}
        for item in objects:
            assert pack.read(item.id) == item
            place = pack.places[item.id]
            assert object_head(bytes(pack.raw[place.start : place.start + 16]))[:2] == (item.type, len(item.data))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 2047, 2048, 64 * KIB, 64 * KIB + 1, 256 * KIB, 700_001])
def test_files_of_any_size_are_written_piece_by_piece(tmp_path: Path, size: int) -> None:
    data = bytes(number * 7 % 251 for number in range(size))
    path = tmp_path / "x.pack"
    with path.open("w+b") as file:
        writer = PackWriter(file)
        assert writer.add_stream(io.BytesIO(data), size + 1) is None, "too short"
        if size:
            assert writer.add_stream(io.BytesIO(data), size - 1) is None, "too long"
        name = writer.add_stream(io.BytesIO(data), size)
        assert name == writer.add_stream(io.BytesIO(data), size) == object_id(BLOB, data)
        assert writer.unpacked == size
        writer.close()
    with Pack(path, LIMITS) as pack:
        assert name is not None and pack.read(name) == Object(BLOB, data)
        assert all(len(piece) <= 256 * KIB for piece in pack.stream(name))


# refusing the rest


def test_a_pack_cut_short_at_any_byte_is_refused(tmp_path: Path) -> None:
    whole = pack_of(SMALL)
    Pack(whole, LIMITS).close()
    path = tmp_path / "x.pack"
    for length in range(len(whole)):
        with pytest.raises(BadPack):
            Pack(whole[:length], LIMITS)
        path.write_bytes(whole[:length])
        with pytest.raises(BadPack):
            Pack(path, LIMITS)


def test_a_body_cut_short_under_a_right_checksum_is_refused() -> None:
    body = pack_of(SMALL)[12:-20]
    for length in range(len(body)):
        with pytest.raises(BadPack):
            Pack(forged(body[:length], count=len(SMALL)), LIMITS)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_no_flipped_byte_passes(at: int, mask: int) -> None:
    whole = bytearray(pack_of(SMALL))
    whole[at % len(whole)] ^= mask
    with pytest.raises(HubShareError):
        Pack(bytes(whole), LIMITS)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_flips_under_a_right_checksum_never_do_worse_than_be_refused(flips: list[tuple[int, int]]) -> None:
    body = bytearray(pack_of(SMALL)[:-20])
    for at, value in flips:
        body[at % len(body)] = value
    raw = bytes(body) + hashlib.sha1(body, usedforsecurity=False).digest()
    try:
        pack = Pack(raw, LIMITS)
    except HubShareError:
        return
    with pack:
        for name in pack.places:
            assert pack.read(name).id == name


@given(st.binary(max_size=300), st.integers(0, 5))
def test_noise_is_refused(noise: bytes, count: int) -> None:
    for raw in (noise, forged(noise, count=count)):
        try:
            Pack(raw, LIMITS).close()
        except HubShareError:
            continue
        assert (count == 0 and not noise) or raw is not noise


ONE = part(BLOB, b"hello")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not a pack"),
        (pack_of(SMALL)[:-1] + b"\0", "checksum"),
        (forged(ONE, version=3), "not a pack"),
        (forged(ONE, count=2), "ends before"),
        (forged(ONE, ONE[::-1], count=1), "behind its last"),
        (forged(ONE, count=0), "behind its last"),
        (forged(ONE, ONE), "twice"),
        (forged(part(BLOB, b"hello", size=4)), "larger than it says"),
        (forged(part(BLOB, b"hello", size=6)), "smaller than it says"),
        (forged(part(BLOB, b"", size=1)), "smaller than it says"),
        (forged(head(BLOB, 5) + b"not zlib at all"), "damaged"),
        (forged(head(BLOB, 5) + zlib.compress(b"hello")[:-1]), ""),
        (forged(head(BLOB, 5) + zlib.compress(b"hello")[:-4] + b"\0\0\0\0"), "damaged"),
        (forged(part(4, b"tag")), "type 4"),
        (forged(part(6, b"x")), "type 6"),
        (forged(part(7, b"x")), "type 7"),
        (forged(part(0, b"x")), "type 0"),
        (forged(part(5, b"x")), "type 5"),
        (forged(b"\xff" * 30), "header"),
        (forged(b"\xb0" + b"\x80" * 20), "header"),
    ],
)
def test_a_pack_that_is_not_as_it_says_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(BadPack) as caught:
        Pack(raw, LIMITS)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "raw",
    [
        forged(part(BLOB, b"x" * (MIB + 1))),
        forged(part(COMMIT, b"x" * (64 * KIB + 1))),
        forged(head(BLOB, MIB + 1)),
        forged(head(TREE, 2**40)),
        forged(head(BLOB, 2**62)),
        forged(count=2**32 - 1),
        forged(count=101),
        forged(*(part(BLOB, bytes([number]) * MIB) for number in range(5))),
        b"PACK" + b"\0" * (4 * MIB),
    ],
)
def test_a_pack_over_a_limit_is_refused_for_its_size(raw: bytes) -> None:
    with pytest.raises(TooLarge):
        Pack(raw, LIMITS)


def test_limits_are_inclusive() -> None:
    Pack(pack_of([Object(BLOB, b"x" * MIB)]), LIMITS).close()
    Pack(pack_of([Object(BLOB, b"%d" % number) for number in range(100)]), LIMITS).close()


def test_without_limits_a_pack_is_of_any_size_and_still_checked_in_full() -> None:
    many = pack_of([Object(BLOB, bytes([number]) * MIB) for number in range(101)])
    with Pack(many, limits=None) as pack:
        assert len(pack.places) == 101
    with pytest.raises(BadPack):
        Pack(many[:-1] + b"x", limits=None)
    with pytest.raises(TooLarge):
        Pack(forged(part(COMMIT, b"x" * MIB)), limits=None)


@pytest.mark.parametrize("says", ["the truth", "too little"])
def test_a_bomb_never_fills_the_memory(says: str) -> None:
    """A few hundred kilobytes that unpack to hundreds of megabytes, honestly or not."""
    size = 200 * MIB
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b"\0" * MIB) for _ in range(size // MIB)) + packed.flush()
    raw = forged(head(BLOB, size if says == "the truth" else 10) + data)
    assert len(raw) < 300 * KIB
    large = Limits(max_file_bytes=2 * size, max_push_bytes=2 * size)
    tracemalloc.start()
    if says == "the truth":
        with Pack(raw, large) as pack:
            (name,) = pack.places
            assert sum(map(len, pack.stream(name))) == size
    else:
        with pytest.raises(BadPack):
            Pack(raw, large)
    with pytest.raises((TooLarge, BadPack)):
        Pack(raw, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


# trees


NAMES = st.sampled_from(["a", "b", "a.b", "a-b", "a0", "ab", "A", "é", "日", "-", "z z"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ENTRIES = st.builds(
    Entry, st.sampled_from([FILE, EXECUTABLE, LINK]), st.integers(1, 5).map(lambda number: f"{number:040x}")
)
FOLDERS = st.dictionaries(PATHS, ENTRIES, max_size=12)


def _free(files: dict[str, Entry]) -> dict[str, Entry]:
    """Without the files that lie in other files."""
    return {path: entry for path, entry in files.items() if not any(path.startswith(f"{other}/") for other in files)}


class Store(dict[str, bytes]):
    """Trees by their id."""

    def edit(self, root: str, changes: dict[str, Side]) -> str:
        made = edit_tree(self.tree, root, changes)
        self.update(made.made)
        for name, data in made.made.items():
            assert object_id(TREE, data) == name
        return made.root

    def tree(self, name: str) -> bytes:
        return b"" if name == EMPTY_TREE else self[name]

    def files(self, root: str) -> dict[str, Entry]:
        return dict(walk_tree(self.tree, root))


@given(FOLDERS, FOLDERS)
def test_trees_hold_what_a_dictionary_would(one: dict[str, Entry], two: dict[str, Entry]) -> None:
    before, after, store = _free(one), _free(two), Store()
    old = store.edit(EMPTY_TREE, dict(before))
    assert store.files(old) == before
    changes: dict[str, Side] = {path: None for path in before.keys() - after.keys()}
    changes |= {path: entry for path, entry in after.items() if before.get(path) != entry}
    new = store.edit(old, changes)
    assert store.files(new) == after
    assert new == Store().edit(EMPTY_TREE, dict(after)), "equal folders have equal ids, however they came about"
    assert store.edit(new, {}) == new
    found = {path: (left, right) for path, left, right in diff_trees(store.tree, old, new)}
    assert found == {path: (before.get(path), after.get(path)) for path in changes}
    for path in before.keys() | after.keys():
        here = tree_entry(store.tree, new, path)
        assert after.get(path) == (Entry(*here) if here and here[0] != FOLDER else None)
    assert all(store.tree(name) or name == EMPTY_TREE for name in store), "an empty folder was written"


@given(FOLDERS, st.lists(PATHS, max_size=4))
def test_deleting_what_is_not_there_changes_nothing(files: dict[str, Entry], paths: list[str]) -> None:
    store = Store()
    root = store.edit(EMPTY_TREE, dict(_free(files)))
    gone: dict[str, Side] = dict.fromkeys((path for path in paths if path not in _free(files)), None)
    assert store.edit(root, gone) == root


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from([FOLDER, FILE]), st.just("1" * 40))))
def test_a_tree_is_read_as_it_was_written(items: dict[str, tuple[int, str]]) -> None:
    assert read_tree(write_tree(items)) == items


@given(st.binary(max_size=200))
def test_noise_is_no_tree(noise: bytes) -> None:
    try:
        found = read_tree(noise)
    except BadPack:
        return
    assert write_tree(found) == noise


ITEM = b"\1" * 20


@pytest.mark.parametrize(
    "data",
    [
        b"100644 a\0" + ITEM + b"100644 a\0" + ITEM,
        b"100644 b\0" + ITEM + b"100644 a\0" + ITEM,
        b"40000 a\0" + ITEM + b"100644 a.b\0" + ITEM,
        b"100644 a/b\0" + ITEM,
        b"100644 /\0" + ITEM,
        b"100644 a\0" + ITEM[:-1],
        b"100644 a",
        b"0100644 a\0" + ITEM,
        b"040000 a\0" + ITEM,
        b"x a\0" + ITEM,
        b"-1 a\0" + ITEM,
        b"100644 \xff\0" + ITEM,
        b"100644  a\0",
        b"999999 a\0" + ITEM,
    ],
)
def test_a_tree_that_git_would_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(BadPack):
        read_tree(data)


# commits


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


# packs that git writes


@pytest.mark.parametrize("deltas", ["--delta-base-offset", "--no-reuse-delta"])
def test_type_and_size_are_found_through_deltas_as_git_finds_them(tmp_path: Path, deltas: str) -> None:
    with Repository.create(tmp_path / "r.git", "a", 1, "x").lock():
        repository = Repository(tmp_path / "r.git")
        text = b"".join(b"line %d\n" % number for number in range(5000))
        blobs = [Object(BLOB, text + b"%d\n" % number * number) for number in range(12)]
        tree = Object(TREE, write_tree({f"f{number}": (FILE, item.id) for number, item in enumerate(blobs)}))
        commit = Commit(tree.id, (repository.main,), "a", 1, "x").encode()
        repository.add([*blobs, tree, commit])
        repository.set_ref("refs/heads/main", commit.id)
        repository.close()

    def git(*args: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            ["git", *args], cwd=tmp_path / "r.git", input=given, capture_output=True, check=True
        ).stdout

    names = git("rev-list", "--objects", "--no-object-names", "main")
    git("pack-objects", "-q", deltas, "objects/pack/pack", given=names)
    git("prune-packed")
    assert b"chain length" in git("verify-pack", "-v", *map(str, (tmp_path / "r.git/objects/pack").glob("*.idx")))
    listed = git("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", given=names).decode()
    repository = Repository(tmp_path / "r.git")
    kinds = {"commit": COMMIT, "tree": TREE, "blob": BLOB}
    for name, kind, size in map(str.split, listed.splitlines()):
        assert repository.kind_and_size(name) == (kinds[kind], int(size))
    repository.close()


def test_the_beginning_of_an_object_is_that_of_all_of_it(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "r.git", "alice", 1, "Create")
    random = Random(1)
    text = b"".join(b"line %d\n" % number for number in range(40_000))
    blobs = [b"", b"x", random.randbytes(300_000), text, text + b"one more", text.replace(b"line 7\n", b"seven\n")]
    items = [Object(BLOB, data) for data in blobs]
    tree = Object(TREE, write_tree({f"{number}.txt": (FILE, item.id) for number, item in enumerate(items)}))
    commit = Commit(tree.id, (repository.main,), "alice", 2, "Add").encode()
    repository.add([*items, tree, commit])
    repository.set_ref(MAIN, commit.id)

    def same(where: str) -> None:
        for data, item in zip(blobs, items, strict=True):
            for most in (1, 100, 4096, 10_000_000):
                assert repository.beginning(item.id, most) == data[:most], (where, len(data), most)

    same("loose")
    repository.close()
    subprocess.run(["git", "-c", "safe.directory=*", "repack", "-adfq"], cwd=repository.path, check=True)
    repository = Repository(repository.path)
    assert not (repository.path / "objects" / items[3].id[:2] / items[3].id[2:]).exists()
    same("packed, with deltas")
    with pytest.raises(NotFound):
        repository.beginning("0" * 40, 10)
    repository.close()
