"""Outputs with style sheets look as their authors meant, in their place."""

from __future__ import annotations

import pytest
from hubshare_workers.render import scoped_styles, scripts
from hubshare_workers.render.clean import styled
from hubshare_workers.render.failing import TooDear
from hubshare_workers.render.scoped_styles import inlined

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import cell, display, notebook, show, words

TABLE = '<table id="T"><tr><td id="T_0" class="a">1</td><td id="T_1" class="a" style="color: green">2</td></tr></table>'


def shown(html: str) -> str:
    return show(Kind.NOTEBOOK, notebook(cell("", display(text__html=html)))).html


def test_a_styled_table_of_pandas_has_its_colours() -> None:
    html = shown(
        f"<style>#T_0, #T_1 {{ background-color: #ff0; color: red }} #T td.a {{ font-weight: bold }}</style>{TABLE}"
    )
    assert '<td style="background-color: #ff0; color: red; font-weight: bold" id="user-t_0">' in html
    # What an element says of itself has the last word.
    assert 'color: green" id="user-t_1"' in html
    assert "<style" not in html


def test_what_says_more_of_an_element_has_the_last_word() -> None:
    html = inlined("<style>.a.b { color: red } p { color: green } .a { color: blue }</style><p class='a b'>x</p>")
    assert styled(html.partition('style="')[2].partition('"')[0]) == "color: red"


def test_what_a_sheet_hides_and_what_is_hidden_are_not_shown() -> None:
    sheet = "<style>.fallback { display: none } #c { display: inline-block !important }</style>"
    html = shown(f"{sheet}<div id='c' hidden>diagram</div><pre class='fallback'>text</pre><p hidden>not this</p>")
    assert 'style="display: inline-block">diagram' in html
    assert '<pre style="display: none">' in html and '<p style="display: none">' in html


#: As IRdisplay shows a vector with names, and one without.
NAMED = """<style>
.dl-inline {width: auto; margin:0; padding: 0}
.dl-inline>dt, .dl-inline>dd {float: none; width: auto; display: inline-block}
.dl-inline>dt::after {content: ":\\0020"; padding-right: .5ex}
.dl-inline>dt:not(:first-of-type) {padding-left: .5ex}
</style><dl class=dl-inline><dt>a</dt><dd>1</dd><dt>b</dt><dd>2</dd></dl>
"""
LISTED = """<style>
.list-inline {list-style: none; margin:0; padding: 0}
.list-inline>li {display: inline-block}
.list-inline>li:not(:last-child)::after {content: "\\00b7"; padding: 0 .5ex}
</style>
<ol class=list-inline><li>1</li><li>2</li><li>3</li></ol>
"""


def test_vectors_of_r_have_what_parts_their_values() -> None:
    assert words(shown(NAMED)).endswith("a : 1 b : 2") and "padding-right: .5ex" in shown(NAMED)
    assert words(shown(LISTED)).endswith("1 · 2 · 3")


def test_what_a_sheet_puts_behind_an_element_is_text_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoped_styles, "_MOST_TEXTS", 5)
    none = f"i::after {{ content: 'y{'x' * 1000}' }} b::after {{ content: url(//evil.example) attr(id) }}"
    sheet = f"p::after {{ content: '<script>{'x' * 300}' }} {none}"
    html = inlined(f"<style>{sheet}</style><b id=a>y</b><i>w</i>{'<p>z</p>' * 9}<p><br></p>").partition("</style>")[2]
    assert html.count(">&lt;script&gt;xxx") == 5 and "<script" not in html and "<i>w</i>" in html
    assert '<b id="a">y</b>' in html
    assert "x" not in inlined("<style>br::after { content: 'x' }</style><br>").partition("</style>")[2]


@pytest.mark.parametrize(
    "sheet",
    [
        "td::before { content: 'x' }",
        "@import url(//evil.example/a.css);",
        "a { background: url(//evil.example) }",
        "}}{{",
        "td {",
        "((( { color: red }",
    ],
)
def test_sheets_that_say_nothing_of_an_element_change_nothing(sheet: str) -> None:
    html = shown(f"<style>{sheet}</style>{TABLE}")
    assert "evil" not in html and html.count("style=") == 1


