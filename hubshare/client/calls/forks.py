"""Calls of forks and what they take of their origins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Literal

from hubshare.client.call import Call, Download, Progress, nothing, one, project_path
from hubshare.client.calls.verbs import create, get, given, silent
from hubshare.vocabulary import VisibilityName
from hubshare.wire import api as r


def fork_project(
    project: str,
    name: str | None = None,
    visibility: VisibilityName = "private",
    *,
    owner: str | None = None,
    description: str = "",
) -> Call[r.Project]:
    """Begin a project of your own with the files of another one; a large one is still being copied while its version is 0.

    Args:
        project: the origin.
        name: the origin's if not given.
        owner: a team that you are in; you yourself if not given.
    """
    body = given(name=name, owner=owner, visibility=visibility, description=description)
    return create(project_path(project, "forks"), r.Project, body)


def origin(project: str) -> Call[r.Origin]:
    """Where a project stands to the one that it was begun from, as far as you may know of that."""
    return get(project_path(project, "origin"), r.Origin)


def origin_entry(project: str, path: str) -> Call[r.Entry]:
    """What the origin of a project has at a path now."""
    return get(project_path(project, "origin", "entry"), r.Entry, path=path)


def download_origin_file(project: str, path: str, target: BinaryIO, progress: Progress = silent) -> Download:
    """Fetch a file's content as the origin of a project has it now, piece by piece."""
    call = Call("GET", project_path(project, "origin", "file"), nothing, {"path": path}, repeat=True)
    return Download(call, target, progress)


def plan_origin(project: str) -> Call[r.OriginPlan]:
    """What a pull from the origin would do now."""
    return get(project_path(project, "origin", "plan"), r.OriginPlan)


def pull_origin(
    project: str,
    version: int,
    base: int,
    ours: Sequence[str] = (),
    theirs: Sequence[str] = (),
    rest: Literal["ask", "ours", "theirs"] = "ask",
    confirmed: bool = False,
) -> Call[r.Settled]:
    """Take what is new at the origin, as one version.

    Args:
        version, base: of the plan.
        ours, theirs: paths in conflict that stay as they are here, or become as at the origin.
        rest: the other conflicts: left open, or one side for all.
        confirmed: that many files may be deleted by it.
    """
    body = given(version=version, base=base, ours=list(ours), theirs=list(theirs), rest=rest, confirmed=confirmed)
    return Call("POST", project_path(project, "origin", "pull"), one(r.Settled), body=body)
