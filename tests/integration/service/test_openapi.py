"""The OpenAPI document says what the service does, in what it promises and in what it refuses."""

from __future__ import annotations

import copy
import itertools
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as openapi_checks

from hubshare.errors import NotSignedIn
from hubshare.operations.caller import Person
from hubshare.service.web.openapi import REPEATABLE, TAGS
from hubshare.store.access.actions import RULES, Action
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.job_acts import add_job
from tests.helpers.token_acts import use_token

#: How often each operation is called; the seed is the same every time.
EXAMPLES = int(os.environ.get("HUBSHARE_EXAMPLES", "2"))
#: The same where nothing of that name is there: nearly all are told that, whatever else they send.
EXAMPLES_OF_NOTHING = (EXAMPLES + 1) // 2
#: As whom: who is on a stage, parted by commas, or "everybody".
PEOPLE = os.environ.get("HUBSHARE_PEOPLE", "maintainer")
#: What a name, a path or a cursor has to be is more than a schema says: 422 is a fine answer to one that is made up.
EXCLUDED = [openapi_checks.positive_data_acceptance]


@pytest.fixture(scope="module")
def document(stages: Stages) -> Any:
    return stages.api("", "GET", "/openapi.json").json()


@pytest.fixture(scope="module")
def schema(stages: Stages, document: Any) -> Any:
    """The document to be played: what is looked up in it, and how its values are made up, is kept with it."""
    made = schemathesis.openapi.from_dict(document)
    made.config.update(base_url=stages.api.root.partition("/services")[0])
    return made


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


# what the document says of itself


