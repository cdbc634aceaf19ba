"""Which jobs a request asks for, by the same words in the API and in the address of a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from hubshare.operations.jobs import JobSearch
from hubshare.wire.api.jobs import JobState

_Hours = Annotated[int, Field(ge=1, le=24 * 366)]
#: A field of a form that was left empty says nothing.
_NOTHING = BeforeValidator(lambda value: None if value == "" else value)


def read_search(
    state: Annotated[JobState | None, _NOTHING, Query(description="In this state.")] = None,
    kind: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$", description="Of this kind.")] = "",
    project: Annotated[str, Query(max_length=400, pattern=r"^[^\x00]*$", description="owner/name.")] = "",
    user: Annotated[str, Query(max_length=255, pattern=r"^[^\x00]*$", description="Whose work it is.")] = "",
    hours: Annotated[_Hours | None, _NOTHING, Query(description="Put on the queue within so many hours.")] = None,
    text: Annotated[
        str,
        Query(max_length=200, pattern=r"^[^\x00]*$", description="What the error holds."),
    ] = "",
    trace: Annotated[
        str,
        Query(
            max_length=64,
            pattern=r"^[0-9a-zA-Z]*$",
            description="Id of the job, or of the event or request that it comes from.",
        ),
    ] = "",
    queue: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$", description="In this queue.")] = "",
    retried: Annotated[
        bool, Query(description="With a state: those as well that were retried since they were in it.")
    ] = False,
    published: Annotated[bool, Query(description="Only those that made a version.")] = False,
) -> JobSearch:
    """What the parameters of a request say."""
    return JobSearch(state or "", kind, project, user, hours, text, trace, queue, retried, published)


TheSearch = Annotated[JobSearch, Depends(read_search)]
