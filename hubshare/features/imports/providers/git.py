"""Git repositories and gists: a branch, a tag or a commit of them, or a folder or file in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from hubshare.errors import NotFound
from hubshare.features.imports.providers.interface import Destination, Fetch, Version
from hubshare.features.imports.sources import Gist, Git, Link, address_of
from hubshare.names import quoted

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")


class NoSuchRef(NotFound):
    """What is wanted of a repository is not there, or not any more."""


class Place(NamedTuple):
    """What is wanted of a repository.

    Attributes:
        ref: name of the branch, tag or other ref, in full; "" for a commit.
        commit: its id.
        path: behind it.
    """

    ref: str
    commit: str
    path: str


def find_place(refs: Mapping[str, str], wanted: str, behind: str = "") -> Place:
    """Decide where in `wanted/behind` the name of a ref ends: the longest that the repository has is meant.

    Args:
        refs: of the repository: name to commit.
        wanted: branch, tag, commit or the beginning of one; "" for what the repository shows first.
        behind: what may belong to the name, or be a path.

    Raises:
        NotFound: when there is none of them.
    """
    if not wanted:
        head = refs.get("HEAD@") or "HEAD"
        if head not in refs:
            raise NotFound("The repository has no default branch: name one.")
        return Place(head, refs[head], behind)
    parts = [wanted, *behind.split("/")] if behind else [wanted]
    for end in range(len(parts), 0, -1):
        name, rest = "/".join(parts[:end]), "/".join(parts[end:])
        for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}"):
            if ref in refs and ref != "HEAD@":
                return Place(ref, refs[ref], rest)
    if _COMMIT.fullmatch(wanted):
        return Place("", wanted, behind)
    if _SHORT.fullmatch(wanted):
        meant = sorted({commit for commit in refs.values() if commit.startswith(wanted)})
        if len(meant) == 1:
            return Place("", meant[0], behind)
        raise NotFound(f"No branch or tag stands at {wanted}: write all 40 digits of the commit.")
    head = refs.get("HEAD@", "").removeprefix("refs/heads/")
    instead = f" What it shows first is the branch {quoted(head)}." if head else ""
    raise NoSuchRef(f"The repository has no branch, tag or commit {quoted(wanted)}.{instead}")


class GitProvider:
    """Git repositories and gists."""

    name = "git"

    def accepts(self, link: Link) -> bool:
        """Return whether this is a repository or a gist."""
        return isinstance(link.source, Git | Gist)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return the commit that a link stands for now."""
        url, place = self._place(link, fetch)
        name = re.sub(r"^refs/(heads|tags)/", "", place.ref)
        short = place.commit[:7]
        return Version(f"commit:{place.commit}", f"{name} at {short}" if name else short, url)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch a commit, or what lies at a path of it."""
        url, place = self._place(link, fetch)
        path = "/".join(part for part in (place.path, link.folder) if part)
        anchor = link.source.anchor if isinstance(link.source, Gist) else ""
        into.git(url, version.id.removeprefix("commit:"), place.ref, path, anchor)

    @staticmethod
    def _place(link: Link, fetch: Fetch) -> tuple[str, Place]:
        source = link.source
        assert isinstance(source, Git | Gist)
        url = address_of(source)
        behind = source.path_after_ref if isinstance(source, Git) else ""
        place = find_place(fetch.refs(url, source.ref), source.ref, behind)
        return url, place._replace(path=source.file) if isinstance(source, Gist) else place
