"""Emoji for their names, as in `:rocket:`, with the names that GitHub has for them."""

from __future__ import annotations

import re

import emoji

from hubshare_workers.render.formulas import parts_of

#: Not within words, as in `x[1:on:2]`.
_NAME = re.compile(r"(?<!\w):[a-z0-9_+-]{1,60}:(?!\w)")


def in_text(text: str) -> str:
    """A text with emoji for their names; what is no such name stays."""
    return _NAME.sub(lambda name: emoji.emojize(name[0], language="alias"), text)


def in_html(html: str) -> str:
    """HTML with emoji in its text, but for code."""
    return "".join(in_text(part) if is_text else part for part, is_text in parts_of(html))


# The names are read at the first use: no rendering opens a file.
in_text(":rocket:")
