"""The one table of actions: what each needs. It decides, the access page of the docs is checked against it, and the tests are
made from it.

Everything here is pure. Every route, event, git verb, stream and page names one of these actions; there is no other way in.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from hubshare.errors import Clash, Forbidden, NotFound
from hubshare.vocabulary import Role, TeamRole


class Scope(StrEnum):
    """What the Hub token of a request must allow; of the first three each includes the ones before it."""

    READ = "custom:hubshare:read"
    WRITE = "custom:hubshare:write"
    ADMIN = "custom:hubshare:admin"
    #: Lets somebody who is no admin of the Hub look at workers and queues; nobody holds it by default.
    OPS = "custom:hubshare:ops"


class Action(StrEnum):
    """Everything that can be done, by the name that the audit log and the API use."""

    READ = "project.read"
    CHECK_OUT = "project.check-out"
    FORK = "project.fork"
    ASK_SERVER = "project.ask-server"
    PUSH = "project.push"
    RELEASE = "project.release"
    SEE_ACCESS = "project.see-access"
    SEE_AUDIT = "project.see-audit"
    SEE_SETTINGS = "project.see-settings"
    GRANT = "project.grant"
    CONFIGURE = "project.configure"
    ARCHIVE = "project.archive"
    RENAME = "project.rename"
    TRANSFER = "project.transfer"
    DELETE = "project.delete"
    RESTORE = "project.restore"
    WEBHOOKS = "project.webhooks"
    MIRRORS = "project.mirrors"

    SEE_TEAM = "team.see"
    LEAVE_TEAM = "team.leave"
    MANAGE_TEAM = "team.manage"
    CONFIGURE_TEAM = "team.configure"
    SEE_TEAM_AUDIT = "team.see-audit"
    DELETE_TEAM = "team.delete"
    TEAM_WEBHOOKS = "team.webhooks"
    CREATE_TEAM_PROJECT = "team.create-project"

    BROWSE_OWN = "me.look-around"
    SYNC = "me.sync"
    CREATE_PROJECT = "me.create-project"
    CREATE_TEAM = "me.create-team"
    ACCEPT = "me.accept-invitation"
    READ_INBOX = "me.read-inbox"
    MAIL = "me.mail"
    OWN_WEBHOOKS = "me.webhooks"
    SHARE_SERVER = "me.share-server"
    REVOKE_TOKEN = "me.revoke-token"  # noqa: S105

    SEE_ALL_AUDIT = "hub.see-audit"
    SEE_COSTS = "hub.see-costs"
    SEE_OPS = "hub.see-ops"
    RUN_OPS = "hub.run-ops"
    SEE_JOBS = "hub.see-jobs"
    SEE_TOKENS = "hub.see-tokens"
    REVOKE_TOKENS = "hub.revoke-tokens"
    HUB_WEBHOOKS = "hub.webhooks"
    HEALTH = "hub.knock"


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        words: what finishes the sentence "you may not …", with the project's or team's name behind it.
        scope: what the token must allow; None: no token is asked for.
        role: the smallest role on the project.
        team: the smallest role in the team.
        public: whether somebody who is not signed in may, where the project's visibility is `public`.
        hub_admin: whether an admin of the Hub may without a role.
        archived: whether it can be done to an archived project.
        people: whether it is for people alone, and not for services of the Hub.
    """

    words: str
    scope: Scope | None
    role: Role | None = None
    team: TeamRole | None = None
    public: bool = False
    hub_admin: bool = False
    archived: bool = True
    people: bool = False


