"""What people can use is documented, and what the documents point to is there."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import get_args

import click
import pytest
from hubshare_agents.cli.main import cli
from hubshare_agents.socket import server
from pydantic import BaseModel

from hubshare import __version__, errors
from hubshare.config import AgentSettings, CentreSettings
from hubshare.jupyterhub import configure
from hubshare.project_settings import SETTINGS
from hubshare.store.access.actions import RULES, Action, Rule, Scope
from hubshare.sync.ignore import DEFAULT_RULES
from hubshare.vocabulary import Role
from hubshare.wire import agent as events
from hubshare.wire.socket import COMMANDS
from hubshare.wire.socket.syncing import Planned

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text()


def section(document: str, heading: str) -> str:
    """The text below the heading that begins with these words, up to the next heading of the same depth or a higher one."""
    start = re.search(rf"^(#+) {re.escape(heading)}(?![-\w]).*$", read(document), re.MULTILINE)
    assert start, f"{document} has no heading that begins with {heading!r}"
    rest = read(document)[start.start() :]
    end = re.search(rf"^#{{1,{len(start[1])}}} ", rest[start.end() - start.start() :], re.MULTILINE)
    return rest[: start.end() - start.start() + end.start()] if end else rest


def without_examples(text: str) -> str:
    """A text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> set[str]:
    """What stands in backquotes in the first column of the tables of a text."""
    firsts = re.findall(r"^\| (.+?) (?<!\\)\|", text, re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def options(command: click.Command) -> list[str]:
    """The long and short options of a command, but for those that every command has."""
    found = [name for one in command.params if isinstance(one, click.Option) for name in one.opts]
    return [name for name in found if name != "--json"]


GROUPS = {name: found for name, found in cli.commands.items() if isinstance(found, click.Group)}


@pytest.mark.parametrize("name", GROUPS)
def test_every_command_of_a_group_is_in_its_table(name: str) -> None:
    text = section("docs/reference/cli.md", f"`hubshare {name}")
    for inner, found in GROUPS[name].commands.items():
        line = re.search(rf"^\| `{name} {inner}[ `].*$", text, re.MULTILINE)
        assert line, f"{name} {inner} has no line"
        assert not [option for option in options(found) if not re.search(rf"`{option}(?!-|\w)", line[0])]
    assert {row.split()[1] for row in rows(text) if row.startswith(f"{name} ")} == set(GROUPS[name].commands)


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_and_option_has_its_place_in_the_cli_document(name: str) -> None:
    text = without_examples(section("docs/reference/cli.md", f"`hubshare {name}"))
    missing = [option for option in options(cli.commands[name]) if not re.search(rf"`[^`\n]*{option}(?!-|\w)", text)]
    # `pull` and `sync` take what `push` takes, and say so.
    said = {"pull": ["--dry-run", "--confirm"], "sync": ["--confirm"]}
    assert not [option for option in missing if option not in said.get(name, [])]


def test_no_command_is_documented_that_is_not_there() -> None:
    named = set(re.findall(r"^### `hubshare (\S+?)[ `]", read("docs/reference/cli.md"), re.MULTILINE))
    assert named == set(cli.commands)
    answers = rows(section("docs/reference/cli.md", "Exit codes"))
    assert set(cli.commands) <= {word for row in answers for word in row.split()}


def keys() -> dict[str, set[str]]:
    """What the tables of answers have in backquotes for each command; a command stands for its keys there."""
    tables = section("docs/reference/cli.md", "Exit codes") + section(
        "docs/reference/panel.md", "Commands of the panel"
    )
    lines = re.findall(r"^\| (`.+?) (?<!\\)\| (.+) \|$", tables, re.MULTILINE)
    found = {
        name: set(re.findall("`([^`]+)`", words)) for names, words in lines for name in re.findall("`([^`]+)`", names)
    }
    return {name: words.union(*(found.get(word, set()) for word in words)) for name, words in found.items()}


#: What the command line calls the commands of the agent that are options there.
OPTIONS = {
    "job": "jobs ID",
    "job-act-preview": "jobs --retry",
    "job-act": "jobs --retry --yes",
    "token": "tokens ID",
    "import": "checkout LINK",
    "import-status": "source",
    "import-change": "source --follow",
    "import-cancel": "source --cancel",
    "invitations": "invite --list",
    "mirrors": "mirror",
    "mirror-set": "mirror",
    "mirror-act": "mirror",
    "releases": "release",
    "release-add": "release",
    "release-act": "release",
    "webhooks": "webhook",
    "webhook-set": "webhook",
    "webhook-act": "webhook",
    "read": "inbox --read",
    "withdraw": "invite --withdraw",
}


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"ping", "report-usage"}))
def test_every_key_of_an_answer_is_in_the_table(name: str) -> None:
    models = get_args(COMMANDS[name].answer) or (COMMANDS[name].answer,)
    called = OPTIONS.get(name, re.sub("^team-", "team ", name))
    for model in models:
        row = f"{called} --dry-run" if model is Planned else called
        assert {field.alias or key for key, field in model.model_fields.items()} <= keys()[row]


