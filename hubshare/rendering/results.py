"""What came of a request for a rendering."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RenderResult:
    """What came of a request.

    Args:
        meta: facts for the page, by kind; `error` (`code` and `message`) when there is no HTML.
        html: the fragment, or for `Kind.LIVE` the document.
    """

    meta: dict[str, Any]
    html: str = ""

    @property
    def error(self) -> str | None:
        """Why there is nothing to show, in a sentence."""
        found = self.meta.get("error")
        return found["message"] if found else None

    def encode(self) -> bytes:
        """A line of JSON, then the HTML."""
        return json.dumps(self.meta, ensure_ascii=True).encode() + b"\n" + self.html.encode(errors="replace")

    @classmethod
    def decode(cls, data: bytes) -> RenderResult:
        """The result that `encode` wrote.

        Raises:
            ValueError: when it is none.
        """
        line, _, text = data.partition(b"\n")
        try:
            meta = json.loads(line)
        except RecursionError:
            raise ValueError("a result is nested too deeply") from None
        if not isinstance(meta, dict):
            raise ValueError("a result begins with an object")
        error = meta.get("error", {"code": "", "message": ""})
        if not isinstance(error, dict) or not all(isinstance(error.get(name), str) for name in ("code", "message")):
            raise ValueError("an error has a code and a message")
        return cls(meta, text.decode())


def failure(code: str, message: str) -> RenderResult:
    """A result that says why there is none.

    Args:
        code: stable: `too-large`, `too-long`, `too-much-memory`, `malformed`, `missing`, `broken`.
        message: for the person.
    """
    return RenderResult({"error": {"code": code, "message": message}})
