"""What people see of the difference of two versions: all that differs is shown or named, and nothing else is called equal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hubshare_workers.render.differences import alignment, lines, notebooks, tables
from hypothesis import given
from hypothesis import strategies as st

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import cell, display, notebook, show, stream, text, words


def texts(old: bytes | str, new: bytes | str, **options: Any) -> str:
    return show(Kind.TEXT_DIFFERENCE, old, new, **options).html


def books(old: bytes, new: bytes, **options: Any) -> str:
    return words(show(Kind.NOTEBOOK_DIFFERENCE, old, new, **options).html)


def sheets(old: bytes | str, new: bytes | str) -> str:
    return show(Kind.TABLE_DIFFERENCE, old, new, suffix=".csv").html


# texts


def test_changed_lines_have_some_around_them() -> None:
    old = [f"line {n}" for n in range(100)]
    new = [*old[:50], "new <b>", *old[51:]]
    result = show(Kind.TEXT_DIFFERENCE, "\n".join(old), "\n".join(new))
    assert result.meta == {"added": 1, "removed": 1}
    assert result.html.count("hs-equal") == 6 and "new &lt;b&gt;" in result.html
    assert '<td colspan="4">line 48</td>' in result.html
    assert show(Kind.TEXT_DIFFERENCE, "", "a\nb\n").meta == {"added": 2, "removed": 0}


def test_what_changed_inside_a_line_is_marked_in_both_layouts() -> None:
    old, new = "keep\nspeed = 3 * mass\n", "keep\nspeed = 4 * mass\nmore\n"
    for layout in ("", "split"):
        html = texts(old, new, layout=layout)
        assert 'speed = <span class="hs-inner">3</span> * mass' in html
        assert 'speed = <span class="hs-inner">4</span> * mass' in html
    rows = texts(old, new, layout="split").split("<tr")
    assert "3" in rows[3] and 'class="hs-removed"' in rows[3] and 'class="hs-added"' in rows[3]
    assert "hs-beside" in rows[4] and "more" in rows[4]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"a\nb\n", b"a\r\nb\r\n", "Line ends: LF (Unix) → CRLF (Windows)"),
        (b"a\nb\n", b"a\nb", "Line end at the end of the file: yes → no"),
        (b"a\nb\n", b"a\nb\r\n", "CRLF (Windows) in 1, LF (Unix) in 1"),
        ("grün\n".encode(), "grün\n".encode("latin-1"), "Encoding: UTF-8 → Windows-1252"),
        ("Привет, мир\n".encode(), "Привет, мир\n".encode("cp1251"), "Encoding: UTF-8 → Windows-1251"),
        (b"a\n", b"\xef\xbb\xbfa\n", "UTF-8 → UTF-8 with byte order mark"),
        ("ab\n".encode("utf-16-le"), "\ufeffab\n".encode("utf-16-le"), "UTF-16 without byte order mark → UTF-16"),
        (b"a\x81\n", b"a\x8d\n", "the bytes of the files differ"),
        ("a\u202eb\n", "ab\n", "U+202E"),
        ("a\u2028b\n", "a\nb\n", "U+2028"),
        ("a\x0cb\n", "ab\n", "U+000C"),
        ("the cafe\u0301 is open\n", "the caf\xe9 is open\n", "U+0301"),
        ("open the account\n", "open the \u0430ccount\n", "U+0430 ccount"),
        ("x_1 = \uff11\n", "\u0445_1 = 1\n", "U+0445 _1"),
        ("scope\n", "\u0455\u0441\u043e\u0440\u0435\n", "U+0455"),
        (b"", b"", "The file is empty."),
        (b"a\n", b"a\n", "The files are equal, byte by byte."),
    ],
)
def test_what_is_no_line_is_named(old: bytes | str, new: bytes | str, said: str) -> None:
    assert said in words(texts(old, new))


def test_letters_of_other_writings_are_read_where_they_are_no_trick() -> None:
    html = texts("Мама мыла раму у окна\n", "Мама мыла окно у окна\n")
    assert "U+04" not in html and "окно" in words(html)


def test_white_space_that_does_not_count_is_told_all_the_same() -> None:
    old, new = "a b\nc\n\tx\n", "a  b\nd\n    x\n"
    assert show(Kind.TEXT_DIFFERENCE, old, new).meta == {"added": 3, "removed": 3}
    result = show(Kind.TEXT_DIFFERENCE, old, new, spaces="ignore")
    assert result.meta == {"added": 1, "removed": 1} and "2 lines differ only in white space" in words(result.html)
    assert "1 line differs only in white space" in words(texts("a\n", "a \n", spaces="ignore"))


@given(st.text("ab\n\r \u2028é", max_size=12), st.text("ab\n\r \u2028é", max_size=12))
def test_only_equal_bytes_are_called_equal(old: str, new: str) -> None:
    for layout, spaces in (("", ""), ("split", "ignore")):
        html = texts(old, new, layout=layout, spaces=spaces)
        assert ("equal, byte by byte" in html or "The file is empty" in html) == (old == new)
        assert words(html), "and something is said of whatever differs"


def test_a_long_line_is_shown_where_it_differs() -> None:
    html = texts("x " * 50_000 + "left", "x " * 50_000 + "right")
    assert "left" in html and "right" in html and len(html) < 5000


def test_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_ROWS", 10)
    html = texts("", "\n".join(map(str, range(25))))
    assert html.count("hs-added") == 10 and "15 more changed lines are not shown." in html
    monkeypatch.setattr(alignment, "MOST", 5)
    assert "The last 1 lines before and 4 after were too many" in texts("a\nb\nc\nd\ne\nf", "\n".join("ghijklmno"))


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_an_alignment_covers_both_sides_in_order(old: list[str], new: list[str]) -> None:
    steps = alignment.align(old, new).steps
    assert [item for step in steps for item in old[step.start : step.end]] == old
    assert [item for step in steps for item in new[step.begin : step.stop]] == new
    assert all(old[step.start : step.end] == new[step.begin : step.stop] for step in steps if step.same)


# notebooks


def test_the_difference_of_notebooks_is_by_cell_with_outputs_folded() -> None:
    old = notebook(text("# A"), cell("x = 1\ny = 2\nz = 3", stream("1")), cell("gone"), text("same"), id="a")
    new = notebook(text("# A"), text("new"), cell("x = 1\ny = 5\nz = 3", stream("2")), text("same"), id="b")
    result = show(Kind.NOTEBOOK_DIFFERENCE, old, new)
    assert result.meta == {"added": 1, "removed": 1, "changed": 1, "moved": 0, "metadata": True}
    for said in ("markdown cell added", "code cell removed", "code cell changed"):
        assert said in result.html
    assert result.html.count('<details class="hs-outputs">') == 1 and " open" not in result.html
    assert words(result.html).count("1 equal cell") == 2 and "Metadata id: a → b" in words(result.html)
    assert show(Kind.NOTEBOOK_DIFFERENCE, b"", old).meta["added"] == 4
    assert show(Kind.NOTEBOOK_DIFFERENCE, old, b"").meta["removed"] == 4


def kernel(name: str) -> dict[str, Any]:
    return {"kernelspec": {"name": name.lower(), "display_name": name}}


PIXEL = "iVBORw0KGgo="
PICTURES = [{"a.png": {"image/png": data}} for data in (PIXEL, PIXEL.replace("o=", "p="))]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (notebook(cell("x")), notebook(cell("x", execution_count=9)), "1 cell differs only in execution count."),
        (notebook(cell("x", id="1")), notebook(cell("x", id="2")), "1 cell differs only in id."),
        (notebook(cell("x"), **kernel("Python 3")), notebook(cell("x"), **kernel("R")), "Kernel: Python 3 → R"),
        (
            notebook(cell("x", metadata={"tags": ["a"]})),
            notebook(cell("x", metadata={"tags": ["b"]})),
            'Metadata tags: ["a"] → ["b"]',
        ),
        (notebook(cell("x", metadata={"n": 1})), notebook(cell("x", metadata={"n": True})), "Metadata n: 1 → true"),
        (notebook(text("x", attachments=PICTURES[0])), notebook(text("x", attachments=PICTURES[1])), "a.png changed"),
        (notebook(text("x")), notebook(text("x", attachments=PICTURES[0])), "Attachment a.png added"),
        (notebook(text("x", id="1")), notebook(cell("x", id="1")), "Type: markdown → code"),
        (notebook(cell("x")), notebook(cell("x", extra=1)), "Cell extra: not there → 1"),
        (notebook(cell("x\n")), notebook(cell("x")), "differs in how lines end"),
        (notebook(cell("x")), notebook(cell("x")).replace(b'_minor": 5', b'_minor": 4'), "Notebook format: 4.5 → 4.4"),
        (notebook(cell("x")), notebook(cell("x")).replace(b", ", b",\n"), "their JSON is spelled in another way"),
        # What no notebook shows: outputs of a text.
        (notebook(text("x", outputs=[1])), notebook(text("x")), "As texts the files differ so"),
        (
            notebook(cell("x", display(text__plain="1"))),
            notebook(cell("x", display(text__plain="2"))),
            "Before 1 After 2",
        ),
        # Outputs that look the same, for what is not shown of them.
        (
            notebook(cell("x", display(text__html="<b>1</b>", text__plain="1"))),
            notebook(cell("x", display(text__html="<b>1</b>", text__plain="2"))),
            "Output 1 data.text/plain: 1 → 2",
        ),
        (notebook(cell("x", stream("1"))), notebook(cell("x", stream("1", "other"))), "Output 1 name: stdout → other"),
        (
            notebook(text("x", outputs=[1]), cell("y")),
            notebook(text("x"), cell("z")),
            "1 equal cell: the file has something else there that a notebook does not show.",
        ),
        (b"{", notebook(cell("x")), "They are compared as texts."),
        (notebook(cell("x")), notebook(cell("x")), "equal, byte by byte"),
    ],
)
def test_whatever_differs_in_a_notebook_is_named(old: bytes, new: bytes, said: str) -> None:
    shown = books(old, new)
    assert said in shown
    assert ("byte by byte" in shown) == (old == new)


LONG = [cell(f"measure({n}, {n**3}, 'of the {n}th kind')", id=f"cell{n}") for n in range(6)]


@pytest.mark.parametrize("ids", [True, False])
def test_a_moved_cell_is_one_move(ids: bool) -> None:
    cells = [one if ids else {name: one[name] for name in one if name != "id"} for one in LONG]
    result = show(Kind.NOTEBOOK_DIFFERENCE, notebook(*cells), notebook(cells[0], cells[4], *cells[1:4], cells[5]))
    assert result.meta == {"added": 0, "removed": 0, "changed": 0, "moved": 1, "metadata": False}
    said = words(result.html)
    assert "code cell moved 5 → 2" in said and "Cell 5 has moved from here: it is cell 2 now." in said


def test_ids_that_were_given_anew_hide_nothing() -> None:
    """Some editors number their cells: one more at the top shifts all ids."""
    old, new = LONG[:3], [cell("first", id="cell0"), *({**one, "id": f"cell{n}"} for n, one in enumerate(LONG[:3], 1))]
    assert show(Kind.NOTEBOOK_DIFFERENCE, notebook(*old), notebook(*new)).meta["added"] == 1
    assert show(Kind.NOTEBOOK_DIFFERENCE, notebook(*old), notebook(*new)).meta["changed"] == 0


def test_what_is_too_much_of_a_notebook_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "_MOST_CELLS", 3)
    shown = books(notebook(), notebook(*LONG))
    assert shown.count("code cell added") == 3 and "Of 3 more cells it is not shown how they differ." in shown


# tables


def test_a_table_differs_by_row_and_column() -> None:
    old = "id,name,value\n1,a,1.5\n2,b,2\n3,c,3\n4,d,4\n"
    new = "id,name,unit,value\n1,a,m,1.5\n2,b,m,2.5\n4,d,m,4\n5,<b>,m,5\n"
    result = show(Kind.TABLE_DIFFERENCE, old, new, suffix=".csv")
    assert result.meta == {"added": 1, "removed": 1, "changed": 1, "columns": 1}
    assert '<th scope="col" class="hs-added">unit</th>' in result.html and "&lt;b&gt;" in result.html
    assert '<td class="hs-changed"><del dir="auto">2</del> <ins dir="auto">2.5</ins></td>' in result.html
    assert words(sheets(old, old)) == "The tables are equal, byte by byte."
    # Seen by its first column, although most of its row is another one.
    moved = sheets("id,x\n1,a\n2,b\n3,c\n", "id,x\n2,z\n3,c\n")
    assert ">b</del> <ins" in moved and moved.count('<tr class="hs-removed">') == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a,b\n1,2\n", "a;b\n1;2\n", "Delimiter: ',' → ';'"),
        ("a,b\n1,2\n", 'a,b\n"1",2\n', "Every cell is the same."),
        ("a,b\n1,2\n", "a,b\r\n1,2\r\n", "Line ends: LF (Unix) → CRLF (Windows)"),
        ("a,b\n1,2\n", "a,b\n1,2,3\n", "1 1 1 2 3"),
        ("a\n1\n", "a\n\n1\n", "Every cell is the same."),
        ("# one\na,b\n1,2\n", "# two\na,b\n1,3\n", "Comment before the table:"),
    ],
)
def test_whatever_differs_in_a_table_is_named(old: str, new: str, said: str) -> None:
    shown = words(sheets(old, new))
    assert said in shown
    assert "byte by byte" not in shown


def test_what_is_too_much_of_a_table_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MOST_ROWS", 2)
    assert "3 more changed rows are not shown." in sheets("a\n", "a\n1\n2\n3\n4\n5\n")
    wide = ",".join(map(str, range(150)))
    assert "The first 100 of 150 columns are shown." in sheets(f"{wide}\n", f"{wide}\n{wide}\n")


def test_a_notebook_is_read_once_more_as_it_is() -> None:
    """What the reader straightens is no reason to call two files alike."""
    old = json.loads(notebook(cell("x")))
    old["cells"][0]["source"] = ["x"]
    assert "spelled in another way" not in books(json.dumps(old).encode(), notebook(cell("x")))


# conflicts


def test_the_sides_of_a_conflict_look_as_in_a_notebook_piece_by_piece() -> None:
    picture = display(image__png=PIXEL)
    ours = notebook(text("# $a$", id="a"), cell("x = 1", picture, id="b"), cell("same", id="c"))
    theirs = notebook(
        text("# $a$", id="a"), cell("x = 2", stream("<b>out"), id="b"), cell("same", id="c"), cell("new", id="d")
    )
    pieces = show(Kind.CONFLICT, ours, theirs).meta["pieces"]
    assert [bool(one["ours"]) for one in pieces] == [False, True, False, False]
    assert "hs-math" in pieces[0]["theirs"], "what both have is shown once"
    assert "<img" in pieces[1]["ours"] and "&lt;b&gt;out" in pieces[1]["theirs"]
    assert 'x = <span class="hs-inner">1</span>' in pieces[1]["difference"]
    assert words(pieces[3]["theirs"]) == "new" and not pieces[3]["difference"]


# what hides


@pytest.mark.parametrize("hidden", ["\u202e", "\u3164", "\u200b", "\xa0", "\ufe0f", "\U000e0041"])
def test_a_sign_that_nobody_sees_is_named_wherever_it_differs(hidden: str) -> None:
    named = f'<span class="hs-unseen">U+{ord(hidden):04X}</span>'
    assert named in texts("total = 1\n", f"total{hidden} = 1\n")
    assert named in sheets("a,b\n1,x y\n", f"a,b\n1,x{hidden}y\n")
    before, after = (notebook(cell("a"), note=f"x{one}y") for one in ("", hidden))
    assert named in show(Kind.NOTEBOOK_DIFFERENCE, before, after).html


def test_what_comes_behind_a_long_beginning_that_is_the_same_is_shown() -> None:
    long = "A" * 3000
    assert "evil" in words(texts(long, f"{long}; evil"))
    assert "evil" in sheets(f"a,b\n1,{long}\n", f"a,b\n1,{long}evil\n")
    before, after = (notebook(cell("a"), note=long + end) for end in ("", "evil"))
    assert "evil" in books(before, after)


def test_a_notebook_that_cannot_be_shown_by_cell_is_compared_as_text() -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    for odd in (notebook(cell("a"), deep=deep), notebook(cell("\ud800"))):
        assert "They are compared as texts." in books(notebook(cell("seen")), odd)


def test_long_lines_count_for_as_many_as_they_take_room_for() -> None:
    old, new = ("\n".join([f"{n} {sign * 1990}" for n in range(lines.MOST_ROWS // 10)]) for sign in "ab")
    found = lines.compare(old, new)
    assert found.notes and len(found.html) < 2_000_000
