"""The settings of a project: what their one declaration feeds."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from hubshare.config import Limits
from hubshare.errors import Invalid
from hubshare.project_settings import (
    SETTINGS,
    ProjectSettings,
    SettingsChange,
    check,
    heard_by_agents,
    in_force,
    meaning,
    parse,
    said,
)
from hubshare.store.models import Project as Row
from hubshare.store.versions import Branch
from hubshare.wire.agent import Update
from hubshare.wire.api.projects import Project, ProjectChange

LIMITS = Limits(brake_deletions=100)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_everywhere_where_it_has_to_be(name: str) -> None:
    assert hasattr(Row, name), "it has a column"
    assert name in Project.model_fields and name in ProjectChange.model_fields
    # A change takes what the answer shows, but for the null of what holds on the whole Hub.
    shown, given = get_type_hints(ProjectSettings)[name], get_type_hints(SettingsChange)[name]
    assert shown in (given, given | None)
    default = ProjectSettings.model_fields[name].default
    assert said(name, "a/b", default, LIMITS) and meaning(name, default, LIMITS)


def test_the_python_names_are_the_declared_ones() -> None:
    assert SettingsChange.__annotations__.keys() == SETTINGS.keys()


def test_a_change_holds_what_was_given_and_null_is_nothing() -> None:
    change = ProjectChange.model_validate({"brake": 3, "visibility": None})
    assert change.changes == {"brake": 3}
    assert not any("default" in one for one in ProjectChange.model_json_schema()["properties"].values())


def test_agents_hear_of_what_they_act_by_and_of_who_may_read() -> None:
    assert [name for name in SETTINGS if heard_by_agents([name])] == ["visibility", "outputs"]
    heard = [name for name in SETTINGS if name in Update.model_fields]
    assert heard == ["outputs"] and set(heard) <= set(Branch._fields), "the fan-out knows them"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("colour", "red", "'colour' is no setting of a project: use one of visibility, description"),
        ("visibility", "king", "'king' is no visibility: use one of private, hub, public"),
        ("brake", "many", "'many' cannot be the brake"),
        ("brake", "-1", "'-1' cannot be the brake"),
    ],
)
def test_what_nobody_can_mean_is_refused_in_words(name: str, text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse(name, text)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("brake", 101, "Choose 0 to 100 deletions"),
        ("description", "x" * 2001, "2,001 characters: at most 2,000"),
        ("description", "a\x00", "control characters"),
    ],
)
def test_what_is_too_much_is_refused_in_words(name: str, value: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(name, value, LIMITS)


def test_what_the_hub_has_anyway_follows_the_hub() -> None:
    assert check("brake", 100, LIMITS) is None and check("brake", 99, LIMITS) == 99
    assert in_force("brake", None, LIMITS) == 100 and in_force("brake", 200, LIMITS) == 100
    assert (
        said("brake", "a/b", None, LIMITS) == "A push to a/b that deletes more than 100 files waits for a confirmation."
    )
