"""The one error of renderers."""

from __future__ import annotations


class Unrenderable(Exception):
    """The content is not what its kind says, or too much of it. An answer, kept for a while, not a mishap.

    Args:
        code: stable, see `hubshare.rendering.results.failure`.
        message: for the person who looks at the file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TooDear(Exception):
    """To show a piece of HTML takes too long; what it says is for the page."""
