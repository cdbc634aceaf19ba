"""The agent's socket: what travels is what was agreed, on the agent's side, on the command line's, and in TypeScript."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import click
import generate_types
import pytest
from click.testing import CliRunner
from hubshare_agents.cli import command as cli_command
from hubshare_agents.cli.command import Request
from hubshare_agents.cli.main import cli
from hubshare_agents.socket.handler import ServiceCall
from hubshare_agents.socket.server import HANDLERS
from pydantic import TypeAdapter

from hubshare.errors import Invalid
from hubshare.wire.socket import COMMANDS
from hubshare.wire.socket.base import OfCheckout

#: A request of version 0.1.0 of the command line for every kind of answer, and what its agent answered.
RECORDED = [
    json.loads(line) for line in (Path(__file__).parent / "recorded/socket-0.1.0.jsonl").read_text().splitlines()
]
CALLS = {name: handler for name, handler in HANDLERS.items() if isinstance(handler, ServiceCall)}


def alternatives(type_: Any) -> set[Any]:
    """The types of a union; one that is none by itself."""
    return set(get_args(type_)) if get_origin(type_) in (Union, types.UnionType) else {type_}


def holds(made: Any, recorded: Any) -> bool:
    """Whether all that was recorded is in what is made; there may be more keys by now."""
    if isinstance(recorded, dict):
        return all(key in made and holds(made[key], value) for key, value in recorded.items())
    if isinstance(recorded, list):
        return len(made) == len(recorded) and all(map(holds, made, recorded))
    return bool(made == recorded)


@pytest.mark.parametrize("one", RECORDED, ids=lambda one: one["command"])
def test_the_first_version_of_the_command_line_is_understood_and_understands(one: dict[str, Any]) -> None:
    command = COMMANDS[one["command"]]
    command.read(one["args"])
    answer: Any = TypeAdapter(command.answer).validate_json(json.dumps(one["answer"]))
    assert holds(command.write(answer), one["answer"])


def test_every_command_is_recorded() -> None:
    assert {one["command"] for one in RECORDED} <= COMMANDS.keys()
    assert len({one["command"] for one in RECORDED}) == 43


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("push", {"force": True}, "knows no argument 'force' of this command: restart your server"),
        ("push", {"dry_run": 1}, "'dry_run' cannot be '1'"),
        ("auto", {}, "'on' is missing"),
        ("visibility", {"visibility": "king"}, "'king' is no visibility: use one of 'private', 'hub' or 'public'"),
        ("share", {"folder": "a", "with": ["bob:writer", 3]}, "'with.1' cannot be '3'"),
        ("list", [], "'the arguments' cannot be '[]'"),
    ],
)
def test_an_argument_that_does_not_fit_is_told_in_words(name: str, args: Any, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        COMMANDS[name].read(args)
    assert words in refused.value.message and "\n" not in refused.value.message


def test_names_that_are_no_text_arrive_as_they_are() -> None:
    args: Any = COMMANDS["why"].read({"path": "not-\udcff-utf8", "cwd": "/home/\udcfe"})
    assert (args.path, args.cwd) == ("not-\udcff-utf8", "/home/\udcfe")


# the agent


def test_every_command_is_carried_out() -> None:
    assert HANDLERS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(HANDLERS.keys() - CALLS.keys()))
def test_a_handler_takes_and_gives_what_was_agreed(name: str) -> None:
    hints = get_type_hints(HANDLERS[name])
    assert hints["args"] is COMMANDS[name].arguments
    assert alternatives(hints["return"]) == alternatives(COMMANDS[name].answer)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_the_service_takes_and_gives_what_was_agreed(name: str) -> None:
    call, hints = CALLS[name], get_type_hints(CALLS[name].call)
    fields = {field: found for field, found in COMMANDS[name].arguments.model_fields.items() if field != "cwd"}
    assert call.names.keys() <= fields.keys()
    given = {call.names.get(field, field): found.annotation for field, found in fields.items()}
    needed = {each.name for each in inspect.signature(call.call).parameters.values() if each.default is each.empty}
    assert needed <= given.keys()
    for parameter, type_ in given.items():
        # A project that is not named is found before the call is made.
        assert alternatives(type_) - ({types.NoneType} if parameter == "project" else set()) <= alternatives(
            hints[parameter]
        )
    if call.answer is None:
        assert get_args(hints["return"]) == (COMMANDS[name].answer,)


def test_what_only_calls_the_service_is_asked_in_the_name_of_whoever_is_there() -> None:
    assert {COMMANDS[name].acts_as for name in CALLS} == {"person"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_nothing_is_done_with_a_checkout_but_by_its_owner(name: str) -> None:
    looks = {"status", "conflicts", "why", "ping", "marks", "plan", "difference", "kept"}
    assert (COMMANDS[name].acts_as == "anybody") == (name in looks)
    if issubclass(COMMANDS[name].arguments, OfCheckout) and name not in looks | {"log"}:
        assert COMMANDS[name].acts_as == "owner"


# the command line


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, found in group.commands.items():
        yield from leaves(found, *path, name) if isinstance(found, click.Group) else [(*path, name)]


def value(parameter: click.Parameter) -> str:
    """Something that a person could give."""
    match parameter.type:
        case click.Choice(choices=choices):
            return str(choices[0])
        case click.IntRange() | click.FloatRange():
            return "3"
    return "alice/course"


def lines(words: tuple[str, ...]) -> list[list[str]]:
    """A command with its arguments alone, and with each of its options."""
    command: Any = cli
    for word in words:
        command = command.commands[word]
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    given = [value(one) for one in arguments]
    # A link from the internet may stand where a project does, and has options of its own.
    others = [["https://example.org/course.zip"]] if any("LINK" in (one.metavar or "") for one in arguments) else []
    options = [
        [name, *([] if one.is_flag else [value(one)])]
        for one in command.params
        if isinstance(one, click.Option)
        for name in one.opts[:1]
        if name not in ("--json", "--help")
    ]
    return [[*words, *args, *option] for args in [given, *others] for option in [[], *options]]


@pytest.mark.parametrize("words", [*leaves(cli)], ids=" ".join)
def test_a_command_asks_for_what_was_agreed_and_shows_what_is_answered(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request[Any]] = []

    def listen(request: Request[Any], as_json: bool) -> None:
        asked.append(request)

    monkeypatch.setattr(cli_command, "carry_out", listen)
    for line in lines(words):
        done = CliRunner().invoke(cli, line, input="alice/course\n")
        said = ("Pick --ours or --theirs", "--login are for links", "leave the ID out")
        assert done.exit_code == 0 or any(words in done.output for words in said), done.output
    assert asked
    for request in asked:
        COMMANDS[request.command].read({**request.args, "cwd": "/home/alice"})
        shows = next(iter(inspect.signature(request.render).parameters.values())).annotation
        assert shows in {found.__name__ for found in alternatives(COMMANDS[request.command].answer)}


def test_an_answer_of_an_older_agent_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_command, "ask", lambda *_: {"project": "alice/course"})
    done = CliRunner().invoke(cli, ["auto", "on"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "hubshare: The agent did not say 'mode': it is older than this command. Restart your server to update it.\n"
    )


def test_the_command_line_loads_no_models() -> None:
    look = "import sys; from hubshare_agents.cli import main; print(*sorted({'pydantic', 'rich', 'httpx'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


# what is made of it


@pytest.mark.parametrize("path", generate_types.FILES, ids=lambda path: path.name)
def test_the_types_are_those_of_the_models(path: Path) -> None:
    assert path.read_text() == generate_types.FILES[path](), "run `make types`"
