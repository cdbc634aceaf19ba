"""Style sheets within an output, written into the elements that they mean: pages take no sheets of users, and need none then.

So tables of pandas' Styler, Great Tables and the like look as they were made. Nothing of a sheet reaches out of its output.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import tinycss2
from bs4 import BeautifulSoup, Tag
from soupsieve import SelectorSyntaxError

#: Larger outputs keep the looks of the page, and so do the elements that are left when there is more to compare than this.
_LONGEST, _MOST_COMPARED = 2_000_000, 3_000_000
#: What a sheet puts behind an element is written there as far as it is a text, so long, and behind so many.
_AFTER, _LONGEST_TEXT, _LONGEST_SAID, _MOST_TEXTS = "::after", 100, 1000, 10_000
_SIMPLE_ID = re.compile(r"#([\w-]+)")
#: What pandas puts before each table, which the page's own looks do as well.
_OF_PANDAS = "<style scoped>"


def inlined(html: str) -> str:
    """HTML in which elements have what its style sheets say of them; still to be cleaned."""
    if html.count("<style") == html.count(_OF_PANDAS) or len(html) > _LONGEST:
        return html
    page = BeautifulSoup(html, "html.parser")
    elements = [one for one in page.find_all(True) if isinstance(one, Tag)]
    by_id = {str(one.get("id")): one for one in elements if one.get("id")}
    said: dict[int, list[tuple[tuple[int, int, int], int, str]]] = defaultdict(list)
    behind: dict[int, list[tuple[tuple[int, int, int], int, str]]] = defaultdict(list)
    compared = 0
    for order, (whole, declarations) in enumerate(_rules(page)):
        selector = whole.removesuffix(_AFTER)
        if simple := _SIMPLE_ID.fullmatch(selector):
            found = [by_id[simple[1]]] if simple[1] in by_id else []
        else:
            compared += len(elements)
            found = _selected(page, selector) if compared <= _MOST_COMPARED else []
        for one in found:
            (said if selector == whole else behind)[id(one)].append((_specificity(selector), order, declarations))
    for one in elements:
        own = [str(one["style"])] if one.has_attr("style") else []
        before = ["display: none"] if one.has_attr("hidden") else []
        declared = [text for _, _, text in sorted(said[id(one)])]
        if before or declared:
            one["style"] = ";".join([*before, *declared, *own])
    for one in [one for one in elements if id(one) in behind and not one.can_be_empty_element][:_MOST_TEXTS]:
        style = ";".join(text for _, _, text in sorted(behind[id(one)]))
        if len(style) <= _LONGEST_SAID and (text := _content(style)):
            one.append(page.new_tag("span", string=text, attrs={"style": style}))
    return str(page)


def _rules(page: BeautifulSoup) -> list[tuple[str, str]]:
    """The selectors of all sheets, one by one, each with what it declares."""
    sheets = "\n".join(one.get_text() for one in page.find_all("style"))
    parsed: list[Any] = tinycss2.parse_stylesheet(sheets, skip_comments=True, skip_whitespace=True)
    return [
        (selector.strip(), tinycss2.serialize(rule.content))
        for rule in parsed
        if rule.type == "qualified-rule"
        for selector in tinycss2.serialize(rule.prelude).split(",")
    ]


def _content(declarations: str) -> str:
    """The text that is put behind an element; "" where it is none, or made of something else."""
    parsed: list[Any] = tinycss2.parse_declaration_list(declarations, skip_comments=True, skip_whitespace=True)
    values = [one.value for one in parsed if one.type == "declaration" and one.lower_name == "content"]
    tokens = [one for one in values[-1] if one.type != "whitespace"] if values else []
    return str(tokens[0].value)[:_LONGEST_TEXT] if len(tokens) == 1 and tokens[0].type == "string" else ""


def _selected(page: BeautifulSoup, selector: str) -> list[Tag]:
    try:
        return list(page.select(selector))
    except (SelectorSyntaxError, NotImplementedError):
        # Such as `::before`, which no element is.
        return []


def _specificity(selector: str) -> tuple[int, int, int]:
    """How much a selector says of an element: the one that says most has the last word (CSS Selectors 4, 16)."""
    return (
        selector.count("#"),
        len(re.findall(r"[.\[]|:(?!:)", selector)),
        len(re.findall(r"(?:^|[\s>+~])[a-z]", selector)),
    )
