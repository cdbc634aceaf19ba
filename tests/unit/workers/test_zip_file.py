"""A zip is read as what it is, or refused with the name of what is wrong in it, before anything is inflated."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hubshare_workers.uploads.zip_file import ANY, MOST_DIRECTORY, MOST_MEMBERS, ZipReader

from hubshare.config import MIB, Limits
from hubshare.errors import HubShareError, Invalid, TooLarge
from hubshare.sync.trees import EXECUTABLE
from hubshare.sync.trees import LINK as LINK_MODE
from tests.helpers.memory import PeakMemory
from tests.helpers.zips import FIFO, LINK, PROGRAM, directory_of, patched, with_field, zipped

_LIMITS = Limits(max_file_bytes=MIB, max_push_bytes=2 * MIB)
#: Fields of an entry of the directory.
_FLAGS, _METHOD, _CRC, _PACKED, _SIZE, _PLACE = 8, 10, 16, 20, 24, 42


def read(data: bytes, limits: Limits = _LIMITS) -> dict[str, bytes]:
    reader = ZipReader(io.BytesIO(data), limits)
    files = [member for member in reader.members if not member.folder]
    reader.check(files)
    return {member.name: b"".join(reader.pieces(member)) for member in files}


def refusal(data: bytes) -> str:
    with pytest.raises(HubShareError) as refused:
        read(data)
    assert isinstance(refused.value, Invalid | TooLarge)
    return refused.value.message


_FILES = {"a.txt": b"a" * 1000, "sub/b.bin": bytes(range(256)) * 2000, "empty": b"", "caf\u00e9/\u65e5\u672c.md": b"x"}


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_was_put_into_a_zip_comes_out_of_it(how: int) -> None:
    assert read(zipped(_FILES, how=how)) == _FILES
    streamed = io.BytesIO()
    with zipfile.ZipFile(streamed, "w", how) as made:
        made.mkdir("folder")
        with made.open("big", "w", force_zip64=True) as target:
            target.write(b"z" * 500_000)
    assert read(streamed.getvalue()) == {"big": b"z" * 500_000}
    assert read(b"#!/bin/sh in front of it\n" + streamed.getvalue()) == {"big": b"z" * 500_000}


def test_names_are_read_as_the_programs_write_them_that_people_have() -> None:
    of_windows = ZipReader(io.BytesIO(patched(zipped({"a-b.txt": b""}), b"a-b", b"a\\b")), _LIMITS)
    assert [member.name for member in of_windows.members] == ["a/b.txt"]
    # A Mac writes UTF-8 and does not say so; DOS has a code page of its own.
    for raw, name in ((b"caf\xc3\xa9", "caf\u00e9"), (b"caf\x82", "caf\u00e9"), (b"./a/b", "a/b")):
        made = ZipReader(io.BytesIO(patched(zipped({"x" * len(raw): b""}), b"x" * len(raw), raw)), _LIMITS)
        assert [member.name for member in made.members] == [name]
    modes = ZipReader(io.BytesIO(zipped({"l": b"a", "x": b"", "n": b""}, {"l": LINK, "x": PROGRAM})), _LIMITS)
    assert [member.mode for member in modes.members] == [LINK_MODE, EXECUTABLE, ANY]


def test_each_lie_is_found_and_names_the_file() -> None:
    plain = zipped({"a.txt": b"a" * 1000})
    stored = zipped({"a.txt": b"a" * 1000}, how=zipfile.ZIP_STORED)
    lies = {
        "needs a password": with_field(plain, _FLAGS, b"\1\0"),
        "(bzip2)": zipped({"a.txt": b"a" * 1000}, how=zipfile.ZIP_BZIP2),
        "(LZMA)": zipped({"a.txt": b"a" * 1000}, how=zipfile.ZIP_LZMA),
        "(number 77)": with_field(plain, _METHOD, b"\x4d\0"),
        "at most 1,048,576": with_field(plain, _SIZE, struct.pack("<I", MIB + 1)),
        "what cannot be": with_field(plain, _SIZE, struct.pack("<I", 500_000)),
        "is damaged": with_field(plain, _SIZE, struct.pack("<I", 999)),
        "damaged in the zip": with_field(plain, _SIZE, struct.pack("<I", 1001)),
        "make it anew": with_field(stored, _SIZE, struct.pack("<I", 999)),
        "is damaged in": with_field(plain, _CRC, b"\1\2\3\4"),
        "neither a file nor a link": zipped({"a.txt": b""}, {"a.txt": FIFO}),
        "a drive": zipped({"C:/a.txt": b""}),
        "lie on top": with_field(plain, _PACKED, struct.pack("<I", 5000)),
        "two things": patched(plain, b"a.txt", b"b.txt", 1),
        "says two things": with_field(plain, _PLACE, struct.pack("<I", 7)),
    }
    for words, lie in lies.items():
        said = refusal(lie)
        assert words in said and "a.txt" in said, said


def test_files_that_lie_on_one_another_are_no_zip_bomb() -> None:
    """Two entries of the directory that stand for the same bytes, as in "A better zip bomb"."""
    both = zipped({"a.txt": b"a" * 100_000, "b.txt": b"b"})
    start = directory_of(both)
    second = both.index(b"PK\1\2", start + 4)
    twice = both[:second] + both[start:second] + both[both.index(b"PK\5\6") :]
    assert "lie on top" in refusal(twice)
    # The first one reaches into the second.
    longer = with_field(both, _PACKED, struct.pack("<I", both.index(b"PK\3\4", 4) - 30))
    assert "'b.txt' lie on top" in refusal(longer)


def test_much_in_little_is_refused_before_it_is_inflated() -> None:
    bomb = zipped({f"{number}.txt": bytes(MIB) for number in range(3)})
    assert len(bomb) < 10_000
    reader = ZipReader(io.BytesIO(bomb), _LIMITS)
    with PeakMemory() as memory, pytest.raises(TooLarge, match=r"3\.1 MB unpacked"):
        reader.check(reader.members)
    assert memory.grown < MIB
    assert "at most 20,000" in refusal(zipped({str(number): b"" for number in range(MOST_MEMBERS + 1)}))


def test_a_directory_larger_than_is_held_is_not_read() -> None:
    names = {f"{number:05}{'n' * 2000}": b"" for number in range(5000)}
    data = zipped(names)
    assert len(data) - directory_of(data) > MOST_DIRECTORY
    assert "upload it in parts" in refusal(data)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all" * 100, zipped(_FILES)[:-30], zipped(_FILES)[30:-1]])
def test_what_is_no_zip_is_said_to_be_none(data: bytes) -> None:
    assert "make it anew" in refusal(data)
