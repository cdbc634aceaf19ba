"""Where everything has its page. Names of people and files may hold anything, so addresses are made here alone."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, unquote, urlencode


class Addresses:
    """Paths on the Hub's origin, quoted.

    Args:
        prefix: of the service, with a slash at both ends.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __call__(self, *parts: str | int, **query: str | int | None) -> str:
        """The address below the prefix that these parts make; a query value None is left out."""
        path = self.prefix + "/".join([_quoted(str(part)) for part in parts])
        given = {name: value for name, value in query.items() if value is not None}
        return f"{path}?{urlencode(given)}" if given else path

    def project(self, full: str, *parts: str | int, **query: str | int | None) -> str:
        """A page of a project.

        Args:
            full: owner/name.
            parts: which page; none is its first one.
        """
        return self("projects", *full.split("/"), *parts, **query)

    def file(self, full: str, version: str | int, path: str = "", view: str = "files") -> str:
        """A file or folder of a project.

        Args:
            version: a number for a link that always shows the same, `latest` for what is newest.
            path: "" for the top folder.
            view: `files`, `raw` or `live`.
        """
        named = f"v{version}" if isinstance(version, int) else version
        return f"{self.project(full, view, named)}/{quote(path)}"

    @property
    def diagrams(self) -> str:
        """Where the frame is that draws diagrams."""
        return self("static", "draw", "diagrams")

    def api(self, full: str, *parts: str | int, **query: str | int | None) -> str:
        """An address of the API about a project."""
        return self("api", "v1", "projects", *full.split("/"), *parts, **query)

    def is_ours(self, address: str) -> bool:
        """Whether an address that came with a request leads to a page of ours, and so may be followed."""
        plain = address.isascii() and address.isprintable() and not set(address) & set("\\ ")
        path = unquote(address.partition("?")[0].partition("#")[0])
        return plain and path.startswith(self.prefix) and not {".", ".."} & set(path.split("/"))


@lru_cache(maxsize=4096)
def _quoted(part: str) -> str:
    """A part of a path; a page names the same few again and again."""
    return quote(part, safe="")
