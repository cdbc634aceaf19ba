"""What a job is about, in words for admins: short, and without what is secret."""

from __future__ import annotations

import json
import re
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

#: Most characters of one value, and values of one job.
_VALUE, _VALUES = 120, 30
#: Names of what nobody sees. Of addresses just the host and the path: the rest may open something.
_SECRET = re.compile(r"secret|password|passwd|token|credential|authorization|cookie|signature|key$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*@|[?#]\S*")
HIDDEN = "(hidden)"


def describe(payload: Any) -> str:
    """Return what a job is about as JSON: names to values, cut short, with secrets hidden by their names.

    Args:
        payload: a named tuple, or a dataclass of plain values.
    """
    # The values of a dataclass may be megabytes: they are not copied.
    names = payload.__dataclass_fields__ if is_dataclass(payload) else payload._fields
    return json.dumps({name: _shown(name, getattr(payload, name)) for name in [*names][:_VALUES]})


@lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def _shown(name: str, value: Any) -> str:
    if _is_secret(name):
        return HIDDEN if value else ""
    if isinstance(value, str | bytes):
        text = value[: 4 * _VALUE] if isinstance(value, str) else f"{len(value)} bytes"
    elif isinstance(value, list | tuple | dict | set):
        return f"{len(value)} entries"
    else:
        text = str(value)
    text = _IN_ADDRESS.sub("", text) if "://" in text else text
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"
