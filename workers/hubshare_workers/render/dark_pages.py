"""Colours of users on dark pages: made for light ones, they stay readable there.

What has colours of its own keeps them; what says nothing follows the page. The function `light-dark()` of CSS says both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple

from tinycss2 import color4

#: A colour of the screen: red, green and blue, from 0 to 1.
Colour = tuple[float, float, float]


class Looks(NamedTuple):
    """What is behind a text and how it is coloured, in one of the two themes."""

    behind: Colour
    text: Colour


def _hex(written: str) -> Colour:
    return int(written[1:3], 16) / 255, int(written[3:5], 16) / 255, int(written[5:7], 16) / 255


#: As Bootstrap has them: a page, and what on it has a colour other than that of the text.
_PAGES = Looks(_hex("#ffffff"), _hex("#212529")), Looks(_hex("#212529"), _hex("#dee2e6"))
_OF_THE_PAGE = {"a": (_hex("#0d6efd"), _hex("#6ea8fe")), "code": (_hex("#d63384"), _hex("#e685b5"))}
_BLACK, _WHITE = _hex("#000000"), _hex("#ffffff")
#: How texts and lines stand out (WCAG 2.2, 1.4.3 and 1.4.11).
_TEXT, _LINE = 4.5, 3.0
#: So little colour is none.
_GREY = 0.1
_WORTH_IT = re.compile(r'<[a-z0-9]+ [^<>]*(?:style="[^"]*(?:color|background|border)|color=)')
_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:[^"<>]|"[^"]*")*)>""")
_STYLE = re.compile(r' style="([^"]*)"')
_ATTRIBUTES = {name: re.compile(rf' {name}="([^"]*)"') for name in ("color", "bgcolor")}
_EMPTY = {"br", "col", "hr", "img", "wbr"}
#: Brackets within brackets are those of the two colours.
_COLOURS = re.compile(r"light-dark\([^()]*\)|[a-z]{1,9}\([^()]*\)|#[0-9a-fA-F]{3,8}|[a-z]+", re.IGNORECASE)
_BOTH = re.compile(r"light-dark\(\s*([^(),]+),\s*([^(),]+)\)")
#: More within one another look as the outermost ones.
_DEEPEST = 500


def both(light: str, dark: str) -> str:
    """A value for pages of both themes; the first where one of them is no colour.

    Args:
        light: on light pages.
        dark: on dark ones.
    """
    one, other = _parsed(light), _parsed(dark)
    return (
        light if one is None or other is None or one == other else f"light-dark({_written(*one)}, {_written(*other)})"
    )


def adapted(html: str) -> str:
    """Clean HTML whose colours are readable on dark pages too.

    Args:
        html: all its tags are closed.
    """
    if not _WORTH_IT.search(html):
        return html
    parts, at, within = list[str](), 0, [("", *_PAGES)]
    for tag in _TAG.finditer(html):
        closes, name, attributes = tag.groups()
        if closes:
            if len(within) > 1 and within[-1][0] == name:
                within.pop()
            continue
        _, light, dark = within[-1]
        style = _STYLE.search(attributes)
        said = _declared(unescape(style[1]) if style else "")
        for attribute, declared in (("bgcolor", "background-color"), ("color", "color")):
            if found := _ATTRIBUTES[attribute].search(attributes):
                said.setdefault(declared, found[1])
        changed = dict(said)
        light, dark = _adapt(name, changed, light, dark)
        if changed != said:
            written = escape("; ".join(f"{one}: {value}" for one, value in changed.items()))
            rest = _STYLE.sub("", attributes)
            parts += [html[at : tag.start()], f'<{name} style="{written}"{rest}>']
            at = tag.end()
        if name not in _EMPTY and len(within) < _DEEPEST:
            within.append((name, light, dark))
    return "".join([*parts, html[at:]])


