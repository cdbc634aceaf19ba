"""What `hubshare mail` says of how mail stands."""

from __future__ import annotations

from typing import Any

from hubshare_agents.cli.inbox import settings


def said(**of: Any) -> list[str]:
    stands = {"works": True, "address": "", "asked_address": "", "wanted": False, "kinds": ["job"], "problem": ""}
    return list(settings(stands | of))  # type: ignore[arg-type]


def test_each_state_says_what_to_do_next() -> None:
    assert said() == ["Nothing is mailed to you: `hubshare mail --to ADDRESS` begins it."]
    asked = said(asked_address="a@b.org\x1b[31m")
    assert asked == ["A link was sent to 'a@b.org\\x1b[31m': follow it within 24 hours, signed in."]
    on = {"address": "a@b.org", "wanted": True}
    assert said(**on) == ["What needs you is mailed to a@b.org: job."]
    assert said(**on, asked_address="c@d.org")[1:] == said(**on), "the former one is used until then"
    assert said(address="a@b.org", problem="It says no.") == [
        "It says no.",
        "Nothing is mailed to a@b.org: `hubshare mail --on` begins it again.",
    ]
