"""Style sheets within an output, written into the elements that they mean: pages take no sheets of users, and need none then.

So tables of pandas' Styler, Great Tables and the like look as they were made. Nothing of a sheet reaches out of its output.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import soupsieve
import tinycss2
from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

from hubshare_workers.render.declarations import Declared, declared, variables_of
from hubshare_workers.render.failing import TooDear
from hubshare_workers.render.nesting import is_too_deep
from hubshare_workers.render.unfolding import Folded

#: Larger outputs keep the looks of the page. Those are too dear that have more to compare than this, so long a sheet,
_LONGEST, _MOST_COMPARED, _LONGEST_SHEET = 2_000_000, 3_000_000, 1_000_000
#: or of which so many characters are written: a rule for all elements is written as often as there are any. Or that take
#: so many seconds of the processor: some selectors look at all of a page for each element.
_MOST_WRITTEN, MOST_SECONDS = 10_000_000, 4.0
_TOO_DEAR = "To work out how this output looks takes too long."
#: What a sheet puts before or behind the content of an element is written there as far as it is a text, so long, and so many.
_BESIDE = re.compile(r"::?(before|after)$")
_LONGEST_TEXT, _LONGEST_SAID, _MOST_TEXTS = 100, 1000, 10_000
#: Parts of an output of xarray that are folded: nothing unfolds them here.
_FOLDED = "input.xr-section-summary-in:not([disabled])"
_SIMPLE_ID = re.compile(r"#[\w-]+")
#: Of a selector: what may hold others, what parts it, and what the names in it may be.
_BRACKETS, _COMBINATOR = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]"), re.compile(r"[\s>+~]+")
_PLAIN_SELECTOR, _NAMES = re.compile(r"[\w\s>+~.#:*-]*"), re.compile(r"[.#][\w-]+|^[a-z][a-z0-9]*")
#: What says of variables that they are for dark pages, and of other rules.
_DARK = re.compile(r"[-.=\"'\s]dark\b|theme-light=[\"']?false", re.IGNORECASE)
_SCHEME = re.compile(r"prefers-color-scheme\s*:\s*(light|dark)")
#: What pandas puts before each table, which the page's own looks do as well.
_OF_PANDAS = re.compile(r"<style scoped>\s*\.dataframe ")


def inlined(html: str, seconds: float = MOST_SECONDS) -> str:
    """HTML in which elements have what its style sheets say of them; still to be cleaned.

    Args:
        html: an output.
        seconds: of the processor that it may take.

    Raises:
        TooDear: it takes longer, or is too much otherwise.
    """
    if html.count("<style") == len(_OF_PANDAS.findall(html)) or len(html) > _LONGEST:
        return html
    if seconds <= 0:
        # To read it alone takes seconds, if it is long.
        raise TooDear(_TOO_DEAR)
    try:
        return _inlined(html, time.process_time() + seconds)
    except RecursionError:
        # Brackets within brackets: the rest of the file is shown all the same.
        return html


def _inlined(html: str, until: float) -> str:
    if is_too_deep(html):
        # The sanitiser says so.
        return html
    page = BeautifulSoup(html, "html.parser")
    elements = [one for one in page.find_all(True) if isinstance(one, Tag)]
    for one in page.select(_FOLDED) if "xr-section-summary-in" in html else ():
        one["checked"] = ""
    folded = Folded(page, elements)
    known = _Elements(elements)
    said: dict[int, list[tuple[tuple[int, int, int], int, Declared]]] = defaultdict(list)
    beside: dict[tuple[int, str], list[tuple[tuple[int, int, int], int, Declared]]] = defaultdict(list)
    compared = 0
    for order, (whole, declarations) in enumerate(_rules(page)):
        selector, place = _BESIDE.sub("", whole), _BESIDE.search(whole)
        candidates = known.may_be(selector)
        compared += len(candidates)
        if compared > _MOST_COMPARED:
            raise TooDear(_TOO_DEAR)
        found = _selected(candidates, selector, until) if candidates else []
        if ":checked" in selector:
            found = folded.leave(found, declarations.usual + declarations.important)
        for one in found:
            texts = beside[id(one), place[1]] if place else said[id(one)]
            texts.append((_specificity(selector), order, declarations))
    left = _MOST_WRITTEN
    for one in elements:
        own = [str(one["style"])] if one.has_attr("style") else []
        before = ["display: none"] if one.has_attr("hidden") else []
        usual = [text.usual for _, _, text in sorted(said[id(one)])]
        important = [text.important for _, _, text in sorted(said[id(one)])]
        left -= sum(map(len, usual)) + sum(map(len, important))
        if left < 0:
            raise TooDear(_TOO_DEAR)
        if before or usual:
            one["style"] = ";".join(text for text in (*before, *usual, *own, *important) if text)
    room = _MOST_TEXTS
    for one in elements:
        for side in ("before", "after"):
            put = beside.get((id(one), side))
            if put and room and not one.can_be_empty_element:
                style = ";".join(part for _, _, text in sorted(put) for part in text if part)
                if len(style) <= _LONGEST_SAID and "content" in style and (said_beside := _content(style)):
                    made = page.new_tag("span", string=said_beside, attrs={"style": style})
                    one.insert(0 if side == "before" else len(one.contents), made)
                    room -= 1
    folded.fold(until)
    return str(page)


def _rules(page: BeautifulSoup) -> list[tuple[str, Declared]]:
    """The selectors of all sheets, one by one, each with what it declares."""
    sheets = "\n".join(one.get_text() for one in page.find_all("style"))
    if len(sheets) > _LONGEST_SHEET:
        raise TooDear(_TOO_DEAR)
    parsed: list[Any] = tinycss2.parse_stylesheet(sheets, skip_comments=True, skip_whitespace=True)
    rules, dark = list[Any](), list[Any]()
    for rule in parsed:
        says = tinycss2.serialize(rule.prelude) if rule.type in ("qualified-rule", "at-rule") else ""
        if rule.type == "qualified-rule":
            rules.append(rule)
            dark += [rule] if _DARK.search(says) else []
        elif rule.type == "at-rule" and rule.content is not None and (media := _SCHEME.search(says)):
            inside: list[Any] = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            (dark if media[1] == "dark" else rules).extend(one for one in inside if one.type == "qualified-rule")
    for_dark = set(map(id, dark))
    variables = variables_of(
        (rule.content for rule in rules if id(rule) not in for_dark), (rule.content for rule in dark)
    )
    return [
        (selector, text)
        for rule in rules
        for text in (declared(rule.content, variables),)
        for selector in _alternatives(rule.prelude)
    ]


def _alternatives(prelude: Sequence[Any]) -> list[str]:
    """The selectors of a rule: what commas part, but for those in brackets."""
    found = list[list[Any]]([[]])
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            found.append([])
        else:
            found[-1].append(token)
    return [tinycss2.serialize(one).strip() for one in found]


def _content(declarations: str) -> str:
    """The text that is put behind an element; "" where it is none, or made of something else."""
    parsed: list[Any] = tinycss2.parse_declaration_list(declarations, skip_comments=True, skip_whitespace=True)
    values = [one.value for one in parsed if one.type == "declaration" and one.lower_name == "content"]
    tokens = [one for one in values[-1] if one.type != "whitespace"] if values else []
    return str(tokens[0].value)[:_LONGEST_TEXT] if len(tokens) == 1 and tokens[0].type == "string" else ""


class _Elements:
    """The elements of a page by what selectors name them by: to compare each with each selector takes seconds."""

    def __init__(self, elements: Sequence[Tag]) -> None:
        self._all = elements
        self._named: dict[str, list[Tag]] = defaultdict(list)
        for one in elements:
            names = {one.name, f"#{one.get('id', '')}", *(f".{name}" for name in one.get_attribute_list("class"))}
            for name in names:
                self._named[name].append(one)

    def may_be(self, selector: str) -> Sequence[Tag]:
        """The elements of which a selector may mean some, by its last part."""
        bare, count = _BRACKETS.subn("", selector)
        while count:
            bare, count = _BRACKETS.subn("", bare)
        if not _PLAIN_SELECTOR.fullmatch(bare):
            return self._all
        names = _NAMES.findall(_COMBINATOR.split(bare.strip())[-1])
        return min((self._named.get(name, []) for name in names), key=len, default=self._all)


def _selected(candidates: Sequence[Tag], selector: str, until: float) -> list[Tag]:
    if _SIMPLE_ID.fullmatch(selector):
        return list(candidates)
    try:
        means = soupsieve.compile(selector)
    except (SelectorSyntaxError, NotImplementedError):
        # Such as `::before`, which no element is.
        return []
    found = []
    for one in candidates:
        if time.process_time() > until:
            raise TooDear(_TOO_DEAR)
        if means.match(one):
            found.append(one)
    return found


def _specificity(selector: str) -> tuple[int, int, int]:
    """How much a selector says of an element: the one that says most has the last word (CSS Selectors 4, 16)."""
    return (
        selector.count("#"),
        len(re.findall(r"[.\[]|:(?!:)", selector)),
        len(re.findall(r"(?:^|[\s>+~])[a-z]", selector)),
    )
