"""Repositories on the internet that a project is pushed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import click

from hubshare.errors import Invalid
from hubshare.vocabulary import PushOnName
from hubshare_agents.cli import imports, words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Mirror, MirrorList

commands = Commands()
_WHEN = {"version": "on each version", "release": "on each release", "manual": "when somebody says so"}
_GIVES_AWAY = (
    "All versions that the project ever had go there, also files that were deleted since, with who made them, when and why: "
    "whoever may read the repository reads all of it, and it cannot be taken back."
)
_LOG = 3


@commands.asking(
    "mirror",
    click.argument("project", metavar="[OWNER/NAME]", required=False),
    click.argument("url", metavar="[URL]", required=False),
    click.option("--branch", metavar="NAME", help="That the versions go to; `main` for a new one."),
    click.option("--on", "push_on", type=click.Choice(get_args(PushOnName)), help="When it is pushed to."),
    click.option("--login", metavar="USER", help="Ask for a password or token, or read it from standard input."),
    click.option("--forget-login", is_flag=True, help="Forget the password or token that is kept."),
    click.option("--push", is_flag=True, help="Push now."),
    click.option("--overwrite", metavar="COMMIT", help="Push now, over this commit there, which is given up."),
    click.option("--pause", is_flag=True, help="Stop for a while."),
    click.option("--resume", is_flag=True, help="Go on, also where it was given up."),
    click.option("--delete", is_flag=True, help="Push there no more; what it has stays there."),
)
def mirror(
    project: str | None,
    url: str | None,
    branch: str | None,
    push_on: str | None,
    login: str | None,
    forget_login: bool,
    push: bool,
    overwrite: str | None,
    pause: bool,
    resume: bool,
    delete: bool,
) -> Request[MirrorList]:
    """Push a project to the git repository at URL from now on, or show to which ones it is pushed.

    With a URL that it is pushed to already, change how, or do what an option says.
    """
    if url is None and project is not None and "://" in project:
        project, url = None, project
    given = {"push": push or overwrite is not None, "pause": pause, "resume": resume, "delete": delete}
    acts = [name for name, wanted in given.items() if wanted]
    changes = push_on or login or forget_login
    if len(acts) > 1 or (acts and changes):
        raise Invalid("Only one thing can be done at a time: give one option of what to do, or what to change.")
    if url is None:
        if acts or changes or branch:
            raise Invalid("Say which mirror by its URL: `hubshare mirror` shows them.")
        return Request("mirrors", {"project": project}, listed)
    args = {"project": project, "url": url, "branch": branch}
    if acts:
        return Request("mirror-act", {**args, "act": acts[0], "overwrites": overwrite or ""}, listed)
    click.echo(_GIVES_AWAY, err=True)
    secret = imports.ask_secret(login) or ({"secret": ""} if forget_login else {})
    return Request("mirror-set", {**args, "push_on": push_on, **secret}, listed)


def listed(answer: MirrorList) -> Iterator[str]:
    if not answer["mirrors"]:
        yield f"{answer['project']} is pushed to no other place: `hubshare mirror {answer['project']} URL` has it be."
    for one in answer["mirrors"]:
        yield from _shown(answer["project"], one)


def _shown(project: str, one: Mirror) -> Iterator[str]:
    url = printable(one["url"])
    has = "no version yet" if one["version"] is None else f"version {one['version']}"
    yield f"{url}, branch {printable(one['branch'])}, {_WHEN[one['push_on']]}: {has}."
    if one["disabled"]:
        yield f"  It was given up. {printable(one['reason'])} `hubshare mirror {project} {url} --resume` has it go on."
    elif one["paused"]:
        yield "  It is paused."
    elif one["message"]:
        yield f"  Not taken: {printable(one['message'])}"
        if one["in_the_way"]:
            yield f"  `hubshare mirror {project} {url} --overwrite {one['in_the_way'][:10]}` gives up what is there."
        if one["due"] and one["behind"]:
            yield f"  It is tried again at {words.minute(one['due'])}."
    elif one["behind"]:
        yield "  It is pushed to in a moment."
    if one["said"]:
        yield "  The other host says:"
        yield from (f"    {printable(line)}" for line in one["said"].split("\n"))
    for line in one["log"][-_LOG:]:
        yield f"  {words.minute(line['time'])}  {printable(line['text'])}"
