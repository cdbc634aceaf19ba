"""Answers as a person reads them: lines of plain text. Names are printed with their control characters escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Answer = dict[str, Any]

_MARKS = {"added": "+", "edited": "~", "deleted": "-", "add": "+", "edit": "~", "delete": "-"}
_MOST = 20


def name(text: str) -> str:
    """A file's name that cannot disturb the terminal."""
    return text if text.isprintable() else repr(text)


def count(number: int, what: str, many: str = "") -> str:
    """`1 file`, `2 files`; `many` where the plural is another word."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def subject(text: str) -> str:
    """`team physics` for `team:physics`; a user's name as it is."""
    kind, colon, rest = text.partition(":")
    return f"{kind} {rest}" if colon and kind in ("team", "group") else text


def _steps(steps: list[Answer]) -> Iterator[str]:
    for step in steps[:_MOST]:
        yield f"  {_MARKS[step['change']]} {name(step['path'])}"
    if len(steps) > _MOST:
        yield f"  … and {len(steps) - _MOST:,} more"


def _conflicts(found: dict[str, str]) -> Iterator[str]:
    if not found:
        return
    yield f"{count(len(found), 'conflict')}; your files are untouched. Pick with `hubshare resolve PATH --ours` or `--theirs`:"
    for path, kind in list(found.items())[:_MOST]:
        yield f"  ! {name(path)}: {kind}"


def _reasons(found: dict[str, str], title: str) -> Iterator[str]:
    if found:
        yield title
        for path, reason in list(found.items())[:_MOST]:
            yield f"  · {name(path)}: {reason}"
        if len(found) > _MOST:
            yield f"  … and {len(found) - _MOST:,} more"


def shared(answer: Answer) -> Iterator[str]:
    """After `share`."""
    yield f"Shared {name(answer['folder'])} as {answer['project']} ({count(answer['pushed'], 'file')})."
    for who, role in answer["grants"].items():
        yield f"  {subject(who)} is {role}: `hubshare checkout {answer['project']}`"
    yield from _reasons(answer["unshared"], "Not shared:")


def checked_out(answer: Answer) -> Iterator[str]:
    """After `checkout`."""
    files = count(len(answer["written"]), "file")
    yield f"Checked out {answer['project']} into {name(answer['folder'])} ({files}); you are {answer['role']}."
    yield from _conflicts(answer["conflicts"])


def pushed(answer: Answer) -> Iterator[str]:
    """After `push`."""
    if answer["status"] == "nothing":
        yield f"Nothing to push to {answer['project']}."
    else:
        yield f"Pushed {count(answer['pushed'], 'file')} to {answer['project']}; it is at version {answer['version']}."
    yield from _conflicts(answer["conflicts"])


def pulled(answer: Answer) -> Iterator[str]:
    """After `pull`."""
    written, deleted = len(answer["written"]), len(answer["deleted"])
    if written or deleted:
        yield f"Pulled {answer['project']} version {answer['version']}: {written:,} written, {deleted:,} deleted."
    else:
        yield f"Up to date with {answer['project']} version {answer['version']}."
    yield from _conflicts(answer["conflicts"])
    yield from _reasons(answer["held"], "Left alone:")


def synced(answer: Answer) -> Iterator[str]:
    """After `sync`."""
    yield from pulled({"conflicts": {}, **answer} | {"conflicts": {}})
    yield from pushed(answer)


def planned(answer: Answer) -> Iterator[str]:
    """After `--dry-run`."""
    steps = answer["plan"]
    if not steps:
        yield f"{answer['project']}: there is nothing to do."
    else:
        kinds = [step["change"] for step in steps]
        parts = [f"{kinds.count(kind):,} to {kind}" for kind in ("add", "edit", "delete") if kind in kinds]
        yield f"{answer['project']}: {', '.join(parts)}. Nothing was changed."
    yield from _steps(steps)
    yield from _conflicts(answer["conflicts"])
    yield from _reasons(answer["held"], "Left alone:")


def mode(answer: Answer) -> Iterator[str]:
    """After `auto`."""
    how = (
        "syncs by itself" if answer["mode"] == "auto" else "is synced by hand, with `hubshare push` and `hubshare pull`"
    )
    yield f"{name(answer['folder'])} now {how}."


