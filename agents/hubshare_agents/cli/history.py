"""Earlier versions, and what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare.names import size as size_of
from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request, absolute
from hubshare_agents.cli.words import count, minute, place, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import AuditEntries, Downloaded, Restored, Versions

commands = Commands()


@commands.asking(
    "log",
    parameters.folder,
    click.option("-n", "limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many versions."),
)
def log(folder: str, limit: int) -> Request[Versions]:
    """List the published versions."""
    return Request("log", {"folder": absolute(folder), "limit": limit}, versions)


def versions(answer: Versions) -> Iterator[str]:
    for version in answer["versions"]:
        here = " ← here" if version["number"] == answer["here"] else ""
        what = f"{version['author']}: {printable(version['summary'])}{here}"
        yield f"v{version['number']:<5} {version['commit'][:10]}  {minute(version['created'])}  {what}"


@commands.asking(
    "restore",
    click.argument("path", type=click.Path()),
    click.option(
        "--version", metavar="V", help="A version from `hubshare log`; otherwise the version that was replaced last."
    ),
)
def restore(path: str, version: str | None) -> Request[Restored]:
    """Put an earlier version of a file, a folder or everything (.) in place, also the side that was not picked."""
    return Request("restore", {"path": path, "version": version}, restored)


def restored(answer: Restored) -> Iterator[str]:
    brought, auto = answer.get("restored"), answer.get("auto")
    if brought is not None:
        where = "" if answer["path"] == "." else f" in {printable(answer['path'])}"
        if answer["from"] == "the project":
            if brought:
                yield f"Brought back {count(len(brought), 'deleted file')}{where}."
            else:
                yield (
                    f"Nothing that is published is missing here{where}. For an earlier version: --version, see `hubshare log`."
                )
            return
        if not brought and not answer.get("left"):
            yield f"There is nothing to restore{where}: all files of {answer['from']} are here as they were."
            return
        yield f"Restored {count(len(brought), 'file')}{where} from {answer['from']}; files that it does not have stay."
        yield from words.reasons(answer.get("left") or {}, "Left as they are:")
        if brought:
            how = "it is published by itself" if auto else "`hubshare push` publishes it as one version"
            yield f"That is an edit now: {how}."
        return
    yield (
        f"Restored {printable(answer['path'])} from {answer['from']}. It is an edit now: "
        f"{'it is published by itself; restore' if auto else 'push it, or restore'} once more to go back."
    )


@commands.asking(
    "download",
    parameters.project_or_here,
    click.option("--version", metavar="V", help="A version from `hubshare log`; the newest one otherwise."),
    click.option("--format", type=click.Choice(["zip", "tar"]), default="zip", show_default=True),
    click.option("-o", "file", metavar="FILE", type=click.Path(), help="File or folder; the current folder otherwise."),
)
def download(project: str | None, version: str | None, format: str, file: str | None) -> Request[Downloaded]:
    """Fetch all files of a project as one zip or tar file, without a checkout."""
    args = {"project": project, "version": version, "format": format, "file": absolute(file) if file else None}
    return Request("download", args, downloaded)


def downloaded(answer: Downloaded) -> Iterator[str]:
    file, size = place(answer["file"]), answer["size"]
    yield f"Wrote {answer['project']} {answer['version']} to {file} ({size_of(size)})."


@commands.asking(
    "audit",
    click.argument("project", metavar="[OWNER/NAME|team:NAME]", required=False),
    click.option(
        "-n", "limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many entries."
    ),
)
def audit(project: str | None, limit: int) -> Request[AuditEntries]:
    """List what was done to a project, or to a team and its projects."""
    return Request("audit", {"project": project, "limit": limit}, entries)


def entries(answer: AuditEntries) -> Iterator[str]:
    if not answer["entries"]:
        yield f"Nothing is known to have been done to {answer['of']}."
    rows = [
        [minute(one["time"]), one["user"], one["action"], one["name"], one["door"], _details(one["details"])]
        for one in answer["entries"]
    ]
    yield from words.table(rows, "")


def _details(details: dict[str, object]) -> str:
    return "  ".join(
        f"{key}: {printable(_short(value))}" for key, value in details.items() if value not in (None, "", [], {})
    )


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(inner)}" for key, inner in value.items())
    return ", ".join(map(_short, value)) if isinstance(value, list) else str(value)
