"""What was fetched before stays where its newer version cannot be had: it is not deleted at the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from hubshare.features.imports.links import Archive, Link, Record
from tests.helpers.data_sites import DataSites
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet
from tests.helpers.zips import zipped

SMALL, LARGE = b"small", b"l" * 2000
STAYS = "what was fetched of it before stays"


@pytest.fixture
def importer(tmp_path: Path, internet: Internet) -> Iterator[Importer]:
    made = Importer(tmp_path, internet, max_file_bytes=1000)
    yield made
    made.into.close()


def again(importer: Importer, link: Link | str) -> dict[str, str]:
    """Import what is new after the last import; path to content."""
    assert importer.last is not None
    return importer.files(link, known=importer.last.version, parent=importer.last.commit)


def test_a_large_file_that_is_not_to_be_had_now_stays_and_is_asked_for_again(
    importer: Importer, internet: Internet
) -> None:
    def pointer(content: bytes) -> str:
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(content).hexdigest()}\nsize {len(content)}\n"

    attributes: dict[str, bytes | str] = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    sites, source, batch = DataSites(internet), internet.repository("lfs"), "/lfs.git/info/lfs/objects/batch"
    source.commit(attributes | {"a.bin": pointer(b"one")})
    sites.large("lfs", {content: content for content in (b"one", b"two", b"new")})
    assert importer.files(source.url)["a.bin"] == "one"
    source.commit(attributes | {"a.bin": pointer(b"two"), "new.bin": pointer(b"new")})
    working = internet.answers[batch]
    internet.serve(batch, "", 503)
    found = again(importer, source.url)
    assert (found["a.bin"], found["new.bin"]) == ("one", pointer(b"new"))
    assert importer.last is not None and len(importer.last.left_out) == 2
    assert importer.last.left_out[0].startswith("a.bin") and STAYS in importer.last.left_out[0]
    internet.answers[batch] = working
    found = again(importer, source.url)
    assert (found["a.bin"], found["new.bin"]) == ("two", "new")
    assert not importer.last.left_out
    assert importer.take(source.url, known=importer.last.version, parent=importer.last.commit) is None


def in_a_repository(internet: Internet, files: dict[str, bytes]) -> str:
    source = internet.repository("kept")
    source.commit({**files})
    return source.url


def in_an_archive(internet: Internet, files: dict[str, bytes]) -> Link:
    return Link(
        Archive(internet.serve("/kept.zip", zipped({f"top/in/{path}": held for path, held in files.items()}))), "in"
    )


def in_a_record(internet: Internet, files: dict[str, bytes]) -> Link:
    DataSites(internet).record("7", files)
    return Link(Record(internet.url, "7"))


@pytest.mark.parametrize("put", [in_a_repository, in_an_archive, in_a_record])
def test_a_file_that_has_become_too_large_stays_as_it_was(
    importer: Importer, internet: Internet, put: Callable[[Internet, dict[str, bytes]], Link | str]
) -> None:
    importer.files(put(internet, {"a.csv": SMALL, "d/b.csv": SMALL, "c.csv": SMALL, "e": SMALL}))
    link = put(internet, {"a.csv": b"new", "d/b.csv": LARGE, "other.csv": LARGE, "e/f": SMALL})
    assert again(importer, link) == {"a.csv": "new", "d/b.csv": "small", "e/f": "small"}
    assert importer.last is not None
    named = {line.partition(":")[0].removeprefix("top/in/"): STAYS in line for line in importer.last.left_out}
    assert named == {"d/b.csv": True, "other.csv": False}
    before = importer.last.commit
    assert put(internet, {"a.csv": b"new", "d/b.csv": LARGE + b"er", "e/f": SMALL})
    again(importer, link)
    assert importer.last.commit == before, "nothing that is taken has changed"
