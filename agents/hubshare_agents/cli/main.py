"""The command `hubshare`."""

from __future__ import annotations

import errno
import os
import sys

import click

from hubshare import __version__
from hubshare_agents.cli import (
    access,
    conflicts,
    forks,
    history,
    imports,
    inbox,
    jobs,
    mirrors,
    offers,
    projects,
    releases,
    servers,
    sharing,
    syncing,
    teams,
    tokens,
    webhooks,
)
from hubshare_agents.cli.command import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hubshare")
def cli() -> None:
    """Share folders with people on this Hub and stay in sync."""


for group in (
    sharing,
    forks,
    imports,
    syncing,
    jobs,
    inbox,
    webhooks,
    conflicts,
    history,
    access,
    offers,
    teams,
    projects,
    releases,
    mirrors,
    servers,
    tokens,
):
    for found in group.commands.commands.values():
        cli.add_command(found)


def main() -> None:
    """Run the command; all that goes wrong is said in one line that begins with its name."""
    try:
        code = cli.main(prog_name="hubshare", standalone_mode=False)
    except click.exceptions.Abort:
        _end("cancelled before anything was done.", 130)
    except click.UsageError as error:
        where = f" See `{error.ctx.command_path} --help`." if error.ctx is not None else ""
        _end(f"{error.format_message()}{where}", error.exit_code)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except OSError as error:
        if error.errno == errno.EPIPE:
            # Whoever read has seen enough, as `head` has.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        _end(f"the answer could not be written: {error.strerror}. What the command was to do is done all the same.", 1)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> None:
    click.echo(f"hubshare: {message}", err=True)
    sys.exit(code)
