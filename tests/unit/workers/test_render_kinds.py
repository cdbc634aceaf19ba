"""What people see of each kind of file but notebooks, Markdown and differences."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from re import findall, search
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from hubshare_workers.render import parquet, separated, table
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.kinds import RENDERERS, warm_up

from hubshare.rendering.kinds import BEGINNING, Kind, image_type, kind_of
from hubshare.rendering.requests import beginning_request, make_request, page_request
from tests.helpers.rendering import show, words

# code


def test_code_has_lines_with_anchors_and_colours_by_its_name() -> None:
    result = show(Kind.CODE, "import os\n\nx = '''\nlong\n'''\n", name="a.py")
    assert (result.meta["lines"], result.meta["language"]) == (5, "Python")
    assert [f"L{n}" for n in range(1, 6)] == findall(r'<tr id="(L\d+)"', result.html)
    for line in findall(r"<pre>(.*?)</pre>", result.html):
        assert line.count("<span") == line.count("</span>")
    assert show(Kind.CODE, "all:\n\ttrue\n", name="Makefile").meta["language"] == "Makefile"


def test_a_log_has_the_colours_of_its_terminal() -> None:
    html = show(Kind.CODE, "\x1b[31mbad\x1b[0m <b>\nplain\n", name="run.log").html
    assert '<pre><span class="ansi-red-fg">bad</span> &lt;b&gt;</pre>' in html and "<pre>plain</pre>" in html


def test_long_text_is_cut_with_a_note() -> None:
    data = "grün\n".encode() * 200_000
    result = show(Kind.CODE, data[: BEGINNING[Kind.CODE] + 1], name="a.txt")
    assert result.meta["cut"] and "first 512 KiB" in result.html and "�" not in result.html
    assert len(show(Kind.CODE, "x" * 400_000, name="a.js").html) < 10_000


def test_an_empty_file_has_no_lines() -> None:
    result = show(Kind.CODE, "", name="a.py")
    assert result.meta["lines"] == 0 and words(result.html) == "This file is empty."


# tables


@pytest.mark.parametrize(
    ("data", "suffix", "delimiter"),
    [
        ("a,b\n1,2\n", ".csv", ","),
        ("a;b\n1,5;2,5\n3;4\n", ".csv", ";"),
        ("a\tb\n1\t2\n", ".csv", "\t"),
        ("a\tb,c\n1\t2\n", ".tsv", "\t"),
        ("a|b\n1|2\n", ".csv", "|"),
        ("a\n1\n", ".csv", ","),
        ("", ".csv", ","),
    ],
)
def test_the_delimiter_is_found(data: str, suffix: str, delimiter: str) -> None:
    assert show(Kind.TABLE, data, suffix=suffix, page=1).meta["delimiter"] == delimiter


@pytest.mark.parametrize(
    ("data", "columns", "about"),
    [
        ("sep=;\na;b\n1,5;2\n", ["a", "b"], ""),
        ("# made by hand\n# twice\na,b\n1,2\n", ["a", "b"], "# twice"),
        ("# made by hand\n#a,b\n1,2\n", ["#a", "b"], "# made by hand"),
        ('a;b\n"1,2,3";x\n"4,5,6";y\n', ["a", "b"], ""),
        ("#only\n", [], "#only"),
    ],
)
def test_what_stands_before_a_table_is_no_row(data: str, columns: list[str], about: str) -> None:
    result = show(Kind.TABLE, data, suffix=".csv", page=1)
    assert result.meta["columns"] == columns
    assert about in result.html and ('<pre class="hs-raw">' in result.html) == bool(about)


def test_numbers_stand_to_the_right() -> None:
    html = show(Kind.TABLE, "n;text;mixed;empty\n1,5;a;1;\n-2e3;b;x;\n1 000,25;;2;\n", suffix=".csv", page=1).html
    assert '<th scope="col" class="hs-right">n</th>' in html and html.count('<td class="hs-right">') == 3


def test_a_table_has_pages() -> None:
    data = "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(1, 251))
    second, last = (show(Kind.TABLE, data, suffix=".csv", page=page) for page in (2, 3))
    assert (second.meta["rows"], second.meta["pages"], second.meta["first"]) == (250, 3, 101)
    assert second.meta["data"][0] == ["101", "10201"] and len(second.meta["data"]) == 100
    assert last.meta["data"][-1] == ["250", "62500"] and len(last.meta["data"]) == 50
    assert '<th scope="row">101</th><td class="hs-right">101</td>' in second.html
    with pytest.raises(Unrenderable, match="3 pages"):
        show(Kind.TABLE, data, suffix=".csv", page=4)


@pytest.mark.parametrize(
    "data",
    [
        "n,text\n" + "".join(f'{n},"line\nof ü {n}"\r\n' for n in range(1, 1251)),
        "\n\nn,text\n\n" + "".join(f"{n},x\n\n" for n in range(1, 1251)),
        ("n,text\n" + "".join(f"{n},{'ü' * (n % 7)}\n" for n in range(1, 1251))).encode("cp1252"),
    ],
)
@pytest.mark.parametrize("most", [1000, 3])
def test_pages_are_read_from_where_the_first_one_says_that_they_begin(
    data: bytes | str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_MOST_STARTS", most)
    asked = make_request(Kind.TABLE, "a" * 40, name="a.csv")
    first = show(Kind.TABLE, data, **asked.options)
    assert (first.meta["rows"], first.meta["pages"]) == (1250, 13)
    assert len(first.meta["starts"]) <= most + 1
    raw = data.encode() if isinstance(data, str) else data
    for page in range(2, 14):
        whole = show(Kind.TABLE, data, suffix=".csv", page=page)
        wanted = page_request(asked, first.meta, page)
        assert wanted is not None
        with monkeypatch.context() as patch:
            patch.setattr(separated.Separated, "places", None)
            near = b"".join(raw[start:end] for start, end in wanted.ranges(len(raw)))
            assert len(near) < len(raw)
            assert show(Kind.TABLE, near, **wanted.options) == whole
    assert page_request(asked, first.meta, 14) is None
    assert page_request(asked, first.meta, -3) == page_request(asked, first.meta, 1) == asked


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_of_wide_characters_has_pages_too(encoding: str) -> None:
    data = ("n,text\n" + "".join(f"{n},{'ü' * (n % 7)}\n" for n in range(1, 251))).encode(encoding)
    asked = make_request(Kind.TABLE, "a" * 40, name="a.csv")
    last = page_request(asked, show(Kind.TABLE, data, **asked.options).meta, 3)
    assert last is not None and last.ranges(len(data)) == [(0, 0), (0, len(data))]
    shown = show(Kind.TABLE, data, **last.options).meta
    assert (shown["rows"], shown["data"][-1]) == (250, ["250", "ü" * 5])


def test_quotes_lines_in_cells_and_ragged_rows_are_borne() -> None:
    result = show(Kind.TABLE, 'a,b\n"x, ""y""\nz",1,3\n4\n', suffix=".csv", page=1)
    assert result.meta["data"] == [['x, "y"\nz', "1", "3"], ["4"]]


def test_a_wide_table_is_cut() -> None:
    result = show(Kind.TABLE, ",".join(map(str, range(1000))) + "\n", suffix=".csv", page=1)
    assert len(result.meta["columns"]) == 200 and result.meta["columns_cut"] == 800


def test_parquet_has_pages_and_types() -> None:
    numbers = Array(list(range(250)), type=DataType.int64())
    names = Array([f"<b>{n}" for n in range(250)], type=DataType.string())
    file = io.BytesIO()
    write_parquet(Table.from_pydict({"n": numbers, "name": names}), file)
    result = show(Kind.TABLE, file.getvalue(), suffix=".parquet", page=3)
    assert result.meta["columns"] == ["n", "name"] and result.meta["types"] == ["Int64", "Utf8"]
    assert (result.meta["rows"], result.meta["pages"]) == (250, 3)
    assert result.meta["data"][0] == ["200", "<b>200"] and "&lt;b&gt;200" in result.html
    asked = make_request(Kind.TABLE, "a" * 40, name="a.parquet")
    wanted = page_request(asked, show(Kind.TABLE, file.getvalue(), **asked.options).meta, 3)
    assert wanted is not None and show(Kind.TABLE, file.getvalue(), **wanted.options) == result


def test_no_page_of_a_parquet_table_is_looked_for_behind_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes may stand for millions of rows, and each page is looked for from the beginning."""
    file = io.BytesIO()
    write_parquet(Table.from_pydict({"n": Array([7] * 5000, type=DataType.int64())}), file)
    monkeypatch.setattr(parquet, "MOST_ROWS", 1200)
    asked = make_request(Kind.TABLE, "a" * 40, name="a.parquet")
    first = show(Kind.TABLE, file.getvalue(), **asked.options)
    assert (first.meta["rows"], first.meta["pages"], first.meta["rows_cut"]) == (5000, 12, 3800)
    last = page_request(asked, first.meta, 12)
    assert last is not None and len(show(Kind.TABLE, file.getvalue(), **last.options).meta["data"]) == 100
    assert page_request(asked, first.meta, 13) is None
    seen, batches = list[int](), parquet._batches

    def counted(reader: Any, *args: Any, **more: Any) -> Any:
        kept, count = batches(reader, *args, **more)
        seen.append(count)
        return kept, count

    monkeypatch.setattr(parquet, "_batches", counted)
    show(Kind.TABLE, file.getvalue(), **last.options)
    with pytest.raises(Unrenderable, match="12 pages"):
        show(Kind.TABLE, file.getvalue(), **last.options | {"page": 49})
    assert len(seen) == 1 and seen[0] <= 2 * 1024


