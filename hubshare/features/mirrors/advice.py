"""What is said of a push to a mirror: what came of it, and where it was refused what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PROTECTED = re.compile(r"protected|GH00[67]|not allowed to (?:push|force push)", re.IGNORECASE)
_LARGE = re.compile(
    r"GH001|large file|file size limit|exceeds .{0,40}(?:limit|size)|too large|larger than", re.IGNORECASE
)
_WHOLE_TREE = re.compile(r"checked out|work(?:ing)? tree", re.IGNORECASE)
_MOVED = re.compile(r"fetch first|non-fast-forward|stale info|failed to (?:update|lock)", re.IGNORECASE)
_TAGS_NAMED = 5


def of_refusal(where: str, in_the_way: str, refused: str, said: str) -> str:
    """Return why a mirror has not got the branch, and what to do next; "" where it has.

    Args:
        where: branch and host, as people read it.
        in_the_way: the commit there that is not of the project's history; "" for none.
        refused: why the other host did not take it, as git says it; "" where it did.
        said: what the other host said.
    """
    if in_the_way:
        return (
            f"{where} holds commits that the project does not have, the newest is {in_the_way[:10]}: nothing there is "
            "overwritten. Take another branch or an empty repository, or say that what is there is given up."
        )
    if not refused:
        return ""
    words = f"{refused} {said}"
    if _MOVED.search(refused):
        return f"{where} was changed by others at this moment ({refused}): it is looked at again."
    if _LARGE.search(words):
        return (
            f"{where} takes no file as large as one in the history of the project ({refused}): have the other host "
            "allow it, or mirror to one that takes it."
        )
    if _PROTECTED.search(words):
        return f"{where} is protected ({refused}): allow this account to push to it there, or take another branch."
    if _WHOLE_TREE.search(words):
        return f"{where} is open in a work tree there ({refused}): take another branch, or a bare repository."
    return f"{where} was not taken ({refused}): see what the other host says, and change that there."


def of_success(version: int, sent: bool, tags: int, refused_tags: Sequence[str]) -> str:
    """Return what is written down of a push that was taken.

    Args:
        version: that it has.
        sent: whether it was given anything, and `tags` of that.
        refused_tags: those that it has otherwise, or did not take.
    """
    lines = []
    if sent:
        more = f", and {tags} tag{'s' if tags > 1 else ''}" if tags else ""
        lines.append(f"It has version {version}{more}.")
    if refused_tags:
        named = ", ".join(refused_tags[:_TAGS_NAMED]) + (" …" if len(refused_tags) > _TAGS_NAMED else "")
        lines.append(f"Tags that lead elsewhere there, or were refused, stay as they are: {named}.")
    return " ".join(lines) or "There is nothing that it has not."
