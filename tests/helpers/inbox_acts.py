"""Acts about notifications and webhooks, for the matrix of access."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select

from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import News, tell
from hubshare.store.webhook_tables import OF_HUB, Webhook
from tests.helpers.access_acts import Act
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject


def read_own(door: Callable[[str, str], Act], path: str) -> Act:
    """Say that one has read what one was told, whose number takes the place of `{number}` in a path."""

    def act(stage: Stage, who: Subject) -> int:
        with stage.centre.centre.database.begin() as session:
            tell(session, [who.user], News("access_lost", "of a play", {"name": "gone/away"}))
            mine = Notification.user == who.user, Notification.thing == "of a play"
            number = session.scalar(select(Notification.number).where(*mine)) or 0
        return door("POST", path.replace("{number}", str(number)))(stage, who)

    return act


def own_webhook(act: Act) -> Act:
    """Set up a webhook of one's own, which is taken away again: people play many stages."""

    def played(stage: Stage, who: Subject) -> int:
        code = act(stage, who)
        with stage.centre.centre.database.begin() as session:
            session.execute(delete(Webhook).where(Webhook.person == who.user))
        return code

    return played


def hub_webhook(act: Act) -> Act:
    """Set up a webhook of the whole Hub, which is taken away again: workers would tell it of every stage to come."""

    def played(stage: Stage, who: Subject) -> int:
        code = act(stage, who)
        with stage.centre.centre.database.begin() as session:
            session.execute(delete(Webhook).where(OF_HUB))
        return code

    return played


def let_in(act: Act, *answers: int) -> Act:
    """The same, of which some answers come only to who has been let in."""
    return lambda stage, who: 200 if (code := act(stage, who)) in answers else code
