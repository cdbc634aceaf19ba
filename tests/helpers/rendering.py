"""Notebooks cell by cell, and what a renderer makes of an input."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from html import unescape
from re import sub
from typing import Any

from hubshare_workers.render.kinds import RENDERERS
from hubshare_workers.render.notebook_layout import Buffer

from hubshare.rendering.kinds import PIECE_BY_PIECE, Kind
from hubshare.rendering.results import RenderResult


def show(kind: Kind, *inputs: bytes | str, **options: Any) -> RenderResult:
    given = [one.encode() if isinstance(one, str) else one for one in inputs]
    buffers = [_mapped(one) if kind in PIECE_BY_PIECE else one for one in given]
    return RENDERERS[kind](buffers, options)


def _mapped(data: bytes) -> Buffer:
    """As a worker hands over what is read piece by piece: nothing cannot be mapped into memory."""
    if not data:
        return data
    made = mmap.mmap(-1, len(data))
    made.write(data)
    made.seek(0)
    return made


def words(html: str) -> str:
    """The text of a fragment."""
    return " ".join(unescape(sub(r"<[^>]*>", " ", html)).split())


def cell(source: str, *outputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    made = {"cell_type": "code", "metadata": {}, "execution_count": 3, "source": source, "outputs": list(outputs)}
    return made | more


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def notebook(*cells: Mapping[str, Any], **metadata: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}).encode()


def display(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {name.replace("__", "/"): data[name] for name in data},
    }


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}
