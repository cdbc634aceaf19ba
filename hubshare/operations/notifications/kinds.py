"""What people are told, by kind: in words, what to do about it, and the page where that is done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hubshare.names import count, is_set_aside, one_line, size
from hubshare.operations.jobs import advise
from hubshare.vocabulary import NotificationKind


@dataclass(frozen=True)
class Facts:
    """What is known of something that somebody is told.

    Attributes:
        thing, details: see `hubshare.store.notification_tables.Notification`.
        project: its full name; "" where it is about none.
        team: name of the team; "" where it is about none.
        giver: who did it, or asks; "" for nobody in particular.
    """

    thing: str
    details: Mapping[str, Any]
    project: str = ""
    team: str = ""
    giver: str = ""

    def said(self, name: str) -> str:
        """A detail as text of one line, whatever others wrote."""
        return one_line(str(self.details.get(name, "")))

    @property
    def who(self) -> str:
        """Who did it, as the subject of a sentence."""
        return self.giver if self.giver and not is_set_aside(self.giver) else "Somebody"


class Kind(NamedTuple):
    """How people are told of one kind of thing.

    Attributes:
        called: when one is told of it, in words.
        words: one sentence.
        advice: what to do about it; "" for nothing.
        page: parts of the address of the page where that is done, below the service; () for the first page.
    """

    called: str
    words: Callable[[Facts], str]
    advice: Callable[[Facts], str]
    page: Callable[[Facts], tuple[str, ...]]


def _of_project(*rest: str) -> Callable[[Facts], tuple[str, ...]]:
    return lambda facts: ("projects", *facts.project.split("/"), *rest)


def _at(*parts: str) -> Callable[[Facts], tuple[str, ...]]:
    return lambda _: parts


def _about(*parts: str) -> Callable[[Facts], tuple[str, ...]]:
    return lambda facts: (*parts, facts.thing)


def _always(text: str) -> Callable[[Facts], str]:
    return lambda _: text


def _conflict(facts: Facts) -> str:
    files = count(int(facts.details.get("files", 1)), "file")
    return f"{facts.project}: {files} changed on both sides, in {facts.said('folder')}"


def _job(facts: Facts) -> str:
    of = f" to {facts.project}" if facts.project else ""
    what = _JOBS.get(facts.said("kind"), "What you asked for") + of
    end = "was refused" if facts.said("state") == "refused" else "failed"
    return f"{what} {end}: {facts.said('error')}".removesuffix(": ")


def _access(facts: Facts) -> str:
    before = facts.said("before")
    end = f"; you were {before} before" if before else ""
    return f"{facts.who} made you {facts.said('role')} of {facts.project}{end}"


def _access_lost(facts: Facts) -> str:
    return f"You no longer have access to {facts.said('name')}"


def _team_lost(facts: Facts) -> str:
    lost = [str(name) for name in facts.details.get("lost", [])]
    end = f", and no longer have access to {', '.join(lost)}" if lost else ""
    return f"You were removed from team {facts.said('name')}{end}"


def _offer(facts: Facts) -> str:
    if facts.said("role") == "owner":
        return f"{facts.who} wants to transfer {facts.said('name')} to you{_ends(facts)}"
    return f"{facts.who} invites you to join team {facts.said('name')} as {facts.said('role')}{_ends(facts)}"


def _mirror(facts: Facts) -> str:
    state = "was disabled" if facts.details.get("disabled") else "is failing"
    return f"The mirror of {facts.project} at {facts.said('host')} {state}: {facts.said('reason')}"


def _webhook(facts: Facts) -> str:
    of = facts.project or facts.team
    name = facts.said("name")
    return f"Your webhook{f' {name}' if name else ''}{f' of {of}' if of else ''} was disabled: {facts.said('reason')}"


def _import(facts: Facts) -> str:
    state = "could not be fetched" if facts.details.get("failed") else "has questions"
    return f"The source of {facts.project} {state}: {facts.said('message')}"


def _quota(facts: Facts) -> str:
    used, most = int(facts.details.get("used", 0)), int(facts.details.get("most", 0))
    whose = _QUOTAS.get(facts.thing, f"The projects of team {facts.team} hold")
    return f"{whose} {size(used)} of the {size(most)} allowed ({used * 100 // max(1, most)} %)"


def _quota_advice(facts: Facts) -> str:
    if facts.thing == "log":
        return "When it is full you cannot change anything: ask an admin of the Hub for more."
    less = "Pull and resolve your conflicts" if facts.thing == "conflicts" else "Delete what you do not need"
    return f"Anything beyond that is refused. {less}, or ask an admin of the Hub for more."


def _quota_page(facts: Facts) -> tuple[str, ...]:
    if facts.thing not in _QUOTAS:
        return ("teams", facts.team)
    return () if facts.thing == "log" else (facts.thing,)


def _invitation(facts: Facts) -> str:
    left = count(int(facts.details.get("uses", 0)), "person", "people")
    return f"Your link that makes others {facts.said('role')} of {facts.project} expires {_day(facts)}; {left} can still use it"


def _day(facts: Facts) -> str:
    """On which day something ends; "" where nobody says so."""
    until = facts.said("until")
    return f"on {datetime.fromisoformat(until):%-d %b %Y}" if until else ""


def _ends(facts: Facts) -> str:
    """The same after what it is about."""
    day = _day(facts)
    return f"; expires {day}" if day else ""


#: Kinds of which one sees for as long as they last what they are about, on the first page.
STANDING: frozenset[NotificationKind] = frozenset({"conflict", "offer", "server", "mirror", "webhook"})

#: Kinds of jobs, as the subject of a sentence before "to OWNER/NAME".
_JOBS = {
    "push": "Your push",
    "apply_git": "Your git push",
    "edit": "Your edit",
    "upload": "Your upload",
    "pull_origin": "The update from the origin",
    "act_on_jobs": "Your bulk action on jobs",
}

#: What a person has of what the Hub allows, as subject and verb of a sentence.
_QUOTAS = {
    "projects": "Your projects hold",
    "conflicts": "Your versions of conflicts hold",
    "log": "Your activity log holds",
}

KINDS: dict[NotificationKind, Kind] = {
    "conflict": Kind(
        "files changed on both sides",
        _conflict,
        _always("Pick a version of each: there, or with `hubshare conflicts`."),
        _at("conflicts"),
    ),
    "job": Kind(
        "one of your jobs failed",
        _job,
        lambda facts: advise(facts.said("state"), facts.said("kind")),
        lambda facts: ("jobs", facts.said("job")),
    ),
    "access": Kind(
        "you were given access",
        _access,
        lambda facts: f"Check it out with `hubshare checkout {facts.project}`.",
        _of_project(),
    ),
    "access_lost": Kind("you lost access", _access_lost, _always("Your files stay; ask its owner for access."), _at()),
    "team": Kind(
        "you were added to a team",
        lambda facts: f"{facts.who} made you {facts.said('role')} of team {facts.team}",
        _always(""),
        lambda facts: ("teams", facts.team),
    ),
    "team_lost": Kind(
        "you were removed from a team",
        _team_lost,
        _always("Your files stay; ask one of its maintainers."),
        _at("teams"),
    ),
    "offer": Kind(
        "somebody invites you to a team or transfers a project to you",
        _offer,
        _always("Nothing changes until you accept: on the home page, or with `hubshare offers`."),
        _at(),
    ),
    "server": Kind(
        "somebody requests access to your server",
        lambda facts: f"{facts.who} requests access to your server for {facts.project}{_ends(facts)}",
        _always("Access is given only if you approve."),
        _about("servers", "requests"),
    ),
    "mirror": Kind(
        "a mirror is failing",
        _mirror,
        _always("Check it, then resume it."),
        _of_project("mirrors"),
    ),
    "webhook": Kind(
        "a webhook was disabled", _webhook, _always("Fix the receiver, then resume it."), _about("webhooks")
    ),
    "import": Kind(
        "an import failed or needs a decision",
        _import,
        _always("Check the project's import settings."),
        _of_project("source"),
    ),
    "quota": Kind("a quota is nearly full", _quota, _quota_advice, _quota_page),
    "invitation": Kind(
        "one of your invitation links expires soon",
        _invitation,
        _always("Create another one if people still need it."),
        _of_project("access"),
    ),
    "mail": Kind(
        "your mail is not delivered",
        lambda facts: facts.said("problem"),
        _always("Nothing is mailed to you until you check your address."),
        _at("settings", "mail"),
    ),
    "token": Kind(
        "a token of yours ends soon",
        lambda facts: f"Your token '{facts.said('name')}' of the Hub ends {_day(facts)}",
        _always("Make another one on the Hub's page of tokens where a program still needs it."),
        _at("token"),
    ),
}
