"""Answers about whole projects and about people, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubshare_agents.cli.show import Answer, count, name, subject

#: So many people who have the same role through the same thing are named one by one; of more, a few.
_CROWD, _OF_CROWD = 6, 4
_EVERYBODY = {
    "hub": "Everybody who is signed in may read it.",
    "public": "Anybody may read it, also without signing in.",
}


def _table(rows: list[list[str]], indent: str = "  ") -> Iterator[str]:
    """Columns side by side, each as wide as its longest cell; the last one as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield f"{indent}{'  '.join([*cells, row[-1]])}".rstrip()


def _when(text: str) -> str:
    return text.replace("T", " ")[:16]


# access


def granted(answer: Answer) -> Iterator[str]:
    """After `grant`."""
    yield f"{subject(answer['who'])} is {answer['role']} of {answer['project']}."


def revoked(answer: Answer) -> Iterator[str]:
    """After `revoke`."""
    yield f"{subject(answer['who'])} has no grant on {answer['project']} any more."
    without = [receipt for receipt in answer["receipts"] if not receipt["copies"]]
    crowd = len(without) > _CROWD
    for receipt in answer["receipts"]:
        if receipt not in without or not crowd:
            yield from _receipt(receipt)
    if crowd:
        users = [receipt["user"] for receipt in without]
        yield f"  {_few(users)} have lost access; no copies of theirs are known."


def _few(users: list[str]) -> str:
    """The names of a few people, and how many more there are."""
    return f"{', '.join(users[:_OF_CROWD])} and {len(users) - _OF_CROWD:,} more"


def _receipt(receipt: Answer) -> Iterator[str]:
    """What somebody lost, and what copies there are, by project."""
    user = receipt["user"]
    if not receipt["lost"]:
        yield f"{user} has lost no access by it."
    for lost in receipt["lost"]:
        after = f"is {lost['after']} now" if lost["after"] else "has no access any more"
        yield f"  {lost['project']}: {user} was {lost['before']} and {after}."
        copies = [copy for copy in receipt["copies"] if copy["project"] == lost["project"]]
        for copy in copies:
            version = "" if copy["version"] is None else f", version {copy['version']}"
            place = name(copy["where"] or "a token")
            yield f"    {copy['kind']} {'in' if copy['kind'] == 'checkout' else 'by'} {place}{version}, {_when(copy['time'])}"
        if not lost["after"]:
            yield f"    {_what_stays([copy['kind'] for copy in copies])}"


def _what_stays(kinds: list[str]) -> str:
    if not kinds:
        return "No copies of it are known."
    stopped = "Syncing has stopped; what" if "checkout" in kinds else "What"
    return f"{stopped} has been copied cannot be taken back."


def who(answer: Answer, everybody: bool = False) -> Iterator[str]:
    """After `who`."""
    people = answer["people"]
    yield f"{answer['project']} is {answer['visibility']}; {count(len(people), 'person', 'people')} with a role."
    crowds: dict[tuple[str, str], list[str]] = {}
    for person in people:
        crowds.setdefault((person["role"], _through(person)), []).append(person["user"])
    rows = []
    for (role, through), users in crowds.items():
        if everybody or len(users) <= _CROWD or ", " in through:
            rows += [[user, role, through] for user in users]
        else:
            rows.append([_few(users), role, through])
    yield from _table([["WHO", "ROLE", "THROUGH"], *rows] if rows else [])
    if answer["visibility"] in _EVERYBODY:
        yield _EVERYBODY[answer["visibility"]]


def _through(person: Answer) -> str:
    reasons = [
        one["through"] if one["role"] == person["role"] else f"{one['through']} ({one['role']})"
        for one in person["through"]
    ]
    return ", ".join(dict.fromkeys(reasons))


def invited(answer: Answer) -> Iterator[str]:
    """After `invite`."""
    many = "once" if answer["uses"] == 1 else f"by {answer['uses']:,} people"
    yield answer["link"]
    yield (
        f"Whoever follows this link is {answer['role']} of {answer['project']}; it can be used {many}, until "
        f"{_when(answer['expires'])} UTC. It is not shown again."
    )
    yield "In a terminal it is followed with `hubshare join LINK`."
    yield f"To take it back: `hubshare invite {answer['project']} --withdraw {answer['id']}`."


def invitations(answer: Answer) -> Iterator[str]:
    """After `invite --list`."""
    if not answer["invitations"]:
        yield f"No invitation to {answer['project']} can be followed."
        return
    head = ["ID", "ROLE", "LEFT", "UNTIL (UTC)", "BY"]
    rows = [
        [one["id"], one["role"], f"{one['uses']:,}", _when(one["expires"]), one["creator"]]
        for one in answer["invitations"]
    ]
    yield f"Invitations to {answer['project']}:"
    yield from _table([head, *rows])


def withdrawn(answer: Answer) -> Iterator[str]:
    """After `invite --withdraw`."""
    yield f"This invitation to {answer['project']} is good for nothing any more; who has followed it keeps the role."


