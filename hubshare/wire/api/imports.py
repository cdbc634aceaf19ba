"""Projects that come from the internet."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.vocabulary import FollowName, VisibilityName
from hubshare.wire.api.base import Text, Time, _In

ImportState = Literal["queued", "running", "done", "failed", "cancelled"]


class NewImport(_In):
    """A project to be begun with what a link leads to."""

    source: Text = Field(description="A link: git, an archive, a file, a folder on GitHub or GitLab, a gist, a DOI, …")
    name: Text | None = Field(None, description="Made of the link if not given.")
    owner: Text | None = Field(None, description="A team that you are in; you yourself if not given.")
    visibility: VisibilityName = "private"
    description: Text = ""
    follow: FollowName = Field("manual", description="How often what is new at the source is taken by itself.")
    history: bool = Field(False, description="Keep the history of a git repository; otherwise one version each time.")
    user: Text = Field("", description="With which the source is asked, where it is not open to everybody.")
    secret: Text = Field("", description="Password or token for that. It is kept sealed, and never shown again.")


class SourceLink(BaseModel):
    """What a link asks for."""

    address: str = Field(description="Of the source.")
    ref: str = Field(description='Branch, tag, commit or version of it that is wanted; "" for what it shows first.')
    name: str = Field(description="What a project of it is called, if nobody says otherwise.")
    opens: str = Field(description='Path that is opened afterwards; "" for none.')
    target: str = Field(description='Folder in a home that it is to lie in; "" for none.')
    urlpath: str = Field(description='What a server is to show afterwards; "" for nothing.')
    note: str = Field(description='What a person should know of how it was read; "" for nothing.')


class ImportChange(_In):
    """What is to change of how a project follows its source; null is left as it is.

    Where that is another branch, or the history, the source is looked at.
    """

    follow: FollowName | None = None
    branch: Text | None = Field(
        None,
        description='Branch, tag or commit that is taken from now on; "" for what the repository shows first.',
    )
    history: bool | None = Field(None, description="Whether the history of the repository is kept from now on.")
    user: Text | None = None
    secret: Text | None = Field(None, description='A new password or token; "" forgets the one that is kept.')


class ImportNote(BaseModel):
    """A line of what was done."""

    time: Time
    text: str


class Import(BaseModel):
    """How a project comes from a source outside this Hub, and how far that is."""

    project: str
    address: str = Field(description="Of the source.")
    ref: str = Field(description='Branch, tag, commit or version of it that is wanted; "" for what it shows first.')
    branch: str | None = Field(
        description='Branch, tag or commit of a git repository; "" for what it shows first, null for other sources.'
    )
    label: str = Field(description='What was fetched last, as people read it; "" for nothing yet.')
    follow: FollowName
    history: bool
    has_secret: bool = Field(description="Whether a password or token is kept for it.")
    opens: str = Field(description='Path of the file or page that the link opens; "" for none.')
    target: str = Field(description='Folder in a home that the link names; "" for none.')
    urlpath: str = Field(description='What the link has a server show afterwards; "" for nothing.')
    state: ImportState
    run: str = Field(description="Names this fetch: a later one has another name.")
    stage: str = Field(description="What is being done.")
    done: int = Field(description="How far that is, in bytes or steps.")
    total: int = Field(description="Of so many; 0 where that is not known.")
    message: str = Field(description="Why it failed, or what is to be decided.")
    left_out: list[str] = Field(
        description="What the source has and the project has not, with the reason; the first of them."
    )
    log: list[ImportNote] = Field(description="The last lines of what was done.")
    due: Time | None = Field(description="When it is looked for what is new the next time.")
    started: Time | None
    ended: Time | None
