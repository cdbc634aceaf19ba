"""The ignore rules of a project: what they say, which published files they would catch, and a new version of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.config import KIB
from hubshare.errors import Invalid
from hubshare.git.lookup import side_at
from hubshare.git.objects import walk_tree
from hubshare.operations.caller import Caller
from hubshare.operations.edits import new_edit, submit_edit
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.sync.ignore import RULES_FILE, Ignore
from hubshare.sync.trees import ancestors

#: The largest text of rules, in bytes, and how many of them there may be.
RULES_BYTES, _RULES = 16 * KIB, 200
#: How many files are looked at for what the rules catch.
LOOKED_AT = 20_000


def read_rules(view: ProjectView) -> tuple[str, str]:
    """The published rules, and the id of their content; "" for both where there are none, for the id where they are cut."""
    found = side_at(view.repository, view.version.commit, RULES_FILE)
    data = view.repository.read(found.id).data if found else b""
    return data[:RULES_BYTES].decode(errors="replace"), found.id if found and len(data) <= RULES_BYTES else ""


def check_rules(text: str) -> None:
    """Let rules pass that can be published.

    Raises:
        Invalid: when they are too many.
    """
    if len(text.splitlines()) > _RULES:
        raise Invalid(f"These are more than {_RULES} lines: one rule can stand for many files.")


def publish_rules(caller: Caller, centre: Centre, *, owner: str, name: str, text: str, seen: str) -> tuple[str, int]:
    """Publish other rules.

    Args:
        seen: id of the content that was edited, "" when there was none.

    Returns:
        What the project is called now, and the version that it has then.
    """
    check_rules(text)
    with centre.database.read() as session:
        view = open_view(session, centre, caller, owner, name)
    now = side_at(view.repository, view.version.commit, RULES_FILE)
    edit = replace(
        new_edit(caller, view.project.id, "Change the ignore rules"),
        contents={RULES_FILE: text},
        seen={RULES_FILE: (now.mode if now else 0, seen) if seen else None},
    )
    return view.full_name, submit_edit(centre, edit)


class Caught(NamedTuple):
    """What rules catch.

    Attributes:
        files: path and rule of each published file that they catch.
        complete: whether all files were looked at.
    """

    files: list[tuple[str, str]]
    complete: bool


def catch_files(view: ProjectView, rules: str) -> Caught:
    """The published files that some rules catch."""
    ignore, folders = Ignore(rules.encode()), dict[str, str]()
    found = []
    paths = [path for path, _ in islice(walk_tree(view.repository.tree, view.root), LOOKED_AT + 1)]
    for path in paths[:LOOKED_AT]:
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
    return Caught(found, len(paths) <= LOOKED_AT)
