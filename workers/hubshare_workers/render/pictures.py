"""Pictures within what users wrote: in `data:` addresses of all spellings, attached, drawn in HTML, and from elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote, unquote_to_bytes

from hubshare.rendering.kinds import image_type

#: Attached pictures, by name, as `data:` addresses.
Attachments = Mapping[str, str]
#: What an address of a picture from elsewhere begins with until `linked` makes a link of the picture.
OUTSIDE = "hubshare-outside:"

_USUAL = re.compile(r"data:image/(png|jpeg|gif|webp|bmp|avif|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_ANY = re.compile(r"data:[a-z]{0,20}/?[\w.+-]{0,40}((?:;[^,;]{0,50}){0,4}),", re.IGNORECASE)
_SVG_BEGINS, _SVG_ENDS = re.compile(r"<svg\b", re.IGNORECASE), re.compile(r"</svg\s*>", re.IGNORECASE)
#: Larger drawings, or more of them, are left out as they would be by the sanitiser.
_LONGEST_SVG, _MOST_SVG = 2_000_000, 200
#: How far back the beginning of a tag is looked for.
_LONGEST_TAG = 2000
_NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
#: Names of SVG with large letters, which those who write or read HTML make small.
_SVG_NAMES = {
    name.lower(): name
    for name in re.findall(
        r"\w+",
        "viewBox preserveAspectRatio gradientUnits gradientTransform patternUnits patternTransform patternContentUnits"
        " clipPathUnits maskUnits maskContentUnits markerWidth markerHeight markerUnits refX refY spreadMethod startOffset"
        " textLength lengthAdjust pathLength stdDeviation linearGradient radialGradient clipPath textPath foreignObject",
    )
}
#: In tags alone: behind `<`, `</` or a space, and before what ends a name.
_OF_SVG = re.compile(rf"(?:(?<=<)|(?<=</)|(?<=\s))(?:{'|'.join(_SVG_NAMES)})(?=[\s>/]|\s*=)", re.IGNORECASE)
_IMAGE_OR_LINK = re.compile(r"<(img|a|/a)\b((?:[^\"<>]|\"[^\"]*\")*)>")
_STYLE = re.compile(r"""\sstyle\s*=\s*"([^"]*)\"""")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def data_address(target: str) -> str | None:
    """A `data:` address of a picture as all browsers take it; None when it is none that they show.

    Args:
        target: as it was written.
    """
    if _USUAL.fullmatch(target):
        return target
    head = _ANY.match(target)
    if head is None:
        return None
    written = target[head.end() :]
    try:
        if "base64" in head[1].lower():
            content = base64.b64decode("".join(unquote(written).split()))
        else:
            content = unquote_to_bytes(written)
    except (binascii.Error, ValueError):
        return None
    media_type = image_type(content[:4096])
    if media_type == "image/svg+xml":
        content = whole_svg(content.decode(errors="replace")).encode()
    return media_type and f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def attached(target: str, attachments: Attachments) -> str | None:
    """The address of what an `attachment:` names, as JupyterLab writes it and as the classic Notebook does."""
    name = target.removeprefix("attachment:")
    return attachments.get(name) or attachments.get(unquote(name))


def whole_svg(source: str) -> str:
    """An SVG image with the namespaces that it needs outside of HTML."""
    begun = re.search(r"<svg\b(?:[^\"'<>]|\"[^\"]*\"|'[^']*')*", source)
    if begun is None:
        return source
    missing = [
        f' {name}="{address}"'
        for name, address in _NAMESPACES.items()
        if not re.search(rf"\b{name}\s*=", begun[0]) and (name == "xmlns" or "xlink:" in source)
    ]
    return source[: begun.start() + 4] + "".join(missing) + source[begun.start() + 4 :]


def drawn(html: str, mark: str) -> str:
    """HTML with pictures in place of what is drawn in it; in a picture a drawing runs nothing and reaches nothing.

    Args:
        html: as users wrote it.
        mark: class of these pictures.
    """
    parts, at = list[str](), 0
    ended = _SVG_ENDS.search(html)
    while begun := _SVG_BEGINS.search(html, at):
        if ended and ended.start() < begun.end():
            ended = _SVG_ENDS.search(html, begun.end())
        if not ended:
            break
        # In an address, as of `<img src="data:image/svg+xml,<svg …">`, it is no drawing yet.
        tag = html.rfind("<", max(at, begun.start() - _LONGEST_TAG), begun.start())
        if tag >= 0 and ">" not in html[tag : begun.start()]:
            parts.append(html[at : begun.end()])
            at = begun.end()
            continue
        parts.append(html[at : begun.start()])
        at = ended.end()
        if len(parts) <= _MOST_SVG and at - begun.start() <= _LONGEST_SVG:
            parts.append(_picture_of(html[begun.start() : at], mark))
    return "".join([*parts, html[at:]])


def _picture_of(source: str, mark: str) -> str:
    # Names of HTML, such as `&nbsp;`, are none of XML.
    source = _OF_SVG.sub(lambda name: _SVG_NAMES[name[0].lower()], source)
    source = re.sub(r"&(\w+);", lambda name: name[0] if name[1] in _XML_NAMES else unescape(name[0]), source)
    source = whole_svg(source)
    if re.search(r"<!(?!--)", source) or not _draws(source):
        return ""
    encoded = base64.b64encode(source.encode(errors="replace")).decode()
    # Beside text it is as large as its style says, which a picture by itself knows nothing of.
    style = _STYLE.search(source[: source.find(">")])
    size = f' style="{escape(unescape(style[1]))}"' if style else ""
    return f'<img class="{mark}" alt="" src="data:image/svg+xml;base64,{encoded}"{size}>'


def _draws(source: str) -> bool:
    """Return whether an SVG image can be read, and is one by itself: not only a store of symbols, nor a use of another's."""
    try:
        root = ElementTree.fromstring(source)  # noqa: S314
    except ElementTree.ParseError:
        return False
    names = {one.get("id") for one in root.iter()}
    uses = [
        value for one in root.iter() for name, value in one.items() if name.endswith("href") and one.tag.endswith("use")
    ]
    shown = [one for one in root if not one.tag.endswith(("defs", "symbol", "title", "desc", "style", "metadata"))]
    return bool(shown) and all(value.removeprefix("#") in names for value in uses)


