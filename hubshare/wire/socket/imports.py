"""Projects that come from the internet."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import FollowName, VisibilityName
from hubshare.wire.api.imports import Import
from hubshare.wire.socket.base import Answer, Arguments, Command, OfProject
from hubshare.wire.socket.sharing import CheckedOut


class ImportSource(Arguments):
    """Begin a project with what a link leads to, and bring it into a folder."""

    source: str = Field(description="The link.")
    as_: str | None = Field(None, alias="as", description="NAME or TEAM/NAME; made of the link if not given.")
    folder: str | None = Field(None, description="The project's name in `cwd` if not given.")
    visibility: VisibilityName = "private"
    follow: FollowName = Field("manual", description="How often what is new there is taken by itself.")
    history: bool = Field(False, description="Keep the history of a git repository.")
    user: str = Field("", description="With which the source is asked.")
    secret: str = Field("", description="Password or token for that.")
    auto: bool = False
    programs: bool = Field(False, description="Although programs are run from that folder.")


class Imported(CheckedOut):
    """A project that was fetched, and its checkout."""

    address: str = Field(description="Of the source.")
    label: str = Field(description="What was fetched.")
    left_out: list[str] = Field(description="What the project cannot hold, the first of it.")
    follow: FollowName
    opens: str = Field(description="Path in the folder that the link opens.")
    urlpath: str = Field(description="What the link has a server show afterwards.")


class GetLink(Arguments):
    """Get what a link leads to into the folder that it names, or bring the folder up to date."""

    source: str = Field(description="The link.")
    parent: str = Field(description="The folder in which that one lies.")
    only_known: bool = Field(False, description="Only if the folder is there: nothing new is begun.")


class GotLink(Answer):
    """A folder that holds what a link leads to."""

    project: str
    folder: str
    opens: str = Field(description="Path in the folder that the link opens.")
    urlpath: str = Field(description="What the link has a server show afterwards.")
    conflicts: dict[str, str] = Field(description="What was changed both here and there, and waits for a pick.")


class ChangeSource(OfProject):
    """Say how a project follows its source, and which branch of it, or forget the password for it."""

    follow: FollowName | None = None
    branch: str | None = Field(None, description='Taken from now on; "" for what the repository shows first.')
    history: bool | None = Field(None, description="Whether the history is kept from now on.")
    user: str | None = None
    secret: str | None = Field(None, description='"" forgets the one that is kept.')


class OfSource(OfProject):
    """Say how a project comes from its source."""


COMMANDS = {
    "import": Command(ImportSource, Imported),
    "get-link": Command(GetLink, GotLink),
    "import-status": Command(OfSource, Import, "person"),
    "import-cancel": Command(OfSource, Import, "person"),
    "import-change": Command(ChangeSource, Import, "person"),
}