def test_every_ignore_rule_that_is_built_in_is_named() -> None:
    assert not [rule for rule in DEFAULT_RULES if f"`{rule}`" not in section("docs/reference/cli.md", "Ignore rules")]


def test_every_setting_of_a_project_is_in_the_table_of_set() -> None:
    named = rows(section("docs/reference/cli.md", "`hubshare set"))
    assert named == set(SETTINGS)


def settings() -> dict[str, object]:
    """The variables of all settings, with their defaults."""
    return {
        str(field.validation_alias or f"HUBSHARE_{name.upper()}"): field.default
        for model in (CentreSettings, AgentSettings)
        for name, field in model.model_fields.items()
    }


@pytest.mark.parametrize(("name", "default"), settings().items())
def test_every_setting_is_in_the_table_with_its_default(name: str, default: object) -> None:
    row = re.search(rf"^\| `{name}` \|([^|]*)\|", section("docs/reference/settings.md", "Settings"), re.MULTILINE)
    assert row, f"{name} is not in the tables of docs/reference/settings.md"
    if isinstance(default, int | float):
        assert str(default) in row[1].split()


def test_no_setting_is_documented_that_is_not_read() -> None:
    sources = "".join(
        path.read_text() for part in ("hubshare", "workers", "agents", "demo") for path in (ROOT / part).rglob("*.py")
    )
    for path in ("tests/integration/test_invariants.py", "tests/integration/service/test_openapi.py"):
        sources += (ROOT / path).read_text()
    named = {name for path in DOCUMENTS for name in re.findall(r"\bHUBSHARE_[A-Z_]*[A-Z]\b", path.read_text())}
    assert not {name for name in named - settings().keys() if f'"{name}"' not in sources}


def test_every_argument_of_configure_is_in_the_table() -> None:
    assert set(inspect.signature(configure).parameters) <= rows(section("docs/how-to/install.md", "Configuring"))


def test_every_extra_is_in_the_table() -> None:
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    assert rows(section("docs/how-to/install.md", "The packages")) == extras.keys() - {"dev"}


def codes() -> set[str]:
    """The stable codes: of the error tree, and those that the agent's socket adds."""

    def of(error: type[errors.HubShareError]) -> set[str]:
        here = {error.code} if error.__module__ == errors.__name__ else set()
        return here.union(*map(of, error.__subclasses__()))

    return of(errors.HubShareError) | set(re.findall(r'"code": "([a-z-]+)"', inspect.getsource(server)))


def test_every_error_code_is_in_the_table() -> None:
    assert codes() <= rows(section("docs/reference/cli.md", "Exit codes"))


@pytest.mark.parametrize("status", range(400, 504))
def test_every_error_of_the_api_is_in_its_table(status: int) -> None:
    def of(error: type[errors.HubShareError]) -> set[str]:
        here = {error.code} if error.status == status and error is not errors.HubShareError else set()
        return here.union(*map(of, error.__subclasses__()))

    found = re.findall(rf"^\| {status} \| ([^|]+) \|", section("docs/reference/api.md", "Errors"), re.MULTILINE)
    mine = {code for code in of(errors.HubShareError) if errors.from_code(code, "").__module__ == errors.__name__}
    assert {code for row in found for code in re.findall("`([^`]+)`", row)} == mine


def test_the_table_of_actions_is_the_one_that_decides() -> None:
    def row(action: Action, rule: Rule) -> str:
        least = (
            f"{rule.role.name} of the project" if rule.role else f"{rule.team.name} of the team" if rule.team else ""
        )
        nobody = "nobody else" if rule.hub_admin else "everybody, for themselves" if rule.scope else "anybody"
        more = [
            *(["public: anybody"] if rule.public else []),
            *(["admins of the Hub"] if rule.hub_admin else []),
            *([] if rule.archived else ["not while archived"]),
            *(["people alone"] if rule.people else []),
        ]
        scope = rule.scope.rpartition(":")[2] if rule.scope else "–"
        return f"| `{action}` | {rule.words} | {least or nobody} | {scope} | {', '.join(more)} |"

    told = re.findall(r"^\| `\w+\.[\w-]+` \|.*$", section("docs/reference/access.md", "The table"), re.MULTILINE)
    assert told == [row(action, rule) for action, rule in RULES.items()]


