"""The one sanitiser: what HTML from users may hold when it is shown on a page of ours.

What passes shows something and does nothing: no script, form, frame or style sheet, nothing that is fetched from
elsewhere, and nothing that looks like a part of the page around it. nh3 (ammonia) parses as browsers do and writes
the result anew, so what it lets through is well-formed.
"""

from __future__ import annotations

import re
import secrets
from functools import partial
from urllib.parse import unquote

import nh3
from pygments.token import STANDARD_TYPES

from hubshare.rendering.links import named
from hubshare_workers.render import dark_pages, pictures
from hubshare_workers.render.failing import TooDear
from hubshare_workers.render.nesting import is_too_deep

_TAGS = {"a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details"}
_TAGS |= {"dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"}
_TAGS |= {"ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike"}
_TAGS |= {
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
}
_TAGS |= {"wbr", "label", "center", "font", "picture"}
_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "style", "title"},
    "a": {"href"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "details": {"open"},
    "font": {"color"},
    "img": {"align", "alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"align", "bgcolor", "border", "width"},
    "td": {"align", "bgcolor", "colspan", "nowrap", "rowspan", "valign", "width"},
    "th": {"align", "bgcolor", "colspan", "nowrap", "rowspan", "scope", "valign", "width"},
    "tr": {"align", "bgcolor", "valign"},
} | {name: {"align"} for name in ("div", "h1", "h2", "h3", "h4", "h5", "h6", "p")}
_NOT_EVEN_THE_TEXT = {"script", "style", "template", "title", "noscript", "iframe", "object", "svg", "math", "textarea"}

#: What users may call something: as pandas, terminals and alerts of GitHub do.
_THEIR_CLASSES = re.compile(r"ansi-[a-z-]+|dataframe|markdown-alert(-[a-z]{1,10})?")
_TOKEN_CLASSES = frozenset(STANDARD_TYPES.values())
#: Classes that renderers give. Nothing else has them, and no class of the page around passes.
OUR_CLASSES = frozenset({
    "hs-added", "hs-beside", "hs-cell", "hs-cell-code", "hs-cell-markdown", "hs-cell-raw", "hs-changed", "hs-code",
    "hs-constant", "hs-count", "hs-cut", "hs-diagram", "hs-difference", "hs-difference-lines",
    "hs-difference-table", "hs-equal", "hs-error", "hs-fact", "hs-figure", "hs-folded", "hs-gap", "hs-html", "hs-inner",
    "hs-input", "hs-key", "hs-latex", "hs-leaf", "hs-lines", "hs-markdown", "hs-math", "hs-note", "hs-notebook", "hs-number",
    "hs-output", "hs-outputs", "hs-outside", "hs-pair", "hs-picture", "hs-plain", "hs-prompt", "hs-raw", "hs-removed",
    "hs-right", "hs-scripted", "hs-sign", "hs-split", "hs-stderr", "hs-stdout", "hs-string", "hs-table", "hs-terminal",
    "hs-tree", "hs-unseen",
})  # fmt: skip
#: Begins the classes that renderers give within what is still to be cleaned; nobody who writes a file can know it.
_MARK = f"hs-{secrets.token_hex(16)}-"
_NUMBER = re.compile(r"\d{1,5}(\.\d+)?(px|em|%)?")
#: A colour as older HTML has it. What reads it as CSS must not find more in it.
_COLOUR = re.compile(r"#?[a-zA-Z0-9]{1,30}")
_SIDES = "(-(top|right|bottom|left))?"
#: What users may say of the looks of an element: nothing that lifts it out of its place or fetches something.
_PROPERTY = re.compile(
    r"(background-)?color|background|text-(align|decoration|transform|indent)|font-(weight|style|size|family)|vertical-align"
    rf"|white-space|border{_SIDES}(-(color|style|width|collapse|spacing|radius))?|(padding|margin){_SIDES}|line-height|display"
    r"|(min-|max-)?(width|height)|opacity|visibility|list-style(-type)?|float|clear|caption-side|table-layout|empty-cells|gap"
    r"|overflow(-[xy])?|text-overflow|box-sizing|grid-(column|row|template-rows|auto-flow)"
    r"|flex(-(wrap|direction|grow|shrink|basis))?|justify-content|align-items|grid-template-columns|overflow-wrap|word-break"
)
_FUNCTION = r"(rgb|hsl)a?\([\d\s.,%/]{1,40}\)|light-dark\(#[0-9a-f]{6,8}, #[0-9a-f]{6,8}\)"
_LENGTH = r"(\d{1,3}(\.\d{1,8})?|\.\d{1,8})(em|rem|ex|ch)|(\d{1,4}(\.\d{1,8})?|\.\d{1,8})(px|pt|%|fr)?"
_WORD = rf"#[0-9a-fA-F]{{3,8}}|{_FUNCTION}|{_LENGTH}|[a-zA-Z-]{{1,30}}|\"[\w -]{{1,40}}\"|'[\w -]{{1,40}}'"
_STOP = rf"{_FUNCTION}|[\w#.%-]{{1,30}}"
#: Words parted by spaces and commas, or one gradient, as bars in cells are made. No value can be parted in
#: two ways: to refuse one of 60 characters that could took a minute.
_VALUE = re.compile(
    rf"(?:{_WORD})(?:[\s,/]{{1,4}}(?:{_WORD})){{0,12}}"
    rf"|linear-gradient\(\s?(?:{_STOP})(?:[\s,]{{1,4}}(?:{_STOP})){{0,25}}\s?\)"
)
#: Lines of a grid, which are counted from its end as well.
_LINES = re.compile(r"(?:-?\d{1,3}|span \d{1,3}|auto)(?: ?/ ?(?:-?\d{1,3}|span \d{1,3}|auto))?")
#: How large letters and their lines are: not so that what follows is a hundred million pixels away.
_SIZE = re.compile(r"[a-z-]{1,20}|\d?(\.\d{1,8})?((?<=\d)(em|rem|ex|ch))?|\d{1,3}(\.\d{1,8})?(px|pt|%)")
_SPECIAL = {"grid-column": _LINES, "grid-row": _LINES, "font-size": _SIZE, "line-height": _SIZE}
_LONGEST_STYLE = 4000
#: A place that links lead to as older HTML has it, without an id.
_NAMED_PLACE = re.compile(r"(<a\b(?![^<>]{0,500}\sid\s*=)[^<>]{0,500}?)\sname=(?=[\"'\w])", re.IGNORECASE)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")


def clean(html: str, attachments: pictures.Attachments | None = None) -> str:
    """What may be shown of a piece of HTML that users wrote; all its tags are closed.

    Links and images that lead into the project keep their path, behind `hubshare:`; `resolve_links` of
    `hubshare.rendering.links` says where that is. Images from elsewhere become links, since fetching one tells who
    reads the page. Classes and ids of renderers pass only where they are marked.

    Args:
        html: what users wrote.
        attachments: what an image in it may name besides.

    Raises:
        TooDear: to read it would take too long.
    """
    html = pictures.drawn(_NAMED_PLACE.sub(r"\1 id=", html), f"{_MARK}picture")
    if is_too_deep(html):
        raise TooDear("The HTML has too many elements within one another to be shown.")
    found = _clean(html, whole=False, attachments=attachments or {})
    return dark_pages.adapted(pictures.linked(found, "hs-outside"))


def clean_whole(html: str) -> str:
    """The same of what a renderer made of pieces that are clean: its classes and ids pass."""
    return _clean(html, whole=True, attachments={})


def marked(html: str) -> str:
    """HTML of a renderer, without any of a user, that is put among what users wrote before that is cleaned."""
    return html.replace('class="hs-', f'class="{_MARK}')


def _clean(html: str, whole: bool, attachments: pictures.Attachments) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_NOT_EVEN_THE_TEXT,
        url_schemes={"http", "https", "mailto", "data", "attachment", "hubshare", pictures.OUTSIDE.rstrip(":")},
        attribute_filter=partial(_filter, whole, attachments),
        link_rel="noopener noreferrer nofollow",
    )