@pytest.mark.parametrize(
    ("declarations", "kept"),
    [
        ("color:red;position:fixed;top:0;z-index:9", "color: red"),
        ("background: linear-gradient(90deg, #d65f5f 50.0%, transparent 50.0%)", ...),
        ("background: url(//evil.example/a.png)", None),
        ("background: image-set('//evil.example/a.png' 1x)", None),
        ("margin: -500px; transform: scale(9); width: 99999px", None),
        ("border: 1px solid #ccc; padding: 2px 4px; font-family: 'Menlo', monospace", ...),
        ("color: var(--secret); width: calc(1px + 1px); color: expression(1)", None),
        ("color: red; color: blue", "color: blue"),
    ],
)
def test_a_style_says_how_an_element_looks_and_does_not_lift_it_out_of_its_place(
    declarations: str, kept: object
) -> None:
    assert styled(declarations) == (declarations if kept is ... else kept)


def test_comparing_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(scoped_styles, "_MOST_COMPARED", 50)
    monkeypatch.setattr(scoped_styles, "_selected", lambda found, selector, until: compared.append(selector) or [])
    with pytest.raises(TooDear):
        inlined("<style>" + "p.a {color: red}" * 100 + "</style>" + "<p class=a>x</p>" * 9)
    assert len(compared) == 5
    inlined("<style>" + "p.b {color: red}" * 100 + "</style>" + "<p class=a>x</p>" * 9)
    assert len(compared) == 5


def test_a_selector_is_compared_with_what_it_may_mean_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoped_styles, "_MOST_COMPARED", 60)
    rules = "".join(f"#box > p.n{number}:not([a='b c']) {{ margin: {number}px }}" for number in range(50))
    html = inlined(f"<style>{rules}</style><div id=box>{''.join(f'<p class=n{one}>x</p>' for one in range(50))}</div>")
    assert all(f"margin: {number}px" in html for number in range(50))


@pytest.mark.parametrize(
    "selector",
    ["*", "p", "P.a", "div > .a", "div #i", "[class~=a]", ":is(.a, .b)", "div>p:not(.b):nth-child(1)", "html p, .a"],
)
def test_selectors_of_every_sort_find_what_they_mean(selector: str) -> None:
    page = f"<style>{selector} {{ color: red }}</style><html><div><p class='a c' id='i'>x</p></div></html>"
    assert "color: red" in inlined(page).partition("<p")[2].partition(">")[0], selector


def style_of(html: str, name: str) -> str:
    """The style of the first element of a class, as it comes through."""
    return styled(inlined(html).partition(f'class="{name}"')[2].partition('style="')[2].partition('"')[0]) or ""


def test_variables_of_a_sheet_have_their_values_for_both_pages_and_those_of_jupyterlab() -> None:
    sheet = """<style>
    :root { --line: gray; --text: var(--jp-content-font-color2, red); --back: var(--none, hsl(from white h s l)) }
    body.dark { --line: white }
    .a { border: 1px solid var(--line); color: var(--text); background: var(--other, var(--nothing, #eee)) }
    </style><p class="a" style="">x</p>"""
    assert style_of(sheet, "a") == (
        "border: 1px solid light-dark(#808080, #ffffff); color: light-dark(#757575, #bcbdbe); background: #eee"
    )


def test_what_is_important_has_the_last_word_of_all() -> None:
    html = "<style>.a { display: block !important; color: red }</style><p class='a' style='display: none; color: green'>x</p>"
    assert style_of(html, "a") == "color: green; display: block"


def test_variables_that_grow_are_none() -> None:
    growing = "".join(f"--v{n}: {f'var(--v{n - 1}) ' * 10};" if n else "--v0: red;" for n in range(60))
    html = inlined(
        f"<style>:root {{ {growing} }} .a {{ color: var(--v59, blue); width: var(--w) }}</style><p class='a'>x</p>"
    )
    assert len(html) < 20_000 and html.count("red") == 1
    many = f"<style>p {{ {'color: red;' * 5000} }}</style>{'<p>x</p>' * 100}"
    assert len(inlined(many)) < 600_000
    assert "evil" not in shown("<style>:root { --u: url(//evil.example) } p { background: var(--u) }</style><p>x</p>")


