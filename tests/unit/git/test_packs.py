"""Packs: what is written is read back, what git writes is read, and whatever else comes in is refused, never worse."""

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
    TREE,
    Commit,
    Object,
    object_id,
    write_tree,
)
from hubshare.git.packs import Pack, PackWriter, object_head, pack_of
from hubshare.git.repository import MAIN, Repository
from hubshare.sync.trees import FILE

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
            assert object_head(b"".join(pack.raw())[place.start : place.start + 16])[:2] == (item.type, len(item.data))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 2047, 2048, 64 * KIB, 64 * KIB + 1, 256 * KIB, 700_001])
def test_files_of_any_size_are_written_piece_by_piece(tmp_path: Path, size: int) -> None:
    data = bytes(number * 7 % 251 for number in range(size))
    path = tmp_path / "x.pack"
    with path.open("w+b") as file:
        writer = PackWriter(file)
        assert writer.add_stream(io.BytesIO(data), size + 1, object_id(BLOB, data)) is None, "too short"
        if size:
            assert writer.add_stream(io.BytesIO(data), size - 1, object_id(BLOB, data)) is None, "too long"
        name = writer.add_stream(io.BytesIO(data), size, object_id(BLOB, data))
        assert name == writer.add_stream(io.BytesIO(data), size, object_id(BLOB, data)) == object_id(BLOB, data)
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
