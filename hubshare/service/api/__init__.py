"""The JSON API, one file for each kind of thing. A route declares its action and its parameters, and calls an operation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

#: Where the next page of a list begins, and how long a page is.
After = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of a page.")]
#: Whether names of users are looked up at the Hub.
Check = Annotated[
    bool,
    Query(
        description="Refuse a user whom the Hub does not know, with the code `unknown-user`, where the Hub can tell."
    ),
]
