"""Everybody who has something to do with a project and a team, and the roles that the design gives them."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.store.access.actions import Scope
from hubshare.vocabulary import Role, TeamRole


@dataclass(frozen=True)
class Subject:
    """Somebody, with a token.

    Attributes:
        label: what makes this one worth a test.
        user: the Hub user, `service:NAME` for a service; "" for nobody.
        kind: of the token, as `StaticTokens` has them.
        role: on the project, by other ways than its visibility.
        team: role in the team.
    """

    label: str
    user: str
    kind: str = ""
    role: Role | None = None
    team: TeamRole | None = None

    @property
    def token(self) -> str:
        return f"{self.user}+{self.kind}" if self.kind else self.user

    @property
    def scopes(self) -> frozenset[Scope]:
        few = {"read": {Scope.READ}, "write": {Scope.READ, Scope.WRITE}, "none": set(), "adminread": {Scope.READ}}
        return frozenset(few.get(self.kind, set(Scope) - {Scope.OPS}))

    @property
    def hub_admin(self) -> bool:
        return self.kind in ("hubadmin", "adminread")


def everybody(number: int, of_team: bool) -> list[Subject]:
    """Everybody on stage number so and so, with the roles that the design gives them."""
    member = Role.writer
    maintainer = Role.owner if of_team else Role.writer
    owner = None if of_team else Role.owner
    named = {
        label: f"{label}{number}" for label in ("owner", "admin", "writer", "reader", "member", "maintainer", "pupil")
    }
    found = [
        Subject("owner", named["owner"], "", owner),
        Subject("admin", named["admin"], "", Role.admin),
        Subject("writer", named["writer"], "", Role.writer),
        Subject("reader", named["reader"], "", Role.reader),
        Subject("member", named["member"], "", member, TeamRole.member),
        Subject("maintainer", named["maintainer"], "", maintainer, TeamRole.maintainer),
        Subject("second maintainer", f"second{number}", "", maintainer, TeamRole.maintainer),
        Subject("admin by a group", named["pupil"], "", Role.admin),
        Subject("ex-member", f"left{number}"),
        # The Hub gave the name of somebody who was admin, and in the team, to another person.
        Subject("namesake of a removed admin", f"again{number}"),
        Subject("stranger", f"stranger{number}"),
        Subject("nobody", ""),
        Subject("Hub admin", f"boss{number}", "hubadmin"),
        # It is called as the owner is, and has a team of its own.
        Subject("service of the Hub", f"service:{named['owner']}"),
        Subject("service that writes", f"service:writer{number}", "", Role.writer),
        Subject("service in the team", f"service:member{number}", "", member, TeamRole.member),
        Subject(
            "service in the team with a token that only reads",
            f"service:member{number}",
            "read",
            member,
            TeamRole.member,
        ),
        Subject("service that leads the team", f"service:lead{number}", "", maintainer, TeamRole.maintainer),
        # Without a scope of HubShare a service may do nothing, whatever the team lets it.
        Subject(
            "service that leads the team with a token without scopes",
            f"service:lead{number}",
            "none",
            maintainer,
            TeamRole.maintainer,
        ),
        Subject("Hub admin whose token only reads", f"boss{number}", "adminread"),
        # A server that was made for a room has a token of a user of its own, who has one grant.
        Subject("room server", f"room{number}", "", Role.reader),
    ]
    top, name = ("maintainer", TeamRole.maintainer) if of_team else ("owner", None)
    for kind, words in (
        ("read", "a token that only reads"),
        ("write", "a token that reads and writes"),
        ("none", "a token without scopes"),
        ("expired", "an expired token"),
    ):
        found.append(Subject(f"{top} with {words}", named[top], kind, Role.owner, name))
        if not of_team:
            found.append(
                Subject(f"maintainer with {words}", named["maintainer"], kind, Role.writer, TeamRole.maintainer)
            )
    return found
