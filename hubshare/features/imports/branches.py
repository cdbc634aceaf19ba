"""Another branch of the same repository: what a project takes from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hubshare.errors import Invalid
from hubshare.features.imports.addresses import check_ref
from hubshare.features.imports.sources import Git, Link


def branch_of(link: Link, fetched: Sequence[str]) -> str | None:
    """Return the branch, tag or commit that a link asks for; "" for what the repository shows first, None for other sources.

    Args:
        fetched: the version that was fetched last, if any: where only the repository knew where the name of the branch ends,
            the version's label has it.
    """
    if not isinstance(link.source, Git):
        return None
    ref, behind = link.source.ref, link.source.path_after_ref
    named = fetched[1].rpartition(" at ")[0] if behind and fetched else ""
    return named if named and f"{ref}/{behind}/".startswith(f"{named}/") else ref


def on_branch(link: Link, branch: str, fetched: Sequence[str]) -> Link:
    """Return a link to the same place on another branch.

    Args:
        branch: a branch, a tag or a commit; "" for what the repository shows first.
        fetched: see `branch_of`.

    Raises:
        Invalid: when there is no such thing at the source.
    """
    before = branch_of(link, fetched)
    if before is None or not isinstance(link.source, Git):
        raise Invalid("The source is no git repository: it has no branches.")
    behind = f"{link.source.ref}/{link.source.path_after_ref}".removeprefix(before).split("/")
    folder = "/".join(part for part in (*behind, *link.folder.split("/")) if part)
    return replace(link, source=Git(link.source.url, check_ref(branch) if branch else ""), folder=folder)
