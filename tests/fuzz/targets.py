"""Everything that reads what others send, each as a function of some bytes, with what has to hold for any bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.repositories import read_refs
from hubshare_workers.fetch.tar_file import TarReader, is_tar
from hubshare_workers.render.clean import clean, clean_whole
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.kinds import RENDERERS
from hubshare_workers.uploads.selection import select
from hubshare_workers.uploads.zip_file import ZipReader
from starlette.requests import Request

from hubshare.config import KIB, MIB, Limits
from hubshare.errors import BadEvent, BadPack, HubShareError, Invalid, NotFound, TooLarge
from hubshare.features.imports.links import default_name, read_link
from hubshare.features.imports.sources import address_of
from hubshare.git.declared import check_declared
from hubshare.git.fetch_request import published_only
from hubshare.git.objects import BLOB, COMMIT, TREE, Commit, Object, decode_commit, read_commit, read_tree, write_tree
from hubshare.git.packs import Pack, pack_of
from hubshare.git.pktline import PushHead, line
from hubshare.names import check_path, check_project_name
from hubshare.rendering.kinds import Kind
from hubshare.service.web.sessions import csrf_of
from hubshare.sync.ignore import Ignore
from hubshare.sync.notebooks import cells, outputs
from hubshare.sync.trees import FILE
from hubshare.wire.agent import Pull, Push, PushLists, Sync, new_id, read_from_agent
from tests.helpers.hostile_content import PAYLOADS, code, look_through, notebook_of, text
from tests.helpers.rendering import display
from tests.helpers.zips import LINK, PROGRAM, zipped

_LIMITS = Limits(max_file_bytes=MIB, max_push_bytes=4 * MIB, max_push_objects=1000)
_ZEROS = "0" * 40


class Target(NamedTuple):
    """One reader.

    Attributes:
        run: reads some bytes. It returns, or raises an error that is for people; all else is a fault.
        seeds: bytes to begin with, that are read.
    """

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]


def events(data: bytes) -> None:
    """An agent's message: what is read says the same when it is written."""
    with suppress(BadEvent):
        event = read_from_agent(data, 256 * KIB)
        assert read_from_agent(event.encode(), MIB) == event


def lists(data: bytes) -> None:
    """What a long push says of conflicts."""
    with suppress(BadEvent):
        PushLists.read(data)


def packs(data: bytes) -> None:
    """A pack of an agent's: what is in it has the ids that it is found by."""
    with suppress(BadPack, TooLarge), Pack(data, _LIMITS) as pack:
        for name in pack.places:
            assert pack.read(name).id == name


