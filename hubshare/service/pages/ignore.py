"""The ignore rules of a project: what they say, what they would catch, and a new version of them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.config import KIB
from hubshare.errors import HubShareError, Invalid
from hubshare.git.objects import FOLDER, tree_entry, walk_tree
from hubshare.jobs.payloads import Edit
from hubshare.operations.caller import Caller
from hubshare.operations.edits import submit_edit
from hubshare.service.pages.project_request import AVisit, ProjectRequest
from hubshare.service.pages.project_view import ProjectView
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.sync.ignore import DEFAULT_RULES, RULES_FILE, Ignore
from hubshare.sync.trees import ancestors
from hubshare.wire.agent import new_id

router = APIRouter(prefix="/projects/{owner}/{name}/ignore", include_in_schema=False)

_BYTES, _RULES = 16 * KIB, 200
#: How many files are looked at for what the rules catch, and how many are named.
_FILES, _NAMED = 20_000, 100


@router.get("")
def get_ignore(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page"))],
    visit: AVisit,
) -> HTMLResponse:
    """The rules as they are published."""
    return _page(caller, visit)


@router.post("")
def post_ignore(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    visit: AVisit,
    seen: Annotated[str, Form(pattern="^([0-9a-f]{40})?$")] = "",
    rules: Annotated[str, Form(max_length=_BYTES)] = "",
    do: Annotated[str, Form(pattern="^(try|publish)$")] = "publish",
) -> Response:
    """Publish other rules, or only see what they would catch.

    Args:
        seen: id of the content that was edited, "" when there was none.
    """
    text = rules.replace("\r\n", "\n").rstrip()
    text = f"{text}\n" if text else ""
    try:
        if len(text.splitlines()) > _RULES:
            raise Invalid(f"These are more than {_RULES} lines: one rule can stand for many files.")
        if do == "try":
            return _page(caller, visit, rules=text, seen=seen)
        with visit.centre.database.read() as session:
            place = visit.place(session, caller)
        now = tree_entry(place.repository.tree, place.root, RULES_FILE)
        edit = Edit(
            id=new_id(),
            project=place.project.id,
            user=caller.user,
            door=caller.door,
            token=caller.person.token,
            message="Change the ignore rules",
            contents={RULES_FILE: text},
            seen={RULES_FILE: (now[0] if now else 0, seen) if seen else None},
        )
        number = submit_edit(visit.centre, edit)
    except HubShareError as error:
        return _page(caller, visit, error, rules=text, seen=seen)
    return visit.see("versions", number, full=place.full_name)


def _page(
    caller: Caller,
    visit: ProjectRequest,
    problem: HubShareError | None = None,
    rules: str | None = None,
    seen: str = "",
) -> HTMLResponse:
    """The page of the rules.

    Args:
        problem: why they were not published.
        rules: what was filled in; None for what is published.
        seen: what that was made from.
    """
    with visit.centre.database.read() as session:
        place = visit.place(session, caller)
    now = tree_entry(place.repository.tree, place.root, RULES_FILE)
    if now is not None and now[0] == FOLDER:
        now = None
    if rules is None:
        data = place.repository.read(now[1]).data if now else b""
        rules, seen = data[:_BYTES].decode(errors="replace"), now[1] if now and len(data) <= _BYTES else ""
    found, all_of_it = _caught(place, rules)
    return visit.show(
        caller,
        "ignore.html.j2",
        place,
        problem,
        rules=rules,
        seen=seen,
        caught=found[:_NAMED],
        number=len(found),
        looked=_FILES,
        place_is_large=not all_of_it,
        built_in=DEFAULT_RULES,
        may_publish=Action.PUSH in place.may,
    )


def _caught(place: ProjectView, rules: str) -> tuple[list[tuple[str, str]], bool]:
    """The published files that some rules catch, with the rule of each; and whether all files were looked at."""
    ignore, folders = Ignore(rules.splitlines()), dict[str, str]()
    found = []
    paths = [path for path, _ in islice(walk_tree(place.repository.tree, place.root), _FILES + 1)]
    for path in paths[:_FILES]:
        for folder in ancestors(path):
            if folder not in folders:
                rule = ignore.rule(folder, folder=True)
                folders[folder] = rule.pattern if rule else ""
        pattern = next((folders[folder] for folder in ancestors(path) if folders[folder]), "")
        if not pattern:
            rule = ignore.rule(path)
            pattern = rule.pattern if rule else ""
        if pattern:
            found.append((path, pattern))
    return found, len(paths) <= _FILES
