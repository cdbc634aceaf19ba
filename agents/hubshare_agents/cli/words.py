"""What the answers to several commands have in common, as a person reads it.

Names are printed with their control characters escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hubshare.names import count as count
from hubshare_agents.home import in_home

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Change, RevocationReport, StatusChange

#: So many lines of a kind are shown.
MOST = 20
#: Who may read a project of a visibility.
READ_BY = {
    "hub": "Everybody who is signed in may read it.",
    "public": "Anybody may read it, also without signing in.",
}
_MARKS = {"added": "+", "edited": "~", "deleted": "-", "add": "+", "edit": "~", "delete": "-"}


def printable(text: str) -> str:
    """Return a file's name so that it cannot disturb the terminal."""
    return text if text.isprintable() else repr(text)


def place(folder: str) -> str:
    """Return a folder as people write it, for a terminal: `~/course` in their home."""
    return printable(in_home(folder))


def subject(text: str) -> str:
    """Return `team physics` for `team:physics`; a user's name as it is."""
    kind, colon, rest = text.partition(":")
    return f"{kind} {rest}" if colon and kind in ("team", "group") else text


def minute(time: str) -> str:
    """Return a moment, which travels as RFC 3339 has it, to the minute."""
    return time.replace("T", " ")[:16]


def table(rows: Sequence[Sequence[str]], indent: str = "  ") -> Iterator[str]:
    """Give columns side by side, each as wide as its longest cell; the last one as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield f"{indent}{'  '.join([*cells, row[-1]])}".rstrip()


def changes(steps: Sequence[Change] | Sequence[StatusChange], total: int = 0) -> Iterator[str]:
    """Give a line for each path that is to be changed.

    Args:
        total: how many there are, where that is more than are known.
    """
    for step in steps[:MOST]:
        yield f"  {_MARKS[step['change']]} {printable(step['path'])}"
    yield from _more(max(total, len(steps)))


def _more(number: int) -> Iterator[str]:
    if number > MOST:
        yield f"  … and {number - MOST:,} more"


def conflicts(kinds: Mapping[str, str], total: int = 0) -> Iterator[str]:
    """Say what conflicts there are, path to kind, and what to do; `total` where there are more than are known."""
    if not kinds:
        return
    number = count(max(total, len(kinds)), "conflict")
    yield f"{number}; your files are untouched. Pick with `hubshare resolve PATH --ours` or `--theirs`:"
    for path, kind in list(kinds.items())[:MOST]:
        yield f"  ! {printable(path)}: {kind}"


def reasons(paths: Mapping[str, str], title: str, total: int = 0) -> Iterator[str]:
    """Say why each of some paths is left out; `total` where there are more than are known."""
    if paths:
        yield title
        for path, reason in list(paths.items())[:MOST]:
            yield f"  · {printable(path)}: {reason}"
        yield from _more(max(total, len(paths)))


def receipt(report: RevocationReport) -> Iterator[str]:
    """Say what somebody lost, and what copies there are, by project."""
    user = report["user"]
    if not report["lost"]:
        yield f"{user} has lost no access by it."
    for lost in report["lost"]:
        after = f"is {lost['after']} now" if lost["after"] else "no longer has access"
        yield f"  {lost['project']}: {user} was {lost['before']} and {after}."
        copies = [copy for copy in report["copies"] if copy["project"] == lost["project"]]
        for copy in copies:
            version = "" if copy["version"] is None else f", version {copy['version']}"
            place = printable(copy["where"] or "a token")
            yield f"    {copy['kind']} {'in' if copy['kind'] == 'checkout' else 'by'} {place}{version}, {minute(copy['time'])}"
        if not lost["after"]:
            yield f"    {_what_stays([copy['kind'] for copy in copies])}"


def _what_stays(kinds: Sequence[str]) -> str:
    if not kinds:
        return "No copies of it are known."
    stopped = "Syncing has stopped; what" if "checkout" in kinds else "What"
    return f"{stopped} has been copied cannot be taken back."