def linked(html: str, mark: str) -> str:
    """Clean HTML with links in place of pictures from elsewhere: to fetch one tells who reads the page.

    Args:
        mark: class of these links.
    """
    if OUTSIDE not in html:
        return html
    inside = 0

    def shown(found: re.Match[str]) -> str:
        nonlocal inside
        if found[1] != "img":
            inside = max(0, inside + (1 if found[1] == "a" else -1))
            return found[0]
        values = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[2])}
        address = values.get("src", "")
        if not address.startswith(OUTSIDE):
            return found[0]
        address = address.removeprefix(OUTSIDE)
        host = re.sub(r"[/?#].*", "", address.partition("//")[2], flags=re.DOTALL).rpartition("@")[2]
        words = escape(values.get("alt", "").strip() or f"picture at {host[:100]}")
        # The page has no links in links.
        if inside:
            return f'<span class="{mark}">{words}</span>'
        return f'<a class="{mark}" href="{escape(address)}" rel="noopener noreferrer nofollow">{words}</a>'

    return _IMAGE_OR_LINK.sub(shown, html)


def shown(media_type: str, encoded: str, size: Mapping[str, object] | None = None) -> str:
    """An output that is a picture, as an element.

    Args:
        media_type: what it is said to be.
        encoded: its content in Base64.
        size: `width` and `height` in pixels, where they are given.
    """
    given = [(name, (size or {}).get(name)) for name in ("width", "height")]
    wanted = "".join(
        f' {name}="{int(value)}"' for name, value in given if isinstance(value, int | float) and 0 < value < 1e5
    )
    data = escape("".join(encoded.split()))
    return f'<img class="hs-picture" alt="" src="data:{media_type};base64,{data}"{wanted}>'
