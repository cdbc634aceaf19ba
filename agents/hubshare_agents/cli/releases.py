"""Versions with a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare.errors import Invalid
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import ReleaseList

commands = Commands()


@commands.asking(
    "release",
    click.argument("project", metavar="[OWNER/NAME]", required=False),
    click.argument("name", metavar="[RELEASE]", required=False),
    click.option("--version", metavar="V", help="A version from `hubshare log`; the newest one otherwise."),
    click.option("--notes", metavar="TEXT", help="What people should know of it."),
    click.option("--pin", is_flag=True, help="Show readers this one first, while work goes on."),
    click.option("--unpin", is_flag=True, help="Show readers the newest version again."),
    click.option("--delete", is_flag=True, help="Take the name away; the version stays."),
)
def release(
    project: str | None,
    name: str | None,
    version: str | None,
    notes: str | None,
    pin: bool,
    unpin: bool,
    delete: bool,
) -> Request[ReleaseList]:
    """Give a version the name RELEASE, or show which ones have one.

    With the name of a release that there is, do what an option says.
    """
    if name is None and project is not None and "/" not in project:
        # No release has a slash in its name, and every project has.
        project, name = None, project
    acts = [word for word, wanted in {"pin": pin, "unpin": unpin, "delete": delete}.items() if wanted]
    if len(acts) > 1 or (acts and (version is not None or notes is not None)):
        raise Invalid("Only one thing can be done at a time: make a release, or give one option of what to do with it.")
    if name is None:
        if acts or version is not None or notes is not None:
            raise Invalid("Say which release by its name: `hubshare release` shows them.")
        return Request("releases", {"project": project}, listed)
    args = {"project": project, "name": name}
    if acts:
        return Request("release-act", {**args, "act": acts[0]}, listed)
    return Request("release-add", {**args, "version": version, "notes": notes}, listed)


def listed(answer: ReleaseList) -> Iterator[str]:
    if not answer["releases"]:
        project = answer["project"]
        yield f"{project} has no releases: `hubshare release {project} NAME` gives its newest version a name."
    for one in answer["releases"]:
        pinned = "  ← readers see it first" if one["pinned"] else ""
        yield f"v{one['version']:<5} {minute(one['created'])}  {one['creator']}: {printable(one['name'])}{pinned}"
        yield from (f"        {printable(line)}" for line in one["notes"].splitlines())