def declared(data: bytes) -> None:
    """A pack of git's, before git sees it."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"PACK\0\0\0\2" + data)
        file.flush()
        with suppress(BadPack, TooLarge):
            check_declared(Path(file.name), _LIMITS)


def trees(data: bytes) -> None:
    """A tree: what is read is written as it was."""
    with suppress(BadPack):
        assert write_tree(read_tree(data)) == data


def commits(data: bytes) -> None:
    """A commit: ours is written as it was read, any other is read somehow."""
    with suppress(BadPack):
        assert decode_commit(data).encode().data == data
    with suppress(BadPack):
        read_commit(data)


def push_heads(data: bytes) -> None:
    """What stands before the pack of a push by git: the same in pieces as at once."""
    found = []
    for size in (len(data) or 1, 7):
        head, rest = PushHead(), None
        try:
            for at in range(0, len(data), size):
                if (rest := head.feed(data[at : at + size])) is not None:
                    rest += data[at + size :]
                    break
        except Invalid:
            found.append(None)
            continue
        found.append((head.commands, head.capabilities, head.options, rest))
    assert found[0] == found[1]


def fetches(data: bytes) -> None:
    """A fetch by git: no word about what is not published reaches git."""
    target, secret = io.BytesIO(), "5ec7e7" + "0" * 34
    with suppress(Invalid, NotFound):
        published_only(io.BytesIO(data), target, lambda names: names - {secret}, lambda names: names - {secret})
    told = target.getvalue()
    while told:
        size = max(int(told[:4], 16), 4)
        assert not re.match(rb"(want|have|shallow) (?i:" + secret.encode() + b")", told[4:size])
        told = told[size:]


def ignore_rules(data: bytes) -> None:
    """A file of rules, asked about some paths; it takes back no built-in rule for what is ours."""
    rules, _, asked = data.partition(b"\n\n")
    ignore = Ignore(rules)
    for path in asked.decode(errors="replace").split("\n")[:20]:
        with suppress(HubShareError):
            check_path(path)
            ignore.rule(path)
            ignore.rule(path, folder=True)


def notebook_outputs(data: bytes) -> None:
    """A notebook without outputs: once is as good as twice."""
    with suppress(Invalid):
        stripped = outputs.strip(data)
        assert outputs.strip(stripped) == stripped
        joined, _ = outputs.join(stripped, data)
        assert outputs.strip(joined) == stripped


def notebook_cells(data: bytes) -> None:
    """Two notebooks that are merged by cell: every pick gives one that can be read."""
    first, _, second = data.partition(b"\n\n")
    with suppress(Invalid):
        ours, theirs = cells.read_notebook(first), cells.read_notebook(second)
        for side in ("ours", "theirs"):
            made = cells.merge(ours, theirs, {number: side for number, _ in enumerate(cells.pieces(ours, theirs))})
            cells.read_notebook(made.encode())


def cleaning(data: bytes) -> None:
    """HTML of users: what passes is harmless, and passes again."""
    html = data.decode(errors="replace")
    made = clean(html)
    look_through(made)
    look_through(clean_whole(made))


def _rendering(kind: Kind, **options: Any) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        with suppress(Unrenderable, RecursionError):
            look_through(RENDERERS[kind]([data], options).html)

    return run


def zips(data: bytes) -> None:
    """A zip that somebody uploads: what is read is no more than it says, and lies at paths that a project may have."""
    with suppress(Invalid, TooLarge):
        reader = ZipReader(io.BytesIO(data), _LIMITS)
        found = select(reader.members, "folder", True, lambda _: Ignore())
        reader.check(found.files.values())
        for path, member in found.files.items():
            assert check_path(path).startswith("folder/")
            assert sum(map(len, reader.pieces(member))) == member.size <= MIB


def tars(data: bytes) -> None:
    """A tar from the internet, compressed or not: each file in it has as many bytes as it says."""
    if not is_tar(data[:512]):
        return
    with suppress(Invalid, TooLarge):
        reader = TarReader(io.BytesIO(data), Budget(5, 0, 1), 4 * MIB)
        for entry in reader.entries():
            if not (entry.fault or entry.target or entry.same_as):
                assert sum(map(len, reader.content())) == entry.size


def links(data: bytes) -> None:
    """A link that somebody pastes: what is read has a name, an address on the web, and no way out of its folder."""
    with suppress(Invalid):
        link = read_link(data.decode(errors="replace"))
        check_project_name(default_name(link))
        assert address_of(link.source).startswith(("http://", "https://"))
        for path in (link.folder, link.opens, link.target):
            assert not path or check_path(path)


def refs(data: bytes) -> None:
    """What a git server says that it has: ids alone are believed."""
    with suppress(HubShareError):
        for name, value in read_refs(io.BytesIO(data), "", "host").items():
            assert name == "HEAD@" or re.fullmatch("[0-9a-f]{40}", value)


def cookies(data: bytes) -> None:
    """What a browser sends as cookies."""
    request = Request({"type": "http", "headers": [(b"cookie", data)]})
    for value in request.cookies.values():
        csrf_of(value)


def _tar() -> bytes:
    """A small tar with a file, a long name and a link."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made:
        for name in ("a", "b" * 200):
            info = tarfile.TarInfo(name)
            info.size = 3
            made.addfile(info, io.BytesIO(b"abc"))
        info = tarfile.TarInfo("l")
        info.type, info.linkname = tarfile.SYMTYPE, "a"
        made.addfile(info)
    return target.getvalue()


