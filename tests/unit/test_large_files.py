"""A large file costs no more memory than a small one, and what does not compress is not compressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.config import KIB, MIB
from hubshare.git.deflate import deflated
from hubshare.git.objects import BLOB, object_id
from hubshare.git.pack_bytes import CHUNK
from hubshare.git.packs import Pack, PackWriter

_SIZE_MIB, _MOST_MIB = 14, 6
_TEXT = b"".join(b"%d,%d\n" % (number, number * number) for number in range(30_000))


@pytest.mark.parametrize("kind", ["random", "text"])
def test_no_step_of_a_large_file_holds_it_in_memory(tmp_path: Path, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.large_file_story", str(tmp_path / "world"), str(_SIZE_MIB), kind],
        env=os.environ | {"HUBSHARE_MAX_FILE_BYTES": str(1024 * MIB)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    grown = json.loads(done.stdout)["grown"]
    assert {name: mib for name, mib in grown.items() if mib > _MOST_MIB} == {}


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 1, 100, 16 * KIB, 65_535, 65_536, CHUNK])), max_size=6))
def test_pieces_of_any_kind_make_one_stream_that_others_read(kinds: list[tuple[bool, int]]) -> None:
    noise = Random(1).randbytes(CHUNK)
    parts = [(noise if random else _TEXT)[:size] for random, size in kinds]
    assert zlib.decompress(b"".join(deflated(parts))) == b"".join(parts)


def test_what_does_not_compress_is_stored_and_the_rest_of_the_same_file_is_not(tmp_path: Path) -> None:
    noise, text = Random(1).randbytes(4 * MIB), _TEXT * 20
    for data, most in (
        (noise, len(noise) + 4 * KIB),
        (text, len(text) // 2),
        (noise + text, len(noise) + len(text) // 2),
    ):
        path = tmp_path / "x.pack"
        with path.open("w+b") as file:
            writer, name = PackWriter(file), object_id(BLOB, data)
            parts = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
            assert writer.add_pieces(BLOB, len(data), parts, name)
            writer.close()
        assert path.stat().st_size < most
        with Pack(path, None) as pack:
            assert pack.read(name).data == data
        # Git reads it, and finds nothing wrong.
        subprocess.run(["git", "index-pack", "--strict", str(path)], check=True, capture_output=True, cwd=tmp_path)


def test_what_is_stored_lies_in_the_stream_as_it_is() -> None:
    noise = Random(2).randbytes(CHUNK)
    assert noise[:60_000] in b"".join(deflated([noise])), "nobody has spent time on compressing it"
