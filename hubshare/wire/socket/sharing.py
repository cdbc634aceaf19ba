"""Making and joining projects."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import GrantedRole, ModeName, RoleName, VisibilityName
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.base import Answer, Arguments, Command
from hubshare.wire.socket.syncing import Pulled, Pushed


class Share(Arguments):
    """Make a folder a project, push it, and let others in."""

    folder: str
    as_: str | None = Field(None, alias="as", description="owner/name; made from the folder's name if not given.")
    with_: list[str] = Field([], alias="with", description="Whom to let in: `bob:writer`, `team:physics:reader`.")
    visibility: VisibilityName = "private"
    auto: bool = False
    unknown: bool = Field(False, description="Also with users whom the Hub does not know yet.")
    programs: bool = Field(False, description="Although programs are run from that folder.")


class Shared(Pushed):
    """A new project."""

    folder: str
    grants: dict[str, GrantedRole]
    unshared: dict[str, str] = Field(description="What is left out: path to reason.")


class Checkout(Arguments):
    """Bring a project into a new folder, or join it to one that holds files already."""

    project: str
    folder: str | None = Field(None, description="The project's name in `cwd` if not given.")
    auto: bool = False
    programs: bool = Field(False, description="Although programs are run from that folder.")


class CheckedOut(Pulled):
    """A new checkout."""

    folder: str
    role: RoleName


class List(Arguments):
    """List the projects that I can see, and my checkouts on this server."""

    after: str | None = Field(None, description="`next` of the page before.")
    limit: int | None = Field(None, ge=1, le=500, description="How many projects at most; all if not given.")


class CheckoutLine(Answer):
    """A checkout on this server."""

    project: str
    folder: str
    mode: ModeName
    role: RoleName
    version: int
    lost: str | None = Field(description="Why there is no access any more.")


class Unopened(Answer):
    """A checkout on this server whose state cannot be opened."""

    project: str = Field(description="Empty where it cannot be told.")
    folder: str = Field(description="Empty where it cannot be told.")
    fault: str = Field(description="Why, and what to do.")


class Listed(Answer):
    """Projects and checkouts."""

    projects: list[Project]
    checkouts: list[CheckoutLine] = Field(description="All of them on the first page, none on the others.")
    unopened: list[Unopened] = Field([], description="Checkouts whose state cannot be opened, on the first page.")
    next: str | None = Field(
        None,
        exclude_if=lambda after: after is None,
        description="To be given as `after` for the next page; not there on the last one.",
    )


class Unlink(Arguments):
    """Stop tracking a folder; its files stay."""

    folder: str | None = Field(None, description="The checkout's folder; `cwd` if not given.")


class Unlinked(Answer):
    """A folder that is no checkout any more."""

    project: str
    folder: str
    kept: int = Field(description="How many versions that were replaced here are kept.")
    kept_at: str | None = Field(None, exclude_if=lambda at: at is None, description="Where those lie now.")


class Repair(Arguments):
    """Begin the checkout of a folder anew, since its state is damaged; folder and project stay as they are."""

    folder: str | None = Field(None, description="The checkout's folder; `cwd` if not given.")


class Repaired(Pulled):
    """A checkout that was begun anew."""

    folder: str
    aside: str = Field(description="Where the old state lies now, with all that was kept in it.")


class Relocate(Arguments):
    """Have a checkout go on in the folder that it was moved to."""

    which: str = Field(description="The folder that it was in, or owner/name of its project.")
    to: str = Field(description="The folder that it is in now.")


class Relocated(Answer):
    """A checkout that goes on in another folder."""

    project: str
    folder: str
    before: str


COMMANDS = {
    "share": Command(Share, Shared),
    "checkout": Command(Checkout, CheckedOut),
    "list": Command(List, Listed, "person"),
    "unlink": Command(Unlink, Unlinked),
    "repair": Command(Repair, Repaired),
    "relocate": Command(Relocate, Relocated),
}
