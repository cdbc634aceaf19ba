"""Pushing, pulling, and how a checkout is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request, absolute
from hubshare_agents.cli.words import count, place, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import CheckoutStatus, Mode, Planned, Pulled, Pushed, Reason, Stopped, Synced

commands = Commands()

#: So much of each kind that a dry run tells is asked for at a time.
_A_PAGE = 5000

_dry_run = click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
_message = click.option("-m", "--message", default="", help="Say what the version is about.")
_confirm = click.option("--confirm", is_flag=True, help="Go on although many files are deleted.")


@commands.asking("status", parameters.folder)
def status(folder: str) -> Request[CheckoutStatus]:
    """Say what there is to push, to pull and to settle."""
    return Request("status", {"folder": absolute(folder)}, checkout_status)


def checkout_status(answer: CheckoutStatus) -> Iterator[str]:
    lost = answer["lost"]
    role = "no access" if lost else f"you are {answer['role']}"
    yield (
        f"{answer['project']} version {answer['version']} in {place(answer['folder'])}: {answer['mode']}, "
        f"{role}, {count(answer['files'], 'file')}."
    )
    if lost:
        yield lost
    yield from answer.get("remarks", ())
    faults = {"Paused": answer["paused"], "Offline": answer["offline"], "Unwatched": answer["unwatched"]}
    for title, fault in faults.items():
        if fault and fault != lost:
            yield f"{title}: {fault}"
    busy = answer.get("busy")
    if busy:
        yield f"Busy: {busy}; `hubshare cancel` stops it. What follows is as it was seen last."
    if answer.get("pushing"):
        waiting = answer.get("waiting")
        yield f"A push is under way: {printable(waiting)}." if waiting else "A push is under way."
    if answer["refused"] and answer["refused"]["message"] != answer["paused"]:
        yield f"The last push was refused: {answer['refused']['message']}"
    if answer["outgoing"]:
        what = "kept here, since you are reader" if answer["role"] == "reader" else "to push"
        yield f"{count(len(answer['outgoing']), 'edit')} {what}:"
        yield from words.changes(answer["outgoing"])
    if answer["incoming"]:
        yield f"{count(len(answer['incoming']), 'change')} to pull:"
        yield from words.changes(answer["incoming"])
    yield from words.conflicts({item["path"]: item["kind"] for item in answer["conflicts"]})
    yield from words.reasons(answer["held"], "Left alone:")
    yield from words.reasons(answer["unshared"], "Not shared:")
    for first, second in answer["twins"][: words.MOST]:
        yield (
            f"Careful: {printable(first)} and {printable(second)} are one file on a Mac or on Windows; "
            "rename one of them."
        )
    yield from words.reasons(answer.get("foreign") or {}, "Careful, not every system can hold these names:")
    apart = answer["outgoing"] or answer["incoming"] or answer["conflicts"]
    if not (apart or lost or answer["paused"] or answer["offline"] or busy or answer.get("pushing")):
        yield "Everything else is in sync." if answer["held"] else "Everything is in sync."


@commands.asking("push", parameters.paths, _dry_run, _confirm, _message)
def push(paths: tuple[str, ...], dry_run: bool, confirm: bool, message: str) -> Request[Pushed] | Request[Planned]:
    """Publish the edits of the checkout around, or those at each PATH alone."""
    args = {**parameters.with_paths(paths), "confirm": confirm, "message": message}
    return _dry_run_of("push", args, None) if dry_run else Request("push", args, partial(pushed, some=bool(paths)))


def pushed(answer: Pushed, some: bool = False) -> Iterator[str]:
    if answer["status"] == "nothing":
        yield f"Nothing to push to {answer['project']}."
        if some:
            yield "Whether a file is shared, and why not, says `hubshare why PATH`."
    elif not answer["pushed"] and answer["conflicts"]:
        where = f"{answer['project']}, which is at version {answer['version']}"
        yield f"Nothing was published in {where}: all of it is in conflict."
    else:
        yield f"Pushed {count(answer['pushed'], 'file')} to {answer['project']}; it is at version {answer['version']}."
    yield from words.conflicts(answer["conflicts"])
    yield from words.reasons(answer.get("foreign") or {}, "Careful, not every system can hold these names:")


@commands.asking("pull", parameters.paths, _dry_run, _confirm)
def pull(paths: tuple[str, ...], dry_run: bool, confirm: bool) -> Request[Pulled] | Request[Planned]:
    """Bring what others published into the checkout around, or what of it lies at each PATH alone."""
    args = {**parameters.with_paths(paths), "confirm": confirm}
    return _dry_run_of("pull", args, None) if dry_run else Request("pull", args, pulled)


def pulled(answer: Pulled) -> Iterator[str]:
    waiting = answer.get("waiting", 0)
    more = f" {count(waiting, 'other change')} to pull." if waiting else ""
    yield _brought(answer) + more
    yield from words.conflicts(answer["conflicts"])
    yield from words.reasons(answer["held"], "Left alone:")


def _brought(answer: Pulled | Synced) -> str:
    written, deleted = len(answer["written"]), len(answer["deleted"])
    if written or deleted:
        return f"Pulled {answer['project']} version {answer['version']}: {written:,} written, {deleted:,} deleted."
    return f"Up to date with {answer['project']} version {answer['version']}."


def _dry_run_of(command: str, args: Mapping[str, object], after: str | None) -> Request[Planned]:
    """Ask for a page of what a command would do."""

    def following(answer: Planned) -> Request[Planned] | None:
        return _dry_run_of(command, args, answer["next"]) if answer.get("next") else None

    asked = {**args, "dry_run": True, "after": after, "limit": _A_PAGE}
    return Request(command, asked, planned, page=following, join=_join)


def _join(whole: Planned, page: Planned) -> None:
    # What is behind the end of a page may be told on it already.
    last = whole["plan"][-1]["path"] if whole["plan"] else ""
    whole["plan"] += [step for step in page["plan"] if step["path"] > last]
    whole["conflicts"] |= page["conflicts"]
    whole["held"] |= page["held"]
    whole.pop("next", None)


def planned(answer: Planned) -> Iterator[str]:
    steps, counts = answer["plan"], answer["counts"]
    kinds = {kind: counts[kind] for kind in ("add", "edit", "delete") if counts[kind]}
    if not kinds:
        yield f"{answer['project']}: there is nothing to do."
    else:
        parts = [f"{number:,} to {kind}" for kind, number in kinds.items()]
        yield f"{answer['project']}: {', '.join(parts)}. Nothing was changed."
    yield from words.changes(steps, sum(kinds.values()))
    yield from words.conflicts(answer["conflicts"], counts["conflicts"])
    yield from words.reasons(answer["held"], "Left alone:", counts["held"])


@commands.asking("sync", parameters.folder, _confirm)
def sync(folder: str, confirm: bool) -> Request[Synced]:
    """Pull, then push."""
    return Request("sync", {"folder": absolute(folder), "confirm": confirm}, synced)


def synced(answer: Synced) -> Iterator[str]:
    yield _brought(answer)
    yield from words.reasons(answer["held"], "Left alone:")
    yield from pushed(answer)


@commands.asking("cancel", parameters.folder)
def cancel(folder: str) -> Request[Stopped]:
    """Stop what is under way in FOLDER; what was sent to the Hub already goes on."""
    return Request("cancel", {"folder": absolute(folder)}, stopped)


def stopped(answer: Stopped) -> Iterator[str]:
    if not answer["stopped"]:
        yield f"Nothing is under way in {place(answer['folder'])}."
    for command in answer["stopped"]:
        if command in answer["going_on"]:
            yield f"`hubshare {command}` ends as soon as it can."
        elif command == "auto":
            yield "Stopped syncing by itself: `hubshare auto on` goes on with it."
        else:
            yield f"Stopped `hubshare {command}`."


@commands.asking("auto", click.argument("switch", type=click.Choice(["on", "off"])), parameters.folder)
def auto(switch: str, folder: str) -> Request[Mode]:
    """Push and pull by itself, or not."""
    return Request("auto", {"folder": absolute(folder), "on": switch == "on"}, mode)


def mode(answer: Mode) -> Iterator[str]:
    how = (
        "syncs by itself" if answer["mode"] == "auto" else "is synced by hand, with `hubshare push` and `hubshare pull`"
    )
    yield f"{place(answer['folder'])} now {how}."


@commands.asking("why", click.argument("path", type=click.Path()))
def why(path: str) -> Request[Reason]:
    """Say whether and why PATH is or is not shared."""
    return Request("why", {"path": path}, reason)


def reason(answer: Reason) -> Iterator[str]:
    yield f"{printable(answer['path'])} is {'shared' if answer['shared'] else 'not shared'}: {answer['why']}."
    if answer["renamed"]:
        yield f"The project has it as {printable(answer['renamed'])} now."
