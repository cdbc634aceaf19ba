"""Making and joining projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from hubshare.errors import Invalid
from hubshare_agents.cli import imports, parameters, words
from hubshare_agents.cli.command import Commands, Request, absolute
from hubshare_agents.cli.words import count, place, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import CheckedOut, Imported, Listed, Relocated, Repaired, Shared, Unlinked

commands = Commands()
#: So many projects are asked for at a time.
_A_PAGE = 500


@commands.asking(
    "share",
    click.argument("folder", type=click.Path()),
    click.option(
        "--as",
        "as_",
        metavar="OWNER/NAME",
        help="Name of the project, yours or of a team that you are in; made from the folder's name otherwise.",
    ),
    click.option(
        "--with",
        "with_",
        metavar="WHO:ROLE",
        multiple=True,
        help="Let a user (bob:writer), a team (team:physics:reader) or a group of the Hub (group:class:reader) in.",
    ),
    click.option("--visibility", type=parameters.VISIBILITY, default="private", show_default=True),
    parameters.auto,
    parameters.meant,
    parameters.programs,
)
def share(
    folder: str, as_: str | None, with_: tuple[str, ...], visibility: str, auto: bool, yes: bool, allow_programs: bool
) -> Request[Shared]:
    """Make FOLDER a project and push it."""
    args: Mapping[str, object] = {
        "folder": absolute(folder),
        "as": as_,
        "with": list(with_),
        "visibility": visibility,
        "auto": auto,
    }
    args = parameters.with_programs(parameters.with_meant(args, yes), allow_programs)
    return Request("share", args, shared)


def shared(answer: Shared) -> Iterator[str]:
    yield f"Shared {place(answer['folder'])} as {answer['project']} ({count(answer['pushed'], 'file')})."
    for who, role in answer["grants"].items():
        yield f"  {words.subject(who)} is {role}: `hubshare checkout {answer['project']}`"
    yield from words.reasons(answer["unshared"], "Not shared:")
    yield from words.reasons(answer.get("foreign") or {}, "Careful, not every system can hold these names:")


@commands.asking(
    "checkout",
    click.argument("project", metavar="OWNER/NAME|LINK"),
    click.argument("folder", required=False),
    parameters.auto,
    parameters.programs,
    click.option("--as", "as_", metavar="NAME", help="Of a LINK: name of the project, or TEAM/NAME."),
    imports.follow,
    click.option("--history", is_flag=True, help="Of a LINK: keep the history of a git repository."),
    imports.login,
)
def checkout(
    project: str,
    folder: str | None,
    auto: bool,
    allow_programs: bool,
    as_: str | None,
    follow: str | None,
    history: bool,
    login: str | None,
) -> Request[CheckedOut] | Request[Imported]:
    """Bring a project into FOLDER (NAME in the current folder otherwise).

    A LINK from the internet becomes a private project of yours first: a git repository, an archive, a file, a folder on
    GitHub or GitLab, a gist, a DOI, a link of nbgitpuller, nbviewer, Binder or Colab.
    """
    args = parameters.with_programs({"folder": absolute(folder) if folder else None, "auto": auto}, allow_programs)
    if not imports.is_link(project):
        if as_ or follow or history or login:
            raise Invalid(f"{project} is a project here: --as, --follow, --history and --login are for links.")
        return Request("checkout", {"project": project, **args}, checked_out)
    asked = {"source": project, "as": as_, "follow": follow or "manual", "history": history}
    return Request("import", {**asked, **args, **imports.ask_secret(login)}, imports.imported)


def checked_out(answer: CheckedOut) -> Iterator[str]:
    files = count(len(answer["written"]), "file")
    yield f"Checked out {answer['project']} into {place(answer['folder'])} ({files}); you are {answer['role']}."
    yield from words.conflicts(answer["conflicts"])


@commands.asking("list")
def list_() -> Request[Listed]:
    """List the projects that you can see and your checkouts."""
    return _list(None, None)


def _list(after: str | None, first: Listed | None) -> Request[Listed]:
    """Ask for a page of the list.

    Args:
        first: the first page, which has the checkouts as well; None if this is it.
    """

    def lines(answer: Listed) -> Iterator[str]:
        yield from projects(answer)
        if not answer.get("next"):
            yield from checkouts(first or answer)

    def following(answer: Listed) -> Request[Listed] | None:
        return _list(answer["next"], first or answer) if answer.get("next") else None

    return Request("list", {"after": after, "limit": _A_PAGE}, lines, page=following, join=_join, all_pages=True)


def _join(whole: Listed, page: Listed) -> None:
    whole["projects"] += page["projects"]
    whole.pop("next", None)


def projects(answer: Listed) -> Iterator[str]:
    if not answer["projects"] and not answer.get("next"):
        yield "No projects yet: `hubshare share FOLDER` makes one."
    for project in answer["projects"]:
        archived = ", archived" if project["archived"] else ""
        version = f"version {project['version']}{archived}"
        yield f"{project['name']:<30} {project['role']:<7} {project['visibility']:<8} {version}"


def checkouts(answer: Listed) -> Iterator[str]:
    if answer["checkouts"]:
        yield "Checkouts on this server:"
    for checkout in answer["checkouts"]:
        lost = "  (no access)" if checkout["lost"] else ""
        where, how = place(checkout["folder"]), checkout["mode"]
        yield f"  {where}: {checkout['project']}, {how}, version {checkout['version']}{lost}"
    for broken in answer.get("unopened", ()):
        yield printable(broken["fault"])


@commands.asking("unlink", click.argument("folder", type=click.Path()))
def unlink(folder: str) -> Request[Unlinked]:
    """Stop tracking FOLDER and keep its files."""
    return Request("unlink", {"folder": absolute(folder)}, unlinked)


def unlinked(answer: Unlinked) -> Iterator[str]:
    yield f"{place(answer['folder'])} is no longer a checkout of {answer['project']}; its files stay."
    if kept_at := answer.get("kept_at"):
        yield f"Versions that were replaced here are kept in {place(kept_at)}."


@commands.asking("repair", parameters.folder)
def repair(folder: str) -> Request[Repaired]:
    """Begin the checkout of FOLDER anew when its state is damaged; its files stay."""
    return Request("repair", {"folder": absolute(folder)}, repaired)


def repaired(answer: Repaired) -> Iterator[str]:
    yield (
        f"{place(answer['folder'])} is compared with {answer['project']} version {answer['version']} anew, and is synced "
        "by hand from now on: look at `hubshare status`, then switch `hubshare auto on` again if you had it."
    )
    yield f"The old state, with the versions that were kept, is in {place(answer['aside'])}."
    yield from words.conflicts(answer["conflicts"])
    yield from words.reasons(answer["held"], "Left alone:")


@commands.asking(
    "relocate", click.argument("which", metavar="OLD"), click.argument("to", metavar="NEW", type=click.Path())
)
def relocate(which: str, to: str) -> Request[Relocated]:
    """Go on in NEW, where a checkout was moved to; OLD is its old folder or its project."""
    return Request("relocate", {"which": which, "to": absolute(to)}, relocated)


def relocated(answer: Relocated) -> Iterator[str]:
    yield f"{answer['project']} goes on in {place(answer['folder'])}; it was in {place(answer['before'])}."
