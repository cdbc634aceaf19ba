"""The OpenAPI document: what FastAPI finds out by itself, and what it cannot know: errors, tokens, headers, actions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI

from hubshare.service.web.authorize import declarations
from hubshare.store.access.actions import RULES, Action, Scope
from hubshare.wire.api.base import Problem

TAGS = {
    "me": "The person whose token it is.",
    "projects": "Projects as a whole: found, made, changed, moved, archived, deleted, restored.",
    "access": "Who may do what with a project: grants, the reasons for every access, invitations.",
    "teams": "Teams and their members.",
    "checkouts": "Folders on single-user servers that track a project.",
    "conflicts": "Paths that changed on both sides, and picking a side.",
    "contents": "What projects hold: files at any version, archives, packs, uploads.",
    "imports": "Projects that come from the internet, and what is new at their sources.",
    "forks": "Projects that were begun from another one, and what is new there.",
    "servers": "Access to each other's servers, where the Hub has that switched on.",
    "events": "Streams of what happens, as server-sent events.",
    "mirrors": "Git repositories on the internet that a project is pushed to.",
    "releases": "Versions with a name.",
    "webhooks": "Addresses of other programs that are told of what happens.",
    "jobs": "What became of what people asked for.",
    "tokens": "Tokens of the Hub, and what was done with them.",
    "audit": "Who did what, when, with which token, through which door.",
    "agent": "Redis credentials for the agent of a single-user server.",
    "usage": "What single-user servers use, and whether they are at work.",
    "ops": "Workers, queues, and what is wrong; for admins of the Hub.",
    "service": "Whether the service is well.",
}

_ABOUT = """The API of HubShare. `docs/reference/api.md` in the repository tells how to use it: tokens, pages of lists, errors,
repeating a request, making a change only to what one has seen, and event streams."""


class _Error(NamedTuple):
    """One error status, and the words for it."""

    name: str
    words: str


_ERRORS = {
    400: _Error("BadRequest", "The body cannot be read."),
    401: _Error("NotSignedIn", "There is no token, or the Hub does not accept it."),
    403: _Error("Forbidden", "The token lacks a scope, or the role is too small."),
    404: _Error("NotFound", "There is no such thing, or the person may not know of it."),
    409: _Error("Clash", "The name is taken, the project is archived, or the state does not allow it."),
    412: _Error("Changed", "It has changed since the revision in If-Match, or since it was shown."),
    413: _Error("TooLarge", "It is over a limit or a quota."),
    422: _Error("Invalid", "A name, a path, a field or a header cannot be accepted."),
    429: _Error("TooMany", "Too often within a minute, or too many at a time: try again after Retry-After seconds."),
    503: _Error("Unavailable", "The Hub, the database, Redis or the workers do not answer: try again."),
}

#: Requests that can be sent again under the same Idempotency-Key.
REPEATABLE = {"create_project", "create_team", "create_team_project", "create_checkout", "create_release"}
#: What is answered with an ETag, by the model of the answer.
_TAGGED = {"#/components/schemas/Project", "#/components/schemas/Team"}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that the request was made for; if it is another one by now, the answer is 412.",
    "schema": {"type": "string", "pattern": r'^\s*(\*|(W/)?"?[0-9]{1,18}"?)\s*$'},
}
_REPEAT = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Made up by the caller: the same request under the same key is carried out once.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[ -~]*$"},
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def binary(*media_types: str, words: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with bytes.

    Args:
        media_types: of the answer.
        words: what the bytes are.
    """
    content = {name: {"schema": {"type": "string", "format": "binary"}} for name in media_types}
    return {200: {"description": words, "content": content}}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of all routes that are part of the API."""
    made: dict[str, Any] = copy.deepcopy(app.openapi())
    made["info"]["description"] = _ABOUT
    made["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    components = made["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "hubToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the Hub: `Authorization: token …` or `Authorization: Bearer …`. Its scopes say what "
            "of HubShare it allows: " + ", ".join(f"`{scope}`" for scope in Scope) + ".",
        }
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    components["responses"] = {
        error.name: {"description": error.words, "content": {"application/problem+json": {"schema": schema}}}
        | ({"headers": _RETRY} if status in (429, 503) else {})
        for status, error in _ERRORS.items()
    }
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    actions = {
        (method.lower(), route.path): route.actions[0] for route in declarations(app) for method in route.methods
    }
    for method, path, operation in _operations(made):
        _describe(operation, method, actions[method, path])
    return made


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _describe(operation: dict[str, Any], method: str, action: Action) -> None:
    """Add to one operation what follows from its action."""
    rule = RULES[action]
    operation["x-hubshare-action"] = str(action)
    answers, parameters = operation["responses"], operation.setdefault("parameters", [])
    answers.pop("422", None)
    if rule.scope is None:
        operation["security"] = []
        return
    operation["security"] = [{"hubToken": [str(rule.scope)]}, *([{}] if rule.public else [])]
    statuses = {401, 403, 422, 429, 503} | {status for status in _ERRORS if str(status) in answers}
    # What there may not be is named in the path, or beside it.
    if method != "get" or any(each["in"] == "path" or each["name"] in ("project", "server") for each in parameters):
        statuses |= {404}
    if "requestBody" in operation:
        statuses |= {400}
    if rule.role is not None or rule.team is not None:
        parameters.append(_IF_MATCH)
        statuses |= {412}
    if rule.scope is not Scope.READ:
        statuses |= {409, 413}
    if operation["operationId"] in REPEATABLE:
        parameters.append(_REPEAT)
    for status in sorted(statuses):
        answers[str(status)] = {"$ref": f"#/components/responses/{_ERRORS[status].name}"}
    for answer in answers.values():
        found = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if found.get("$ref") in _TAGGED:
            tag = {"description": "The revision, for If-Match.", "schema": {"type": "string"}}
            answer["headers"] = {"ETag": tag}