def status(answer: Answer) -> Iterator[str]:
    """After `status`."""
    role = "no access" if answer["lost"] else f"you are {answer['role']}"
    yield (
        f"{answer['project']} version {answer['version']} in {name(answer['folder'])}: {answer['mode']}, "
        f"{role}, {count(answer['files'], 'file')}."
    )
    if answer["lost"]:
        yield answer["lost"]
    if answer["outputs"] == "strip":
        yield "Notebooks are shared without their outputs."
    for key in ("paused", "offline", "unwatched"):
        if answer[key] and answer[key] != answer["lost"]:
            yield f"{key.capitalize()}: {answer[key]}"
    if answer["refused"] and answer["refused"]["message"] != answer["paused"]:
        yield f"The last push was refused: {answer['refused']['message']}"
    if answer["outgoing"]:
        what = "kept here, since you are reader" if answer["role"] == "reader" else "to push"
        yield f"{count(len(answer['outgoing']), 'edit')} {what}:"
        yield from _steps(answer["outgoing"])
    if answer["incoming"]:
        yield f"{count(len(answer['incoming']), 'change')} to pull:"
        yield from _steps(answer["incoming"])
    yield from _conflicts({item["path"]: item["kind"] for item in answer["conflicts"]})
    yield from _reasons(answer["held"], "Left alone:")
    yield from _reasons(answer["unshared"], "Not shared:")
    for first, second in answer["twins"][:_MOST]:
        yield f"Careful: {name(first)} and {name(second)} are one file on a Mac or on Windows; rename one of them."
    if not any(answer[key] for key in ("outgoing", "incoming", "conflicts", "lost", "paused", "offline")):
        yield "Everything is in sync."


def conflicts(answer: Answer) -> Iterator[str]:
    """After `conflicts`."""
    if not answer["conflicts"]:
        yield f"No conflicts in {name(answer['folder'])}."
    yield from _conflicts({item["path"]: item["kind"] for item in answer["conflicts"]})


def resolved(answer: Answer) -> Iterator[str]:
    """After `resolve`."""
    if not answer["settled"]:
        yield "There are no conflicts to settle."
        return
    what = "your version" if answer["pick"] == "ours" else "the published version"
    settled = count(len(answer["settled"]), "conflict")
    yield f"Settled {settled} with {what}; `hubshare restore PATH` brings the other one back."
    for path in answer["settled"][:_MOST]:
        yield f"  {name(path)}"


def policy(answer: Answer) -> Iterator[str]:
    """After `policy`."""
    yield f"Conflicts in this checkout of {answer['project']}: {answer['policy']}."


def log(answer: Answer) -> Iterator[str]:
    """After `log`."""
    for version in answer["versions"]:
        here = " ← here" if version["number"] == answer["here"] else ""
        when = version["created"].replace("T", " ")[:16]
        yield f"v{version['number']:<5} {version['commit'][:10]}  {when}  {version['author']}: {name(version['summary'])}{here}"


def restored(answer: Answer) -> Iterator[str]:
    """After `restore`."""
    if "restored" in answer:
        where = "" if answer["path"] == "." else f" in {name(answer['path'])}"
        yield f"Brought back {count(len(answer['restored']), 'deleted file')}{where}."
        return
    yield f"Restored {name(answer['path'])} from {answer['from']}. It is an edit now: push it, or restore once more to go back."


def unlinked(answer: Answer) -> Iterator[str]:
    """After `unlink`."""
    yield f"{name(answer['folder'])} is no longer a checkout of {answer['project']}; its files stay."
    if answer.get("kept_at"):
        yield f"Versions that were replaced here are kept in {name(answer['kept_at'])}."


def listed(answer: Answer) -> Iterator[str]:
    """After `list`."""
    if not answer["projects"]:
        yield "No projects yet: `hubshare share FOLDER` makes one."
    for project in answer["projects"]:
        archived = ", archived" if project["archived"] else ""
        version = f"version {project['version']}{archived}"
        yield f"{project['name']:<30} {project['role']:<7} {project['visibility']:<8} {version}"
    if answer["checkouts"]:
        yield "Checkouts on this server:"
    for checkout in answer["checkouts"]:
        lost = "  (no access any more)" if checkout["lost"] else ""
        yield f"  {name(checkout['folder'])}: {checkout['project']}, {checkout['mode']}, version {checkout['version']}{lost}"


def why(answer: Answer) -> Iterator[str]:
    """After `why`."""
    yield f"{name(answer['path'])} is {'shared' if answer['shared'] else 'not shared'}: {answer['why']}."