@pytest.mark.parametrize(
    "data", [b"PAR1", b"PAR1" + b"\xff" * 100 + b"PAR1", b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1"]
)
def test_damaged_parquet_is_said_to_be(data: bytes) -> None:
    with pytest.raises(Unrenderable, match="not a Parquet table"):
        show(Kind.TABLE, data, suffix=".parquet", page=1)


# JSON, images, the rest


def test_json_is_a_tree_that_folds() -> None:
    result = show(Kind.JSON, '{"a": [1, "x", null, true], "b": {"c": {"d": 1.5}}}')
    assert result.html.count("<details open") == 3 and result.html.count("<details>") == 1
    assert "hs-string" in result.html and "null" in result.html and not result.meta["cut"]


def test_large_json_is_cut() -> None:
    result = show(Kind.JSON, json.dumps(list(range(5000))))
    assert result.meta["cut"] and "4,000 more" in result.html
    deep = show(Kind.JSON, "[" * 500 + "]" * 500)
    assert deep.meta["cut"]


def test_json_shows_what_is_in_the_file() -> None:
    source = '{"a": 1.0, "a": 1e5, "": "", "s": "x\\"y", "n": NaN, "long": HERE, "deep": {"k": [-0.10]}}'
    shown = words(show(Kind.JSON, source.replace("HERE", "9" * 5000)).html)
    for part in ("a 1.0 a 1e5", '"" ""', 's "x\\"y"', "n NaN", "k [1] 0 -0.10", "long 9999"):
        assert part in shown, part


def test_lines_of_json_are_a_list() -> None:
    result = show(Kind.JSON, '{"a": 1}\n\n{"a": 2}\n')
    assert words(result.html) == "[2] 0 {1} a 1 1 {1} a 2"
    assert kind_of("a.jsonl", 10, b"{}") is kind_of("a.ndjson", 10, b"{}") is Kind.JSON


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{'a': 1}", "line 1 , column 2"),
        ('{\n"a": 1,\n// why <b>\n"b": 2}', "line 3 , column 1"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1}\n{"a": 2', "not valid JSON Lines: it breaks off at the end of line 2 ."),
        ('{"a": 1}\n\n{"a":, 2}\n{"a": 3}', "not valid JSON Lines: Expecting value at line 3 , column 6"),
        ('{"a": 1,\n"b": [1, 2,\n\n', "not valid JSON: it breaks off at the end of line 2 ."),
        ('{\n"a": 1\n}\n{', "not valid JSON: Extra data at line 4 , column 1"),
        ('{"a": 1,\n"b": "cut in a te', "breaks off at the end of line 2 , within the text that begins at column 6."),
        (
            '{"a": 1}\n{"b": "x\\',
            "Lines: it breaks off at the end of line 2 , within the text that begins at column 7.",
        ),
        ('{"a": "x\ty"}', "Invalid control character at line 1 , column 9."),
    ],
)
def test_what_is_no_json_is_shown_as_text_with_where_it_breaks(source: str, said: str) -> None:
    html = show(Kind.JSON, source).html
    assert said in words(html) and 'id="L1"' in html and "<b>" not in html
    line = search(r"line (\d)", said)
    assert line is None or (f'href="#L{line[1]}"' in html and f'id="L{line[1]}"' in html)


