"""Offers: what others want to put under a person's name waits until the person says yes."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.operations.lifecycle import hand_over
from hubshare.store import offers, teams
from hubshare.store.access.decisions import team_role_of
from hubshare.store.offers import OpenOffer
from hubshare.store.revocation import touched
from hubshare.vocabulary import TeamRole
from hubshare.wire.api.offers import Offer, Taken


def list_offers(caller: Caller, centre: Centre) -> list[Offer]:
    """What waits for the caller's yes, the oldest first."""
    with centre.database.read() as session:
        return [to_resource(found) for found in offers.offers_to(session, caller.user)]


def accept_offer(caller: Caller, centre: Centre, *, offer: str, name: str | None = None) -> Taken:
    """Say yes: from now on the caller is in the team, or owns the project.

    Args:
        offer: its id.
        name: for the project, where the caller wants another one than the giver.

    Raises:
        Clash: when the caller has a project of that name.
    """
    with centre.database.begin() as session:
        row, team, project = found = offers.find_offer(session, caller.user, offer)
        made = to_resource(found)
        if team is not None:
            mine = team_role_of(session, team, caller.user)
            if mine is None or mine < TeamRole[row.role]:
                teams.put_member(session, team, caller.user, row.role)
            caller.note(session, team, role=row.role, by=row.giver)
            session.delete(row)
            session.flush()
            concerned, users = touched(session, team), [caller.user]
            taken = Taken(kind="team", name=team.name, role=row.role)
        else:
            assert project is not None
            before = project.full_name
            hand_over(session, centre, project, caller.user, name or row.name, None, row.giver)
            caller.note(session, project, before=before, by=row.giver)
            session.flush()
            concerned, users = [project.id], None
            taken = Taken(kind="project", name=project.full_name, role="owner")
    assert made.kind == taken.kind
    centre.access_changed(concerned, users)
    return taken


def decline_offer(caller: Caller, centre: Centre, *, offer: str, always: bool = False) -> None:
    """Say no. Whoever made it is told nothing.

    Args:
        offer: its id.
        always: the caller wants to hear of no offer of this person any more.
    """
    with centre.database.begin() as session:
        row, team, project = offers.find_offer(session, caller.user, offer)
        caller.note(session, None, declined=team.name if team else project.full_name if project else "", always=always)
        if always:
            offers.refuse_giver(session, caller.user, row.giver)
        else:
            session.delete(row)


def to_resource(found: OpenOffer) -> Offer:
    """An offer as the API shows it."""
    row, team, project = found
    return Offer(
        id=row.id,
        kind="team" if team is not None else "project",
        name=team.name if team is not None else project.full_name if project else "",
        role=row.role if team is not None else "owner",
        called=row.name,
        giver=row.giver,
        created=row.created,
        expires=row.expires,
    )