_COMMIT = Commit(_ZEROS, (_ZEROS,), "ann", 1, "Message")
_TREE = write_tree({"a": (FILE, _ZEROS)})
_PACK = pack_of([Object(BLOB, b"hello"), Object(TREE, _TREE), Object(COMMIT, _COMMIT.encode().data)])
_NOTEBOOK = notebook_of(text("# A\n\n$x$"), code(display(text__html="<b>x</b>", image__png="AAAA")))
_PUSH = Push(id=new_id(), checkout=new_id(), project=new_id(), commit=_ZEROS)
_PULL = Pull(id=new_id(), checkout=new_id(), project=new_id(), commit=_ZEROS)

TARGETS: dict[str, Target] = {
    "events": Target(events, [_PUSH.encode(), _PULL.encode(), Sync(id=new_id(), checkouts=[new_id()]).encode()]),
    "lists": Target(lists, [_PUSH.list_bytes(), b'{"conflicts": ["a/b"], "settled": ["c"]}']),
    "packs": Target(packs, [_PACK]),
    "declared": Target(declared, [_PACK[8:]]),
    "trees": Target(trees, [_TREE, b""]),
    "commits": Target(commits, [_COMMIT.encode().data]),
    "push-heads": Target(
        push_heads,
        [
            line(f"{_ZEROS} {_ZEROS} refs/heads/main\0report-status push-options".encode())
            + b"0000"
            + line(b"confirm")
            + b"0000PACK"
        ],
    ),
    "fetches": Target(
        fetches,
        [
            line(b"command=fetch") + b"0001" + line(b"want 5ec7e7" + b"0" * 34) + line(b"done") + b"0000",
            line(b"want " + b"1" * 40 + b" multi_ack\n") + b"0000" + line(b"have 5ec7e7" + b"0" * 34) + line(b"done\n"),
        ],
    ),
    "ignore-rules": Target(ignore_rules, [b"*.log\n!keep.log\n/build/**/x[a-z]?\n\na.log\nbuild/b/xq", b"**/\\*\n\n*"]),
    "notebook-outputs": Target(notebook_outputs, [_NOTEBOOK]),
    "notebook-cells": Target(notebook_cells, [_NOTEBOOK + b"\n\n" + notebook_of(text("# B"), code(source="2"))]),
    "cleaning": Target(cleaning, [one.encode() for one in PAYLOADS]),
    "markdown": Target(_rendering(Kind.MARKDOWN), [b"# A\n\n[b](c) $x$\n\n```python\na\n```\n", PAYLOADS[0].encode()]),
    "notebooks": Target(_rendering(Kind.NOTEBOOK), [_NOTEBOOK]),
    "json": Target(_rendering(Kind.JSON), [b'{"a": [1, {"b": null}]}']),
    "zips": Target(
        zips,
        [
            zipped({"top/a.txt": b"a" * 100, "top/b/": b"", "__MACOSX/x": b"", "top/caf\u00e9": b"c"}),
            zipped({"l": b"a", "x": b"1"}, {"l": LINK, "x": PROGRAM}, zipfile.ZIP_STORED),
        ],
    ),
    "tars": Target(tars, [_tar(), gzip.compress(_tar()), bz2.compress(_tar()), lzma.compress(_tar(), preset=0)]),
    "links": Target(
        links,
        [
            b"https://github.com/a/b/tree/feature/x/docs",
            b"https://hub.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fa%2Fb&urlpath=lab%2Ftree%2Fb%2Fc.ipynb",
            b"https://mybinder.org/v2/gl/a%2Fb/main?labpath=c.ipynb",
            b"doi:10.5281/zenodo.1",
            b"git+https://example.org/a.git@v1#subdirectory=b",
        ],
    ),
    "refs": Target(
        refs,
        [
            line(b"# service=git-upload-pack\n")
            + b"0000"
            + line(_ZEROS.encode() + b" HEAD\0multi_ack symref=HEAD:refs/heads/main agent=git/2\n")
            + line(_ZEROS.encode() + b" refs/tags/v1^{}\n")
            + b"0000"
        ],
    ),
    "cookies": Target(cookies, [b"hubshare-session=abc; a=b", b'a="\\"x"; b']),
}
