"""Colours that people chose for light pages can be read on dark ones, and what they chose stays where it can."""

from __future__ import annotations

import re

import pytest
from hubshare_workers.render.clean import clean
from hubshare_workers.render.dark_pages import adapted
from hubshare_workers.render.scoped_styles import inlined

DARK_PAGE, DARK_TEXT = "#212529", "#dee2e6"


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 says, of two colours such as `#ffffff`."""

    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        parts = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in (red, green, blue)]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def said(style: str, name: str) -> tuple[str, str]:
    """What a style has for light and for dark pages."""
    found = re.search(rf"(?<![\w-]){name}: [^;]*light-dark\((#\w+), (#\w+)\)", style)
    assert found is not None, style
    return found[1], found[2]


@pytest.mark.parametrize("colour", ["black", "darkblue", "#333", "red", "rgb(0, 100, 0)", "hsl(240 100% 25%)"])
def test_letters_are_lighter_on_a_dark_page_only(colour: str) -> None:
    html = clean(f'<p style="color: {colour}">x</p>')
    light, dark = said(html, "color")
    # To be read as on the light page, up to what is easy to read.
    wanted = min(4.5, contrast(light, "#ffffff"))
    assert contrast(light, DARK_PAGE) < wanted <= contrast(dark, DARK_PAGE)
    assert adapted(f'<p style="color: {light}">x</p>') == html


def test_letters_of_a_named_font_keep_it() -> None:
    html = clean("""<p style='color: black; font-family: "Open Sans", serif'>x</p>""")
    assert said(html, "color")[0] == "#000000" and "; font-family: &quot;Open Sans&quot;, serif" in html


def test_black_is_as_bright_as_the_text_around() -> None:
    assert contrast(said(clean('<p style="color: black">x</p>'), "color")[1], DARK_PAGE) > 11


@pytest.mark.parametrize("html", ['<p style="color: #fff">x</p>', '<p style="font-weight: bold; border: 0">x</p>'])
def test_what_can_be_read_already_is_left_as_it_is(html: str) -> None:
    assert clean(html) == html


@pytest.mark.parametrize(
    "written", ['style="background-color: #ff0"', 'style="background: yellow"', 'bgcolor="#ffff00"']
)
def test_what_stands_on_a_colour_can_be_read_on_it(written: str) -> None:
    html = clean(f"<table><tr><td {written}>x <a href='a.md'>y</a></td></tr></table>")
    assert contrast(said(html, "color")[1], "#ffff00") >= 4.5
    assert contrast(said(html.partition("<a")[2], "color")[1], "#ffff00") >= 4.5


def test_letters_with_a_colour_behind_them_keep_both() -> None:
    cell = '<p style="background-color: #023858; color: #f1f1f1">x</p>'
    assert clean(cell) == cell


def test_black_on_dark_blue_can_be_read_on_both_pages() -> None:
    light, dark = said(clean('<p style="background-color: #000066">x</p>'), "color")
    assert contrast(light, "#000066") >= 3 and contrast(dark, "#000066") >= 4.5


def test_what_shines_through_takes_letters_of_the_page() -> None:
    html = '<p style="background-color: rgba(255, 0, 0, .15)">x</p>'
    assert clean(html) == html


def test_lines_are_seen_and_bars_lie_behind_letters() -> None:
    assert contrast(said(clean('<p style="border: 1px solid black">x</p>'), "border")[1], DARK_PAGE) >= 3
    bar = clean('<p style="background: linear-gradient(90deg, #5fba7d 50.0%, transparent 50.0%)">x</p>')
    assert contrast(said(bar, "background")[1], DARK_TEXT) >= 4.5 and "transparent 50.0%)" in bar


def test_what_lies_in_another_element_is_judged_by_what_is_behind_that() -> None:
    html = '<div style="background-color: #ffffff; color: #333333"><br><p><b style="color: #000000">x</b></p></div>'
    assert clean(html) == html
    behind = '<div style="background-color: #ffffff; color: #333333">x</div><b style="color: #000000">y</b>'
    assert "light-dark" not in clean(behind).partition("</div>")[0] and said(clean(behind), "color")[0] == "#000000"


def test_a_sheet_says_both_by_variables_of_jupyterlab_and_by_rules_for_dark_pages() -> None:
    sheet = """<style>
    .a { --a: #111111; color: var(--a) } [theme="dark"] .a { --a: #eeeeee }
    :root { --b: #222222; --same: #333333 } @media (prefers-color-scheme: dark) { :root { --b: #dddddd } }
    @media print { :root { --same: #444444 } }
    .b { color: var(--b) } .c { color: var(--jp-content-font-color1) } .d { border: 1px solid var(--same) }
    </style><p class="a">1</p><p class="b">2</p><p class="c">3</p><p class="d">4</p>"""
    found = clean(inlined(sheet))
    assert "color: light-dark(#111111, #eeeeee)" in found and "color: light-dark(#222222, #dddddd)" in found
    assert "color: light-dark(#212121, #ffffff)" in found and "#444444" not in found


@pytest.mark.parametrize(
    "style",
    [
        "color: light-dark(url(//evil.example), #000000)",
        "color: light-dark(#000000, #ffffff); background: light-dark(#fff, url(//evil.example))",
        "background: linear-gradient(90deg, light-dark(#000000, url(//evil.example)))",
        "color: currentcolor; background: none; border: none",
        "color: lab(50 20 20); background: hsl(none 50% 50%)",
    ],
)
def test_hostile_and_odd_colours_reach_nobody_and_break_nothing(style: str) -> None:
    assert "evil" not in clean(f'<p style="{style}">x</p>')


def test_what_is_made_twice_is_the_same() -> None:
    once = clean('<p style="color: navy; border: 1px solid #111">a<b style="background-color: yellow">c</b></p>')
    assert clean(once) == once


def test_more_within_one_another_than_is_looked_at_is_left_whole() -> None:
    html = '<div style="color: #123456">' * 2000 + "x" + "</div>" * 2000
    found = adapted(html)
    assert found.count("<div style=") == found.count("</div>") == 2000