def link(target: str) -> str | None:
    """Where a link may lead: to the web, into the page, or into the project; None for nowhere.

    Args:
        target: as it was written.
    """
    target = _as_browsers_read(target)
    if target.startswith("#"):
        name = unquote(target[1:])
        return f"#{named(name)}" if name else target
    if scheme := _SCHEME.match(target):
        return target if scheme[1].lower() in ("http", "https", "mailto", "hubshare") else None
    if target[:2].replace("\\", "/") == "//":
        return f"https://{target[2:]}"
    return f"hubshare:{target}"


def picture(target: str, attachments: pictures.Attachments) -> str | None:
    """Where the content of an image may come from: the address itself, what is attached, or the project; else None.

    Images from elsewhere get an address that no browser knows, from which `clean` makes links.

    Args:
        target: as it was written.
        attachments: of the text.
    """
    target = _as_browsers_read(target)
    if target.startswith("attachment:"):
        target = pictures.attached(target, attachments) or ""
    if target[:5].lower() == "data:":
        return pictures.data_address(target)
    if target.startswith("hubshare:"):
        return target
    if target[:2].replace("\\", "/") == "//":
        target = f"https://{target[2:]}"
    if re.match("https?://.", target, re.IGNORECASE):
        return pictures.OUTSIDE + target
    if not target or _SCHEME.match(target) or target.startswith("#"):
        return None
    return f"hubshare:{target}"


