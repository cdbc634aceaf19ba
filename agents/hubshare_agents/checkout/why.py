"""Why a path is or is not shared, in words for the person."""

from __future__ import annotations

import stat

from hubshare.git.objects import BLOB, object_id
from hubshare.names import path_fault
from hubshare.sync.ignore import RULES_FILE, taking_back
from hubshare.sync.trees import ancestors
from hubshare_agents.checkout.index import Row
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.rules_of_others import left_out_before
from hubshare_agents.checkout.shareable import ENVIRONMENT, unreadable

#: A file without contents is like many others.
_EMPTY = object_id(BLOB, b"")


def why(checkout: LocalCheckout, path: str) -> tuple[bool, str]:
    """Return whether a path is shared, and what says so; right after a look at it."""
    try:
        return _why(checkout, path)
    except OSError as error:
        return False, unreadable(error, "it cannot be read; change its permissions or those of its folder")


def renamed(checkout: LocalCheckout, path: str) -> str:
    """Return where the project has what a file held that was deleted there and is still here, as one that is open; else ""."""
    index = checkout.index
    if path_fault(path) is not None or (agreed := index.row(path).agreed) is None or index.published(path) is not None:
        return ""
    others = [other for other, _ in index.holding(agreed.id) if other != path]
    return others[0] if len(others) == 1 and agreed.id != _EMPTY else ""


def _why(checkout: LocalCheckout, path: str) -> tuple[bool, str]:
    index, disk, shareable = checkout.index, checkout.disk, checkout.scanner.shareable
    row = index.row(path) if path_fault(path) is None else Row(path, None, None, None, "")
    found = disk.stat(path)
    if row.held:
        return False, row.held
    if found is None:
        return (True, "it is deleted here, not yet in the project") if row.agreed else (False, "there is no such file")
    if stat.S_ISDIR(found.st_mode):
        return _why_folder(checkout, path)
    fault = shareable.fault(path, found)
    if fault:
        return False, fault
    if around := shareable.left_alone(path, index.tracked):
        return False, around
    if row.agreed is not None:
        return True, "it is part of the project" + (", without its outputs" if row.raw else "")
    told = _left_out(checkout, path) or left_out_before(checkout, path)
    reason = told or index.unshared().get(path) or shareable.companion(path)
    if reason:
        return False, reason
    if stat.S_ISREG(found.st_mode):
        with disk.open(path):
            pass
    return True, "it is new and goes with the next push" + (", without its outputs" if row.raw else "")


def _left_out(checkout: LocalCheckout, path: str) -> str:
    """The rule that leaves a file out, or ""."""
    ignore = checkout.scanner.ignore()
    for folder in reversed(list(ancestors(path))):
        rule = ignore.rule(folder, folder=True)
        if rule:
            return f"{rule}, which holds for {folder}/; take it back with a line '!…' in {RULES_FILE}"
    rule = ignore.rule(path)
    if rule:
        return f"{rule}; take it back with a line '!{rule.pattern}' in {RULES_FILE}"
    return _environment(checkout, path)


def _environment(checkout: LocalCheckout, path: str) -> str:
    """Why a path is left out with the environment that it is or lies in, or ""."""
    folder = checkout.scanner.shareable.environment(path)
    if folder is None or checkout.scanner.ignore().takes_back(folder):
        return ""
    return f"{ENVIRONMENT if folder == path else f'it lies in a Python environment ({folder}/)'}; {taking_back(folder)}"


def _why_folder(checkout: LocalCheckout, path: str) -> tuple[bool, str]:
    index, ignore = checkout.index, checkout.scanner.ignore()
    fault = path_fault(path)
    if fault:
        return False, fault
    if reason := checkout.scanner.shareable.left_alone(path, index.tracked):
        return False, reason
    if not index.tracked(path):
        rule = ignore.rule(path, folder=True)
        if rule:
            return False, str(rule)
        environment = _environment(checkout, path)
        if environment:
            return False, environment
    with checkout.disk.folder(path):
        pass
    if not any(index.below(path)):
        return False, "an empty folder is not shared until there is a file in it"
    return True, "its files are shared one by one"
