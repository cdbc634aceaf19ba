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
    return f"You have no access to {facts.said('name')} any more"


def _team_lost(facts: Facts) -> str:
    lost = [str(name) for name in facts.details.get("lost", [])]
    end = f", and have no access to {', '.join(lost)} any more" if lost else ""
    return f"You are not in team {facts.said('name')} any more{end}"


def _offer(facts: Facts) -> str:
    if facts.said("role") == "owner":
        return f"{facts.who} asks you to own {facts.said('name')}{_ends(facts)}"
    return f"{facts.who} asks you to be {facts.said('role')} of team {facts.said('name')}{_ends(facts)}"


def _mirror(facts: Facts) -> str:
    state = "was given up" if facts.details.get("disabled") else "takes nothing"
    return f"The mirror of {facts.project} at {facts.said('host')} {state}: {facts.said('reason')}"


def _webhook(facts: Facts) -> str:
    of = facts.project or facts.team
    name = facts.said("name")
    return (
        f"Your webhook{f' {name}' if name else ''}{f' of {of}' if of else ''} was switched off: {facts.said('reason')}"
    )


def _import(facts: Facts) -> str:
    state = "could not be fetched" if facts.details.get("failed") else "has questions"
    return f"The source of {facts.project} {state}: {facts.said('message')}"


def _quota(facts: Facts) -> str:
    used, most = int(facts.details.get("used", 0)), int(facts.details.get("most", 0))
    whose = _QUOTAS.get(facts.thing, f"The projects of team {facts.team} hold")
    return f"{whose} {size(used)} of the {size(most)} that are allowed ({used * 100 // max(1, most)} %)"


def _quota_advice(facts: Facts) -> str:
    if facts.thing == "log":
        return "When it is full you change nothing more: ask an admin of the Hub for a larger one."
    less = "Pull, and settle your conflicts" if facts.thing == "conflicts" else "Delete what is not needed"
    return f"What is beyond that is refused. {less}, or ask an admin of the Hub for more."


def _quota_page(facts: Facts) -> tuple[str, ...]:
    if facts.thing not in _QUOTAS:
        return ("teams", facts.team)
    return () if facts.thing == "log" else (facts.thing,)


def _invitation(facts: Facts) -> str:
    left = count(int(facts.details.get("uses", 0)), "person", "people")
    return f"Your link that makes others {facts.said('role')} of {facts.project} ends {_day(facts)}; {left} may still follow it"


def _day(facts: Facts) -> str:
    """On which day something ends; "" where nobody says so."""
    until = facts.said("until")
    return f"on {datetime.fromisoformat(until):%-d %b %Y}" if until else ""


def _ends(facts: Facts) -> str:
    """The same after what it is about."""
    day = _day(facts)
    return f"; it ends {day}" if day else ""


#: Kinds of which one sees for as long as they last what they are about, on the first page.
STANDING: frozenset[NotificationKind] = frozenset({"conflict", "offer", "server", "mirror", "webhook"})

#: Kinds of jobs, as the subject of a sentence before "to OWNER/NAME".
_JOBS = {
    "push": "Your push",
    "apply_git": "Your push by git",
    "edit": "Your edit",
    "upload": "Your upload",
    "pull_origin": "The update from the origin",
    "act_on_jobs": "Your act on jobs",
}

#: What a person has of what the Hub allows, as subject and verb of a sentence.
_QUOTAS = {
    "projects": "Your projects hold",
    "conflicts": "Your sides of conflicts, which are kept, hold",
    "log": "The Hub's log of what you did holds",
}

KINDS: dict[NotificationKind, Kind] = {
    "conflict": Kind(
        "files changed on both sides",
        _conflict,
        _always("Pick a version of each: there, or with `hubshare conflicts`."),
        _at("conflicts"),
    ),
    "job": Kind(
        "something of yours failed",
        _job,
        lambda facts: advise(facts.said("state"), facts.said("kind")),
        lambda facts: ("jobs", facts.said("job")),
    ),
    "access": Kind(
        "you were given access",
        _access,
        lambda facts: f"Get it with `hubshare checkout {facts.project}`.",
        _of_project(),
    ),
    "access_lost": Kind(
        "you have access no more", _access_lost, _always("Your files stay; ask its owner for access."), _at()
    ),
    "team": Kind(
        "you were put into a team",
        lambda facts: f"{facts.who} made you {facts.said('role')} of team {facts.team}",
        _always(""),
        lambda facts: ("teams", facts.team),
    ),
    "team_lost": Kind(
        "you are in a team no more", _team_lost, _always("Your files stay; ask one of its maintainers."), _at("teams")
    ),
    "offer": Kind(
        "somebody offers you a project or a team",
        _offer,
        _always("Nothing changes before you say yes: on the first page, or see `hubshare offers`."),
        _at(),
    ),
    "server": Kind(
        "somebody asks for access to your server",
        lambda facts: f"{facts.who} asks for access to your server, because of {facts.project}{_ends(facts)}",
        _always("Nothing is given before you have read what it means and said yes."),
        _about("servers", "requests"),
    ),
    "mirror": Kind(
        "a mirror does not take what is pushed",
        _mirror,
        _always("Look at it, and have it go on."),
        _of_project("mirrors"),
    ),
    "webhook": Kind(
        "a webhook was switched off", _webhook, _always("Mend the receiver, and have it go on."), _about("webhooks")
    ),
    "import": Kind(
        "a source cannot be fetched, or asks something",
        _import,
        _always("Look at the source of the project, and decide."),
        _of_project("source"),
    ),
    "quota": Kind("what you may have is nearly full", _quota, _quota_advice, _quota_page),
    "invitation": Kind(
        "a link of yours that others follow ends soon",
        _invitation,
        _always("Make another one where people still need it."),
        _of_project("access"),
    ),
    "mail": Kind(
        "your mail does not arrive",
        lambda facts: facts.said("problem"),
        _always("Nothing is mailed to you until you look at it."),
        _at("settings", "mail"),
    ),
    "token": Kind(
        "a token of yours ends soon",
        lambda facts: f"Your token '{facts.said('name')}' of the Hub ends {_day(facts)}",
        _always("Make another one on the Hub's page of tokens where a program still needs it."),
        _at("token"),
    ),
}