def test_styles_of_databricks_are_kept_and_those_of_pandas_are_those_of_the_page() -> None:
    databricks = (
        "<style scoped>\n  .box { max-height: 300px } th { text-align: left }</style><div class=box><th>x</th></div>"
    )
    assert 'style="max-height: 300px"' in shown(databricks)
    pandas = "<style scoped>\n    .dataframe tbody tr th { vertical-align: top; }\n</style><p>x</p>"
    assert inlined(pandas) == pandas


#: As xarray shows an array: by a grid, labels of inputs that fold, and what stands before and behind them.
FOLDING = """<style>
.xr-sections { display: grid; grid-template-columns: 150px auto }
.xr-section-summary-in + label:before { content: "►" }
.xr-section-summary-in:checked + label:before { content: "▼" }
.xr-section-summary-in ~ .details { display: none; grid-column: 1 / -1 }
.xr-section-summary-in:checked ~ .details { display: contents }
.dims:before { content: "(" } .dims::after { content: ")" }
.xr-wrap { display: block !important } .text { display: none }
</style><pre class='text'>plain</pre><div class='xr-wrap' style='display:none'><ul class='xr-sections'>
<li><input class='xr-section-summary-in' type='checkbox' disabled><label>Sizes</label><div class='dims'>x: 2</div></li>
<li><input class='xr-section-summary-in' type='checkbox'><label>Folded</label><div class='details'>y</div></li>
</ul></div>"""


def test_arrays_of_xarray_are_shown_with_their_sections() -> None:
    html = shown(FOLDING)
    assert words(html).endswith("plain ► Sizes ( x: 2 ) ▼ Folded y")
    assert '<div style="display: block"><ul style="display: grid' in html and "<label" in html and "<input" not in html
    assert '<div style="grid-column: 1 / -1; display: contents">y</div>' in html


@pytest.mark.parametrize(
    "sheet",
    [
        f"p {{ color: {'var(--x, ' * 3000}red{')' * 3000} }}",
        f"p {{ width: {'calc(' * 3000}1px{')' * 3000} }}",
        f"{':not(' * 3000}p{')' * 3000} {{ color: red }}",
        f"{'(' * 3000}{')' * 3000} {{ color: red }}",
    ],
)
def test_brackets_without_end_leave_an_output_with_the_looks_of_the_page(sheet: str) -> None:
    html = shown(f"<style>{sheet}</style><p>the words</p>")
    assert "<p>the words</p>" in html and "nested" not in html


def test_a_rule_for_all_elements_is_not_written_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoped_styles, "_MOST_WRITTEN", 10_000)
    sheet = f"<style>* {{ color: red; {'a' * 900}: b }}</style>"
    assert inlined(f"{sheet}{'<b>x</b>' * 5}").count("<b style=") == 5
    with pytest.raises(TooDear):
        inlined(f"{sheet}{'<b>x</b>' * 500}")


def test_selectors_that_take_long_are_left_at_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("hubshare_workers.render.scoped_styles.time.process_time", lambda: next(now))
    with pytest.raises(TooDear):
        inlined(f"<style>p:not(.x) {{ color: red }}</style>{'<p>x</p>' * 100}", seconds=50)


def test_what_is_too_dear_is_shown_as_text_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoped_styles, "_LONGEST_SHEET", 20)
    html = f"<style>#T_0 {{ background-color: #ff0 }}</style>{TABLE}"
    for plain, words_shown in (("1 | 2", "1 | 2"), ("<pandas.io.formats.style.Styler at 0x7f>", "1\n2")):
        found = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=html, text__plain=plain)))).html
        assert f">{words_shown}</pre>" in found and "<td" not in found
        assert "takes too long. It is shown as text" in words(found)


def test_sheets_of_all_outputs_together_have_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 10_000, 4))
    monkeypatch.setattr("hubshare_workers.render.notebook.time.process_time", lambda: next(now))
    one = display(text__html=f"<style>p {{ color: #f0f0f0 }}</style>{'<p>x</p>'}", text__plain="instead")
    found = show(Kind.NOTEBOOK, notebook(*[cell("", one)] * 5)).html
    assert 0 < found.count("<p style=") < 5 and found.count("instead</pre>") == 5 - found.count("<p style=")


