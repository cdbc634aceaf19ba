"""Pictures within notebooks and Markdown are shown however they are written, and nothing is fetched from elsewhere."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from hubshare_workers.render.markdown import to_html

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import cell, display, notebook, show, text
from tests.helpers.sample import png

PNG = base64.b64encode(png(2, 1)).decode()
SVG = '<svg width="8" height="4"><rect width="8" height="4"/></svg>'


def sources(html: str) -> list[str]:
    return re.findall(r'<img[^>]* src="([^"]*)"', html)


def drawings(html: str) -> list[str]:
    return [base64.b64decode(one.partition("base64,")[2]).decode() for one in sources(html) if "svg" in one]


@pytest.mark.parametrize(
    "source",
    [
        "![x](attachment:a%20b.png)",
        "![x](<attachment:a b.png>)",
        '<img src="attachment:a b.png" width="60">',
        "![x][p]\n\n[p]: attachment:a%20b.png",
    ],
)
def test_what_is_attached_is_shown_however_it_is_named(source: str) -> None:
    html = show(Kind.NOTEBOOK, notebook(text(source, attachments={"a b.png": {"image/png": PNG}}))).html
    assert sources(html) == [f"data:image/png;base64,{PNG}"]


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        (f"data:image/jpg;base64,{PNG}", "image/png"),
        (f"data:img/png;base64,{PNG}", "image/png"),
        (f"data:;base64,{PNG}", "image/png"),
        (f"DATA:image/PNG;charset=utf-8;base64,{PNG.replace('=', '%3D')}", "image/png"),
        ("data:image/svg+xml;utf8," + SVG.replace('"', "'"), "image/svg+xml"),
        ("data:image/svg+xml,%3Csvg width='8'%3E%3C/svg%3E", "image/svg+xml"),
    ],
)
def test_addresses_with_their_content_are_known_in_all_spellings(address: str, media_type: str) -> None:
    assert [one.partition(";")[0] for one in sources(to_html(f'<img src="{address}">', []))] == [f"data:{media_type}"]


@pytest.mark.parametrize(
    "address",
    [
        "data:text/html,<b>x</b>",
        "data:image/png,x",
        "data:image/png;base64,====",
        "data:application/pdf;base64,JVBERi0=",
    ],
)
def test_other_content_is_none(address: str) -> None:
    assert sources(to_html(f'<img src="{address}">', [])) == []


def test_what_is_drawn_in_html_is_a_picture() -> None:
    drawing = '<div><svg viewBox="0 0 8 4"><text>a&nbsp;b</text><use xlink:href="#i"/><g id="i"/></svg></div>'
    for html in (to_html(drawing, []), show(Kind.NOTEBOOK, notebook(cell("", display(text__html=drawing)))).html):
        (found,) = drawings(html)
        assert 'xmlns="http://www.w3.org/2000/svg"' in found and "xmlns:xlink" in found and "a\u00a0b" in found
        assert '<img class="hs-picture"' in html


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg><defs><symbol id='a'/></defs></svg>",
        "<svg><use href='#elsewhere'/></svg>",
        "<svg><rect></svg>",
        "<svg><!DOCTYPE x [<!ENTITY a 'b'>]><rect/></svg>",
    ],
)
def test_a_drawing_that_shows_nothing_by_itself_is_left_out(drawing: str) -> None:
    assert to_html(f"a {drawing} b", []).count("<img") == 0


def test_a_picture_has_the_size_that_its_output_says() -> None:
    def size(**metadata: Any) -> list[tuple[str, str]]:
        output = display(image__png=PNG) | {"metadata": metadata}
        return re.findall(r'(width|height)="(\d+)"', show(Kind.NOTEBOOK, notebook(cell("", output))).html)

    assert size(**{"image/png": {"width": 200, "height": 100.0}}) == [("width", "200"), ("height", "100")]
    assert size(**{"image/png": {"width": "1 onload=x", "height": -1}}) == size(**{"image/png": 3}) == []


def test_an_svg_output_without_its_namespace_has_it() -> None:
    (found,) = drawings(show(Kind.NOTEBOOK, notebook(cell("", display(**{"image__svg+xml": SVG})))).html)
    assert found.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="8"')


def test_pictures_from_elsewhere_say_what_they_are_and_lead_there() -> None:
    source = '![one](https://a.example/1.png) <img src="//b.example/2.png"> [![built](http://c.example/3.svg)](https://d.example)'
    html = to_html(source, [])
    assert "<img" not in html
    assert re.findall(r'<(a|span) class="hs-outside"(?: href="([^"]*)")?[^>]*>([^<]*)<', html) == [
        ("a", "https://a.example/1.png", "one"),
        ("a", "https://b.example/2.png", "picture at b.example"),
        ("span", "", "built"),
    ]
    evil = to_html(
        '<img alt="&quot;&gt;<b>x" src="https://a.example/&quot;onclick=x"><img src="hubshare-outside:javascript:x">',
        [],
    )
    assert "<b>" not in evil and 'href="https://a.example/&quot;onclick=x"' in evil and "javascript" not in evil


def test_a_photo_that_was_taken_on_its_side_stands() -> None:
    exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    size = b"\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03"
    widths = [show(Kind.IMAGE, b"\xff\xd8" + part + size).meta["width"] for part in (exif, b"", exif[:-9])]
    assert widths == [20, 30, None]
