"""What the rules of a style sheet declare: with the values of variables in their places, and what is important apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import tinycss2

from hubshare_workers.render import dark_pages

#: Longer values of variables are none, so that what they are put into stays bounded.
_LONGEST_VALUE = 200
#: Of longer rules the beginning counts: each element that they mean has all of it.
_LONGEST_RULE = 4000
#: As of JupyterLab's themes, which outputs are made for, light and dark: see `@jupyterlab/theme-light-extension`.
#: What is behind a text is of our own dark pages.
_OF_JUPYTERLAB = {
    "--jp-content-font-color0": ("#000", "#fff"),
    "--jp-content-font-color1": ("#212121", "#fff"),
    "--jp-content-font-color2": ("#757575", "#bcbdbe"),
    "--jp-content-font-color3": ("#9e9e9e", "#909294"),
    "--jp-ui-font-color0": ("#000", "#fff"),
    "--jp-ui-font-color1": ("#212121", "#fff"),
    "--jp-ui-font-color2": ("#757575", "#bcbdbe"),
    "--jp-ui-font-color3": ("#9e9e9e", "#909294"),
    "--jp-layout-color0": ("#fff", "#212529"),
    "--jp-layout-color1": ("#fff", "#212529"),
    "--jp-layout-color2": ("#eee", "#2b3035"),
    "--jp-layout-color3": ("#bdbdbd", "#495057"),
    "--jp-layout-color4": ("#757575", "#6c757d"),
    "--jp-border-color0": ("#bdbdbd", "#6c757d"),
    "--jp-border-color1": ("#bdbdbd", "#6c757d"),
    "--jp-border-color2": ("#e0e0e0", "#495057"),
    "--jp-border-color3": ("#eee", "#343a40"),
    "--jp-rendermime-table-row-background": ("#f5f5f5", "#2b3035"),
}


class Declared(NamedTuple):
    """What a rule declares."""

    usual: str
    important: str


def variables_of(rules: Iterable[Sequence[Any]], dark: Iterable[Sequence[Any]]) -> Mapping[str, str]:
    """The variables of a sheet, with what they are on light and on dark pages where these are two colours.

    Args:
        rules: what each of its rules declares. What is said first holds.
        dark: what those declare that are for dark pages.
    """
    of_light = {name: light for name, (light, _) in _OF_JUPYTERLAB.items()}
    of_dark = {name: other for name, (_, other) in _OF_JUPYTERLAB.items()}
    declarations = [_parsed(rule) for rule in rules]
    _add(declarations, of_light)
    _add([*map(_parsed, dark), *declarations], of_dark)
    return {name: dark_pages.both(value, of_dark.get(name, value)) for name, value in of_light.items()}


def _add(rules: Iterable[Sequence[Any]], known: dict[str, str]) -> None:
    for rule in rules:
        for one in rule:
            if one.name.startswith("--") and one.name not in known:
                value = _resolved(one.value, known).strip()
                if len(value) <= _LONGEST_VALUE:
                    known[one.name] = value


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
