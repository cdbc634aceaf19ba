"""Checkouts, and how fresh they are."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.errors import NotFound
from hubshare.names import split_project
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import role_of
from hubshare.store.models import Checkout, Project, Version
from hubshare.wire.agent import new_id
from hubshare.wire.api.base import Page
from hubshare.wire.api.checkouts import Begun, NewCheckout
from hubshare.wire.api.checkouts import Checkout as CheckoutOut

router = APIRouter(tags=["checkouts"])


@router.post("/checkouts", status_code=201)
def create_checkout(
    caller: Annotated[Caller, Depends(requires(Action.CHECK_OUT))], centre: TheCentre, wanted: NewCheckout
) -> Begun:
    """Register a folder as a checkout; from then on your agents are told of updates."""

    def make() -> Begun:
        row = Checkout(id=new_id(), project_id=project.id, user=caller.user, server=wanted.server, folder=wanted.folder)
        session.add(row)
        caller.note(session, project, checkout=row.id, folder=wanted.folder)
        first = projects.version(session, project.id, "v0")
        newest = projects.latest(session, project.id) or first
        return Begun(
            id=row.id,
            project=project.id,
            name=project.full_name,
            role=given,
            folder=row.folder,
            first=first.commit,
            commit=newest.commit,
            version=newest.number,
        )

    with centre.database.begin() as session:
        project, role = caller.project(session, *split_project(wanted.project))
        assert role is not None
        given = role.name
        return caller.once(session, wanted.model_dump(), Begun, make)


@router.delete("/checkouts/{checkout}", status_code=204)
def delete_checkout(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, checkout: str
) -> None:
    """Forget a checkout of yours; its files stay."""
    with centre.database.begin() as session:
        row = session.get(Checkout, checkout)
        if row is None or row.user != caller.user:
            raise NotFound("You have no such checkout.")
        caller.note(session, session.get(Project, row.project_id), checkout=row.id, forgotten=True)
        session.delete(row)


@router.get("/checkouts")
def list_my_checkouts(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[CheckoutOut]:
    """Your checkouts, on all your servers, as far as you may still read their projects."""
    with centre.database.read() as session:
        return _page(session, _freshness().where(Checkout.user == caller.user), after, limit, caller.user)


@router.get("/projects/{owner}/{name}/checkouts")
def list_checkouts(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 100,
) -> Page[CheckoutOut]:
    """All checkouts of a project, and how fresh each is."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return _page(session, _freshness().where(Checkout.project_id == project.id), after, limit, None)


def _freshness() -> Any:
    return (
        select(Checkout, Project, Version.number)
        .join(Project, Project.id == Checkout.project_id)
        .outerjoin(Version, (Version.project_id == Checkout.project_id) & (Version.commit == Checkout.commit))
        .where(Project.deleted.is_(None))
        .order_by(Checkout.id)
    )


def _page(
    session: Session,
    query: Any,
    after: str | None,
    limit: int,
    mine: str | None,
) -> Page[CheckoutOut]:
    begin = decode_cursor(after, str)
    if begin:
        query = query.where(Checkout.id > begin[0])
    rows = session.execute(query.limit(limit + 1)).all()
    shown = [row for row in rows[:limit] if mine is None or role_of(session, row[1], mine) is not None]
    newest = projects.newest_of(session, {project.id for _, project, _ in shown})
    items = [
        CheckoutOut(
            id=row.id,
            project=project.full_name,
            user=row.user,
            server=row.server,
            folder=row.folder,
            version=number,
            behind=None if number is None else newest[project.id].number - number,
            seen=row.seen,
        )
        for row, project, number in shown
    ]
    return Page(items=items, next=encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None)