def joined(answer: Answer) -> Iterator[str]:
    """After `join`."""
    yield f"You are {answer['role']} of {answer['project']}: `hubshare checkout {answer['project']}` brings it here."


# teams


def teams(answer: Answer) -> Iterator[str]:
    """After `team list`."""
    if not answer["teams"]:
        yield "You are in no team: `hubshare team create NAME` makes one."
    yield from _table(
        [
            [
                one["name"],
                one["mine"] or "",
                count(len(one["members"]), "person", "people"),
                count(len(one["projects"]), "project"),
            ]
            for one in answer["teams"]
        ],
        "",
    )


def team(answer: Answer) -> Iterator[str]:
    """After `team show`, `team create` and `team members`."""
    mine = f"you are {answer['mine']}" if answer["mine"] else "you are not in it"
    yield f"Team {answer['name']}: {mine}; members are {answer['role']}s of its projects, maintainers own them."
    yield from _table([[one["user"], one["role"]] for one in answer["members"]])
    if answer["projects"]:
        yield "Projects:"
        yield from (f"  {project}" for project in answer["projects"])
    else:
        yield f"No projects yet: `hubshare share FOLDER --as {answer['name']}/NAME` makes one."


def added(answer: Answer) -> Iterator[str]:
    """After `team add` and `team maintainer`."""
    for user, role in answer["users"].items():
        is_ = "is now" if user in answer["added"] else "is"
        yield f"{user} {is_} {role} of team {answer['team']}."


def removed(answer: Answer) -> Iterator[str]:
    """After `team remove`."""
    yield f"{answer['receipt']['user']} is not in team {answer['team']} any more."
    yield from _receipt(answer["receipt"])


def left(answer: Answer) -> Iterator[str]:
    """After `team leave`."""
    yield f"You have left team {answer['team']}."
    yield from _receipt(answer["receipt"])


def team_renamed(answer: Answer) -> Iterator[str]:
    """After `team rename`."""
    yield f"Team {answer['before']} is team {answer['name']} now. Former addresses of its projects go on leading to them."
    yield from (f"  {project}" for project in answer["projects"])


def team_deleted(answer: Answer) -> Iterator[str]:
    """After `team delete`."""
    yield f"Team {answer['team']} was deleted."


# whole projects


def visibility(answer: Answer) -> Iterator[str]:
    """After `visibility`."""
    words = _EVERYBODY.get(answer["visibility"], "Only people with a role may read it.")
    yield f"{answer['name']} is {answer['visibility']}. {words}"


def outputs(answer: Answer) -> Iterator[str]:
    """After `outputs`."""
    if answer["outputs"] == "strip":
        yield f"Outputs of notebooks are left out of what is pushed to {answer['name']} from now on; in the folders they stay."
    else:
        yield f"Outputs of notebooks are shared in {answer['name']} from now on."


def described(answer: Answer) -> Iterator[str]:
    """After `describe`."""
    yield f"{answer['name']}: {name(answer['description']) or 'no description'}"


def moved(answer: Answer) -> Iterator[str]:
    """After `rename` and `transfer`."""
    if answer["before"] == answer["name"]:
        yield f"{answer['name']} is called that already."
        return
    you = f"you are {answer['role']}" if answer["role"] else "you have no access any more"
    yield f"{answer['before']} is {answer['name']} now; {you}. Its former address goes on leading to it."


def archived(answer: Answer) -> Iterator[str]:
    """After `archive`."""
    if answer["archived"]:
        yield f"{answer['name']} is archived: it can be read, and nothing can be pushed to it. `--undo` takes it back."
    else:
        yield f"{answer['name']} is not archived any more."


def deleted(answer: Answer) -> Iterator[str]:
    """After `delete`."""
    yield (
        f"{answer['project']} was deleted. Syncing has stopped, files in checkouts stay; "
        f"`hubshare undelete {answer['project']}` brings it back for some time."
    )


def undeleted(answer: Answer) -> Iterator[str]:
    """After `undelete`."""
    yield f"{answer['name']} is back, with its access as it was."


def audit(answer: Answer) -> Iterator[str]:
    """After `audit`."""
    if not answer["entries"]:
        yield f"Nothing is known to have been done to {answer['of']}."
    rows = [
        [_when(one["time"]), one["user"], one["action"], one["name"], one["door"], _details(one["details"])]
        for one in answer["entries"]
    ]
    yield from _table(rows, "")


def _details(details: dict[str, Any]) -> str:
    return "  ".join(
        f"{key}: {name(_short(value))}" for key, value in details.items() if value not in (None, "", [], {})
    )


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(inner)}" for key, inner in value.items())
    return ", ".join(map(_short, value)) if isinstance(value, list) else str(value)


def downloaded(answer: Answer) -> Iterator[str]:
    """After `download`."""
    yield f"Wrote {answer['project']} {answer['version']} to {name(answer['file'])} ({answer['size']:,} bytes)."
