"""The usual kinds of calls, by what they do: get, list, put, create, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from hubshare.client.call import Call, Listing, nothing, one, page

Model = TypeVar("Model", bound=BaseModel)


def get(path: str, model: type[Model], /, **query: str | int | None) -> Call[Model]:
    """Ask for one thing."""
    return Call("GET", path, one(model), query, repeat=True)


def listing(path: str, model: type[Model], size: int | None = None, /, **query: str | int | None) -> Listing[Model]:
    """Ask for a list, `size` items at once."""
    limit = {"limit": size} if size is not None else {}
    return Listing(Call("GET", path, page(model), {**query, **limit}, repeat=True))


def put(
    path: str,
    model: type[Model],
    body: Any,
    match: int | None = None,
    repeat: bool = True,
    query: Mapping[str, str | None] | None = None,
) -> Call[Model]:
    """Set something; sent again by itself unless the caller wants it to be still at revision `match`."""
    return Call(
        "PUT", path, one(model), query or {}, body=body, headers=if_match(match), repeat=repeat and match is None
    )


def create(path: str, model: type[Model], body: Any, query: Mapping[str, str | None] | None = None) -> Call[Model]:
    """Make something; a key of its own lets the service know a repetition."""
    return Call("POST", path, one(model), query or {}, body=body, headers={"Idempotency-Key": uuid4().hex}, repeat=True)


def delete(path: str, match: int | None = None) -> Call[None]:
    """Delete something; that it is gone already is as well."""
    return Call("DELETE", path, nothing, headers=if_match(match), repeat=True, gone=True)


def if_match(match: int | None) -> dict[str, str]:
    """The header that names the revision which the caller has seen."""
    return {} if match is None else {"If-Match": f'"{match}"'}


def checked(check: bool) -> dict[str, str | None]:
    """The parameter that has names of users looked up at the Hub, which a service of version 0.1.0 passes over."""
    return {"check": "true" if check else None}


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def silent(done: int, total: int) -> None:
    """No progress to show."""