@pytest.mark.parametrize("end", ["tr", "n", "-", "1.", "1.5e", "1e+", "Na", "-Inf", '"x\\u', '"x\\u12', '"x\\', '"'])
def test_json_that_is_cut_off_within_a_value_says_that_it_breaks_off(end: str) -> None:
    assert "it breaks off at the end of line 2" in words(show(Kind.JSON, f'{{"a": 1,\n"b": [{end}').html)
    assert "breaks off" not in words(show(Kind.JSON, '{"a": 1,\n"b": [trap]}').html)


def test_half_a_character_in_json_is_shown_as_it_is_written() -> None:
    result = show(Kind.JSON, '{"k\\udc00": "\\ud800", "whole": "\\ud83d\\ude00"}')
    assert words(result.encode().decode()).endswith('k\\udc00 "\\ud800" whole "😀"')


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IEND", b"")
    )


def turned(picture: bytes, orientation: int) -> bytes:
    """A PNG picture with Exif data, of one entry, before its content."""
    exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    return picture[:33] + chunk + picture[33:]


def test_a_drawing_that_does_not_say_that_it_is_svg_is_shown_all_the_same() -> None:
    html = show(Kind.IMAGE, b'<svg width="9" height="9"><rect width="9" height="9"/></svg>').html
    encoded = html.partition("data:image/svg+xml;base64,")[2].partition('"')[0]
    assert b'<svg xmlns="http://www.w3.org/2000/svg" width="9"' in base64.b64decode(encoded)
    assert 'src="hubshare:"' in show(Kind.IMAGE, b'<svg xmlns="http://www.w3.org/2000/svg"/>').html


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [
        (png(30, 20), "image/png", (30, 20)),
        (b"GIF89a" + struct.pack("<HH", 30, 20), "image/gif", (30, 20)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03", "image/jpeg", (30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\x1d\0\0\x13\0\0", "image/webp", (30, 20)),
        (
            b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg' width='9'>",
            "image/svg+xml",
            (None, None),
        ),
        (b"\x89PNG\r\n\x1a\n", "image/png", (None, None)),
        (turned(png(30, 20), 6), "image/png", (20, 30)),
        (turned(png(30, 20), 3), "image/png", (30, 20)),
    ],
)
def test_an_image_is_shown_by_the_page_and_never_inside_it(data: bytes, media_type: str, size: Any) -> None:
    result = show(Kind.IMAGE, data)
    assert result.meta == {"media_type": media_type, "width": size[0], "height": size[1]}
    assert 'src="hubshare:"' in result.html and "<svg" not in result.html


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0"?><?xml-stylesheet href="a.css"?><!-- a > b --> <svg>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a.dtd" [\n<!ENTITY ns "http://www.w3.org/2000/svg">\n]>\n<svg>',
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg">',
        "<?xml version='1.0' encoding='UTF-16'?><svg>".encode("utf-16"),
        b"\xef\xbb\xbf<svg>",
    ],
)
def test_an_svg_image_is_known_however_it_begins(head: bytes) -> None:
    assert image_type(head) == "image/svg+xml" and kind_of("a.svg", 100, head) is Kind.IMAGE


