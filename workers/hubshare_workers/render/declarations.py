"""What the rules of a style sheet declare: with the values of variables in their places, and what is important apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import tinycss2

#: Longer values of variables are none, so that what they are put into stays bounded.
_LONGEST_VALUE = 200
#: Of longer rules the beginning counts: each element that they mean has all of it.
_LONGEST_RULE = 4000
#: As of JupyterLab's light theme, which outputs are made for: see `@jupyterlab/theme-light-extension`.
_OF_JUPYTERLAB = {
    "--jp-content-font-color0": "#000",
    "--jp-content-font-color1": "#212121",
    "--jp-content-font-color2": "#757575",
    "--jp-content-font-color3": "#9e9e9e",
    "--jp-ui-font-color0": "#000",
    "--jp-ui-font-color1": "#212121",
    "--jp-ui-font-color2": "#757575",
    "--jp-ui-font-color3": "#9e9e9e",
    "--jp-layout-color0": "#fff",
    "--jp-layout-color1": "#fff",
    "--jp-layout-color2": "#eee",
    "--jp-layout-color3": "#bdbdbd",
    "--jp-layout-color4": "#757575",
    "--jp-border-color0": "#bdbdbd",
    "--jp-border-color1": "#bdbdbd",
    "--jp-border-color2": "#e0e0e0",
    "--jp-border-color3": "#eee",
    "--jp-rendermime-table-row-background": "#f5f5f5",
}


class Declared(NamedTuple):
    """What a rule declares."""

    usual: str
    important: str


def variables_of(rules: Iterable[Sequence[Any]]) -> Mapping[str, str]:
    """The variables of a sheet. What is said first holds: what follows is for dark pages, and outputs are shown on light ones.

    Args:
        rules: what each of its rules declares.
    """
    known = dict(_OF_JUPYTERLAB)
    for rule in rules:
        for one in _parsed(rule):
            if one.name.startswith("--") and one.name not in known:
                value = _resolved(one.value, known).strip()
                if len(value) <= _LONGEST_VALUE:
                    known[one.name] = value
    return known


def declared(rule: Sequence[Any], known: Mapping[str, str]) -> Declared:
    """What a rule declares.

    Args:
        rule: its content.
        known: variables and their values.
    """
    found: tuple[list[str], list[str]] = ([], [])
    for one in _parsed(rule):
        if not one.name.startswith("--"):
            found[one.important].append(f"{one.lower_name}:{_resolved(one.value, known)}")
    return Declared(";".join(found[False])[:_LONGEST_RULE], ";".join(found[True])[:_LONGEST_RULE])


def _parsed(rule: Sequence[Any]) -> list[Any]:
    parsed = tinycss2.parse_declaration_list(list(rule), skip_comments=True, skip_whitespace=True)
    return [one for one in parsed if one.type == "declaration"]


def _resolved(tokens: Sequence[Any], known: Mapping[str, str]) -> str:
    """Tokens as text, with the values of variables, or what is said in place of unknown ones."""
    parts = []
    for token in tokens:
        if token.type != "function":
            parts.append(token.serialize())
        elif token.lower_name != "var":
            parts.append(f"{token.name}({_resolved(token.arguments, known)})")
        else:
            parts.append(_value(token.arguments, known))
    return "".join(parts)


def _value(arguments: Sequence[Any], known: Mapping[str, str]) -> str:
    name = next((one.value for one in arguments if one.type == "ident"), "")
    if name in known:
        return known[name]
    comma = next((place for place, one in enumerate(arguments) if one.type == "literal" and one.value == ","), None)
    return "" if comma is None else _resolved(arguments[comma + 1 :], known).strip()
