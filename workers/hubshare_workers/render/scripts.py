"""Outputs that run scripts, or show pages or recordings: what is left of them where nothing runs, and what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

_SCRIPTS = ("<script", "<object", "<embed", "<form")
_FRAME, _RECORDINGS = "<iframe", ("<video", "<audio")
_RECORDING = re.compile(r"<(audio|video)\b", re.IGNORECASE)
_RECORDING_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("audio", "video")}
#: Only a page of the web has an address that can be said, and none that names somebody before its host: `https://github.com@…`.
_ADDRESS = r"""https?://[^"'<>\s@/\\?#]{1,300}(?=[/?#"'\s>])[^"'<>\s]{0,2000}"""
_PAGE = re.compile(rf"""<iframe\b[^<>]{{0,2000}}?\ssrc\s*=\s*["']?({_ADDRESS})""", re.IGNORECASE)
_BOX = re.compile(r'(<(?:div|section|span)\b[^<>]*? style=")([^"]*)"')
#: What makes room for that which scripts would draw.
_ROOM = re.compile(r"(?:min-)?height:|padding-(?:top|bottom):|padding:")
#: What Python calls an object that shows itself otherwise.
_CALLED = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-fA-F]+)?>")
_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = re.compile(r"<(style|script)\b(?:(?!</?(?:style|script)\b).)*</\1\s*>", re.IGNORECASE | re.DOTALL)
#: What draws an output by scripts, by what it has in it; and whether it does so in the notebook alone, with its kernel.
_DRAWN = (
    ("application/vnd.jupyter.widget-view", "a widget of Jupyter", True),
    ("application/vnd.plotly", "a chart of Plotly", False),
    ("plotly", "a chart of Plotly", False),
    ("application/vnd.vega", "a chart of Vega", False),
    ("vega", "a chart of Vega", False),
    ("bokeh", "a plot of Bokeh", False),
    ("leaflet", "a map of Leaflet", False),
    ("html-widget", "a widget of R", False),
)
#: Scripts that the sandbox in which scripts run does not fetch.
_FETCHED = re.compile(
    r"<script\b[^<>]{0,500}?\ssrc\s*=\s*[\"']?(?:https?:)?//|require\.config\(|\bimport\([\"']https?:"
)
_NO_SCRIPT = re.compile(r"</?noscript\b[^<>]{0,500}>", re.IGNORECASE)
#: What R says in place of one that is drawn by scripts.
_OF_HTMLWIDGETS = "HTML widgets cannot be represented in plain text"
#: What folium says in place of a map, of a menu that is not here.
_OF_FOLIUM = "Make this Notebook Trusted to load map: File -&gt; Trust Notebook"


def run(data: Mapping[str, Any], source: str) -> bool:
    """Return whether an output shows more where its scripts run.

    Args:
        data: the output by media types.
        source: its HTML.
    """
    lower = source.lower()
    return _has_scripts(data, lower) or any(tag in lower for tag in (_FRAME, *_RECORDINGS))


def _has_scripts(data: Mapping[str, Any], lower: str) -> bool:
    named = any(name == "application/javascript" or name.startswith("application/vnd.") for name in data)
    return named or any(tag in lower for tag in _SCRIPTS)


def without_recordings(source: str) -> str:
    """HTML without recordings, and what they say to browsers that cannot play them."""
    parts, at, searched = list[str](), 0, 0
    endless = set[str]()
    while begun := _RECORDING.search(source, searched):
        name = begun[1].lower()
        ended = None if name in endless else _RECORDING_ENDS[name].search(source, begun.end())
        if ended is None:
            # Nor is there an end behind the next one: to look for it each time takes the square of the length.
            endless.add(name)
            searched = begun.end()
        else:
            parts.append(source[at : begun.start()])
            at = searched = ended.end()
    return "".join([*parts, source[at:]])


def with_pictures(source: str) -> str:
    """HTML with the pictures that it has for those who run no scripts."""
    found = _NO_SCRIPT.search(source)
    return _NO_SCRIPT.sub("", source) if found and "<img" in source[found.end() :] else source


def left_of(cleaned: str) -> str:
    """Clean HTML without the room that scripts would have filled; "" where nothing is to be seen."""
    cleaned = cleaned.replace(_OF_FOLIUM, "")
    if "<img" not in cleaned and not unescape(_TAG.sub("", cleaned)).strip():
        return ""
    return _BOX.sub(_without_room, cleaned)


def words_of(source: str) -> str:
    """The words of HTML, each on a line of its own where tags are between them."""
    lines = (unescape(one).strip() for one in _TAG.sub("\n", _UNSEEN.sub("", source)).splitlines())
    return "\n".join(line for line in lines if line)


def says_nothing(text: str) -> bool:
    """Return whether the plain text of an output only names an object."""
    return _CALLED.fullmatch(text.strip()) is not None or text.startswith(_OF_HTMLWIDGETS)


def _without_room(box: re.Match[str]) -> str:
    kept = [one for one in box[2].split("; ") if not _ROOM.match(one)]
    return f'{box[1]}{"; ".join(kept)}"'


def said_of(data: Mapping[str, Any], source: str) -> str:
    """A note on what is not shown."""
    lower = source.lower()
    if _has_scripts(data, lower):
        words = f"This output runs scripts, which are left out here.{_where_it_runs(data, lower)}"
    elif page := _PAGE.search(source):
        address = unescape(page[1])
        words = f'This output shows a page from elsewhere: <a href="{escape(address)}">{escape(address[:200])}</a>'
    elif _FRAME in lower:
        words = "This output shows a page of its own, which is left out here."
    else:
        words = "This output plays a recording, which is left out here."
    return f'<p class="hs-note hs-scripted">{words}</p>'


def _where_it_runs(data: Mapping[str, Any], lower: str) -> str:
    """Sentences on what an output with scripts is, and where it is seen."""
    found = next((one for one in _DRAWN if any(name.startswith(one[0]) for name in data) or one[0] in lower), None)
    is_ = f" It is {found[1]}" if found else ""
    if (
        (found and found[2])
        or ("<script" not in lower and "application/javascript" not in data)
        or _FETCHED.search(lower)
    ):
        return f"{is_}, and is seen in JupyterLab." if is_ else " It is seen in JupyterLab."
    return f"{is_}: <em>Run scripts</em> shows it." if is_ else " <em>Run scripts</em> shows it."
