"""What the arguments and the answers of all commands are made of, and what a command is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypeForm

from hubshare.errors import AnswerName, Invalid
from hubshare.names import quoted


class _Strict(BaseModel):
    """Takes nothing that it does not know. A name that is a word of Python is another one in the code: `as_` for `as`."""

    # Made into a schema once it is used: a start takes a tenth of a second less.
    model_config = ConfigDict(
        extra="forbid", strict=True, populate_by_name=True, serialize_by_alias=True, defer_build=True
    )


class Arguments(_Strict):
    """What a command takes."""

    cwd: str = Field("/", description="The folder that relative paths start from.")


class OfCheckout(Arguments):
    """A command that works in one checkout."""

    folder: str | None = Field(None, description="A folder in the checkout; `cwd` if not given.")


class OfProject(Arguments):
    """A command about one project."""

    project: str | None = Field(
        None, description="owner/name; the project of the checkout that `cwd` lies in if not given."
    )


class Answer(_Strict):
    """What a command gives."""


class Change(Answer):
    """One path that a push or a pull would change."""

    path: str
    change: Literal["add", "edit", "delete"]


class OpenConflict(Answer):
    """One open conflict of a checkout."""

    path: str
    kind: str


class Waits(Answer):
    """Whether something waits for a person, and what answers it."""

    paused: str = Field(description="What a person has to do before it goes on, in a terminal; empty if nothing.")
    reason: str = Field("", description="Why, without the commands that answer it; empty if nothing is paused.")
    question: AnswerName = Field(
        "",
        description="Which command with `confirm` says yes to what is asked about deletions; empty if nothing is asked.",
    )


class WaitsFields(TypedDict):
    """The fields of `Waits`."""

    paused: str
    reason: str
    question: AnswerName


@dataclass(frozen=True)
class Command:
    """One command of the agent.

    Args:
        arguments: what it takes.
        answer: what it gives; a union where that depends on the arguments.
        acts_as: in whose name it is carried out where somebody else than the owner is in front of the server: `anybody` only
            looks at the checkouts of the server; `person` asks the service in the name of whoever is there; `owner` does
            something with a checkout, which is the owner's, and is refused.
    """

    arguments: type[Arguments]
    answer: TypeForm[BaseModel]
    acts_as: Literal["anybody", "person", "owner"] = "owner"

    @cached_property
    def _adapter(self) -> TypeAdapter[BaseModel]:
        return TypeAdapter(self.answer)

    def read(self, arguments: object) -> Arguments:
        """Return the arguments that have arrived, checked.

        Raises:
            Invalid: which one does not fit, in words.
        """
        try:
            return self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise Invalid(_in_words(error)) from None

    def write(self, answer: BaseModel) -> Any:
        """Return an answer as what can travel as JSON."""
        return self._adapter.dump_python(self._adapter.validate_python(answer), mode="json")


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"])) or "the arguments"
    match first["type"]:
        case "extra_forbidden":
            return f"The agent knows no argument {quoted(name)} of this command: restart your server to update it."
        case "missing":
            return f"The argument {quoted(name)} is missing."
        case "literal_error":
            return f"{quoted(str(first['input']))} is no {name}: use one of {first['ctx']['expected']}."
    return f"The argument {quoted(name)} cannot be {quoted(repr(first['input']))}: {first['msg']}."
