"""The command `hubshare`."""

from __future__ import annotations

from functools import partial

import click

from hubshare import __version__
from hubshare_agents.cli import managing, show
from hubshare_agents.cli.command import Asked, Commands, absolute
from hubshare_agents.cli.command import command as command_of


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hubshare")
def cli() -> None:
    """Share folders with people on this Hub and stay in sync."""


command = partial(command_of, group=cli)

_folder = click.argument("folder", required=False, default=".", type=click.Path())
_auto = click.option("--auto", is_flag=True, help="Push and pull by itself from now on.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
_confirm = click.option("--confirm", is_flag=True, help="Go on although many files are deleted.")


@command(
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
    click.option("--visibility", type=click.Choice(["private", "hub", "public"]), default="private", show_default=True),
    _auto,
)
def share(folder: str, as_: str | None, with_: tuple[str, ...], visibility: str, auto: bool) -> Asked:
    """Make FOLDER a project and push it."""
    args = {"folder": absolute(folder), "as": as_, "with": list(with_), "visibility": visibility, "auto": auto}
    return ("share", args), show.shared


@command("checkout", click.argument("project", metavar="OWNER/NAME"), click.argument("folder", required=False), _auto)
def checkout(project: str, folder: str | None, auto: bool) -> Asked:
    """Bring a project into FOLDER (NAME in the current folder otherwise)."""
    args = {"project": project, "folder": absolute(folder) if folder else None, "auto": auto}
    return ("checkout", args), show.checked_out


@command("push", _folder, _dry_run, _confirm)
def push(folder: str, dry_run: bool, confirm: bool) -> Asked:
    """Publish the edits in FOLDER."""
    args = {"folder": absolute(folder), "dry_run": dry_run, "confirm": confirm}
    return ("push", args), show.planned if dry_run else show.pushed


@command("pull", _folder, _dry_run, _confirm)
def pull(folder: str, dry_run: bool, confirm: bool) -> Asked:
    """Bring what others published into FOLDER."""
    args = {"folder": absolute(folder), "dry_run": dry_run, "confirm": confirm}
    return ("pull", args), show.planned if dry_run else show.pulled


@command("sync", _folder, _confirm)
def sync(folder: str, confirm: bool) -> Asked:
    """Pull, then push."""
    return ("sync", {"folder": absolute(folder), "confirm": confirm}), show.synced


@command("auto", click.argument("switch", type=click.Choice(["on", "off"])), _folder)
def auto(switch: str, folder: str) -> Asked:
    """Push and pull by itself, or not."""
    return ("auto", {"folder": absolute(folder), "on": switch == "on"}), show.mode


@command("status", _folder)
def status(folder: str) -> Asked:
    """Say what there is to push, to pull and to settle."""
    return ("status", {"folder": absolute(folder)}), show.status


@command("conflicts", _folder)
def conflicts(folder: str) -> Asked:
    """List the open conflicts."""
    return ("conflicts", {"folder": absolute(folder)}), show.conflicts


@command(
    "resolve",
    click.argument("paths", nargs=-1, type=click.Path()),
    click.option("--ours", "pick", flag_value="ours", help="Keep the version in this folder, and publish it."),
    click.option("--theirs", "pick", flag_value="theirs", help="Take the published version."),
    click.option("--all", "all_", is_flag=True, help="Settle all conflicts of this checkout."),
)
def resolve(paths: tuple[str, ...], pick: str | None, all_: bool) -> Asked:
    """Settle conflicts at PATHS by picking a version; the other one can be restored."""
    if pick is None:
        raise click.UsageError("Pick --ours or --theirs.")
    return ("resolve", {"paths": list(paths), "pick": pick, "all": all_}), show.resolved


@command("policy", click.argument("policy", type=click.Choice(["ask", "ours", "theirs"])), _folder)
def policy(policy: str, folder: str) -> Asked:
    """Set what becomes of conflicts in FOLDER from now on."""
    return ("policy", {"folder": absolute(folder), "policy": policy}), show.policy


@command(
    "log",
    _folder,
    click.option("-n", "limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many versions."),
)
def log(folder: str, limit: int) -> Asked:
    """List the published versions."""
    return ("log", {"folder": absolute(folder), "limit": limit}), show.log


@command(
    "restore",
    click.argument("path", type=click.Path()),
    click.option(
        "--version", metavar="V", help="A version from `hubshare log`; otherwise the version that was replaced last."
    ),
)
def restore(path: str, version: str | None) -> Asked:
    """Put an earlier version of a file in place, also the side of a conflict that was not picked."""
    return ("restore", {"path": path, "version": version}), show.restored


@command("unlink", click.argument("folder", type=click.Path()))
def unlink(folder: str) -> Asked:
    """Stop tracking FOLDER and keep its files."""
    return ("unlink", {"folder": absolute(folder)}), show.unlinked


@command("list")
def list_() -> Asked:
    """List the projects that you can see and your checkouts."""
    return ("list", {}), show.listed


@command("why", click.argument("path", type=click.Path()))
def why(path: str) -> Asked:
    """Say whether and why PATH is or is not shared."""
    return ("why", {"path": path}), show.why


for found in managing.commands.commands.values():
    cli.add_command(found)


def main() -> None:
    """Run the command."""
    cli()
