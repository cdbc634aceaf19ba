"""What people are told, in words: each kind has some, and what others wrote plays no tricks in them."""

from __future__ import annotations

from typing import get_args

import pytest

from hubshare.operations.notifications.kinds import KINDS, Facts
from hubshare.vocabulary import NotificationKind

DETAILS = {
    "files": 2,
    "folder": "/home/bob/course",
    "kind": "push",
    "state": "refused",
    "error": "Too large.",
    "job": "j1",
    "role": "writer",
    "before": "",
    "name": "a/name",
    "lost": ["physics/data", "physics/more"],
    "host": "example.org",
    "reason": "It said no.",
    "disabled": True,
    "failed": True,
    "message": "Not there.",
    "used": 8_300_000_000,
    "most": 10_000_000_000,
    "uses": 3,
    "problem": "It takes nothing.",
}
TOLD = {
    "conflict": ("alice/course: 2 files changed on both sides, in /home/bob/course", "conflicts"),
    "job": ("Your push to alice/course was refused: Too large.", "jobs/j1"),
    "access": ("carol made you writer of alice/course", "projects/alice/course"),
    "access_lost": ("You no longer have access to a/name", ""),
    "team": ("carol made you writer of team physics", "teams/physics"),
    "team_lost": (
        "You were removed from team a/name, and no longer have access to physics/data, physics/more",
        "teams",
    ),
    "offer": ("carol invites you to join team a/name as writer", ""),
    "server": ("carol requests access to your server for alice/course", "servers/requests/t1"),
    "mirror": (
        "The mirror of alice/course at example.org was disabled: It said no.",
        "projects/alice/course/mirrors",
    ),
    "webhook": ("Your webhook a/name of alice/course was disabled: It said no.", "webhooks/t1"),
    "import": ("The source of alice/course could not be fetched: Not there.", "projects/alice/course/source"),
    "quota": ("The projects of team physics hold 8.3 GB of the 10.0 GB allowed (83 %)", "teams/physics"),
    "invitation": (
        "Your link that makes others writer of alice/course expires on 5 Dec 2026; 3 people can still use it",
        "projects/alice/course/access",
    ),
    "mail": ("It takes nothing.", "settings/mail"),
    "token": ("Your token 'a/name' of the Hub ends on 5 Dec 2026", "token"),
}


#: Only of some kinds it is known when they end.
ENDS = {kind: {"until": "2026-12-05T10:00:00"} for kind in ("invitation", "token")}


def facts(**more: object) -> Facts:
    return Facts("t1", DETAILS | more, "alice/course", "physics", "carol")


def test_every_kind_has_its_words_and_its_page() -> None:
    assert set(KINDS) == set(get_args(NotificationKind))
    assert len({found.called for found in KINDS.values()}) == len(KINDS)
    told = {
        kind: (found.words(facts(**ENDS.get(kind, {}))), "/".join(found.page(facts()))) for kind, found in KINDS.items()
    }
    assert told == TOLD


def test_what_is_said_depends_on_what_happened() -> None:
    assert KINDS["access"].words(facts(before="admin")) == (
        "carol made you writer of alice/course; you were admin before"
    )
    assert KINDS["mirror"].words(facts(disabled=False)) == (
        "The mirror of alice/course at example.org is failing: It said no."
    )
    assert KINDS["import"].words(facts(failed=False)) == "The source of alice/course has questions: Not there."
    assert KINDS["offer"].words(facts(role="owner")) == "carol wants to transfer a/name to you"
    until = "2026-12-05T10:00:00"
    assert KINDS["offer"].words(facts(until=until)).endswith("team a/name as writer; expires on 5 Dec 2026")
    assert KINDS["server"].words(facts(until=until)).endswith("alice/course; expires on 5 Dec 2026")
    own = Facts("projects", DETAILS)
    assert KINDS["quota"].words(own) == "Your projects hold 8.3 GB of the 10.0 GB allowed (83 %)"
    assert [KINDS["quota"].page(Facts(thing, DETAILS)) for thing in ("projects", "conflicts", "log")] == [
        ("projects",),
        ("conflicts",),
        (),
    ]
    assert KINDS["team_lost"].words(facts(lost=[])) == "You were removed from team a/name"


@pytest.mark.parametrize("kind", ["job", "mirror"])
def test_signs_that_nobody_sees_are_left_out(kind: NotificationKind) -> None:
    """A name that turns what stands behind it, or an escape of a terminal."""
    evil = "a\u202eb\x1b[31mc\u200bd\ne"
    assert KINDS[kind].words(facts(error=evil, reason=evil)).endswith(": a b [31mc d e")


def test_who_has_left_is_not_named() -> None:
    assert KINDS["access"].words(Facts("t1", DETAILS, "alice/course")).startswith("Somebody made you")
