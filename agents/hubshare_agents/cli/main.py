"""The command `hubshare`."""

from __future__ import annotations

import click

from hubshare import __version__
from hubshare_agents.cli import access, conflicts, history, projects, sharing, syncing, teams
from hubshare_agents.cli.command import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hubshare")
def cli() -> None:
    """Share folders with people on this Hub and stay in sync."""


for group in (sharing, syncing, conflicts, history, access, teams, projects):
    for found in group.commands.commands.values():
        cli.add_command(found)


def main() -> None:
    """Run the command."""
    cli()
