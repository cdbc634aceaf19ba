"""A project's settings, each declared once: type, default, words for people, what is accepted, and who must hear of a change.

Everything else takes them from here: the fields of the API's answers and changes, the update that agents get, the form on the
settings page and its words, `hubshare set` and `hubshare status`. Only the column, with its migration, is written besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, TypedDict, cast

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from hubshare.config import Limits
from hubshare.errors import Invalid
from hubshare.names import count, quoted
from hubshare.vocabulary import OutputsName, VisibilityName


class Choice(NamedTuple):
    """One of the few values that a setting can have.

    Attributes:
        title: what the form calls it.
        help: what it means.
        said: what the command says once it holds; `{project}` stands for the project's name.
        status: what `hubshare status` says while it holds; "" for nothing.
    """

    title: str
    help: str
    said: str
    status: str = ""


@dataclass(frozen=True, eq=False)
class Setting:
    """What people see of a setting, and what is accepted beyond its type.

    Attributes:
        title: of its part of the settings page.
        label: what its form asks.
        icon: before the title; "" for none.
        page: which page of the project has its form.
        choices: the values that it can have, if they are few.
        said: what the command says once it holds; `{project}` and `{value}` stand for the name and the value, `{count}` for so
            many files.
        most: characters of a text.
        lines: how many lines of a text its form shows; a text of one line holds no line breaks.
        hub: name of the Hub's limit that holds where the project has no value of its own; a project's can only be lower.
        unit: what a number counts, in the singular.
        access: whether it changes who may read the project, so that everybody concerned is told.
    """

    title: str
    label: str = ""
    icon: str = ""
    page: str = "settings"
    choices: Mapping[str, Choice] = field(default_factory=dict)
    said: str = "{project}: {value}"
    most: int = 0
    lines: int = 1
    hub: str = ""
    unit: str = ""
    access: bool = False


class SettingsForAgents(BaseModel):
    """The settings by which agents act: they travel with every update, and agents are told of a change at once."""

    outputs: Annotated[
        OutputsName,
        Setting(
            "Outputs of notebooks",
            icon="journal-code",
            choices={
                "share": Choice(
                    "Share them",
                    "Notebooks are published as they are saved.",
                    "Outputs of notebooks are shared in {project} from now on.",
                ),
                "strip": Choice(
                    "Leave them out",
                    "Whoever pushes leaves out outputs and counts of executions; in everybody’s own folder they stay. "
                    "What was published with outputs stays so until it is edited.",
                    "Outputs of notebooks are left out of what is pushed to {project} from now on; in the folders they stay.",
                    "Notebooks are shared without their outputs.",
                ),
            },
        ),
    ] = Field("share", description="Whether outputs of notebooks are shared, or stripped by whoever pushes.")


class ProjectSettings(SettingsForAgents):
    """All settings of a project."""

    visibility: Annotated[
        VisibilityName,
        Setting(
            "Visibility",
            page="access",
            access=True,
            choices={
                "private": Choice(
                    "Private",
                    "Only those who have a role.",
                    "{project} is private. Only people with a role may read it.",
                ),
                "hub": Choice(
                    "Everybody on this Hub",
                    "Whoever is signed in can look at it and check it out. Writing needs a role.",
                    "{project} is hub. Everybody who is signed in may read it.",
                ),
                "public": Choice(
                    "Public",
                    "Anybody who has the address can look at it and clone it, also without signing in.",
                    "{project} is public. Anybody may read it, also without signing in.",
                ),
            },
        ),
    ] = Field("private", description="Who may read it without a grant: nobody, everybody signed in, or anybody.")

    description: Annotated[
        str,
        StringConstraints(max_length=4096),
        Setting("Description", label="What the project is about", icon="pencil", most=2000, lines=3),
    ] = Field("", description="What the project says of itself.")

    brake: Annotated[
        Annotated[int, Field(ge=0)] | None,
        Setting(
            "Deletion guard",
            label="A push that deletes more files than this waits until whoever made it confirms it",
            icon="exclamation-triangle",
            said="A push to {project} that deletes more than {count} waits for a confirmation.",
            hub="brake_deletions",
            unit="deletion",
        ),
    ] = Field(
        None,
        description="How many files a push may delete without a confirmation; null for what holds on the whole Hub, "
        "which is the most.",
    )


class SettingsChange(TypedDict, total=False):
    """Settings that are to be changed, for those who write them in Python; the same names and types once more."""

    outputs: OutputsName
    visibility: VisibilityName
    description: str
    brake: int


def _declared(model: type[BaseModel]) -> dict[str, Setting]:
    return {
        name: next(one for one in found.metadata if isinstance(one, Setting))
        for name, found in model.model_fields.items()
    }


#: All settings, in the order in which people meet them.
SETTINGS: Mapping[str, Setting] = {
    name: setting
    for name, setting in sorted(
        _declared(ProjectSettings).items(), key=lambda one: one[0] in SettingsForAgents.model_fields
    )
}


def for_agents(project: object) -> dict[str, Any]:
    """Return the settings of a project that travel with an update.

    Args:
        project: a row of the database, or an answer of the API.
    """
    return {name: getattr(project, name) for name in SettingsForAgents.model_fields}


def heard_by_agents(names: Iterable[str]) -> bool:
    """Return whether agents have to hear of a change of some settings."""
    return any(name in SettingsForAgents.model_fields or SETTINGS[name].access for name in names)


def check(name: str, value: Any, limits: Limits) -> Any:
    """Return what a project keeps of a value that has the setting's type.

    Args:
        limits: of the Hub.

    Raises:
        Invalid: when the value is not accepted.
    """
    setting = SETTINGS[name]
    if isinstance(value, str) and not setting.choices:
        if len(value) > setting.most:
            raise Invalid(f"The {name} has {len(value):,} characters: at most {setting.most:,} are kept.")
        allowed = "\n\t" if setting.lines > 1 else ""
        if any(ord(ch) < 32 and ch not in allowed for ch in value):
            raise Invalid(f"The {name} holds control characters: leave them out.")
    most = most_of(name, limits)
    if most is not None:
        if not 0 <= value <= most:
            raise Invalid(f"Choose 0 to {most:,} {setting.unit}s: more are stopped on this Hub in any case.")
        # What the Hub has anyway follows the Hub.
        return value if value < most else None
    return value


def in_force(name: str, value: Any, limits: Limits) -> Any:
    """Return the value that holds: the project's own, or the Hub's where the project has none or a larger one."""
    most = most_of(name, limits)
    if most is None:
        return value
    return most if value is None else min(value, most)


def most_of(name: str, limits: Limits) -> int | None:
    """Return the largest number that a project can choose; None for a setting that is no number."""
    hub = SETTINGS[name].hub
    return getattr(limits, hub) if hub else None


def check_name(name: str) -> None:
    """Check that there is a setting of a name.

    Raises:
        Invalid: naming those that there are.
    """
    if name not in SETTINGS:
        raise Invalid(f"{quoted(name)} is no setting of a project: use one of {', '.join(SETTINGS)}.")


def parse(name: str, text: str) -> SettingsChange:
    """Return the change of a setting to a value that a person has written.

    Raises:
        Invalid: when there is no such setting, or it cannot have such a value.
    """
    check_name(name)
    choices = SETTINGS[name].choices
    if choices and text not in choices:
        raise Invalid(f"{quoted(text)} is no {name}: use one of {', '.join(choices)}.")
    try:
        return cast(SettingsChange, ProjectSettings.model_validate({name: text}).model_dump(include={name}))
    except ValidationError as error:
        raise Invalid(f"{quoted(text)} cannot be the {name}: {error.errors()[0]['msg']}.") from None


def said(name: str, project: str, value: Any, limits: Limits) -> str:
    """Return what a person is told once a setting holds.

    Args:
        project: its name.
    """
    setting = SETTINGS[name]
    words = setting.choices[value].said if setting.choices else setting.said
    shown = in_force(name, value, limits)
    files = count(shown, "file") if isinstance(shown, int) else ""
    return words.format(project=project, value=_shown(name, value, limits), count=files)


def meaning(name: str, value: Any, limits: Limits) -> str:
    """Return the value of a setting as a person reads it, with what it means."""
    choice = SETTINGS[name].choices.get(value)
    return f"{value}: {choice.help}" if choice else _shown(name, value, limits)


def _shown(name: str, value: Any, limits: Limits) -> str:
    shown = in_force(name, value, limits)
    if isinstance(shown, str):
        return (shown if shown.isprintable() else repr(shown)) or f"no {name}"
    return f"{shown:,}"


def remarks(values: object) -> list[str]:
    """Return what is to be said, besides all else, of the settings by which an agent acts.

    Args:
        values: has them as attributes.
    """
    chosen = [SETTINGS[name].choices.get(getattr(values, name)) for name in SettingsForAgents.model_fields]
    return [choice.status for choice in chosen if choice is not None and choice.status]
