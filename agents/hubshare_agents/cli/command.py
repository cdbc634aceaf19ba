"""What every command shares: it asks the agent, shows the answer, takes --json, and says errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import click

from hubshare.errors import HubShareError
from hubshare_agents.cli.ask import ask

Function = Callable[..., Any]

#: What a command asks for: the agent's command with its arguments, and what shows the answer.
Asked = tuple[tuple[str, dict[str, Any]], Callable[[Any], Iterable[str]]]


class Commands(click.Group):
    """The commands, in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def command(name: str, *parameters: Function, group: click.Group) -> Callable[[Function], Function]:
    """A command that asks the agent and shows the answer.

    Args:
        parameters: its arguments and options; the function takes them and gives what to ask, and what shows the answer.
        group: that it belongs to.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def run(as_json: bool, **args: Any) -> None:
            try:
                asked, shower = function(**args)
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
        return group.command(name)(made)

    return decorate


def _fail(error: HubShareError, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message}}))
    else:
        click.echo(f"hubshare: {error.message}", err=True)
    sys.exit(1)


def absolute(folder: str) -> str:
    """A path as the agent can use it, whose own current folder is another one."""
    from pathlib import Path

    try:
        return str(Path.cwd() / folder)
    except FileNotFoundError:
        raise click.ClickException("The current folder is gone: change to another one.") from None
