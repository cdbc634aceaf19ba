"""Agents, and what they carry."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.wire.api.base import ServerName


class NewSession(BaseModel):
    """An agent that begins, or begins anew."""

    server: ServerName = Field("", description="Name of the single-user server.")


class Session(BaseModel):
    """What an agent needs to talk to the centre."""

    user: str
    redis_url: str = Field(description="Address of Redis, without credentials.")
    username: str
    password: str
    outbox: str
    inbox: str
    seconds: int = Field(description="How long the credentials last; trade the token again before.")
    max_file_bytes: int
    max_push_bytes: int
    inline_push_bytes: int
    brake_deletions: int


class PlaceInLine(BaseModel):
    """Where a push stands that has not been answered."""

    words: str = Field(description="In words; empty where nobody can tell, or it has been answered.")


class Wanted(BaseModel):
    """The contents of some paths at a published commit."""

    commit: str = Field(pattern="^[0-9a-f]{40}$")
    paths: list[str] = Field(max_length=200_000)


class Upload(BaseModel):
    """How far an upload has come."""

    size: int = Field(description="Bytes that have arrived.")
