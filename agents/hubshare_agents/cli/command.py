"""What every command shares: it asks the agent, shows the answer, takes --json, and says errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Generic, NamedTuple, TypeVar

import click

from hubshare.errors import Cancelled, HubShareError, Invalid, Paused
from hubshare_agents.cli.progress_bar import ProgressBar
from hubshare_agents.socket.client import ask

Answer = TypeVar("Answer")
Function = Callable[..., Any]


class Request(NamedTuple, Generic[Answer]):
    """What a command asks of the agent.

    Args:
        command: the agent's command, one of `hubshare.wire.socket`.
        args: its arguments.
        render: makes the lines that a person reads of the answer.
        then: gives what to ask next, once that is done; `--json` shows the first answer alone.
        page: asks for the next page of an answer; None after the last one. `--json` shows all pages as one answer.
        join: puts a page behind those before it.
        all_pages: whether people are shown them all, and not the first one alone.
    """

    command: str
    args: Mapping[str, object]
    render: Callable[[Answer], Iterable[str]]
    then: Callable[[Answer], Request[Any]] | None = None
    page: Callable[[Answer], Request[Any] | None] = lambda _: None
    join: Callable[[Answer, Answer], None] = lambda whole, page: None
    all_pages: bool = False


class Commands(click.Group):
    """The commands, in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def asking(self, name: str, *parameters: Function) -> Callable[[Callable[..., Request[Any]]], click.Command]:
        """Add a command that asks the agent and shows the answer.

        Args:
            parameters: its arguments and options; the function takes them and gives what to ask.
        """

        def decorate(function: Callable[..., Request[Any]]) -> click.Command:
            @wraps(function)
            def run(as_json: bool, **args: Any) -> None:
                try:
                    carry_out(function(**args), as_json)
                except HubShareError as error:
                    _fail(error, as_json)

            made: Any = run
            for parameter in reversed(parameters):
                made = parameter(made)
            made = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(made)
            return self.command(name)(made)

        return decorate


def carry_out(request: Request[Any], as_json: bool) -> None:
    """Ask the agent and print the answer.

    Raises:
        HubShareError: what the agent answered with.
        Invalid: when the answer is of another version than this command.
    """
    with ProgressBar(off=as_json or not sys.stderr.isatty()) as bar:
        answer = ask(request.command, request.args, bar.show)
    if as_json:
        if request.then is not None:
            following = request.then(answer)
            ask(following.command, following.args)
        _complete(request, answer)
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    try:
        lines = list(request.render(answer))
    except KeyError as missing:
        raise Invalid(
            f"The agent did not say {missing}: it is older than this command. Restart your server to update it."
        ) from None
    for line in lines:
        click.echo(line)
    if request.then is not None:
        carry_out(request.then(answer), as_json)
    further = request.page(answer) if request.all_pages else None
    if further is not None:
        carry_out(further, as_json)


def _complete(request: Request[Any], whole: Any) -> None:
    """Put all further pages of an answer behind the first one."""
    following = request.page(whole)
    while following is not None:
        page = ask(following.command, following.args)
        request.join(whole, page)
        following = following.page(page)


def _fail(error: HubShareError, as_json: bool) -> None:
    if as_json:
        asked = {"question": error.answer} if isinstance(error, Paused) and error.answer else {}
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message, **asked}}))
    else:
        click.echo(f"hubshare: {error.message}", err=True)
    # As a shell has it of a command that was stopped by Ctrl-C.
    sys.exit(130 if isinstance(error, Cancelled) else 1)


def absolute(folder: str) -> str:
    """Return a path as the agent can use it, whose own current folder is another one."""
    from pathlib import Path

    try:
        return str(Path.cwd() / folder)
    except FileNotFoundError:
        raise click.ClickException("The current folder is gone: change to another one.") from None
