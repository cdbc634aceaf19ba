"""Offers: what waits for a person's yes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Text, Time, _In


class Offer(BaseModel):
    """A place in a team, or a project to own, that somebody wants to give to the caller."""

    id: str
    kind: Literal["team", "project"]
    name: str = Field(description="Of the team, or the project's address.")
    role: str = Field(description="`member` or `maintainer` of the team, `owner` of the project.")
    called: str = Field(description="The name that the project is to have then; empty for a team.")
    giver: str
    created: Time
    expires: Time


class Yes(_In):
    """An offer is accepted."""

    name: Text | None = Field(None, description="Another name for the project.")


class No(_In):
    """An offer is declined."""

    always: bool = Field(False, description="Nothing more that this person offers is to be heard of.")


class Taken(BaseModel):
    """What was accepted."""

    kind: Literal["team", "project"]
    name: str = Field(description="Of the team, or the project's address.")
    role: str