@pytest.mark.parametrize("html", ["<div>" * 50_000, "<x></y>" * 50_000, "<p><font>" * 50_000])
def test_elements_too_deep_within_one_another_are_not_read(html: str) -> None:
    found = show(Kind.NOTEBOOK, notebook(cell("", display(text__html=html, text__plain="instead")))).html
    assert "instead</pre>" in found and "too many elements within one another" in found
    assert "too many elements within one another" in show(Kind.MARKDOWN, f"{html}\n\nwords").html


def test_what_is_long_and_not_deep_is_read() -> None:
    rows = "<tr><td><p>x<br>y<li>z" * 2000
    assert show(Kind.MARKDOWN, f"<table>{rows}</table>").html.count("<td>") == 2000
    script = (
        f"<p>seen</p><script>{'if (a<b) x<i;' * 1000}</script><style>{'/*<b>*/' * 1000}</style><!--{'<b>' * 1000}-->"
    )
    assert "<p>seen</p>" in shown(script)


def test_a_recording_without_an_end_hides_no_other() -> None:
    assert scripts.without_recordings("<video>a</video>b<audio>c<video>d</video>e") == "b<audio>ce"


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("font-size: 9999px; line-height: 9999", None),
        ("line-height: 99; font-size: 50em; height: 9999em", None),
        ("font-size: 1.25em; line-height: 1.5", ...),
        ("font-size: 120%; line-height: .9", ...),
        ("font-size: x-large; line-height: 20px", ...),
        ("max-width: 120ch; height: 2000px", ...),
    ],
)
def test_no_letters_are_so_large_that_what_follows_is_out_of_reach(style: str, kept: str | None) -> None:
    assert styled(style) == (style if kept is ... else kept)


@pytest.mark.parametrize("value", [f"a{' ' * 200}!", f"linear-gradient({'a' * 400}!", f"a{', ' * 100}!"])
def test_a_value_that_is_none_is_refused_at_the_first_reading(value: str) -> None:
    assert styled(f"background: {value}") is None


#: As scikit-learn folds the parameters of an estimator, and xarray what is said of a variable.
BOXES = """<style>
.content { display: none } input.box:checked ~ .content { display: block; color: #f0f0f0 }
.says::before { content: "▸" } input:checked + .says::before { content: "▾" } .open { display: none }
input.box:checked ~ .open { display: block } .row { grid-column: 1 / -1 } .box:checked ~ label { background: #fff }
</style>"""


def test_what_a_box_unfolds_is_unfolded_without_one() -> None:
    html = shown(
        f'{BOXES}<div><input class="box" id="a" type="checkbox"><label class="says" for="a">Ridge</label>'
        '<div class="content"><p>alpha</p></div></div>'
    )
    assert '<details><summary style="list-style: none"><div><span>▸</span>Ridge</div></summary>' in html
    assert '<div style="display: block; color: #f0f0f0"><p>alpha</p></div></details>' in html


def test_all_that_boxes_unfold_of_one_thing_is_unfolded_together() -> None:
    html = shown(
        f'{BOXES}<ul><li>temperature<input class="box" id="a" type="checkbox"><label for="a" title="x"></label>'
        '<input class="box" id="b" type="checkbox"><label for="b"></label>'
        '<div class="content row">attributes</div><div class="content row">data</div></li></ul>'
    )
    assert '<details style="grid-column: 1 / -1"><summary>More</summary>' in html
    assert html.count("<details") == 1 and words(html.partition("<details")[2]).endswith("More attributes data")


def test_what_is_open_already_or_cannot_be_opened_stays_as_it_is() -> None:
    for box, seen in (("checked", "display: block"), ("disabled", "display: none")):
        html = shown(
            f'{BOXES}<div><input class="box" id="a" type="checkbox" {box}><label for="a">x</label><p class="open">y</p></div>'
        )
        assert "<details" not in html and f'<p style="{seen}">y</p>' in html


def test_parts_that_are_too_many_to_be_folded_are_none() -> None:
    parts = '<input class="box" type="checkbox"><p class="part">x</p>' * 10_000
    with pytest.raises(TooDear):
        inlined(f"{BOXES}<style>.box:checked + .part {{ display: block }}</style><label for=a>y</label>{parts}", 2.0)


def test_nothing_is_read_for_which_no_time_is_left() -> None:
    with pytest.raises(TooDear):
        inlined("<style>b { color: red }</style><p>x</p>", 0.0)
    assert inlined("<p>x</p>", 0.0) == "<p>x</p>"
