"""A visit: one request to a page of a project, and what such pages have in common."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hubshare.errors import HubShareError
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.database import Session


class ProjectRequest:
    """One request to a page of a project, as its route gets it.

    Attributes:
        owner, name: the address that was asked for, which may be a former one.
    """

    def __init__(self, request: Request, centre: TheCentre, pages: ThePages, owner: str, name: str) -> None:
        self.request, self.centre, self.pages = request, centre, pages
        self.owner, self.name = owner, name

    def view(self, session: Session, caller: Caller, version: str = "latest") -> ProjectView:
        """What is visited; see `open_view`."""
        return open_view(session, self.centre, caller, self.owner, self.name, version)

    def show(
        self, caller: Caller, template: str, place: ProjectView, problem: HubShareError | None = None, **values: Any
    ) -> HTMLResponse:
        """A page of the project.

        Args:
            problem: why what was asked for was not done, which the page says.
            values: what the template shows besides.
        """
        status = problem.status if problem else 200
        return self.pages.show(self.request, caller, template, status=status, place=place, problem=problem, **values)

    def see(self, *parts: str | int, full: str = "") -> RedirectResponse:
        """After a form was sent: go and look at a page of the project.

        Args:
            parts: which one; none is its first one.
            full: owner/name, where that is another one now.
        """
        return see_other(self.pages.at.project(full or f"{self.owner}/{self.name}", *parts))


TheProjectRequest = Annotated[ProjectRequest, Depends()]
