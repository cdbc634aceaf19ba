"""Which files of an upload are published, where, and what is left out and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import NamedTuple

from hubshare.errors import BadPath, Invalid
from hubshare.names import check_path, own_fault, quoted
from hubshare.sync.ignore import Ignore
from hubshare.sync.trees import ancestors
from hubshare.wire.api.contents import LeftOut
from hubshare_workers.uploads.zip_file import Member

#: What a Mac puts beside the files of a zip.
_OF_MACS = "__MACOSX"


class Selection(NamedTuple):
    """What is to be published of an upload.

    Attributes:
        files: path in the project to what is to lie there.
        left_out: what is not published.
        top: the one folder that all lay in, where that was taken off; "" for none.
    """

    files: dict[str, Member]
    left_out: list[LeftOut]
    top: str


def select(
    members: Iterable[Member], folder: str, take_off: bool, rules_of: Callable[[dict[str, Member]], Ignore]
) -> Selection:
    """Decide what of an upload is published.

    Args:
        members: what came.
        folder: of the project, into which it goes; "" for its top.
        take_off: whether one folder that all lies in is taken off.
        rules_of: gives the ignore rules that hold for what is about to be published.

    Raises:
        Invalid: when nothing is left, or two are for the same path.
        BadPath: naming the path that cannot be in a project.
    """
    left_out, kept = list[LeftOut](), list[Member]()
    for member in members:
        parts = member.name.split("/")
        if member.folder:
            continue
        if parts[0] == _OF_MACS:
            left_out.append(LeftOut(path=member.name, reason="it is what a Mac notes for itself"))
        elif ".git" in parts:
            left_out.append(LeftOut(path=member.name, reason="it belongs to git itself"))
        else:
            kept.append(member)
    top = _top(member.name for member in kept) if take_off else ""
    inside = f"{folder}/" if folder else ""
    files: dict[str, Member] = {}
    for member in kept:
        path = inside + (member.name.removeprefix(f"{top}/") if top else member.name)
        if path in files:
            raise Invalid(f"There are two files for {quoted(path)}: choose which of them it is to be.")
        # A path that begins with the folder is not absolute, whatever was sent.
        check_path(member.name)
        if fault := own_fault(path):
            raise BadPath(f"{quoted(path)} cannot be in a project: {fault}.")
        files[check_path(path)] = member
    _check_places(files)
    rule_of = _rules(rules_of(files))
    caught = {path: rule for path in files if (rule := rule_of(path))}
    left_out += [LeftOut(path=path, reason=rule) for path, rule in caught.items()]
    files = {path: member for path, member in files.items() if path not in caught}
    if not files:
        reason = f", for {quoted(left_out[0].path)} is left out: {left_out[0].reason}" if left_out else ""
        raise Invalid(f"There is no file in it that can be published{reason}. Choose others.")
    return Selection(files, left_out, top)


def _top(names: Iterable[str]) -> str:
    """The one folder that all of some names lie in; "" where there is none."""
    tops = {name.partition("/")[:2] for name in names}
    if len(tops) != 1:
        return ""
    ((top, slash),) = tops
    # `.` and `..` are no folders, but faults that are named.
    return top if slash and top not in (".", "..") else ""


def _check_places(files: Collection[str]) -> None:
    for path in files:
        for above in ancestors(path):
            if above in files:
                raise BadPath(f"{quoted(above)} is a file in it, and a folder as well: rename one of the two.")


def _rules(ignore: Ignore) -> Callable[[str], str]:
    """Gives why rules keep a path from being shared, or ""."""

    @cache
    def of_folder(path: str) -> str:
        rule = ignore.rule(path, folder=True)
        return str(rule) if rule else ""

    def of_file(path: str) -> str:
        above = next((found for folder in ancestors(path) if (found := of_folder(folder))), "")
        if above:
            return above
        rule = ignore.rule(path)
        return str(rule) if rule else ""

    return of_file
