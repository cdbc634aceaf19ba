"""A history comes by one request, and git's own client asks for it where a server wants to be asked otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.stage import Stage
from hubshare_workers.fetch.trees import read_history

from hubshare.errors import Cancelled, HubShareError, Invalid, TooLarge, Unavailable
from hubshare.git.pktline import FLUSH, line, side_band
from hubshare.git.repository import Repository
from tests.helpers.data_sites import DataSites
from tests.helpers.fetching import Importer
from tests.helpers.internet import Author, Internet, Visit

RESULT = "application/x-git-upload-pack-result"


@pytest.fixture
def source(internet: Internet, request: pytest.FixtureRequest) -> Iterator[Author]:
    """A repository of a few versions, two of them side by side and merged."""
    name = request.node.name.replace("[", "-").strip("]")
    made = internet.repository(name)
    made.commit({"a": "1", "sub/b": "1", "sub/deep/c": "1"})
    before = made.git("rev-parse", "main")
    made.commit({"a": "2", "sub/b": "1", "sub/deep/c": "1"})
    made.git("update-ref", "refs/heads/side", before)
    made.commit({"a": "1", "sub/b": "1", "sub/deep/c": "2"}, branch="side")
    made.commit({"a": "2", "sub/b": "1", "sub/deep/c": "2"}, branch="merged")
    tree = made.git("rev-parse", "merged^{tree}")
    made.git("update-ref", "-d", "refs/heads/merged")
    merge = made.git("commit-tree", tree, "-m", "both", "-p", "main", "-p", "side")
    made.git("update-ref", "refs/heads/main", merge)
    yield made
    internet.answers = {path: answer for path, answer in internet.answers.items() if f"/{name}.git/" not in path}


def asked(internet: Internet) -> list[tuple[str, str]]:
    return [(one.method, one.path.partition("?")[0].rpartition(".git/")[2]) for one in internet.asked]


def answers(source: Author, internet: Internet, answer: Callable[[Visit], None]) -> None:
    internet.answers[f"/{source.path.name}/git-upload-pack"] = answer


def test_a_history_comes_by_one_request(importer: Importer, internet: Internet, source: Author) -> None:
    fetched = importer.take(source.url, history=True)
    assert fetched is not None and fetched.left_out == ()
    assert fetched.commit == source.git("rev-parse", "main")
    assert asked(internet) == [("GET", "info/refs"), ("POST", "git-upload-pack")]
    importer.check(fetched.commit)
    internet.asked.clear()
    source.commit({"a": "3"})
    second = importer.take(source.url, history=True, known=fetched.version, parent=fetched.commit)
    assert second is not None and second.commit == source.git("rev-parse", "main")
    assert asked(internet) == [("GET", "info/refs"), ("POST", "git-upload-pack")]
    assert f"have {fetched.commit}".encode() in internet.asked[-1].body
    importer.check(second.commit)


def test_what_a_history_leads_to_is_told_as_git_lists_it(importer: Importer, source: Author) -> None:
    first = importer.take(source.url, history=True)
    assert first is not None
    listed = ("rev-list", "--objects", "--no-object-names")
    assert first.reaches == set(source.git(*listed, "main").split())
    before = first.commit
    source.commit({"a": "3", "sub/new": "1"})
    second = importer.take(source.url, history=True, known=first.version, parent=before)
    assert second is not None
    assert second.reaches >= set(source.git(*listed, "main", f"^{before}").split())


def test_a_history_of_more_objects_than_are_taken_in_at_once_is_not_listed(importer: Importer, source: Author) -> None:
    importer.take(source.url, history=True)
    importer.settings.max_push_objects = 5
    repository = Repository(importer.into.path)
    with Stage.beside(repository, importer.settings, Budget(10, 1000, 10)) as stage:
        found = read_history(stage, source.git("rev-parse", "main"), "")
    repository.close()
    assert (found.fault, found.names) == ("it is larger than what is taken in at once", frozenset())


def refusing(visit: Visit) -> None:
    """Wants the newest protocol."""
    if visit.headers.get("Git-Protocol") == "version=2":
        visit._git(visit.path.partition("?")[0])
    else:
        visit.send(b"", 403)


def saying(*lines: bytes) -> Callable[[Visit], None]:
    """Answers this where it is not asked by the newest protocol."""

    def answer(visit: Visit) -> None:
        if visit.headers.get("Git-Protocol") == "version=2":
            visit._git(visit.path.partition("?")[0])
        else:
            visit.send(b"".join(lines), Content_Type=RESULT)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        refusing,
        saying(b"<html>"),
        saying(b"0003"),
        saying(b""),
        saying(line(b"ERR upload-pack: not our ref\n")),
        saying(line(b"NAK\n"), FLUSH),
        saying(line(b"NAK\n"), *side_band(3, b"no")),
        saying(line(b"shallow " + b"1" * 40)),
    ],
)
def test_a_server_that_wants_to_be_asked_otherwise_is_asked_by_git(
    importer: Importer, internet: Internet, source: Author, answer: Callable[[Visit], None]
) -> None:
    answers(source, internet, answer)
    fetched = importer.take(source.url, history=True)
    assert fetched is not None and fetched.commit == source.git("rev-parse", "main") and fetched.left_out == ()
    importer.check(fetched.commit)


def test_a_tag_that_says_something_is_fetched_with_its_history(importer: Importer, source: Author) -> None:
    source.git("tag", "-a", "-m", "first", "v1", "main")
    source.commit({"a": "later"})
    url = f"{source.url}@v1"
    fetched = importer.take(url, history=True)
    assert fetched is not None and fetched.commit == source.git("rev-parse", "v1^{commit}")


@pytest.mark.parametrize("history", [True, False])
def test_a_tag_of_files_that_are_no_version_is_not_taken_for_one(
    importer: Importer, source: Author, history: bool
) -> None:
    source.git("tag", "files", "main^{tree}")
    source.git("tag", "file", "main:a")
    source.git("tag", "-a", "-m", "of files", "said", "main^{tree}")
    for tag in ("files", "file", "said"):
        with pytest.raises(Invalid, match="no commit"):
            importer.take(f"{source.url}@{tag}", history=history)


def packed(source: Author, *names: str) -> bytes:
    """A pack of just these."""
    return source.git_raw("pack-objects", "--stdout", "-q", given="".join(f"{name}\n" for name in names).encode())


def test_a_pack_in_which_something_is_missing_or_broken_is_not_taken(
    importer: Importer, internet: Internet, source: Author
) -> None:
    all_of_it = source.git("rev-list", "--objects", "--no-object-names", "main").split()
    whole = packed(source, *all_of_it)
    blob = source.git("rev-parse", "main:sub/deep/c")
    for pack in (
        packed(source, *(name for name in all_of_it if name != blob)),
        packed(source, all_of_it[0]),
        whole[:-30],
        whole[:40] + bytes([whole[40] ^ 255]) + whole[41:],
        b"PACK of something else",
    ):
        said = b"".join([line(b"NAK\n"), *side_band(1, pack), FLUSH])
        answers(source, internet, lambda visit, said=said: visit.send(said, Content_Type=RESULT))  # type: ignore[misc]
        with pytest.raises(HubShareError, match="could not be fetched"):
            importer.take(source.url, history=True)
    broken = b"".join([line(b"NAK\n"), *side_band(1, whole[:100]), *side_band(3, b"out of memory")])
    answers(source, internet, lambda visit: visit.send(broken, Content_Type=RESULT))
    with pytest.raises(Unavailable, match="broke off"):
        importer.take(source.url, history=True)
    assert not list(importer.into.path.glob("objects/pack/*.pack"))


def test_what_comes_with_a_history_and_does_not_belong_to_it_is_not_published(
    importer: Importer, internet: Internet, source: Author
) -> None:
    other = source.blob("of somebody else")
    names = [*source.git("rev-list", "--objects", "--no-object-names", "main").split(), other]
    said = b"".join([line(b"NAK\n"), *side_band(1, packed(source, *names)), FLUSH])
    answers(source, internet, lambda visit: visit.send(said, Content_Type=RESULT))
    fetched = importer.take(source.url, history=True)
    assert fetched is not None and other not in fetched.reaches


def test_a_history_that_is_larger_than_what_is_fetched_is_given_up(
    internet: Internet, source: Author, tmp_path: Path
) -> None:
    source.commit({"a": random.Random(1).randbytes(300_000)})
    small = Importer(tmp_path / "small", internet, fetch_max_bytes=200_000)
    with pytest.raises(TooLarge):
        small.take(source.url, history=True)
    small.into.close()


def test_a_history_that_is_not_wanted_any_more_is_not_fetched_to_its_end(
    importer: Importer, internet: Internet, source: Author
) -> None:
    source.commit({"a": random.Random(1).randbytes(3_000_000)})
    sizes = list[int]()

    def progress(what: str, done: int, total: int) -> None:
        if what.startswith("Fetching"):
            sizes.append(done)

    with pytest.raises(Cancelled):
        importer.take(source.url, history=True, progress=progress, cancelled=lambda: bool(sizes))
    assert 0 < max(sizes) < 3_000_000
    assert not list(importer.settings.quarantine.iterdir())


def test_a_redirect_of_a_history_is_not_followed(importer: Importer, internet: Internet, source: Author) -> None:
    internet.redirect(f"/{source.path.name}/git-upload-pack", f"{internet.url}/elsewhere", 307)
    with pytest.raises(HubShareError, match="could not be fetched"):
        importer.take(source.url, history=True)
    assert "/elsewhere" not in {one.path for one in internet.asked}


def test_large_files_lie_on_top_of_a_history_which_is_kept_where_some_cannot_be_had(
    importer: Importer, internet: Internet
) -> None:
    def pointer(content: bytes) -> str:
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(content).hexdigest()}\nsize {len(content)}\n"

    attributes: dict[str, bytes | str] = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    author = internet.repository("large")
    internet.serve("/large.git/info/lfs/objects/batch", "", 503)
    first = author.commit(attributes | {"a.bin": pointer(b"one")})
    fetched = importer.take(author.url, history=True)
    assert fetched is not None and fetched.commit == first
    assert [told.partition(":")[0] for told in fetched.left_out] == ["a.bin"]
    # It can be had now, from the same version.
    DataSites(internet).large("large", {content: content for content in (b"one", b"two")})
    again = importer.take(author.url, history=True, known=fetched.version, parent=fetched.commit)
    assert again is not None and again.left_out == () and importer.content(again.commit)["a.bin"] == "one"
    assert parents(importer, again.commit) == [first]
    newest = author.commit(attributes | {"a.bin": pointer(b"one"), "b.bin": pointer(b"two"), "c.bin": pointer(b"no")})
    later = importer.take(author.url, history=True, known=again.version, parent=again.commit)
    assert later is not None and [told.partition(":")[0] for told in later.left_out] == ["c.bin"]
    assert parents(importer, later.commit) == [newest] and author.git("rev-parse", "main^") == first
    found = importer.content(later.commit)
    assert (found["a.bin"], found["b.bin"], found["c.bin"]) == ("one", "two", pointer(b"no"))
    assert any(f"have {first}".encode() in one.body for one in internet.asked), "the history is not fetched anew"
    same = importer.take(author.url, history=True, known=later.version, parent=later.commit)
    assert same is None, "what is not there is not asked for again"


def parents(importer: Importer, commit: str) -> list[str]:
    fresh = Repository(importer.into.path)
    try:
        return list(fresh.commit(commit).parents)
    finally:
        fresh.close()
