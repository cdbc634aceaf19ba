"""Archives and files from the internet: what is taken of them, and what people have made of archives to do harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from hubshare.errors import Invalid, NotFound, TooLarge
from hubshare.features.imports.links import Archive, File, Link
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet, Visit
from tests.helpers.memory import PeakMemory
from tests.helpers.zips import FIFO, LINK, PROGRAM, patched, zipped

MIB = 1 << 20
FILES = {"top/README.md": b"# x", "top/data/x.csv": b"1,2" * 50_000, "top/run.sh": b"#!"}
TAKEN = {"README.md": "# x", "data/x.csv": "1,2" * 50_000, "run.sh": "#!"}


def tarred(*members: tuple[str, bytes | str] | tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of files (name, content), links (name, target) and whatever else is made by hand."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form, errors="surrogateescape") as made:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                made.addfile(member, io.BytesIO(b"x" * member.size))
                continue
            info = tarfile.TarInfo(member[0])
            if isinstance(member[1], str):
                info.type, info.linkname = tarfile.SYMTYPE, member[1]
                made.addfile(info)
            else:
                info.size = len(member[1])
                made.addfile(info, io.BytesIO(member[1]))
    return target.getvalue()


PLAIN = tarred(*FILES.items())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", zipped(FILES)),
        ("stored.zip", zipped(FILES, how=zipfile.ZIP_STORED)),
        ("a.tar", PLAIN),
        ("old.tar", tarred(*FILES.items(), form=tarfile.USTAR_FORMAT)),
        ("gnu.tar", tarred(*FILES.items(), form=tarfile.GNU_FORMAT)),
        ("a.tar.gz", gzip.compress(PLAIN)),
        ("parts.tgz", gzip.compress(PLAIN[:1000]) + gzip.compress(PLAIN[1000:]) + b"\0" * 512),
        ("a.tar.bz2", bz2.compress(PLAIN)),
        ("parts.tar.bz2", bz2.compress(PLAIN[:1000]) + bz2.compress(PLAIN[1000:])),
        ("a.tar.xz", lzma.compress(PLAIN, preset=9)),
        ("misnamed.zip", gzip.compress(PLAIN)),
    ],
)
def test_archives_of_all_kinds(importer: Importer, internet: Internet, name: str, content: bytes) -> None:
    assert importer.files(internet.serve(f"/{name}", content)) == TAKEN
    assert importer.last is not None and importer.last.left_out == ()


def test_a_folder_of_an_archive(importer: Importer, internet: Internet) -> None:
    at = internet.serve("/folder.zip", zipped(FILES))
    assert importer.files(Link(Archive(at), folder="data")) == {"x.csv": "1,2" * 50_000}
    with pytest.raises(NotFound, match="no folder 'nowhere'"):
        importer.take(Link(Archive(at), folder="nowhere"))


def test_programs_and_links_stay_what_they_are(importer: Importer, internet: Internet) -> None:
    program = tarfile.TarInfo("run")
    program.size, program.mode = 1, 0o755
    at = internet.serve("/kinds.tar", tarred(program, ("a/f", b"1"), ("a/l", "f"), ("b", "a/f")))
    assert importer.files(at) == {"run": "x", "a/f": "1", "a/l": "-> f", "b": "-> a/f"}
    modes = {"p": PROGRAM, "l": LINK, "f": stat.S_IFREG | 0o644}
    at = internet.serve("/kinds.zip", zipped({"p": b"#!", "l": b"f", "f": b"1"}, modes))
    assert importer.files(at) == {"p": "#!", "l": "-> f", "f": "1"}


def test_a_version_is_known_by_the_server_s_mark_or_by_its_content(importer: Importer, internet: Internet) -> None:
    marked = internet.serve("/marked.zip", zipped(FILES), ETag='"v1"')
    fetched = importer.take(marked)
    assert fetched is not None and fetched.version.id == 'etag:"v1"'
    internet.asked.clear()
    assert importer.take(marked, known=fetched.version) is None
    assert [asked.method for asked in internet.asked] == ["HEAD"]
    weak = internet.serve("/weak.zip", zipped(FILES), ETag='W/"v1"')
    fetched = importer.take(weak)
    assert fetched is not None and fetched.version.id.startswith("sha256:")
    assert importer.take(weak, known=fetched.version) is None
    internet.serve("/weak.zip", zipped({"new": b"1"}), ETag='W/"v1"')
    assert importer.take(weak, known=fetched.version) is not None


def device(name: str, kind: bytes) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, "top/fine"
    return made


def test_what_a_project_cannot_hold_is_left_out_of_a_tar(importer: Importer, internet: Internet) -> None:
    hostile = tarred(
        ("top/fine", b"1"),
        ("/etc/passwd", b"x"),
        ("../out", b"x"),
        ("top/../../out", b"x"),
        ("top/.git/hooks/post-checkout", b"x"),
        ("top/.GIT/config", b"x"),
        ("top/git~1/config", b"x"),
        ("top/.gitmodules", b"x"),
        ("top/away", "../../etc/passwd"),
        ("top/absolute", "/etc/passwd"),
        ("top/through", "fine"),
        ("top/through/written", b"x"),
        ("top/back\\slash", b"x"),
        ("top/new\nline", b"x"),
        ("top/" + "d/" * 200 + "deep", b"x"),
        ("top/" + "n" * 300, b"x"),
        ("top/no-utf8-\udcff", b"x"),
        device("top/device", tarfile.CHRTYPE),
        device("top/block", tarfile.BLKTYPE),
        device("top/pipe", tarfile.FIFOTYPE),
        device("top/same", tarfile.LNKTYPE),
        ("__MACOSX/top/._fine", b"x"),
        ("top/large", b"x" * 2000),
    )
    importer.settings.max_file_bytes = 1500
    assert importer.files(internet.serve("/hostile.tar", hostile)) == {"fine": "1", "same": "1", "through": "-> fine"}
    assert importer.last is not None
    assert len(importer.last.left_out) == 20
    assert all(": " in line and "\n" not in line for line in importer.last.left_out)


def test_what_a_project_cannot_hold_is_left_out_of_a_zip(importer: Importer, internet: Internet) -> None:
    files = {
        "fine": b"1",
        "../out": b"x",
        "/etc/x": b"x",
        ".git/config": b"x",
        "link": b"../../etc",
        "pipe": b"",
        "C:x": b"1",
    }
    at = internet.serve("/hostile.zip", zipped(files, {"link": LINK, "pipe": FIFO, "fine": PROGRAM}))
    assert importer.files(at) == {"fine": "1"}
    assert importer.last is not None and len(importer.last.left_out) == 6
    locked = patched(zipped({"fine": b"1", "locked": b"2"}), b"PK\1\2\x14\0\x14\0\0\0", b"PK\1\2\x14\0\x14\0\1\0", -1)
    with pytest.raises(Invalid, match="nothing in the source"):
        importer.take(internet.serve("/locked.zip", locked))


def huge_header() -> bytes:
    """A tar whose first header says that a gigabyte of words on the next file follows."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    return info.tobuf() + b"\0" * (4 * MIB)