def _declared(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.split(";") if ":" in one)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _adapt(name: str, said: dict[str, str], light: Looks, dark: Looks) -> tuple[Looks, Looks]:
    """Change what an element says of its colours; how it looks on light and on dark pages."""
    behind = next((value for one in ("background-color", "background") if (value := _pair(said.get(one, "")))), None)
    if behind:
        light, dark = light._replace(behind=_over(behind[0], light)), dark._replace(behind=_over(behind[1], dark))
    own = _pair(said.get("color", ""))
    if own:
        light, dark = light._replace(text=_over(own[0], light)), dark._replace(text=_over(own[1], dark))
        if not _says_both(said["color"]) and light.behind != dark.behind:
            # Grey and black stand out as on a light page; of other colours so much would leave nothing.
            most = _contrast(*_PAGES[1]) if max(dark.text) - min(dark.text) < _GREY else _TEXT
            dark = dark._replace(text=_standing_out(dark.text, dark.behind, min(most, _contrast(*light))))
            said["color"] = _changed(said["color"], own[0], dark.text, _over(own[1], dark))
    elif name in _OF_THE_PAGE or behind:
        texts = _OF_THE_PAGE.get(name, (light.text, dark.text))
        light, dark = light._replace(text=texts[0]), dark._replace(text=texts[1])
        if dark.behind != _PAGES[1].behind and min(_contrast(*light), _contrast(*dark)) < _TEXT:
            light = light._replace(text=_standing_out(light.text, light.behind, _LINE))
            wanted = light.text if _contrast(light.text, dark.behind) > _contrast(*dark) else dark.text
            dark = dark._replace(text=_standing_out(wanted, dark.behind, _TEXT))
            said["color"] = both(_written(light.text), _written(dark.text))
    for one, written in said.items():
        if one.startswith("border"):
            said[one] = _COLOURS.sub(lambda found: _line(found[0], light, dark), written)
        elif one.startswith("background") and "gradient(" in written:
            head, _, stops = written.partition("(")
            said[one] = f"{head}({_COLOURS.sub(lambda found: _stop(found[0], dark), stops)}"
    return light, dark


def _line(word: str, light: Looks, dark: Looks) -> str:
    """A colour of a line, which is seen on a dark page as on a light one."""
    colour = _parsed(word)
    if colour is None or colour[1] == 0 or light.behind == dark.behind:
        return word
    seen = _contrast(_over(colour, light), light.behind)
    drawn = _over(colour, dark)
    return _changed(word, colour, _standing_out(drawn, dark.behind, min(_LINE, seen)), drawn)


def _stop(word: str, dark: Looks) -> str:
    """A colour behind a part of a text, as the bars of pandas are."""
    colour = _parsed(word)
    if colour is None or colour[1] == 0:
        return word
    drawn = _over(colour, dark)
    return _changed(word, colour, _standing_out(drawn, dark.text, _TEXT), drawn)


def _changed(word: str, light: tuple[Colour, float], dark: Colour, before: Colour) -> str:
    return word if dark == before else both(_written(*light), _written(dark))


def _says_both(value: str) -> bool:
    return value.startswith("light-dark(")


def _pair(value: str) -> tuple[tuple[Colour, float], tuple[Colour, float]] | None:
    """The one colour that a value says, on light and on dark pages; None where it is none, or cannot be seen."""
    if found := _BOTH.match(value):
        light, dark = _parsed(found[1]), _parsed(found[2])
        return (light, dark) if light and dark else None
    words = _COLOURS.findall(value) if value and "gradient(" not in value else []
    colour = next((one for word in words if (one := _parsed(word)) and one[1] > 0), None)
    return (colour, colour) if colour else None


@lru_cache(4096)
def _parsed(word: str) -> tuple[Colour, float] | None:
    """A colour and how opaque it is."""
    found = color4.parse_color(word)
    if found is None or isinstance(found, str) or any(one is None for one in found.coordinates):
        return None
    try:
        red, green, blue = (min(1.0, max(0.0, one)) for one in found.to("srgb").coordinates)
    except (NotImplementedError, ValueError):
        return None
    return (red, green, blue), min(1.0, max(0.0, found.alpha))


def _over(colour: tuple[Colour, float], looks: Looks) -> Colour:
    return _mixed(looks.behind, *colour)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _written(colour: Colour, opaque: float = 1.0) -> str:
    shares = colour if opaque == 1 else (*colour, opaque)
    return "#" + "".join(f"{round(255 * one):02x}" for one in shares)


@lru_cache(4096)
def _standing_out(colour: Colour, behind: Colour, wanted: float) -> Colour:
    """The colour nearest to one that stands out from another as wanted, or as far as any can."""
    if _contrast(colour, behind) >= wanted:
        return colour
    end = max(_BLACK, _WHITE, key=lambda one: _contrast(one, behind))
    steps = (_hex(_written(_mixed(colour, end, step / 20))) for step in range(1, 21))
    return next((one for one in steps if _contrast(one, behind) >= wanted), end)


def _contrast(one: Colour, other: Colour) -> float:
    """As of WCAG 2.2: from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(4096)
def _luminance(colour: Colour) -> float:
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
