"""How deep elements lie within one another, told before HTML is read: to read it takes the square of that."""

from __future__ import annotations

import re
from collections import Counter

#: As deep as browsers go; they leave what is deeper beside it.
DEEPEST = 512
_TAG = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9]*)|!--)")
#: Those without content, and those that end where the next one begins.
_UNCOUNTED = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "param",
    "source",
    "track",
    "wbr",
}
_UNCOUNTED |= {
    "p",
    "li",
    "dt",
    "dd",
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "tfoot",
    "colgroup",
    "caption",
    "option",
    "optgroup",
}
_UNCOUNTED |= {"html", "head", "body"}
_NO_HTML_WITHIN = ("script", "style", "textarea", "title")


def is_too_deep(html: str) -> bool:
    """Return whether more than `DEEPEST` elements of it are open at once, by its tags."""
    if html.count("<") <= DEEPEST:
        return False
    opened, depth, at = Counter[str](), 0, 0
    while found := _TAG.search(html, at):
        at = found.end()
        name = (found[2] or "").lower()
        if not name or (name in _NO_HTML_WITHIN and not found[1]):
            end = html.find("-->" if not name else f"</{name}", at)
            at = end + 1 if end >= 0 else at
        elif name in _UNCOUNTED:
            continue
        elif not found[1]:
            opened[name] += 1
            depth += 1
            if depth > DEEPEST:
                return True
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return False
