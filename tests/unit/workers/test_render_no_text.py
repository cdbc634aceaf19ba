"""Files that are no text: they are called what they are, archives are listed, and what their beginning says is told."""

from __future__ import annotations

import io
import sqlite3
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hubshare_workers.render import archive
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.headers import facts_of

from hubshare.rendering.kinds import Kind, kind_of, media_type
from tests.helpers.rendering import show, words

NPY_HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }\n"
NPY = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(NPY_HEADER)) + NPY_HEADER + bytes(96)
ZIP = b"PK\x03\x04" + bytes(20)


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def tarred(mode: str = "w:gz", **files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            about = tarfile.TarInfo(name.replace("__", "/"))
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return made.getvalue()


def card(name: str, value: object) -> bytes:
    return f"{name:<8}= {value:>20}".ljust(80).encode()


def fits(*headers: list[bytes]) -> bytes:
    return b"".join(b"".join([*cards, b"END".ljust(80)]).ljust(2880) for cards in headers)


def facts(data: bytes) -> dict[str, str]:
    return dict(facts_of(data))


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("a.heic", b"\0\0\0\x18ftypheic", "an HEIC image"),
        ("a.xcf", b"gimp xcf v011", "a GIMP image"),
        ("a.jxl", b"\xff\x0a\xfa", "a JPEG XL image"),
        ("a.ppm", b"P6\n2 2\n255\n\0", "a Netpbm image"),
        ("a.tga", bytes([0, 0, 2]) + bytes(15), "a Targa image"),
        ("a.nef", b"MM\0*\0\0\0\x08", "a raw photo"),
        ("a.tif", b"MM\0*\0\0\0\x08", "a TIFF image"),
        ("a.mov", b"\0\0\0\x18ftypqt  ", "a QuickTime video"),
        ("a.docx", ZIP, "a Word document"),
        ("A.XLSX", ZIP, "an Excel workbook"),
        ("a.pptx", ZIP, "a PowerPoint presentation"),
        ("a.odt", ZIP, "an OpenDocument text"),
        ("a.epub", ZIP, "an EPUB book"),
        ("a.nc", b"\x89HDF\r\n\x1a\n", "netCDF data, in HDF5"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "HDF5 data"),
        ("brain.nii.gz", b"\x1f\x8b", "a NIfTI image, compressed"),
        ("a.pkl", b"\x80\4\x95", "pickled Python objects. Loading them runs what code they name"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older Microsoft Office"),
        ("a.avi", b"RIFF\1\2\3\4AVI LIST", "an AVI video"),
        ("a.aif", b"FORM\1\2\3\4AIFFCOMM", "AIFF audio"),
        ("a.aiff", b"FORM\1\2\3\4AIFCCOMM", "AIFF audio"),
        ("a.shx", b"\0\0\x27\x0a" + bytes(24), "the index of a shapefile"),
        ("a.tflite", b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
        ("a.jp2", b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
        # A name alone says nothing.
        ("a.stl", b"\0" * 80 + struct.pack("<I", 2) + bytes(200), "binary data"),
        ("a.mat", b"\0\1\2\3" * 9, "binary data"),
        ("a.dbf", b"\3\x7e\x20\x20", "binary data"),
        ("a.safetensors", bytes(8) + b"x", "binary data"),
        ("a.docx", b"\0\1\2\3", "binary data"),
    ],
)
def test_it_is_called_what_it_is(name: str, head: bytes, said: str) -> None:
    result = show(Kind.BINARY, head, name=name)
    assert words(result.html).startswith(f"This file is {said}")


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("a.nc", b"\x89HDF\r\n\x1a\n", 'xarray.open_dataset("a.nc")'),
        ("cells.h5ad", b"\x89HDF\r\n\x1a\n", 'anndata.read_h5ad("cells.h5ad")'),
        ("<b>.h5", b"\x89HDF\r\n\x1a\n", 'h5py.File("<b>.h5")'),
        ("a.mat", b"\x89HDF\r\n\x1a\n", 'h5py.File("a.mat")'),
        ("a.mat", b"MATLAB 5.0 MAT-file", 'scipy.io.loadmat("a.mat")'),
        ("old.nc", b"CDF\x01", 'xarray.open_dataset("old.nc")'),
        ("a.rds", b"X\n\0\0\0\3", 'pyreadr.read_r("a.rds")'),
        ("a.RData", b"\xfd7zXZ\0", 'pyreadr.read_r("a.RData")'),
        ("a.dta", b"<stata_dta><header>", 'pandas.read_stata("a.dta")'),
        ("a.sav", b"$FL2@(#)", 'pandas.read_spss("a.sav")'),
        ("a.orc", b"ORC\0", 'pandas.read_orc("a.orc")'),
        ("a.db", b"SQLite format 3\0", 'sqlite3.connect("a.db")'),
        ("a.stl", b"made".ljust(80) + struct.pack("<I", 2) + bytes(100), 'trimesh.load("a.stl")'),
        ("a.mat", struct.pack("<5i", 0, 3, 4, 0, 2) + b"x\0" + bytes(96), 'scipy.io.loadmat("a.mat")'),
        ("a.mat", struct.pack(">5i", 1000, 3, 4, 0, 2) + b"x\0" + bytes(96), 'scipy.io.loadmat("a.mat")'),
        ("a.nii", struct.pack("<i", 348) + bytes(340) + b"n+1\0", 'nibabel.load("a.nii")'),
        ("a.nii", struct.pack("<i", 540) + b"n+2\0\r\n\x1a\n", 'nibabel.load("a.nii")'),
        ("scan", bytes(128) + b"DICM", 'pydicom.dcmread("scan")'),
        ("a.sas7bdat", bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011"), 'pandas.read_sas("'),
        ("a.shp", b"\0\0\x27\x0a" + bytes(24), 'geopandas.read_file("a.shp")'),
        ("a.dbf", b"\3\x7e\x0b\x1d" + bytes(28), 'geopandas.read_file("a.dbf")'),
        ("a.safetensors", struct.pack("<Q", 90) + b'{"w":', 'safetensors.numpy.load_file("a.safetensors")'),
        ("a.gguf", b"GGUF\3\0\0\0", 'gguf.GGUFReader("a.gguf")'),
        ("a.root", b"root\0\0\xf7\x3e", 'uproot.open("a.root")'),
        ("a.las", b"LASF\0\0", 'laspy.read("a.las")'),
        ("a.duckdb", bytes(8) + b"DUCK", 'duckdb.connect("a.duckdb")'),
        ("a.bam", b"\x1f\x8b\x08\x04", 'pysam.AlignmentFile("a.bam")'),
        ("a.edf", b"0       " + b"x\0" * 9, 'mne.io.read_raw_edf("a.edf")'),
        ("a.dta", b"\x72\2\1\0", 'pandas.read_stata("a.dta")'),
        ("a.grib2", b"GRIB\0\0", 'xarray.open_dataset("a.grib2", engine="cfgrib")'),
    ],
)
def test_it_says_what_opens_it(name: str, head: bytes, said: str) -> None:
    assert f"In a notebook it is opened with {said}" in words(show(Kind.BINARY, head, name=name).html)


@pytest.mark.parametrize("name", ['a");os.abort();(".h5', "a\\.h5", "a\u202e.h5", "a{}.h5"])
def test_a_name_that_does_not_fit_into_code_is_put_into_none(name: str) -> None:
    assert "opened with" not in show(Kind.BINARY, b"\x89HDF\r\n\x1a\n", name=name).html


def test_pickled_objects_are_not_said_to_be_opened() -> None:
    assert "opened with" not in show(Kind.BINARY, b"\x80\4\x95", name="a.pkl").html


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.zip", ZIP, Kind.ARCHIVE),
        ("a.whl", ZIP, Kind.ARCHIVE),
        ("a.jar", ZIP, Kind.ARCHIVE),
        ("a.docx", ZIP, Kind.BINARY),
        ("a.tar", bytes(257) + b"ustar", Kind.ARCHIVE),
        ("a.tar.gz", b"\x1f\x8b\x08", Kind.ARCHIVE),
        ("a.tar.xz", b"\xfd7zXZ\0", Kind.ARCHIVE),
        ("a.gz", b"\x1f\x8b\x08\0", Kind.BINARY),
        ("a.mp3", b"\xff\xfb\x90\0", Kind.MEDIA),
        ("a.bin", b"\xff\xfb\x90\0", Kind.BINARY),
        ("a.bin", b"ID3\3\0\0", Kind.MEDIA),
        ("a.wav", b"RIFF\0\0\0\0WAVE", Kind.MEDIA),
        ("a.mp4", b"\0\0\0\x18ftypisom", Kind.MEDIA),
        ("a.webm", b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1webm", Kind.MEDIA),
        ("a.mkv", b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1matroska", Kind.BINARY),
        ("a.heic", b"\0\0\0\x18ftypheic", Kind.BINARY),
        # What is a page is never played as something else.
        ("a.mp3", b"<script>alert(1)</script>", Kind.CODE),
        ("a.zip", b"<script>alert(1)</script>", Kind.CODE),
    ],
)
def test_what_it_is_shown_as(name: str, head: bytes, kind: Kind) -> None:
    assert kind_of(name, 1000, head) is kind


def test_recordings_have_the_types_that_browsers_play() -> None:
    assert media_type("a", b"OggS" + bytes(24) + b"\x80theora") == "video/ogg"
    assert media_type("a", b"OggS" + bytes(24) + b"OpusHead") == "audio/ogg"
    assert media_type("a", b"\0\0\0\x18ftypM4A ") == "audio/mp4"
    assert media_type("a.mp3", b"RIFF\0\0\0\0AVI ") is None


def test_a_zip_archive_too_long_to_be_read_is_called_one() -> None:
    assert kind_of("a.zip", 1 << 40, ZIP) is Kind.BINARY


# archives


def test_the_entries_of_archives_are_listed() -> None:
    for name, data in (
        ("a.zip", zipped(a__b=b"x" * 2000, empty=b"")),
        ("a.tar", tarred("w", a__b=b"x" * 2000, empty=b"")),
        ("a.tgz", tarred("w:gz", a__b=b"x" * 2000, empty=b"")),
        ("a.tar.bz2", tarred("w:bz2", a__b=b"x" * 2000, empty=b"")),
        ("a.tar.xz", tarred("w:xz", a__b=b"x" * 2000, empty=b"")),
    ):
        said = words(show(Kind.ARCHIVE, data, name=name).html)
        assert " archive, with 2 entries: 2.0 KB when unpacked." in said, name
        assert said.endswith("Name Size a/b 2.0 KB empty 0 bytes"), name


def test_arrays_in_an_archive_are_described() -> None:
    said = words(show(Kind.ARCHIVE, zipped(**{"x.npy": NPY, "y.npy": b"no array"}), name="a.npz").html)
    assert "an archive of NumPy arrays" in said and "3 × 4, float64" in said


def test_a_listing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    files = {f"f{number}": b"x" for number in range(7)}
    assert "Its first 3 of 7 entries are listed: 3 bytes" in words(
        show(Kind.ARCHIVE, zipped(**files), name="a.zip").html
    )
    result = show(Kind.ARCHIVE, tarred(**files), name="a.tar.gz")
    assert "Its first 3 entries are listed" in words(result.html) and result.meta["cut"]
    monkeypatch.setattr(archive, "MOST_UNPACKED", 10_000)
    bomb = tarred(first=bytes(50_000_000), second=b"x")
    assert "Its first 1 entries are listed: 50.0 MB" in words(show(Kind.ARCHIVE, bomb, name="a.tar.gz").html)


def test_names_in_archives_are_text_and_nothing_else() -> None:
    names = ["<script>alert(1)</script>", "../../etc/passwd", "a\u202egpj.exe", "a\nb"]
    html = show(Kind.ARCHIVE, tarred(**dict.fromkeys(names, b"")), name="a.tgz").html
    assert "<script" not in html and "&lt;script&gt;" in html and "../../etc/passwd" in html
    assert "\u202e" not in html and "a\ufffdb" in html


def test_what_links_in_archives_lead_to_is_text_and_nothing_else() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=tarfile.GNU_FORMAT, encoding="latin-1") as file:
        for target in ("caf\xe9", "<b>\x07", "x" * 5000):
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, target
            file.addfile(link)
    html = show(Kind.ARCHIVE, made.getvalue(), name="a.tgz").html
    # A name that is no UTF-8, as of an older system, is shown and does not keep the others from that.
    assert "link to caf\ufffd<" in html and "link to &lt;b&gt;\ufffd<" in html and "x" * 1001 not in html


