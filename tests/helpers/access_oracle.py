"""Who may do what, written down by hand from docs/reference/access.md, and from nothing of the code: a second opinion."""

from __future__ import annotations

from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject

#: Action to the smallest role on the project or in the team, the scope, and what is said beside: `hub`: admins of the Hub may
#: too; `public`: anybody where the project is; `live`: not while it is archived; `people`: no service of the Hub.
TABLE: dict[str, tuple[str, str, str]] = {
    "project.read": ("reader", "read", "public"),
    "project.check-out": ("reader", "write", "people"),
    "project.fork": ("reader", "write", "people"),
    "project.ask-server": ("reader", "write", "people"),
    "project.push": ("writer", "write", "live"),
    "project.release": ("writer", "write", "live"),
    "project.see-access": ("writer", "read", "hub"),
    "project.see-audit": ("admin", "read", "hub"),
    "project.see-settings": ("admin", "read", "hub"),
    "project.grant": ("admin", "admin", ""),
    "project.configure": ("admin", "admin", "live"),
    "project.archive": ("admin", "admin", "hub"),
    "project.rename": ("owner", "admin", "live"),
    "project.transfer": ("owner", "admin", "hub"),
    "project.delete": ("owner", "admin", "hub"),
    "project.restore": ("owner", "admin", "hub"),
    "project.webhooks": ("admin", "admin", ""),
    "project.mirrors": ("admin", "admin", ""),
    "team.see": ("member", "read", "hub"),
    "team.leave": ("member", "admin", ""),
    "team.manage": ("maintainer", "admin", "hub"),
    "team.configure": ("maintainer", "admin", ""),
    "team.see-audit": ("maintainer", "read", "hub"),
    "team.delete": ("maintainer", "admin", "hub"),
    "team.webhooks": ("maintainer", "admin", ""),
    "team.create-project": ("member", "write", ""),
    "me.look-around": ("", "read", ""),
    "me.sync": ("", "write", "people"),
    "me.create-project": ("", "write", "people"),
    "me.create-team": ("", "admin", "people"),
    "me.accept-invitation": ("", "write", ""),
    "me.read-inbox": ("", "write", ""),
    "me.mail": ("", "admin", "people"),
    "me.webhooks": ("", "admin", "people"),
    "me.share-server": ("", "admin", "people"),
    "me.revoke-token": ("", "admin", "people"),
    "hub.see-audit": ("nobody", "read", "hub"),
    "hub.see-costs": ("nobody", "read", "hub"),
    "hub.see-ops": ("nobody", "read", "hub"),
    "hub.run-ops": ("nobody", "admin", "hub"),
    "hub.see-jobs": ("nobody", "read", "hub"),
    "hub.see-tokens": ("nobody", "read", "hub"),
    "hub.revoke-tokens": ("nobody", "admin", "hub"),
    "hub.webhooks": ("nobody", "admin", "hub"),
    "hub.knock": ("", "", ""),
}
_PROJECT = ["reader", "writer", "admin", "owner"]
_TEAM = ["member", "maintainer"]
_SCOPES = ["read", "write", "admin"]

#: What each of the people is on a project of a user, on one of the team, and in the team.
PEOPLE: dict[str, tuple[str, str, str]] = {
    "owner": ("owner", "", ""),
    "admin": ("admin", "admin", ""),
    "writer": ("writer", "writer", ""),
    "reader": ("reader", "reader", ""),
    "room server": ("reader", "reader", ""),
    "member": ("writer", "writer", "member"),
    "maintainer": ("writer", "owner", "maintainer"),
    "second maintainer": ("writer", "owner", "maintainer"),
    "admin by a group": ("admin", "admin", ""),
    "ex-member": ("", "", ""),
    "namesake of a removed admin": ("", "", ""),
    "stranger": ("", "", ""),
    "nobody": ("", "", ""),
    "Hub admin": ("", "", ""),
    "Hub admin whose token only reads": ("", "", ""),
    "service of the Hub": ("", "", ""),
    "service that writes": ("writer", "writer", ""),
    "service in the team": ("writer", "writer", "member"),
    "service that leads the team": ("writer", "owner", "maintainer"),
}
#: How far the token of somebody goes, by the end of what they are called; else everything.
TOKENS = {
    "a token that only reads": "read",
    "whose token only reads": "read",
    "a token that reads and writes": "write",
    "a token without scopes": "nothing",
    "an expired token": "expired",
    "nobody": "none",
}


def by_hand(action: str, who: Subject, stage: Stage) -> int:
    """The status that the page on access promises somebody; 200 for whoever passes."""
    least, scope, beside = TABLE[action]
    if not scope:
        return 200
    token = next((kind for end, kind in TOKENS.items() if who.label.endswith(end)), "admin")
    if token == "expired":
        return 401
    if token == "none":
        return 200 if "public" in beside and stage.visibility == "public" else 401
    if token == "nothing" or _SCOPES.index(scope) > _SCOPES.index(token):
        return 403
    if who.label.startswith("service") and "people" in beside:
        return 403
    if "hub" in beside and who.label == "Hub admin":
        return 200
    if not least:
        return 200
    if least == "nobody":
        return 403
    on_own, on_teams, in_team = PEOPLE[who.label.partition(" with ")[0]]
    has, order = (in_team, _TEAM) if least in _TEAM else (on_teams if stage.of_team else on_own, _PROJECT)
    if not has and order is _PROJECT and stage.visibility in ("hub", "public"):
        has = "reader"
    if not has:
        return 404
    if order.index(has) < order.index(least):
        return 403
    return 409 if "live" in beside and stage.archived else 200