@pytest.mark.parametrize("repeated", [b"<!---->", b"<?x?>", b"<!DOCTYPE a[]>", b"<!---->\n<?x?> "])
def test_what_an_image_could_begin_with_is_read_once(repeated: bytes) -> None:
    """The service asks for each file that is fetched: in the time that it took for thirty of these, nobody was served."""
    assert image_type((repeated * 4096)[:4096]) is None


def test_an_image_needs_no_suffix() -> None:
    assert kind_of("figure", 100, png(1, 1)) is Kind.IMAGE and kind_of("figure.dat", 100, b"\0\1") is Kind.BINARY


def test_a_pdf_and_other_files_say_what_they_are() -> None:
    assert show(Kind.PDF, b"%PDF-1.7\n").meta == {"media_type": "application/pdf", "version": "1.7"}
    assert show(Kind.BINARY, b"\x89HDF\r\n\x1a\n").meta == {"what": "HDF5 data"}
    assert show(Kind.BINARY, b"").meta == {"what": "empty"}


def test_every_kind_has_its_function_and_warming_up_works() -> None:
    assert set(RENDERERS) == set(Kind)
    warm_up()


# the beginnings of long texts


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.MARKDOWN])
def test_of_a_long_text_the_beginning_can_be_shown_alone(kind: Kind) -> None:
    lines = [f"line {number} of é" for number in range(20_000)]
    data = "\n".join(lines).encode()
    wanted = make_request(kind, "a" * 40, name="a.txt")
    begins = beginning_request(wanted, len(data))
    assert begins is not None and begins.key != wanted.key
    html = show(kind, data[: int(begins.options["beginning"])], **begins.options).html
    # No more than whole lines, as they are shown in the end.
    shown = findall(r"line \d+ of é(?=[<\n])", html)
    assert 3000 < len(shown) == html.count("line ") and shown == lines[: len(shown)]
    assert beginning_request(wanted, 100_000) is None
    assert beginning_request(make_request(Kind.TABLE, "a" * 40, name="a.csv"), len(data)) is None
