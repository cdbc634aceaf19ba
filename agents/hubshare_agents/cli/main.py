"""The command `hubshare`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from hubshare import __version__
from hubshare.errors import HubShareError
from hubshare_agents.cli import show
from hubshare_agents.cli.ask import ask

Function = Callable[..., Any]


class _Commands(click.Group):
    """The commands, in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hubshare")
def cli() -> None:
    """Share folders with people on this Hub and stay in sync."""


def _command(name: str, *parameters: Function) -> Callable[[Function], Function]:
    """A command that asks the agent and shows the answer; every one takes --json."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def run(as_json: bool, **args: Any) -> None:
            asked, shower = function(**args)
            try:
                answer = ask(asked[0], asked[1], quiet=as_json)
            except HubShareError as error:
                _fail(error, as_json)
            if as_json:
                click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
            else:
                for line in shower(answer):
                    click.echo(line)

        made: Any = run
        for parameter in reversed(parameters):
            made = parameter(made)
        made = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(made)
        return cli.command(name)(made)

    return decorate


def _fail(error: HubShareError, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message}}))
    else:
        click.echo(f"hubshare: {error.message}", err=True)
    sys.exit(1)


Asked = tuple[tuple[str, dict[str, Any]], Callable[[Any], Any]]

_folder = click.argument("folder", required=False, default=".", type=click.Path())
_auto = click.option("--auto", is_flag=True, help="Push and pull by itself from now on.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
_confirm = click.option("--confirm", is_flag=True, help="Go on although many files are deleted.")


@_command(
    "share",
    click.argument("folder", type=click.Path()),
    click.option(
        "--as", "as_", metavar="OWNER/NAME", help="Name of the project; made from the folder's name otherwise."
    ),
    click.option(
        "--with", "with_", metavar="USER:ROLE", multiple=True, help="Let a user in as reader, writer or admin."
    ),
    click.option("--visibility", type=click.Choice(["private", "hub", "public"]), default="private", show_default=True),
    _auto,
)
def share(folder: str, as_: str | None, with_: tuple[str, ...], visibility: str, auto: bool) -> Asked:
    """Make FOLDER a project and push it."""
    args = {"folder": _absolute(folder), "as": as_, "with": list(with_), "visibility": visibility, "auto": auto}
    return ("share", args), show.shared


@_command("checkout", click.argument("project", metavar="OWNER/NAME"), click.argument("folder", required=False), _auto)
def checkout(project: str, folder: str | None, auto: bool) -> Asked:
    """Bring a project into FOLDER (NAME in the current folder otherwise)."""
    args = {"project": project, "folder": _absolute(folder) if folder else None, "auto": auto}
    return ("checkout", args), show.checked_out


@_command("push", _folder, _dry_run, _confirm)
def push(folder: str, dry_run: bool, confirm: bool) -> Asked:
    """Publish the edits in FOLDER."""
    args = {"folder": _absolute(folder), "dry_run": dry_run, "confirm": confirm}
    return ("push", args), show.planned if dry_run else show.pushed


@_command("pull", _folder, _dry_run, _confirm)
def pull(folder: str, dry_run: bool, confirm: bool) -> Asked:
    """Bring what others published into FOLDER."""
    args = {"folder": _absolute(folder), "dry_run": dry_run, "confirm": confirm}
    return ("pull", args), show.planned if dry_run else show.pulled


@_command("sync", _folder, _confirm)
def sync(folder: str, confirm: bool) -> Asked:
    """Pull, then push."""
    return ("sync", {"folder": _absolute(folder), "confirm": confirm}), show.synced


@_command("auto", click.argument("switch", type=click.Choice(["on", "off"])), _folder)
def auto(switch: str, folder: str) -> Asked:
    """Push and pull by itself, or not."""
    return ("auto", {"folder": _absolute(folder), "on": switch == "on"}), show.mode


@_command("status", _folder)
def status(folder: str) -> Asked:
    """Say what there is to push, to pull and to settle."""
    return ("status", {"folder": _absolute(folder)}), show.status


@_command("conflicts", _folder)
def conflicts(folder: str) -> Asked:
    """List the open conflicts."""
    return ("conflicts", {"folder": _absolute(folder)}), show.conflicts


@_command(
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


@_command("policy", click.argument("policy", type=click.Choice(["ask", "ours", "theirs"])), _folder)
def policy(policy: str, folder: str) -> Asked:
    """Set what becomes of conflicts in FOLDER from now on."""
    return ("policy", {"folder": _absolute(folder), "policy": policy}), show.policy


@_command(
    "log",
    _folder,
    click.option("-n", "limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many versions."),
)
def log(folder: str, limit: int) -> Asked:
    """List the published versions."""
    return ("log", {"folder": _absolute(folder), "limit": limit}), show.log


@_command(
    "restore",
    click.argument("path", type=click.Path()),
    click.option(
        "--version", metavar="V", help="A version from `hubshare log`; otherwise the version that was replaced last."
    ),
)
def restore(path: str, version: str | None) -> Asked:
    """Put an earlier version of a file in place, also the side of a conflict that was not picked."""
    return ("restore", {"path": path, "version": version}), show.restored


@_command("grant", click.argument("project", metavar="OWNER/NAME"), click.argument("grant", metavar="USER:ROLE"))
def grant(project: str, grant: str) -> Asked:
    """Let a user in as reader, writer or admin."""
    return ("grant", {"project": project, "grant": grant}), show.granted


@_command("revoke", click.argument("project", metavar="OWNER/NAME"), click.argument("grant", metavar="USER[:ROLE]"))
def revoke(project: str, grant: str) -> Asked:
    """Take a user's access away."""
    return ("revoke", {"project": project, "grant": grant}), show.granted


@_command("unlink", click.argument("folder", type=click.Path()))
def unlink(folder: str) -> Asked:
    """Stop tracking FOLDER and keep its files."""
    return ("unlink", {"folder": _absolute(folder)}), show.unlinked


@_command("list")
def list_() -> Asked:
    """List the projects that you can see and your checkouts."""
    return ("list", {}), show.listed


@_command("why", click.argument("path", type=click.Path()))
def why(path: str) -> Asked:
    """Say whether and why PATH is or is not shared."""
    return ("why", {"path": path}), show.why


def _absolute(folder: str) -> str:
    from pathlib import Path

    try:
        return str(Path.cwd() / folder)
    except FileNotFoundError:
        raise click.ClickException("The current folder is gone: change to another one.") from None


def main() -> None:
    """Run the command."""
    cli()