def test_every_role_scope_and_kind_of_event_is_explained() -> None:
    assert rows(section("docs/reference/access.md", "Roles")) == {role.name for role in Role}
    assert {*Scope} <= rows(section("docs/reference/access.md", "Tokens"))
    assert rows(section("docs/reference/api.md", "Hearing")) == {
        *("version", "project", "access", "inbox", "missed", "type")
    }


def test_the_commands_that_messages_name_are_there() -> None:
    named = set()
    for part in ("hubshare/store", "hubshare/service", "workers", "agents/hubshare_agents"):
        for path in (ROOT / part).rglob("*.py"):
            named |= set(re.findall(r"`hubshare ([a-z]+)(?: (?:\{[^}]*\}|[A-Z/]+))*( --[a-z-]+)?", path.read_text()))
    assert len(named) > 10
    for name, option in named:
        assert name in cli.commands, f"`hubshare {name}` is told to people, and is not there"
        there = {one for each in cli.commands[name].params for one in each.opts}
        assert not option or option.strip() in there, f"`hubshare {name}{option}`"


def all_events() -> dict[str, type[BaseModel]]:
    found = [one for one in vars(events).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    return {one.model_fields["type"].default: one for one in found if "type" in one.model_fields}


@pytest.mark.parametrize("name", all_events())
def test_every_event_has_a_table_of_just_its_fields(name: str) -> None:
    assert rows(section("docs/reference/events.md", f"`{name}`")) == set(all_events()[name].model_fields)


def targets() -> list[str]:
    """The targets that people call."""
    phony = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert phony
    return phony[1].split()


def test_every_target_is_in_the_table() -> None:
    assert {f"make {name}" for name in targets()} == {
        name for name in rows(read("CONTRIBUTING.md")) if name.startswith("make ")
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_that_is_named_is_there(document: Path) -> None:
    assert set(re.findall(r"`make ([a-z]\w*)[ `]", document.read_text())) <= set(targets())


def test_the_changes_begin_with_the_version_of_the_code() -> None:
    newest = re.search(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", read("CHANGELOG.md"), re.MULTILINE)
    assert newest and newest[1] == __version__


def test_the_two_commands_and_the_demo_are_in_the_readme() -> None:
    assert rows(read("README.md")) >= {"make run", "make test", "make demo"}


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_document_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / name).resolve() for name in re.findall(r"\]\(([^)#\s]+\.md)\)", index.read_text())}
    assert not [path for path in index.parent.glob("**/*.md") if path != index and path.resolve() not in linked]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_examples(document.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        assert path.exists(), f"{document.name} links to {target}, which is not there"
        assert not anchor or anchor in anchors(path.read_text()), f"{document.name} links to {target}: no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_are_there(document: Path) -> None:
    inside = r"`((?:hubshare|workers|agents|tests|docs|compose|hubshare_agents|hubshare_workers)/[\w/.]+\.\w+)`"
    for name in re.findall(inside, document.read_text()):
        places = [ROOT / name, ROOT / "agents" / name, ROOT / "workers" / name]
        assert any(place.exists() for place in places), f"{document.name} names {name}, which is not there"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_tests_that_are_named_are_there(document: Path) -> None:
    for name, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", document.read_text()):
        assert re.search(rf"^(?:async )?def {test}\(", read(name), re.MULTILINE), (
            f"{document.name} names {name}::{test}"
        )


def test_every_promise_names_tests_and_its_settings_with_their_defaults() -> None:
    promises = re.findall(
        r"^\| ([^|]+) \|([^|]*)\|([^|]*)\|$", section("docs/security.md", "What is promised"), re.MULTILINE
    )
    promises = [row for row in promises if row[0] not in ("promise", "---")]
    assert len(promises) > 20
    for words, bounds, tests in promises:
        assert re.search(r"`tests/[\w/]+\.py::\w+`", tests), f"nothing plays: {words}"
        for name, told in re.findall(r"`(HUBSHARE_\w+)` \((\w+)\)", bounds):
            assert str(settings()[name]) == told, f"{name} is {settings()[name]}"


def test_the_changes_of_the_tables_are_one_line() -> None:
    """What was written side by side is put one behind the other when it lands."""
    folder = ROOT / "hubshare/store/migrations/versions"
    found = [
        re.findall(r'^(?:down_)?revision = "?(\w+)"?', path.read_text(), re.M) for path in sorted(folder.glob("*.py"))
    ]
    numbers = [number for number, _ in found]
    assert found == [[number, before] for number, before in zip(numbers, ["None", *numbers], strict=False)]
    assert numbers == [f"{place:04}" for place in range(1, len(found) + 1)]
