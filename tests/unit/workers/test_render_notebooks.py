"""What people see of notebooks."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any

import pytest
from hubshare_workers.render.failing import Unrenderable

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import cell, display, notebook, show, stream, text, words


def test_a_notebook_has_its_cells_with_anchors_and_outputs() -> None:
    result = show(
        Kind.NOTEBOOK,
        notebook(
            text("# My title\n\n## Part one"),
            cell("def f():\n    pass", stream("hello\n"), id="abc-1"),
            language_info={"name": "python", "pygments_lexer": "ipython3"},
        ),
    )
    assert 'id="cell-1"' in result.html and 'id="cell-2"' in result.html and 'id="cell-id-abc-1"' in result.html
    assert (
        '<span class="k">def</span>' in result.html
        and '<pre class="hs-terminal hs-stdout">hello\n</pre>' in result.html
    )
    assert "[3]:" in result.html
    assert (result.meta["cells"], result.meta["language"], result.meta["title"]) == (2, "python", "My title")
    assert [entry["anchor"] for entry in result.meta["outline"]] == ["user-my-title", "user-part-one"]
    assert 'id="user-part-one"' in result.html


def test_headings_of_the_same_name_have_their_own_anchors_in_all_cells() -> None:
    result = show(Kind.NOTEBOOK, notebook(text("# A"), text("# A"), text("# A\n\n[up](#A-1)")))
    assert [entry["anchor"] for entry in result.meta["outline"]] == ["user-a", "user-a-1", "user-a-2"]
    assert 'href="#user-a-1"' in result.html


def test_tracebacks_are_coloured() -> None:
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "",
        "traceback": ["\x1b[0;31mValueError\x1b[0m: \x1b[1;38;5;208mx\x1b[0m"],
    }
    html = show(Kind.NOTEBOOK, notebook(cell("", error))).html
    assert '<span class="ansi-red-fg">ValueError</span>' in html
    assert 'style="color: rgb(255,135,0)"' in html


def test_progress_bars_show_their_end_and_streams_are_joined() -> None:
    html = show(Kind.NOTEBOOK, notebook(cell("", stream("10%\r"), stream("50%\r"), stream("100%\n")))).html
    assert "10%" not in html and html.count("hs-stdout") == 1 and "100%" in html


def test_a_terminal_shows_links_and_what_was_written_last() -> None:
    said = "\x1b]8;;https://a.example/x?a=1&b=2\x1b\\\x1b[31mhere\x1b[0m\x1b]8;;\x07 12\b3 \x1b]0;title\x07\x1b[?25l<b>\x07"
    html = show(Kind.NOTEBOOK, notebook(cell("", stream(said)))).html
    assert (
        '<a href="https://a.example/x?a=1&amp;b=2" rel="noopener noreferrer nofollow"><span class="ansi-red-fg">here'
        in html
    )
    assert words(html).endswith("here 13 <b>") and "title" not in html
    evil = "\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07 \x01https://a.example\x02<img src=x>\x03"
    html = show(Kind.NOTEBOOK, notebook(cell("", stream(evil)))).html
    assert "<a" not in html.partition("hs-stdout")[2] and "<img" not in html


@pytest.mark.parametrize(
    ("metadata", "folded"),
    [
        ({"jupyter": {"source_hidden": True}}, ["Code"]),
        ({"jupyter": {"outputs_hidden": True}}, ["Output"]),
        ({"collapsed": True}, ["Output"]),
        ({"tags": ["hide-input"]}, ["Code"]),
        ({"tags": ["hide-cell"]}, ["Code", "Output"]),
        ({"tags": ["remove_cell"]}, ["Code", "Output"]),
        ({"tags": ["remove-input"]}, ["Code"]),
        ({"tags": ["remove_output"]}, ["Output"]),
        ({"cellView": "form"}, ["Code"]),
        ({"_kg_hide-input": True, "_kg_hide-output": False}, ["Code"]),
        ({"inputHidden": True, "outputHidden": True}, ["Code", "Output"]),
        ({"tags": "hide-cell", "jupyter": [1], "collapsed": False}, []),
    ],
)
def test_what_is_hidden_in_jupyter_is_folded(metadata: dict[str, Any], folded: list[str]) -> None:
    html = show(Kind.NOTEBOOK, notebook(cell("secret = 1", stream("out"), metadata=metadata))).html
    assert re.findall(r'<details class="hs-folded"><summary>(\w+)</summary>', html) == folded
    assert "secret" in html and "out" in words(html)


def test_links_to_headings_are_known_as_jupyter_and_as_github_write_them() -> None:
    source = "## 1.2 Data & more (all)\n\n[a](#1.2-Data-&-more-(all)) [b](#12-data--more-all)"
    html = show(Kind.NOTEBOOK, notebook(text(source))).html
    links = [unescape(one) for one in re.findall(r'href="#([^"]*)"', html)]
    assert len(links) == 2 and set(links) <= {unescape(one) for one in re.findall(r'id="([^"]*)"', html)}


def test_tables_of_pandas_are_shown_and_their_style_sheets_are_not() -> None:
    table = '<div><style scoped>.dataframe {color: red}</style><table border="1" class="dataframe"><tr><th>a</th></tr></table>'
    html = show(Kind.NOTEBOOK, notebook(cell("df", display(text__html=table, text__plain="a")))).html
    assert '<table border="1" class="dataframe">' in html and "color" not in html


def test_images_are_inside() -> None:
    png = base64.b64encode(b"\x89PNG").decode()
    html = show(Kind.NOTEBOOK, notebook(cell("", display(image__png=png + "\n", text__plain="<Figure>")))).html
    assert f'src="data:image/png;base64,{png}"' in html and "Figure" not in html


def test_images_that_are_attached_to_text_are_inside() -> None:
    html = show(
        Kind.NOTEBOOK, notebook(text("![x](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}}))
    ).html
    assert 'src="data:image/png;base64,AAAA"' in html


def test_an_output_that_needs_scripts_says_so_and_shows_what_it_can() -> None:
    plotly: dict[str, Any] = {"application/vnd.plotly.v1+json": {}, "text/html": "<div><script>x</script></div>"}
    result = show(
        Kind.NOTEBOOK,
        notebook(cell("", {"output_type": "display_data", "metadata": {}, "data": plotly | {"image/png": "AAAA"}})),
    )
    assert result.meta["interactive"] and "runs scripts" in result.html and "base64,AAAA" in result.html
    assert not show(Kind.NOTEBOOK, notebook(cell("", display(text__plain="x")))).meta["interactive"]


def test_the_live_document_has_the_scripts() -> None:
    result = show(Kind.LIVE, notebook(cell("", display(text__html="<script>draw()</script>")), text("# T")))
    assert "<script>draw()</script>" in result.html and result.html.startswith("<!doctype html>")
    assert result.meta["title"] == "T"


def test_format_3_is_read() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "x"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Old"]},
                    {
                        "cell_type": "code",
                        "input": ["print 1"],
                        "language": "python",
                        "metadata": {},
                        "prompt_number": 1,
                        "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["1\n"]}],
                    },
                ]
            }
        ],
    }
    result = show(Kind.NOTEBOOK, json.dumps(old))
    assert result.meta["title"] == "Old" and "hs-stdout" in result.html


@pytest.mark.parametrize(
    "lacking",
    [
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": 1, "source": ["Old"]}]}, {}]},
        {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# Old"}]},
    ],
)
def test_what_a_notebook_made_by_hand_lacks_is_not_missed(lacking: dict[str, Any]) -> None:
    assert show(Kind.NOTEBOOK, json.dumps({"nbformat_minor": 0} | lacking)).meta["title"] == "Old"
    assert show(Kind.NOTEBOOK, '{"nbformat": 3}').meta["cells"] == 0


@pytest.mark.parametrize("version", [1, 2])
def test_the_oldest_formats_are_read(version: int) -> None:
    code = {"cell_type": "code", "input": "print 1", "language": "python", "prompt_number": 1, "outputs": []}
    first = code | {"code": code["input"]}
    cells: dict[int, dict[str, Any]] = {1: {"cells": [first]}, 2: {"metadata": {}, "worksheets": [{"cells": [code]}]}}
    assert "print" in show(Kind.NOTEBOOK, json.dumps({"nbformat": version} | cells[version])).html


def test_an_empty_file_and_a_format_of_the_future_are_said_to_be_that() -> None:
    with pytest.raises(Unrenderable, match="is empty"):
        show(Kind.NOTEBOOK, "\n")
    with pytest.raises(Unrenderable, match="format 5"):
        show(Kind.NOTEBOOK, '{"nbformat": 5, "metadata": {}, "cells": []}')


def conflicted(ours: str, theirs: str, base: str = "") -> str:
    """A notebook of two cells, over the second of which git found a conflict."""
    before, after = notebook(cell("same"), cell("HERE")).decode().split('"HERE"')
    middle = f"||||||| base\n{base}\n" if base else ""
    return f"{before}\n<<<<<<< HEAD\n{ours}\n{middle}=======\n{theirs}\n>>>>>>> alice's\n{after}"


@pytest.mark.parametrize("base", ["", '"what it was"'])
def test_a_notebook_with_conflict_markers_shows_its_sides(base: str) -> None:
    result = show(Kind.NOTEBOOK, conflicted('"mine = 1"', '"yours = 2"', base))
    assert result.meta["conflict"] == ["HEAD", "alice's"]
    assert words(result.html).startswith("git has left a conflict in this file") and "what it was" not in result.html
    assert re.search(r"hs-removed.*mine = 1.*hs-added.*yours = 2", result.html, re.DOTALL)
    assert "1 equal cell" in words(result.html)


def test_sides_that_are_no_notebooks_are_shown_as_text() -> None:
    result = show(Kind.NOTEBOOK, conflicted("mine", "<b>yours</b>"))
    assert "&lt;b&gt;yours&lt;/b&gt;" in result.html and "<b>" not in result.html


@pytest.mark.parametrize(
    "text", ["<<<<<<< a\n=======\n", "=======\n>>>>>>> b\n", "<<<<<<< a\n<<<<<<< a\n=======\n>>>>>>> b\n"]
)
def test_what_only_looks_like_a_conflict_is_none(text: str) -> None:
    with pytest.raises(Unrenderable, match="not a notebook"):
        show(Kind.NOTEBOOK, text)


def test_a_damaged_output_does_not_hide_the_rest() -> None:
    html = show(Kind.NOTEBOOK, notebook(cell("before", display(text__html=5)), text("after"))).html
    assert "before" in html and "is damaged" in html and "after" in html


def test_a_long_output_is_cut_with_a_note() -> None:
    html = show(Kind.NOTEBOOK, notebook(cell("", stream("x" * 300_000)))).html
    assert len(html) < 250_000 and "300,000 characters" in html


def test_mathematics_is_left_to_the_page() -> None:
    html = show(
        Kind.NOTEBOOK, notebook(text(r"Let $a<b$ and $$\frac{1}{2}$$"), cell("", display(text__latex=r"$\alpha$")))
    ).html
    assert '<span class="hs-math">$a&lt;b$</span>' in html and r"$$\frac{1}{2}$$" in html
    assert r'<span class="hs-math">$\alpha$</span>' in html


def test_footnotes_of_one_cell_are_not_those_of_another() -> None:
    html = show(Kind.NOTEBOOK, notebook(text("A[^1]\n\n[^1]: one"), text("B[^1]\n\n[^1]: two"))).html
    targets, ids = re.findall(r'href="#(user-fn[^"]+)"', html), re.findall(r'id="(user-fn[^"]+)"', html)
    assert len(ids) == len(set(ids)) == 4 and set(targets) == set(ids)
    # In a file they are called as ever.
    assert 'id="user-fn1"' in show(Kind.MARKDOWN, "A[^1]\n\n[^1]: one").html


def test_what_is_left_of_an_output_with_scripts_leaves_no_room_for_what_they_draw() -> None:
    plot = '<div><div id="p" class="plotly-graph-div" style="height:525px; width:100%;"></div><script>draw()</script></div>'
    html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=plot)))).html
    assert "525px" not in html and "hs-html" not in html and "runs scripts" in html
    map_ = (
        '<div style="width:100%;"><div style="position:relative;width:100%;height:0;padding-bottom:60%;">'
        '<span style="color:#565656">Make this Notebook Trusted to load map: File -> Trust Notebook</span>'
        '<iframe srcdoc="&lt;script&gt;" style="height:100%"></iframe></div></div>'
    )
    html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=map_)))).html
    assert "Trust" not in html and "60%" not in html and "a page of its own" in html
    kept = '<div style="height: 90px; color: red"><p>said</p></div><script>draw()</script>'
    html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=kept)))).html
    assert re.search('<div style="color: [^;"]*"><p>said</p></div>', html)


def test_a_page_from_elsewhere_and_a_recording_are_called_what_they_are() -> None:
    frame = '<iframe width="400" src="https://example.org/v?a=1&amp;b=2" allowfullscreen></iframe>'
    result = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=frame))))
    assert result.meta["interactive"] and "runs scripts" not in result.html and "<iframe" not in result.html
    assert '<a href="https://example.org/v?a=1&amp;b=2" rel=' in result.html
    hostile = '<iframe src="javascript:alert(1)//https://example.org"></iframe>'
    assert "javascript:" not in show(Kind.NOTEBOOK, notebook(cell("", display(text__html=hostile)))).html
    sound = '<audio controls><source src="data:audio/wav;base64,AAAA">Your browser does not support the audio element.</audio>'
    result = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=sound))))
    assert result.meta["interactive"] and words(result.html).endswith("plays a recording, which is left out here.")
    assert "Your browser" not in result.html


def test_a_formula_is_set_and_not_shown_as_a_picture_of_it() -> None:
    data = {"image/png": "aGk=", "text/latex": r"$\displaystyle x^{2}$", "text/plain": "x**2"}
    html = show(Kind.NOTEBOOK, notebook(cell("", {"output_type": "display_data", "data": data, "metadata": {}}))).html
    assert 'class="hs-math"' in html and "<img" not in html
    # A table in LaTeX is for paper.
    data["text/latex"] = r"\begin{tabular}{l}a\end{tabular}"
    html = show(Kind.NOTEBOOK, notebook(cell("", {"output_type": "display_data", "data": data, "metadata": {}}))).html
    assert "<img" in html and "tabular" not in html


def test_geojson_in_an_output_is_shown_as_json() -> None:
    data = {"application/geo+json": {"type": "Point"}, "text/plain": "<IPython.display.GeoJSON object>"}
    html = show(Kind.NOTEBOOK, notebook(cell("", {"output_type": "display_data", "data": data, "metadata": {}}))).html
    assert '"Point"' in words(html) and "IPython" not in html


def test_a_drawing_in_html_is_as_large_as_its_style_says() -> None:
    drawing = (
        '<svg viewBox="0 0 600 130" style="stroke:#000;height:2em;position:fixed"><path d="M0 0L9 9"></path></svg>'
    )
    html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=f"<p>{drawing}</p>")))).html
    assert ' style="height: 2em"' in html and "fixed" not in html


def test_names_of_svg_have_their_large_letters_though_html_has_none() -> None:
    gradient = "<lineargradient id='a' gradientunits='objectBoundingBox'></lineargradient>"
    drawing = f"<svg viewbox='0 0 3 1'>{gradient}<path d='M0 0'/></svg>"
    html = show(
        Kind.NOTEBOOK, notebook(cell("", display(text__html=f"<style>p {{ color: red }}</style><p>{drawing}</p>")))
    ).html
    svg = base64.b64decode(html.partition("svg+xml;base64,")[2].partition('"')[0]).decode()
    assert (
        'viewBox="0 0 3 1"' in svg
        and "<linearGradient" in svg
        and "</linearGradient>" in svg
        and "gradientUnits=" in svg
    )


def test_an_object_that_is_only_named_is_not_shown_beside_what_is_left_out() -> None:
    frame = {
        "text/html": '<iframe src="https://example.org/a"></iframe>',
        "text/plain": "<IPython.lib.display.IFrame at 0x7f01>",
    }
    html = show(Kind.NOTEBOOK, notebook(cell("", {"output_type": "display_data", "data": frame, "metadata": {}}))).html
    assert "IPython" not in html and "https://example.org/a" in html
    frame["text/plain"] = "alt.Chart(...)"
    html = show(Kind.NOTEBOOK, notebook(cell("", {"output_type": "display_data", "data": frame, "metadata": {}}))).html
    assert "alt.Chart(...)" in words(html)


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ("#| label: a\n#| echo: false\nx = 1", ["Code"]),
        ("#| code-fold: true\nx = 1", ["Code"]),
        ("//| output: false\nx = 1", ["Output"]),
        ("#| include: false", ["Code", "Output"]),
        ("#| echo: true\n#| code-fold: false\nx = 1", []),
        ("x = 1\n#| echo: false", []),
    ],
)
def test_what_quarto_is_told_to_leave_out_is_folded(source: str, folded: list[str]) -> None:
    html = show(Kind.NOTEBOOK, notebook(cell(source, stream("out")))).html
    assert re.findall(r'<details class="hs-folded"><summary>(\w+)</summary>', html) == folded


def test_a_form_of_colab_is_called_by_its_title() -> None:
    form = cell("#@title Load <b>data</b> { display-mode: 'form' }\nx = 1", metadata={"cellView": "form"})
    html = show(Kind.NOTEBOOK, notebook(form)).html
    assert "<summary>Load &lt;b&gt;data&lt;/b&gt;</summary>" in html and "display-mode" in words(html)


def test_a_page_from_elsewhere_is_no_link_where_its_address_names_somebody_before_its_host() -> None:
    html = show(
        Kind.NOTEBOOK, notebook(cell("", display(text__html='<iframe src="https://example.org/map?q=a@b">')))
    ).html
    assert 'href="https://example.org/map?q=a@b"' in html
    for evil in (
        "https://github.com@evil.example/login",
        "https://ada:secret@evil.example",
        "https://a.example\\@evil.example",
    ):
        html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=f'<iframe src="{evil}"></iframe>')))).html
        assert "evil.example" not in html and "shows a page of its own" in html


def test_of_a_widget_of_r_it_is_not_said_that_it_needs_html() -> None:
    widget = "<div class='leaflet html-widget'></div><script>draw()</script>"
    plain = "HTML widgets cannot be represented in plain text (need html)"
    html = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=widget, text__plain=plain)))).html
    assert "This output runs scripts" in html and "cannot be represented" not in html


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"text__html": '<div class="plotly-graph-div"></div><script>Plotly.newPlot()</script>'},
            "Plotly: Run scripts shows it.",
        ),
        ({"text__html": "<script>draw()</script>"}, "left out here. Run scripts shows it."),
        (
            {"text__html": '<script src="https://cdn.example/leaflet.js"></script>'},
            "Leaflet, and is seen in JupyterLab.",
        ),
        (
            {"application__vnd.vegalite.v5+json": {"mark": "bar"}, "text__plain": "x"},
            "Vega, and is seen in JupyterLab.",
        ),
        ({"application__vnd.jupyter.widget-view+json": {"model_id": "a"}}, "Jupyter, and is seen in JupyterLab."),
    ],
)
def test_what_is_drawn_by_scripts_is_named_with_where_it_is_seen(data: dict[str, Any], said: str) -> None:
    assert words(show(Kind.NOTEBOOK, notebook(cell("", display(**data)))).html).endswith(said)


def test_a_picture_for_those_who_run_no_scripts_is_shown() -> None:
    html = '<noscript><img src="plot.png" alt="A plot"></noscript><script>draw()</script>'
    assert 'alt="A plot"' in show(Kind.NOTEBOOK, notebook(cell("", display(text__html=html)))).html
    words_only = "<noscript>Turn on JavaScript</noscript><script>draw()</script>"
    assert "Turn on" not in show(Kind.NOTEBOOK, notebook(cell("", display(text__html=words_only)))).html