#: What each action needs. An action that is missing here is allowed to nobody.
RULES: dict[Action, Rule] = {
    Action.READ: Rule("read", Scope.READ, Role.reader, public=True),
    Action.CHECK_OUT: Rule("check out", Scope.WRITE, Role.reader, people=True),
    Action.FORK: Rule("start a project of your own from", Scope.WRITE, Role.reader, people=True),
    Action.ASK_SERVER: Rule("ask for access to a server because of", Scope.WRITE, Role.reader, people=True),
    Action.PUSH: Rule("push to", Scope.WRITE, Role.writer, archived=False),
    Action.RELEASE: Rule("name versions of", Scope.WRITE, Role.writer, archived=False),
    Action.SEE_ACCESS: Rule("see who has access to", Scope.READ, Role.writer, hub_admin=True),
    Action.SEE_AUDIT: Rule("see the audit log of", Scope.READ, Role.admin, hub_admin=True),
    Action.SEE_SETTINGS: Rule("see the settings of", Scope.READ, Role.admin, hub_admin=True),
    Action.GRANT: Rule("change access to", Scope.ADMIN, Role.admin),
    Action.CONFIGURE: Rule("change the settings of", Scope.ADMIN, Role.admin, archived=False),
    Action.ARCHIVE: Rule("archive", Scope.ADMIN, Role.admin, hub_admin=True),
    Action.RENAME: Rule("rename", Scope.ADMIN, Role.owner, archived=False),
    Action.TRANSFER: Rule("transfer", Scope.ADMIN, Role.owner, hub_admin=True),
    Action.DELETE: Rule("delete", Scope.ADMIN, Role.owner, hub_admin=True),
    Action.RESTORE: Rule("restore", Scope.ADMIN, Role.owner, hub_admin=True),
    Action.WEBHOOKS: Rule("manage webhooks of", Scope.ADMIN, Role.admin),
    Action.MIRRORS: Rule("manage mirrors of", Scope.ADMIN, Role.admin),
    Action.SEE_TEAM: Rule("see", Scope.READ, team=TeamRole.member, hub_admin=True),
    Action.LEAVE_TEAM: Rule("leave", Scope.ADMIN, team=TeamRole.member),
    Action.MANAGE_TEAM: Rule("change the members of", Scope.ADMIN, team=TeamRole.maintainer, hub_admin=True),
    Action.CONFIGURE_TEAM: Rule("change the settings of", Scope.ADMIN, team=TeamRole.maintainer),
    Action.SEE_TEAM_AUDIT: Rule("see the audit log of", Scope.READ, team=TeamRole.maintainer, hub_admin=True),
    Action.DELETE_TEAM: Rule("delete", Scope.ADMIN, team=TeamRole.maintainer, hub_admin=True),
    Action.TEAM_WEBHOOKS: Rule("manage webhooks of", Scope.ADMIN, team=TeamRole.maintainer),
    Action.CREATE_TEAM_PROJECT: Rule("create a project of", Scope.WRITE, team=TeamRole.member),
    Action.BROWSE_OWN: Rule("list your own things", Scope.READ),
    Action.SYNC: Rule("keep checkouts in sync", Scope.WRITE, people=True),
    Action.CREATE_PROJECT: Rule("create a project", Scope.WRITE, people=True),
    Action.CREATE_TEAM: Rule("create a team", Scope.ADMIN, people=True),
    Action.ACCEPT: Rule("accept an invitation", Scope.WRITE),
    Action.READ_INBOX: Rule("say what you have read", Scope.WRITE),
    Action.MAIL: Rule("say where you have mail", Scope.ADMIN, people=True),
    Action.OWN_WEBHOOKS: Rule("manage webhooks of yours", Scope.ADMIN, people=True),
    Action.SHARE_SERVER: Rule("say who may use your server", Scope.ADMIN, people=True),
    Action.REVOKE_TOKEN: Rule("revoke tokens of yours", Scope.ADMIN, people=True),
    Action.SEE_ALL_AUDIT: Rule("see the audit log of the Hub", Scope.READ, hub_admin=True),
    Action.SEE_COSTS: Rule("see what everybody's work costs", Scope.READ, hub_admin=True),
    Action.SEE_OPS: Rule("see how workers and queues are", Scope.READ, hub_admin=True),
    Action.RUN_OPS: Rule("pause queues, stop workers, act on jobs", Scope.ADMIN, hub_admin=True),
    Action.SEE_JOBS: Rule("see everybody's jobs", Scope.READ, hub_admin=True),
    Action.SEE_TOKENS: Rule("see everybody's tokens", Scope.READ, hub_admin=True),
    Action.REVOKE_TOKENS: Rule("revoke anybody's tokens", Scope.ADMIN, hub_admin=True),
    Action.HUB_WEBHOOKS: Rule("manage webhooks of the Hub", Scope.ADMIN, hub_admin=True),
    Action.HEALTH: Rule("ask whether HubShare is well", None),
}


class Reason(NamedTuple):
    """One thing that gives a person a role on a project.

    Attributes:
        role: which role.
        through: `owner`, `team NAME`, `group NAME`, `grant`, or `visibility hub|public`, as people read it.
    """

    role: Role
    through: str


def of_visibility(visibility: str, signed_in: bool) -> list[Reason]:
    """What a project's visibility gives to everybody."""
    if visibility == "public" or (visibility == "hub" and signed_in):
        return [Reason(Role.reader, f"visibility {visibility}")]
    return []


def decide(reasons: Iterable[Reason]) -> Role | None:
    """The role that all reasons together give."""
    return max((reason.role for reason in reasons), default=None)


def allow(
    action: Action,
    name: str,
    role: Role | None,
    *,
    hub_admin: bool = False,
    signed_in: bool = True,
    archived: bool = False,
) -> None:
    """Let an action on a project pass, or say why not.

    Args:
        name: how the person called the project.
        role: the person's role on it at this moment.
        hub_admin: whether the person is an admin of the Hub.
        signed_in: whether anybody is.
        archived: whether the project is.

    Raises:
        NotFound: when the person may not know of the project.
        Forbidden: when the role is too small.
        Clash: when the project is archived.
    """
    rule = RULES.get(action)
    if rule is None or rule.role is None:
        raise Forbidden(f"Nobody may do {action} to a project.")
    by_role = role is not None and role >= rule.role and (signed_in or rule.public)
    if not by_role and not (rule.hub_admin and hub_admin):
        if role is None:
            raise NotFound(f"There is no project {name}, or you may not see it: ask its owner for access.")
        if not signed_in:
            raise Forbidden(f"Sign in to {rule.words} {name}.")
        whom = "its owner can do that" if rule.role is Role.owner else f"ask its owner to make you {rule.role.name}"
        raise Forbidden(f"As {role.name} you may not {rule.words} {name}: {whom}.")
    if archived and not rule.archived:
        raise Clash(f"{name} is archived: run `hubshare archive {name} --undo` to {rule.words} it again.")


def allow_team(action: Action, name: str, role: TeamRole | None, *, hub_admin: bool = False) -> None:
    """Let an action on a team pass, or say why not; see `allow`."""
    rule = RULES.get(action)
    if rule is None or rule.team is None:
        raise Forbidden(f"Nobody may do {action} to a team.")
    if (role is not None and role >= rule.team) or (rule.hub_admin and hub_admin):
        return
    if role is None:
        raise NotFound(f"There is no team {name}, or you are not in it: ask one of its maintainers to add you.")
    raise Forbidden(f"As {role.name} you may not {rule.words} team {name}: ask one of its maintainers.")
