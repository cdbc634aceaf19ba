"""Projects that come from the internet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import click

from hubshare.errors import Invalid
from hubshare.vocabulary import FollowName
from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import count, place, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Import, Imported

commands = Commands()
_FOLLOWS = {
    "manual": "what is new there is taken when you say so",
    "hourly": "what is new there is taken every hour",
    "daily": "what is new there is taken every day",
}
_LEFT_OUT_MOST = 20

follow = click.option(
    "--follow", type=click.Choice(get_args(FollowName)), help="How often what is new there is taken by itself."
)
login = click.option(
    "--login",
    metavar="USER",
    help="Where the source is private: ask for a password or token, or read it from standard input.",
)


def is_link(text: str) -> bool:
    """Return whether what stands where a project is named is a link from the internet."""
    low = text.lower()
    return "://" in text or low.startswith(("doi:", "git@", "www.")) or (low.startswith("10.") and "/" in low)


def ask_secret(user: str | None) -> dict[str, Any]:
    """Have the person type what the source is asked with; it is no argument, since others may see those.

    Raises:
        Invalid: when nothing was given.
    """
    if user is None:
        return {}
    if sys.stdin.isatty():
        secret = click.prompt("Password or token", hide_input=True, err=True, default="", show_default=False)
    else:
        secret = sys.stdin.readline()
    if not secret.strip():
        raise Invalid("No password or token was given: nothing was done.")
    return {"user": user, "secret": secret.strip()}


def imported(answer: Imported) -> Iterator[str]:
    files = count(len(answer["written"]), "file")
    label, address = printable(answer["label"]), printable(answer["address"])
    yield f"Fetched {address}." if label == address else f"Fetched {label} of {address}."
    yield f"It is the project {answer['project']}, checked out into {place(answer['folder'])} ({files})."
    yield from words.conflicts(answer["conflicts"])
    yield from _left_out(answer["left_out"])
    if answer["follow"] == "manual":
        yield f"`hubshare origin {answer['project']}` says what is new there."
    else:
        yield f"From now on {_FOLLOWS[answer['follow']]}."


def _left_out(paths: list[str]) -> Iterator[str]:
    if paths:
        yield "Left out, since a project cannot hold it:"
        yield from (f"  {printable(one)}" for one in paths[:_LEFT_OUT_MOST])
        if len(paths) > _LEFT_OUT_MOST:
            yield f"  and {len(paths) - _LEFT_OUT_MOST} more"


@commands.asking(
    "source",
    parameters.project_or_here,
    follow,
    click.option(
        "--branch", help='Branch, tag or commit that is taken from now on; "" for what the repository shows first.'
    ),
    click.option(
        "--history/--no-history", default=None, help="Whether the history of the repository is kept from now on."
    ),
    login,
    click.option("--forget-login", is_flag=True, help="Forget the password or token that is kept."),
    click.option("--cancel", is_flag=True, help="Stop a fetch that is under way."),
)
def source(
    project: str | None,
    follow: str | None,
    branch: str | None,
    history: bool | None,
    login: str | None,
    forget_login: bool,
    cancel: bool,
) -> Request[Import]:
    """Show how a project comes from the internet, or change how it follows its source, and which branch of it."""
    if cancel:
        return Request("import-cancel", {"project": project}, status)
    changes = ask_secret(login) or ({"secret": ""} if forget_login else {})
    given = {"follow": follow, "branch": branch, "history": history}
    changes |= {name: value for name, value in given.items() if value is not None}
    if not changes:
        return Request("import-status", {"project": project}, status)
    return Request("import-change", {"project": project, **changes}, status)


def status(answer: Import) -> Iterator[str]:
    branch = f", {printable(answer['branch'])}" if answer["branch"] else ""
    yield f"{answer['project']} comes from {printable(answer['address'])}{branch}; {_FOLLOWS[answer['follow']]}."
    if answer["history"] and not any(line.startswith("(history)") for line in answer["left_out"]):
        yield "Its history is kept."
    if answer["label"]:
        yield f"Fetched last: {printable(answer['label'])}."
    state = answer["state"]
    if state in ("queued", "running"):
        part = f", {answer['done'] * 100 // answer['total']} %" if answer["total"] else ""
        yield f"It is being fetched now: {printable(answer['stage']) or 'it waits for its turn'}{part}."
    elif state == "failed":
        yield f"The last fetch failed: {printable(answer['message'])}"
    elif state == "cancelled":
        yield "The last fetch was cancelled."
    elif answer["message"]:
        yield printable(answer["message"])
    if answer["has_secret"]:
        yield "A password or token is kept for it."
    yield from _left_out(answer["left_out"])
    if answer["log"]:
        yield "What was done last:"
        yield from (f"  {words.minute(line['time'])}  {printable(line['text'])}" for line in answer["log"][-5:])
