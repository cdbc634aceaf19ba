"""The first five minutes of the documents, as they are read: what is clicked and what is said, in their order."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-five-minutes.md"


class Tutorial:
    """Hands out what the numbered steps tell to click (bold), to type or choose (backquoted), and to see (italic).

    Whoever plays them asks for each by its words, in the order of the page; so neither can be changed without the other.
    """

    def __init__(self) -> None:
        steps = re.findall(r"^\d+\. .+(?:\n   .+)*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        text = " ".join(" ".join(step.split()) for step in steps)
        self._left = [next(filter(None, found)) for found in re.findall(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`", text)]

    def says(self, words: str) -> str:
        """What comes next; it has to be these words."""
        assert self._left, f"the page ends before {words!r}"
        found = self._left.pop(0)
        assert found == words, f"the page says {found!r}, and {words!r} is played"
        return found

    def is_over(self) -> None:
        """Fail for what has not been played."""
        assert not self._left, f"not played: {self._left}"
