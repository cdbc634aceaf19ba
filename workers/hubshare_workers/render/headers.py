"""What the beginning of a file of data says of it: arrays, tables, dimensions. Nothing is loaded, and nothing is believed."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

#: No more columns, variables or tables are named, and no longer text of one.
_MOST_NAMES, _MOST_TEXT = 100, 200
_NUMPY = re.compile(r"'descr':\s*+(.{1,2000}?),\s*+'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\sL]{0,400})\)")
_NUMPY_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_NUMPY_WORDS = {"b": "bool", "S": "bytes", "U": "text", "O": "Python objects, pickled", "M": "time", "m": "duration"}
_FITS_NAMES = {"OBJECT": "Object", "TELESCOP": "Telescope", "INSTRUME": "Instrument", "DATE-OBS": "Observed"}
_FITS_BLOCK, _FITS_CARD = 2880, 80
_NETCDF_TYPES = {
    1: "byte",
    2: "char",
    3: "short",
    4: "int",
    5: "float",
    6: "double",
    7: "ubyte",
    8: "ushort",
    9: "uint",
}
_NETCDF_TYPES |= {10: "int64", 11: "uint64"}
_NETCDF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}

Facts = list[tuple[str, str]]


def facts_of(head: bytes) -> Facts:
    """What the first bytes of a file say of it, each with its name; nothing where they are cut short or damaged."""
    readers = {
        b"\x93NUMPY": numpy_facts,
        b"SIMPLE  =": _fits,
        b"CDF": _netcdf,
        b"SQLite format 3\0": _sqlite,
        b"MATLAB ": _matlab,
    }
    for first, read in readers.items():
        if head.startswith(first):
            try:
                return [(name, value[:_MOST_TEXT]) for name, value in read(head)]
            except (IndexError, ValueError, struct.error):
                return []
    return []


def numpy_facts(head: bytes) -> Facts:
    """Shape and type of a NumPy array (NEP 1)."""
    found = _NUMPY.search(head[: 16 * 1024].decode("latin-1"))
    if found is None:
        return []
    shape = " × ".join(one.strip().rstrip("L") for one in found[3].split(",") if one.strip()) or "a single value"
    order = [("Order", "by columns (Fortran)")] if found[2] == "True" else []
    return [("Shape", shape), ("Type", _numpy_type(found[1])), *order]


def _numpy_type(described: str) -> str:
    plain = re.fullmatch(r"'[<>|=]?([a-zA-Z])(\d{0,6})(\[\w{1,20}\])?'", described)
    if plain is None:
        return described
    kind, size = plain[1], plain[2]
    if kind in _NUMPY_KINDS and size:
        return f"{_NUMPY_KINDS[kind]}{8 * int(size)}"
    return _NUMPY_WORDS.get(kind, described)


def _fits(head: bytes) -> Iterator[tuple[str, str]]:
    """The arrays and tables of a FITS file (standard 4.0), as far as the beginning shows their headers."""
    at, number = 0, 0
    while at < len(head):
        cards, at = _fits_header(head, at)
        axes = [int(cards.get(f"NAXIS{axis}", 0)) for axis in range(1, min(int(cards.get("NAXIS", 0)), 9) + 1)]
        for name, words in _FITS_NAMES.items():
            if cards.get(name) and not number:
                yield words, cards[name]
        if axes:
            bits = int(cards.get("BITPIX", 0))
            table = cards.get("XTENSION") in ("BINTABLE", "TABLE")
            kind = f"{'float' if bits < 0 else 'int'}{abs(bits)}"
            if table:
                names = (
                    cards.get(f"TTYPE{column}", "") for column in range(1, int(cards.get("TFIELDS", 0)) % 1000 + 1)
                )
                yield f"Table {number}", f"{axes[1]:,} rows: {', '.join(name for name in names if name)}"
            else:
                yield f"Array {number}", f"{' × '.join(map(str, reversed(axes)))}, {kind}"
            return
        number += 1


def _fits_header(head: bytes, at: int) -> tuple[dict[str, str], int]:
    """The cards of a header, and where what follows it begins."""
    cards = dict[str, str]()
    for place in range(at, len(head) - _FITS_CARD + 1, _FITS_CARD):
        card = head[place : place + _FITS_CARD].decode("ascii", "replace")
        name, value = card[:8].strip(), card[10:]
        if name == "END":
            return cards, -(-(place + _FITS_CARD) // _FITS_BLOCK) * _FITS_BLOCK
        if card[8:10] == "= ":
            text = re.match(r"\s*'((?:[^']|'')*)'", value)
            cards[name] = text[1].rstrip() if text else value.partition("/")[0].strip()
    return cards, len(head)


def _sqlite(head: bytes) -> Iterator[tuple[str, str]]:
    """Size and tables of an SQLite database (https://www.sqlite.org/fileformat2.html)."""
    page, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    page = 65536 if page == 1 else page
    yield "Pages", f"{pages:,} of {page:,} bytes"
    if head[68:72] == b"GPKG":
        yield "Application", "GeoPackage"
    # A leaf of a table, which the schema is as long as it fits into one page.
    if head[100] == 0x0D and len(head) >= page:
        count = min(struct.unpack(">H", head[103:105])[0], _MOST_NAMES)
        cells = (struct.unpack(">H", head[108 + 2 * cell : 110 + 2 * cell])[0] for cell in range(count))
        tables = sorted(name for cell in cells for kind, name in _sqlite_schema(head[:page], cell) if kind == "table")
        yield "Tables", ", ".join(name for name in tables if not name.startswith("sqlite_")) or "none"


def _sqlite_schema(page: bytes, at: int) -> Iterator[tuple[str, str]]:
    """Type and name of what one row of the schema is about."""
    for _ in range(2):
        _, at = _varint(page, at)
    begins = at
    size, at = _varint(page, at)
    kind, at = _varint(page, at)
    name, at = _varint(page, at)
    at, lengths = begins + size, [max(0, (one - 13) // 2) for one in (kind, name)]
    if at + sum(lengths) <= len(page):
        texts = page[at : at + lengths[0]], page[at + lengths[0] : at + sum(lengths)]
        yield texts[0].decode("utf-8", "replace"), texts[1].decode("utf-8", "replace")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for _ in range(9):
        value, at = value << 7 | data[at] & 0x7F, at + 1
        if not data[at - 1] & 0x80:
            break
    return value, at


def _matlab(head: bytes) -> Iterator[tuple[str, str]]:
    yield "Made by", head[:116].decode("ascii", "replace").strip()


def _netcdf(head: bytes) -> Iterator[tuple[str, str]]:
    """Dimensions and variables of netCDF's classic formats (https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html)."""
    reading = _NetCdf(head)
    dimensions = list(reading.dimensions())
    yield (
        "Dimensions",
        ", ".join(f"{name} = {length or f'{reading.records:,} (unlimited)'}" for name, length in dimensions),
    )
    reading.attributes()
    variables = [
        f"{name}({', '.join(dimensions[place][0] for place in places)}) {kind}"
        for name, places, kind in reading.variables(len(dimensions))
    ]
    yield "Variables", ", ".join(variables)


class _NetCdf:
    """Reads the header of a netCDF file from its beginning on; what is cut off raises `struct.error` or `ValueError`."""

    def __init__(self, head: bytes) -> None:
        self._head, self._at = head, 4
        # In the fifth version lengths take eight bytes, from the second one on places do.
        self._wide, self._far = head[3] == 5, head[3] >= 2
        self.records = self._length()

    def dimensions(self) -> Iterator[tuple[str, int]]:
        for _ in range(self._list()):
            yield self._name(), self._length()

    def attributes(self) -> None:
        for _ in range(self._list()):
            self._name()
            kind = self._number(">I", 4)
            self._skip(self._length() * _NETCDF_SIZES.get(kind, 1))

    def variables(self, dimensions: int) -> Iterator[tuple[str, list[int], str]]:
        for _ in range(self._list()):
            name = self._name()
            places = [self._length() for _ in range(min(self._length(), dimensions))]
            if any(place >= dimensions for place in places):
                raise ValueError("a dimension that there is not")
            self.attributes()
            kind = self._number(">I", 4)
            self._length()
            self._number(">Q" if self._far else ">I", 8 if self._far else 4)
            yield name, places, _NETCDF_TYPES.get(kind, "")

    def _list(self) -> int:
        self._number(">I", 4)
        return min(self._length(), _MOST_NAMES)

    def _name(self) -> str:
        length = self._length()
        begins = self._at
        self._skip(length)
        return self._head[begins : begins + length].decode("utf-8", "replace")

    def _length(self) -> int:
        return self._number(">Q", 8) if self._wide else self._number(">I", 4)

    def _number(self, form: str, size: int) -> int:
        found: int = struct.unpack(form, self._head[self._at : self._at + size])[0]
        self._at += size
        return found

    def _skip(self, length: int) -> None:
        self._at += length + -length % 4
        if self._at > len(self._head):
            raise ValueError("cut off")
