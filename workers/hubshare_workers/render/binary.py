"""Files that are not shown: what they are, by their first bytes and their name, and what their beginning says of them."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from hubshare.rendering.kinds import image_type, media_type
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.headers import facts_of

_FIRST_BYTES = (
    (b"\x89HDF\r\n\x1a\n", "HDF5 data"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PK\x03\x04", "a ZIP archive, or a document in one"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet table"),
    (b"ARROW1", "an Arrow table"),
    (b"ORC", "an ORC table"),
    (b"Obj\x01", "Avro data"),
    (b"RDX2\n", "R data"),
    (b"RDX3\n", "R data"),
    (b"X\n\0\0\0", "R data"),
    (b"<stata_dta>", "Stata data"),
    (b"$FL2", "SPSS data"),
    (b"$FL3", "SPSS data"),
    (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0\x09\xc7\x31\x8c", "SAS data"),
    (b"HEADER RECORD*******LIB", "SAS data"),
    (b"GGUF", "a language model (GGUF)"),
    (b"root\0", "ROOT data"),
    (b"LASF", "a point cloud (LAS)"),
    (b"\x0e\x03\x13\x01", "HDF4 data"),
    (b"FEA1", "an Arrow table"),
    (b"CRAM", "aligned reads (CRAM)"),
    (b"\x26\xfc\x8f\x88", "a genome track (bigWig)"),
    (b"FCS2.0", "flow cytometry data (FCS)"),
    (b"FCS3.", "flow cytometry data (FCS)"),
    (b"ZISRAWFILE", "a microscope image of Zeiss (CZI)"),
    (b"\xda\xce\xbe\x0a", "a microscope image of Nikon (ND2)"),
    (b"# vtk DataFile", "VTK data"),
    (b"ply\n", "a PLY model"),
    (b"\x76\x2f\x31\x01", "an OpenEXR image"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
    (b"\x04\x22\x4d\x18", "LZ4-compressed data"),
    (b"MThd", "MIDI music"),
    (b"GRIB", "GRIB data"),
    (b"glTF", "a glTF model"),
    (b"\0asm", "a WebAssembly module"),
    (b"\x7fELF", "a program or library for Linux"),
    (b"\xcf\xfa\xed\xfe", "a program or library for macOS"),
    (b"MZ", "a program for Windows"),
    (b"CDF\x01", "netCDF data"),
    (b"CDF\x02", "netCDF data"),
    (b"CDF\x05", "netCDF data"),
    (b"SIMPLE  =", "a FITS file"),
    (b"MATLAB 5.0 MAT-file", "MATLAB data"),
    (b"MATLAB 7.3 MAT-file", "MATLAB data, in HDF5"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older Microsoft Office"),
    (b"{\\rtf", "a Rich Text document"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"II+\0", "a TIFF image"),
    (b"MM\0+", "a TIFF image"),
    (b"8BPS", "a Photoshop image"),
    (b"gimp xcf", "a GIMP image"),
    (b"#?RADIANCE", "a Radiance image"),
    (b"DDS ", "a texture (DDS)"),
    (b"icns", "an icon of macOS"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"BM", "a bitmap image"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
    (b"%PDF-", "a PDF document"),
    (b"wOF2", "a font"),
    (b"wOFF", "a font"),
    (b"OTTO", "a font"),
    (b"\0\1\0\0\0", "a font"),
)
#: What first bytes alone do not say: the end of the name, where that is needed, and what the beginning must be.
_BEGINNINGS = (
    ("", rb"RIFF....AVI ", "an AVI video"),
    ("", rb"FORM....AIF[FC]", "AIFF audio"),
    ("", rb"P[4-7]\s", "a Netpbm image"),
    (".pcx", rb"\x0a[\0-\5][\0\1]", "a PCX image"),
    (".tga", rb".[\0\1][\1-\3\x09-\x0b]", "a Targa image"),
    (".cr2", rb"II\*\0", "a raw photo"),
    (".nef", rb"(?:II\*\0|MM\0\*)", "a raw photo"),
    (".arw", rb"II\*\0", "a raw photo"),
    (".dng", rb"(?:II\*\0|MM\0\*)", "a raw photo"),
    ("", rb".{128}DICM", "a DICOM image"),
    ("", rb".{344}n(?:\+1|i1)\0", "a NIfTI image"),
    ("", rb".{4}n(?:\+2|i2)\0\r\n\x1a\n", "a NIfTI image"),
    ("", rb".{208}MAP ", "a density map (MRC)"),
    ("", rb".{8}DUCK", "a DuckDB database"),
    ("", rb".{4}TFL3", "a TensorFlow Lite model"),
    (".shx", rb"\0\0\x27\x0a\0{20}", "the index of a shapefile, which lies beside it"),
    ("", rb"\0\0\x27\x0a\0{20}", "a shapefile"),
    (".dbf", rb"[\x03\x30-\x32\x83\x8b\xf5].[\1-\x0c][\1-\x1f]", "a dBASE table"),
    (".safetensors", rb".{6}\0\0\{", "weights of a model (safetensors)"),
    (".edf", rb"0       ", "recorded signals (EDF)"),
    (".bdf", rb"\xffBIOSEMI", "recorded signals (BDF)"),
    (".dta", rb"[\x69-\x73][\x01\x02]\x01\0", "Stata data"),
    (".pyc", rb"..\r\n", "compiled Python code"),
    # Version 4: what numbers they are, rows, columns, whether they are complex, length of the name; in either order of bytes.
    (".mat", rb"[\0-\x63]\0\0\0.{8}[\0\1]\0\0\0[\1-\x40]\0\0\0", "MATLAB data"),
    (".mat", rb"\0\0[\3\4].{9}\0\0\0[\0\1]\0\0\0[\1-\x40]", "MATLAB data"),
)
#: By the second byte, the protocol.
_PICKLED = "pickled Python objects. Loading them runs what code they name, so load them only if you trust who made them"
#: What lies in a container, by the container's first bytes and the end of the name.
_INSIDE = {
    b"PK\x03\x04": {
        ".docx": "a Word document",
        ".xlsx": "an Excel workbook",
        ".xlsm": "an Excel workbook with macros",
        ".xlsb": "an Excel workbook",
        ".pptx": "a PowerPoint presentation",
        ".odt": "an OpenDocument text",
        ".ods": "an OpenDocument spreadsheet",
        ".odp": "an OpenDocument presentation",
        ".epub": "an EPUB book",
        ".jar": "a Java archive",
        ".whl": "a Python wheel",
        ".npz": "an archive of NumPy arrays",
        ".pt": "a PyTorch file, with pickled Python objects",
        ".pth": "a PyTorch file, with pickled Python objects",
        ".kmz": "a KMZ map",
        ".keras": "a Keras model",
    },
    b"\x89HDF": {
        ".nc": "netCDF data, in HDF5",
        ".nc4": "netCDF data, in HDF5",
        ".h5ad": "annotated data (AnnData), in HDF5",
        ".mat": "MATLAB data, in HDF5",
    },
    b"\xfd7zXZ\x00": dict.fromkeys((".rds", ".rda", ".rdata"), "R data"),
    b"BZh": dict.fromkeys((".rds", ".rda", ".rdata"), "R data"),
    b"\x1f\x8b": {
        ".rds": "R data",
        ".rda": "R data",
        ".rdata": "R data",
        ".svgz": "a compressed SVG drawing",
        ".nii.gz": "a NIfTI image, compressed",
        ".fits.gz": "a FITS file, compressed",
        ".bam": "aligned reads (BAM)",
        ".vcf.gz": "variants of genomes (VCF), compressed",
    },
}
#: What opens it in a notebook, by the end of what it is called here; of files in HDF5 also by the end of the name.
_OPENED_BY = {
    ".h5ad": 'anndata.read_h5ad("{}")',
    ".nc": 'xarray.open_dataset("{}")',
    ".nc4": 'xarray.open_dataset("{}")',
    "in HDF5": 'h5py.File("{}")',
    "HDF5 data": 'h5py.File("{}")',
    "netCDF data": 'xarray.open_dataset("{}")',
    "a NumPy array": 'numpy.load("{}")',
    "a FITS file": 'astropy.io.fits.open("{}")',
    "a FITS file, compressed": 'astropy.io.fits.open("{}")',
    "a NIfTI image, compressed": 'nibabel.load("{}")',
    "an SQLite database": 'sqlite3.connect("{}")',
    "an Arrow table": 'pyarrow.feather.read_table("{}")',
    "a Parquet table": 'pandas.read_parquet("{}")',
    "an Excel workbook": 'pandas.read_excel("{}")',
    "MATLAB data": 'scipy.io.loadmat("{}")',
    "Stata data": 'pandas.read_stata("{}")',
    "SPSS data": 'pandas.read_spss("{}")',
    "an ORC table": 'pandas.read_orc("{}")',
    "R data": 'pyreadr.read_r("{}")',
    "SAS data": 'pandas.read_sas("{}")',
    "a NIfTI image": 'nibabel.load("{}")',
    "a DICOM image": 'pydicom.dcmread("{}")',
    "a shapefile": 'geopandas.read_file("{}")',
    "a dBASE table": 'geopandas.read_file("{}")',
    "an STL model": 'trimesh.load("{}")',
    "a PLY model": 'trimesh.load("{}")',
    "a glTF model": 'trimesh.load("{}")',
    "VTK data": 'pyvista.read("{}")',
    "ROOT data": 'uproot.open("{}")',
    "HDF4 data": 'pyhdf.SD.SD("{}")',
    "a point cloud (LAS)": 'laspy.read("{}")',
    "weights of a model (safetensors)": 'safetensors.numpy.load_file("{}")',
    "a language model (GGUF)": 'gguf.GGUFReader("{}")',
    "a density map (MRC)": 'mrcfile.open("{}")',
    "a DuckDB database": 'duckdb.connect("{}")',
    "recorded signals (EDF)": 'mne.io.read_raw_edf("{}")',
    "recorded signals (BDF)": 'mne.io.read_raw_bdf("{}")',
    "aligned reads (BAM)": 'pysam.AlignmentFile("{}")',
    "aligned reads (CRAM)": 'pysam.AlignmentFile("{}")',
    "variants of genomes (VCF), compressed": 'pysam.VariantFile("{}")',
    "a genome track (bigWig)": 'pyBigWig.open("{}")',
    "a Netpbm image": 'PIL.Image.open("{}")',
    "a PCX image": 'PIL.Image.open("{}")',
    "a Targa image": 'PIL.Image.open("{}")',
    "a JPEG 2000 image": 'PIL.Image.open("{}")',
    "a Photoshop image": 'PIL.Image.open("{}")',
    "a raw photo": 'rawpy.imread("{}")',
    "a TIFF image": 'tifffile.imread("{}")',
    "GRIB data": 'xarray.open_dataset("{}", engine="cfgrib")',
}
#: The brand of what is in the container of MP4.
_BRANDS = (
    ((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "an HEIC image"),
    ((b"avif", b"avis"), "an AVIF image"),
    ((b"crx ",), "a raw photo"),
    ((b"M4A ", b"M4B "), "MP4 audio"),
    ((b"qt  ",), "a QuickTime video"),
)


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """What a file is. Meta: `what`, in words."""
    head, name = inputs[0], str(options.get("name", ""))
    what = what_is(head, name)
    html = f'<p class="hs-note">This file is {escape(what)}; it can be downloaded.</p>'
    if opened := opened_by(what, name):
        html += f'<p class="hs-note">In a notebook it is opened with <code>{as_seen(opened)}</code>.</p>'
    return RenderResult({"what": what}, html + table_of(facts_of(head)))


def opened_by(what: str, name: str) -> str:
    """What opens a file of data in Python; "" where that is not known, or its name cannot stand there.

    Args:
        what: it is, as of `what_is`.
        name: of the file.
    """
    if not name.isprintable() or any(letter in '"\\{}' for letter in name):
        return ""
    where = (name.lower() if what.endswith("in HDF5") else "", what)
    return next(
        (call.replace("{}", name) for end, call in _OPENED_BY.items() for one in where if one.endswith(end)), ""
    )


def as_seen(text: str) -> str:
    """What a file says as it would be seen, as HTML: bounded, and with nothing that turns the direction of what follows."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:1000]))