def test_every_operation_has_a_short_name_words_a_tag_and_an_action(document: Any) -> None:
    found = [operation for _, _, operation in operations(document)]
    names = [operation["operationId"] for operation in found]
    assert len(names) == len({*names}) > 50 and all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)
    for operation in found:
        assert operation["summary"] and operation["description"], operation["operationId"]
        assert {*operation["tags"]} <= {*TAGS} and len(operation["tags"]) == 1
        assert operation["x-hubshare-action"] in {*Action}
    assert {tag["name"] for tag in document["tags"]} == {tag for operation in found for tag in operation["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    assert {*names} >= REPEATABLE


def test_what_needs_a_token_says_so_and_with_which_scope(document: Any) -> None:
    assert document["components"]["securitySchemes"]["hubToken"]["scheme"] == "bearer"
    for _, path, operation in operations(document):
        rule = RULES[Action(operation["x-hubshare-action"])]
        wanted: list[dict[str, list[str]]] = [] if rule.scope is None else [{"hubToken": [str(rule.scope)]}]
        assert operation["security"] == wanted + ([{}] if rule.public else []), path


def test_an_act_on_jobs_may_find_that_they_are_others_by_now(document: Any) -> None:
    found = next(one for _, _, one in operations(document) if one["operationId"] == "begin_job_act")
    assert found["responses"]["412"] == {"$ref": "#/components/responses/Changed"}


def test_every_error_is_a_problem_and_every_answer_has_a_type(document: Any) -> None:
    for _, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            while "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            if status == "204":
                assert "content" not in answer
            elif int(status) < 400 or "/health" in path:
                assert answer["content"] and "application/problem+json" not in answer["content"]
            else:
                assert [*answer["content"]] == ["application/problem+json"], (path, status)


def test_lists_have_pages(document: Any) -> None:
    for _, path, operation in operations(document):
        names = {each["name"] for each in operation["parameters"]}
        assert ("after" in names) == ("limit" in names), path


# what the service does


#: A stream has no end, and is looked at elsewhere.
STREAMS = "/events$"


#: The tokens of those who are on a stage.
_OF_STAGE = re.compile(
    r"(owner|admin|writer|reader|member|maintainer|second|pupil|left|again|stranger|boss|room|service)\d+(\+[a-z]+)?"
)


@pytest.fixture
def uncounted(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sends so many requests within a minute but tests; and of made-up tokens the Hub knows none."""
    monkeypatch.setattr(centre.settings, "writes_per_minute", 10**9)
    person = centre.tokens.person

    async def known(token: str) -> Person:
        if not _OF_STAGE.fullmatch(token):
            raise NotSignedIn("The Hub does not accept this token: sign in again.")
        return await person(token)

    monkeypatch.setattr(centre.tokens, "person", known)


def on(stage: Stage, operation: Any) -> dict[str, Any]:
    """The path parameters of an operation, for what is on a stage: names that are made up seldom hit anything."""
    values = {
        "owner": stage.owner,
        "name": stage.name,
        "team": stage.team,
        "user": stage["member"].user,
        "subject": stage["reader"].user,
        "project": stage.id,
        "have": stage.first,
        "want": stage.commit,
        "version": "v1",
        "conflict": stage.conflicts[stage["maintainer"].user],
        "checkout": stage.checkouts[stage["maintainer"].user],
        "invitation": stage.invitation,
        "offer": new_id(),
        "request": new_id(),
        "secret": stage.secret,
        "upload": new_id(),
        "webhook": stage.webhook,
        "mirror": stage.mirror,
        "release": "Winter term",
        "delivery": stage.delivery,
        "job": add_job(stage, stage["member"].user),
        "token": use_token(stage, stage["member"].user),
        "act": new_id(),
        "number": 1,
        # None of those that other tests wait for.
        "worker": "elsewhere:1",
        "what": "kind:none",
    }
    return {name: values[name] for name in re.findall(r"{(\w+)}", operation.path)}


def play(
    operation: Any,
    mode: schemathesis.GenerationMode,
    parameters: dict[str, Any],
    session: requests.Session,
    headers: dict[str, str],
) -> None:
    """Call one operation in many ways.

    Args:
        parameters: of its path; those that are not given are made up.

    Raises:
        Exception: what the service did that the document does not say.
    """

    made_up = "{" in operation.path and not parameters

    # It is drawn from a digest of this function otherwise, which takes longer than some calls.
    @seed(0)
    @settings(
        max_examples=EXAMPLES_OF_NOTHING if made_up else EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode, path_parameters=parameters or None))
    def call(case: schemathesis.Case) -> None:
        answer = case.call(session=session, headers=headers, timeout=20)
        body = case.meta.components.get(ParameterLocation.BODY) if case.meta else None
        # A parameter that nobody knows is passed over, as everywhere; what is wrong in a body is refused.
        wrong = body is not None and body.mode is schemathesis.GenerationMode.NEGATIVE
        excluded = [*EXCLUDED, *([] if wrong else [openapi_checks.negative_data_rejection])]
        case.validate_response(answer, headers=headers, excluded_checks=excluded)

    call()


@pytest.mark.parametrize("real", [False, True], ids=["made up", "on the stage"])
@pytest.mark.parametrize("mode", schemathesis.GenerationMode, ids=lambda mode: mode.value)
def test_the_service_keeps_to_its_document(
    stages: Stages, schema: Any, uncounted: None, mode: schemathesis.GenerationMode, real: bool
) -> None:
    told: dict[str, str] = {}
    tried = 0
    labels = PEOPLE.split(",") if PEOPLE != "everybody" else [*stages.take(of_team=True).people]
    untouched = stages.new(of_team=True)
    with requests.Session() as session:
        for found, label in itertools.product(schema.exclude(path_regex=STREAMS).get_all_operations(), labels):
            operation = found.ok()
            if real and "{" not in operation.path:
                continue
            # Of what is made up nothing is on a stage, so that nobody changes it.
            stage = stages.new(of_team=True) if real else untouched
            parameters = on(stage, operation) if real else {}
            token = stage[label].token
            try:
                play(operation, mode, parameters, session, {"Authorization": f"Bearer {token}"} if token else {})
            except Unsatisfiable:
                # There is nothing in it that could be wrong.
                continue
            except (Exception, BaseExceptionGroup) as error:
                words = "\n".join(str(each) for each in getattr(error, "exceptions", [error]))
                told[f"{operation.label} as {label}"] = words
            tried += 1
            if real:
                stage.leave()
    untouched.leave()
    assert not told, "\n\n".join(f"{name}\n{words}" for name, words in told.items())
    assert tried > 30


def test_a_document_that_is_not_true_is_found_out(stages: Stages, document: Any, uncounted: None) -> None:
    wrong = copy.deepcopy(document)
    path = "/services/hubshare/api/v1/projects/{owner}/{name}"
    del wrong["paths"][path]["get"]["responses"]["404"]
    wrong["components"]["schemas"]["Me"]["properties"]["name"]["type"] = "integer"
    schema = schemathesis.openapi.from_dict(wrong)
    schema.config.update(base_url=stages.api.root.partition("/services")[0])
    headers = {"Authorization": f"Bearer {stages.take()['maintainer'].token}"}
    with requests.Session() as session:
        for wrongly in (path, "/services/hubshare/api/v1/me"):
            with pytest.raises(BaseExceptionGroup, match=r"Undocumented status code|violates schema"):
                play(schema[wrongly]["GET"], schemathesis.GenerationMode.POSITIVE, {}, session, headers)