def test_an_entry_without_a_name_is_listed() -> None:
    data = zipped(a=b"", Q=b"x" * 50).replace(b"Q", b"\0")
    assert "with 2 entries: 50 bytes" in words(show(Kind.ARCHIVE, data, name="a.zip").html)


@pytest.mark.parametrize(
    "data",
    [ZIP, b"PK\x03\x04" + bytes(100), b"\x1f\x8bno archive", zipped(a=b"x" * 90)[:-30]],
    # What is made holds the time: each process that collects would call it otherwise.
    ids=["its head alone", "nothing after its head", "of another kind", "cut off"],
)
def test_a_damaged_archive_says_so(data: bytes) -> None:
    with pytest.raises(Unrenderable, match="it is damaged"):
        show(Kind.ARCHIVE, data, name="a.tar.gz")


# what beginnings say


def test_what_numpy_says_of_an_array() -> None:
    assert facts(NPY) == {"Shape": "3 × 4", "Type": "float64"}
    said = facts(NPY.replace(b"'<f8'", b"'|b1'").replace(b"False", b"True").replace(b"(3, 4)", b"()"))
    assert said == {"Shape": "a single value", "Type": "bool", "Order": "by columns (Fortran)"}
    said = facts(NPY.replace(b"'<f8'", b"[('x', '<f4'), ('y', '<i2')]"))
    assert said["Type"] == "[('x', '<f4'), ('y', '<i2')]"
    assert facts(NPY.replace(b"(3, 4)", b"__import__('os')")) == {}
    said = show(Kind.BINARY, NPY.replace(b"'<f8'", b"[('\x1b', '<f4')]"), name="a.npy").html
    assert "[(&#x27;\ufffd&#x27;, " in said


