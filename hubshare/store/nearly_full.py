"""Who has nearly as much as the Hub lets one have: told once at each step, until it is less again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.config import CentreSettings
from hubshare.names import is_set_aside
from hubshare.store.held import keeping, logged
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import News, settle_for, tell
from hubshare.store.quotas import owners_above
from hubshare.store.teams import maintainers_of

#: Shares of what one may have at which one is told, in percent.
STEPS = (80, 95, 100)


class Share(NamedTuple):
    """What somebody has of what one may have, in bytes; of a team where `team` is its id."""

    used: int
    most: int
    team: str | None = None


def step(share: Share) -> int:
    """Return the highest step that somebody has reached, in percent; 0 for none."""
    return max((part for part in STEPS if share.used * 100 >= part * share.most), default=0)


def tell_of_quotas(session: Session, found: Mapping[tuple[str, str], Share]) -> None:
    """Tell who has reached another step, and settle what was told of those who have less again.

    Args:
        found: what `nearly_full` gives.
    """
    told = Notification.kind == "quota", Notification.done.is_(None)
    rows = session.execute(select(Notification.user, Notification.thing, Notification.details).where(*told))
    known = {(user, thing): int(details["condition"]) for user, thing, details in rows}
    for (user, thing), share in found.items():
        reached = step(share)
        if reached > known.get((user, thing), 0):
            details = {"used": share.used, "most": share.most, "condition": str(reached)}
            tell(session, [user], News("quota", thing, details, team_id=share.team))
    for user, thing in known.keys() - found.keys():
        settle_for(session, "quota", thing, [user])


def nearly_full(session: Session, limits: CentreSettings) -> dict[tuple[str, str], Share]:
    """Those who have reached the first step, by who is told and what it is about."""
    found = dict[tuple[str, str], Share]()
    if most := limits.max_owner_bytes:
        for owner, team, used in owners_above(session, _first(most)):
            if team is None:
                found[owner, "projects"] = Share(used, most)
            else:
                found |= {(user, team): Share(used, most, team) for user in maintainers_of(session, team)}
    if most := limits.max_kept_bytes:
        found |= {(user, "conflicts"): Share(used, most) for user, used in keeping(session, _first(most))}
    if most := limits.max_audit_bytes:
        found |= {(user, "log"): Share(used, most) for user, used in logged(session, _first(most))}
    return {about: share for about, share in found.items() if about[0] and not is_set_aside(about[0])}


def _first(most: int) -> int:
    """The bytes at which the first step is reached."""
    return -(-most * STEPS[0] // 100)