def many_headers() -> bytes:
    """A tar in which headers on all files follow one another without an end."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XGLTYPE, 512
    return (info.tobuf() + b"20 a=bbbbbbbbbbbbbb\n" + b"\0" * 492) * 5000


def cut_in_the_middle() -> bytes:
    damaged = bytearray(tarred(("a", b"1"), ("b", b"2")))
    damaged[1024:1124] = b"\xff" * 100
    return bytes(damaged)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("bomb.tar.gz", lambda: gzip.compress(tarred(("a", b"\0" * (70 * MIB)))), TooLarge),
        ("bomb.tar.bz2", lambda: bz2.compress(tarred(("a", b"\0" * (70 * MIB)))), TooLarge),
        ("bomb.tar.xz", lambda: lzma.compress(tarred(("a", b"\0" * (70 * MIB))), preset=0), TooLarge),
        ("bomb.zip", lambda: zipped({f"{number}": b"\0" * (8 * MIB) for number in range(9)}), TooLarge),
        ("huge-header.tar", huge_header, TooLarge),
        ("many-headers.tar", many_headers, (Invalid, TooLarge)),
        ("cut.tar.gz", lambda: gzip.compress(PLAIN)[:-200], Invalid),
        ("cut.tar.xz", lambda: lzma.compress(PLAIN)[:-20], Invalid),
        ("cut.tar.bz2", lambda: bz2.compress(PLAIN)[:-20], Invalid),
        ("cut.tar", lambda: PLAIN[:2000], Invalid),
        ("cut.zip", lambda: zipped(FILES)[:-30], Invalid),
        ("middle.tar", cut_in_the_middle, Invalid),
        ("page.zip", lambda: b"<html>not found</html>" * 100, Invalid),
        ("empty.zip", lambda: zipped({}), Invalid),
        ("nothing.tar", lambda: tarred(), Invalid),
        ("none.zip", lambda: b"", Invalid),
    ],
)
def test_an_archive_that_does_harm_is_refused(
    importer: Importer, internet: Internet, name: str, content: Callable[[], bytes], error: type[Exception]
) -> None:
    importer.settings.max_push_bytes, importer.settings.max_file_bytes = 64 * MIB, 80 * MIB
    at = internet.serve(f"/{name}", content())
    with PeakMemory() as memory, pytest.raises(error):
        importer.take(at)
    assert memory.grown < 30 * MIB


def test_many_files_are_counted(importer: Importer, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubshare_workers.fetch.archive.MOST_FILES", 50)
    at = internet.serve("/many.tar.gz", gzip.compress(tarred(*((f"f{number}", b"x") for number in range(51)))))
    with pytest.raises(TooLarge, match="more than 50 files"):
        importer.take(at)


def test_an_archive_in_an_archive_stays_one(importer: Importer, internet: Internet) -> None:
    at = internet.serve("/nested.zip", zipped({"a.zip": b"PK"}))
    assert importer.files(at) == {"a.zip": "PK"}


@pytest.mark.parametrize("name", ["large.zip", "large.tar.gz", "large.bin"])
def test_a_large_file_takes_little_memory(importer: Importer, internet: Internet, name: str) -> None:
    piece = bytes(range(256)) * 4096
    target = importer.settings.data.with_name(name)
    if name.endswith(".zip"):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as zipping, zipping.open("large", "w") as inside:
            for _ in range(64):
                inside.write(piece)
    else:
        with gzip.open(target, "wb", 1) if name.endswith(".gz") else target.open("wb") as raw:
            if name.endswith(".gz"):
                info = tarfile.TarInfo("large")
                info.size = 64 * len(piece)
                raw.write(info.tobuf())
            for _ in range(64):
                raw.write(piece)
            if name.endswith(".gz"):
                raw.write(b"\0" * 1024)

    def answer(visit: object) -> None:
        visit.send_response(200)  # type: ignore[attr-defined]
        visit.send_header("Content-Length", str(target.stat().st_size))  # type: ignore[attr-defined]
        visit.end_headers()  # type: ignore[attr-defined]
        if visit.command == "GET":  # type: ignore[attr-defined]
            with target.open("rb") as file:
                while some := file.read(1 << 16):
                    visit.wfile.write(some)  # type: ignore[attr-defined]

    internet.answers[f"/{name}"] = answer
    with PeakMemory() as memory:
        fetched = importer.take(f"{internet.url}/{name}")
    assert memory.grown < 30 * MIB
    assert fetched is not None and fetched.left_out == ()


def test_single_files(importer: Importer, internet: Internet) -> None:
    assert importer.files(internet.serve("/a%20b.csv", "1").replace(" ", "%20")) == {"a b.csv": "1"}
    at = internet.serve("/get", "2", Content_Disposition="attachment; filename*=UTF-8''na%C3%AFve.txt")
    assert importer.files(f"{at}?id=5") == {"naïve.txt": "2"}
    at = internet.serve("/page", "<html>", Content_Type="text/html; charset=utf-8")
    with pytest.raises(Invalid, match="a web page, not of a file"):
        importer.take(at)
    assert importer.files(internet.serve("/page.html", "<html>", Content_Type="text/html")) == {"page.html": "<html>"}


def test_an_archive_that_its_server_alone_names_is_opened_and_a_file_is_not(
    importer: Importer, internet: Internet
) -> None:
    packed = zipped({"course/a.txt": b"1", "course/b/c.txt": b"2"})

    def answer(visit: Visit) -> None:
        visit.send(
            packed, Content_Type="application/octet-stream", Content_Disposition='attachment; filename="share.zip"'
        )

    internet.answers["/s/AbCdEfGhIjKlMn0/download"] = answer
    assert importer.files(f"{internet.url}/s/AbCdEfGhIjKlMn0") == {"a.txt": "1", "b/c.txt": "2"}
    assert importer.files(internet.redirect("/get", internet.serve("/all/share.zip", packed))) == {
        "a.txt": "1",
        "b/c.txt": "2",
    }
    asked = f"{internet.serve('/d/download', packed, Content_Type='application/zip')}?id=1"
    assert importer.files(asked) == {"a.txt": "1", "b/c.txt": "2"}
    assert importer.files(internet.redirect("/nb", internet.serve("/x/nb.ipynb", "{}"))) == {"nb.ipynb": "{}"}
    fetched = importer.take(Link(File(internet.serve("/table.xlsx", packed, Content_Type="application/zip"))))
    assert fetched is not None and list(importer.content(fetched.commit)) == ["table.xlsx"]
    fetched = importer.take(Link(File(internet.serve("/o/r/raw/main/share.zip", packed))))
    assert fetched is not None and list(importer.content(fetched.commit)) == ["share.zip"]
