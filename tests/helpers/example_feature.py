"""A feature as small as one can be: it counts what it is told, by a job, and says the number by the API and on a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from hubshare.centre import Centre
from hubshare.features import Feature
from hubshare.jobs import RENDER, Handler
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action

EXAMPLE = Feature(
    "example",
    api="tests.helpers.example_feature:api",
    pages="tests.helpers.example_feature:pages",
    worker="tests.helpers.example_feature:handlers",
)
COUNT = replace(RENDER, name="count", max_retries=0)

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


def handlers(centre: Centre) -> list[Handler]:
    """The one job."""

    def count(word: str) -> None:
        if word == "bad":
            raise ValueError(word)
        counted.append(f"{word} in {centre.settings.data.name}")

    def give_up(word: str, error: BaseException) -> None:
        counted.append(f"{word} given up: {error!r}")

    return [Handler(COUNT, count, give_up)]
