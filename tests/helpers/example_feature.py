"""A feature as small as one can be: it counts what it is told, by a job, and says the number by the API and on a page."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from hubshare_workers.context import Context

from hubshare.features import Feature
from hubshare.jobs import Job
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action

EXAMPLE = Feature(
    "example",
    api="tests.helpers.example_feature:api",
    pages="tests.helpers.example_feature:pages",
    jobs="tests.helpers.example_feature:JOBS",
)
counted: list[str] = []
api = APIRouter(tags=["example"])
pages = APIRouter(include_in_schema=False)


@api.get("/counted")
def get_counted(_: Annotated[Caller, Depends(requires(Action.HEALTH))]) -> int:
    """How often it was counted."""
    return len(counted)


@pages.get("/counted")
def show_counted(_: Annotated[Caller, Depends(requires(Action.HEALTH))]) -> PlainTextResponse:
    """The same for people."""
    return PlainTextResponse(f"{len(counted)} counted")


class Word(NamedTuple):
    """What is counted."""

    word: str


def count(context: Context, wanted: Word) -> None:
    """Count a word."""
    if wanted.word == "bad":
        raise ValueError(wanted.word)
    counted.append(f"{wanted.word} in {context.centre.settings.data.name}")


def give_up(context: Context, wanted: Word, error: BaseException) -> None:
    """Count that it could not be counted."""
    counted.append(f"{wanted.word} given up: {error!r}")


COUNT = Job(
    "count",
    "example",
    Word,
    run="tests.helpers.example_feature:count",
    give_up="tests.helpers.example_feature:give_up",
    max_retries=0,
)
JOBS = (COUNT,)