def styled(declarations: str) -> str | None:
    """What of an inline style only says how an element looks in its place, or None."""
    kept: dict[str, str] = {}
    for one in declarations[:_LONGEST_STYLE].split(";"):
        name, _, value = one.partition(":")
        name, value = name.strip().lower(), value.replace("!important", "").strip()
        if _PROPERTY.fullmatch(name) and _SPECIAL.get(name, _VALUE).fullmatch(value):
            # The last word on each counts.
            kept.pop(name, None)
            kept[name] = value
    return "; ".join(f"{name}: {value}" for name, value in kept.items()) or None


def jupyter_anchor(title: str) -> str:
    """The id of a heading as Jupyter makes it, in small letters and behind `user-` as all links to it are."""
    return "user-" + title.strip().lower().replace(" ", "-")


def anchor(title: str) -> str:
    """The id of a heading, as GitHub makes it, behind `user-`."""
    return "user-" + re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def other_anchors(title: str) -> list[str]:
    """The ids of a heading as GitHub makes them where it has pictures, Pandoc and Quarto, and docutils, behind `user-`."""
    lower = title.lower()
    github = re.sub(r"[^\w\- ]", "", lower).replace(" ", "-")
    pandoc = re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", re.sub(r"[^\w\s.-]", "", lower.strip())))
    docutils = re.sub(r"^[\d-]+", "", re.sub(r"[^a-z0-9]+", "-", lower)).rstrip("-")
    return [f"user-{name}" for name in (github, pandoc, docutils) if name]


def _as_browsers_read(target: str) -> str:
    """Without what browsers leave out of addresses: tabs and ends of lines, and control characters at both ends."""
    return re.sub(r"[\t\r\n]", "", target).strip("".join(map(chr, range(33))))


def _filter(whole: bool, attachments: pictures.Attachments, tag: str, name: str, value: str) -> str | None:
    # When this raises, nh3 takes the value as it is: the process must not go on then, see `forker.py`.
    if name == "href":
        return link(value)
    if name == "src":
        return picture(value, attachments)
    if name == "style":
        return styled(value)
    if name == "class":
        return " ".join(kept for one in value.split() if (kept := _class(one, whole))) or None
    if name == "id":
        return named(value) if whole or value.startswith("user-") else f"user-{value.lower()}"
    if name in ("width", "height"):
        return value if _NUMBER.fullmatch(value) else None
    if name in ("color", "bgcolor"):
        return value if _COLOUR.fullmatch(value) else None
    return value


def _class(name: str, whole: bool) -> str | None:
    if name in _TOKEN_CLASSES or _THEIR_CLASSES.fullmatch(name):
        return name
    ours = name if whole else name.replace(_MARK, "hs-", 1) if name.startswith(_MARK) else ""
    return ours if ours in OUR_CLASSES else None