def table_of(facts: Sequence[tuple[str, str]]) -> str:
    """Facts as a table, which is nothing without any."""
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{as_seen(value)}</td></tr>' for name, value in facts)
    return f'<table class="hs-table"><tbody>{rows}</tbody></table>' if rows else ""


def what_is(head: bytes, name: str = "") -> str:
    """What a file is, in words that follow "is".

    Args:
        head: its first bytes.
        name: of the file.
    """
    if not head:
        return "empty"
    if head[4:8] == b"ftyp":
        return next((what for brands, what in _BRANDS if head[8:12] in brands), "MP4 video")
    if head[257:262] == b"ustar":
        return "a tar archive"
    if found := image_type(head):
        return f"an image ({found})"
    if found := media_type(name, head):
        return f"{found.partition('/')[0]} ({found})"
    for first, inside in _INSIDE.items():
        if head.startswith(first):
            for end, what in inside.items():
                if name.lower().endswith(end):
                    return what
    if head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return _PICKLED
    for end, beginning, what in _BEGINNINGS:
        if name.lower().endswith(end) and re.match(beginning, head, re.DOTALL):
            return what
    if name.lower().endswith(".stl") and _is_stl(head):
        return "an STL model"
    return next((what for first, what in _FIRST_BYTES if head.startswith(first)), "binary data")


def _is_stl(head: bytes) -> bool:
    """Return whether a model begins, which is a comment of 80 bytes, a number of triangles, and 50 bytes for each."""
    return len(head) >= 84 and 84 + 50 * int(struct.unpack_from("<I", head, 80)[0]) >= len(head)