def test_what_fits_says_of_its_arrays_and_tables() -> None:
    axes = [card("NAXIS", 2), card("NAXIS1", 100), card("NAXIS2", 50)]
    image = fits([card("SIMPLE", "T"), card("BITPIX", -32), *axes, card("OBJECT", "'M 31'")])
    assert facts(image) == {"Object": "M 31", "Array 0": "50 × 100, float32"}
    table = [card("XTENSION", "'BINTABLE'"), card("BITPIX", 8), *axes, card("TFIELDS", 2)]
    table += [card("TTYPE1", "'RA'"), card("TTYPE2", "'DEC'")]
    assert facts(fits([card("SIMPLE", "T"), card("NAXIS", 0)], table)) == {"Table 1": "50 rows: RA, DEC"}


def test_what_sqlite_says_of_its_tables(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    with sqlite3.connect(place) as made:
        made.execute("CREATE TABLE samples (id INTEGER PRIMARY KEY, x REAL)")
        made.execute("CREATE TABLE runs (name TEXT)")
        made.execute("CREATE INDEX by_x ON samples (x)")
    made.close()
    assert facts(place.read_bytes()) == {"Pages": "4 of 4,096 bytes", "Tables": "runs, samples"}


def test_what_netcdf_says_of_its_dimensions_and_variables() -> None:
    def text(words: bytes) -> bytes:
        return struct.pack(">I", len(words)) + words + bytes(-len(words) % 4)

    dimensions = struct.pack(">II", 10, 2) + text(b"time") + struct.pack(">I", 0) + text(b"x") + struct.pack(">I", 5)
    attributes = struct.pack(">II", 12, 1) + text(b"title") + struct.pack(">I", 2) + text(b"Waves")
    variable = text(b"height") + struct.pack(">III", 2, 0, 1) + bytes(8) + struct.pack(">III", 5, 20, 0)
    data = b"CDF\1" + struct.pack(">I", 12) + dimensions + attributes + struct.pack(">II", 11, 1) + variable
    assert facts(data) == {"Dimensions": "time = 12 (unlimited), x = 5", "Variables": "height(time, x) float"}


def test_what_is_damaged_says_nothing() -> None:
    heads = [NPY, fits([card("SIMPLE", "T"), card("NAXIS", "x")]), b"CDF\1" + b"\xff" * 100, b"CDF\5" + b"\xff" * 100]
    heads += [b"SQLite format 3\0" + b"\xff" * 4000, b"SQLite format 3\0" + bytes(84) + b"\x0d" + b"\xff" * 4000]
    for head in heads:
        for end in range(0, len(head), 37):
            show(Kind.BINARY, head[:end], name="a")
