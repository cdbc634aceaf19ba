"""What a change at the centre makes of a project, held to the rules that a push is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Protocol

from hubshare.config import Limits
from hubshare.errors import BadPack, BadPath, Clash
from hubshare.git.objects import EMPTY_TREE, FOLDER, TREE, Object, TreeEdit, TreeReader, read_tree
from hubshare.git.verify import verify_trees
from hubshare.names import folded, quoted
from hubshare_workers.publish.publication import Published


class Brought(Protocol):
    """Contents that come with a change, by their ids."""

    def __contains__(self, name: str) -> bool: ...

    def kind_and_size(self, name: str) -> tuple[int, int]: ...

    def pieces(self, name: str) -> Iterator[bytes]: ...


class InHand:
    """Contents that are held in memory."""

    def __init__(self, made: Mapping[str, Object]) -> None:
        self._made = made

    def __contains__(self, name: str) -> bool:
        return name in self._made

    def kind_and_size(self, name: str) -> tuple[int, int]:
        """Type number and size."""
        return self._made[name].type, len(self._made[name].data)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content."""
        yield self._made[name].data


class _Result:
    """What there is after a change: its trees and contents over what is published."""

    def __init__(self, published: Published, edit: TreeEdit, brought: Brought) -> None:
        self._published, self._edit, self._brought = published, edit, brought

    def tree(self, name: str) -> bytes:
        return self._edit.made[name] if name in self._edit.made else self._published.tree(name)

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        if name in self._edit.made:
            return TREE, len(self._edit.made[name])
        if name in self._brought:
            return self._brought.kind_and_size(name)
        return self._published.kind_and_size(name)

    def read(self, name: str) -> Object:
        kind_and_size = self.kind_and_size(name)
        assert kind_and_size is not None
        return Object(kind_and_size[0], b"".join(self.pieces(name)))

    def pieces(self, name: str) -> Iterator[bytes]:
        if name in self._brought:
            yield from self._brought.pieces(name)
            return
        with self._published.stream(name) as content:
            yield from content


def check_sound(
    published: Published, edit: TreeEdit, brought: Brought, limits: Limits, new_names: Iterable[str] = ()
) -> None:
    """Let a change pass that a push could bring as well.

    Args:
        edit: the trees that it makes.
        brought: the contents that come with it.
        new_names: paths whose names somebody has chosen for it.

    Raises:
        BadPath: naming the path that cannot be published.
        TooLarge: when it changes too much.
        Clash: when a name differs from another one only as file systems do not tell them apart.
    """
    result = _Result(published, edit, brought)
    try:
        verify_trees(published.root, edit.root, result, published.tree, limits)
    except BadPack as error:
        raise BadPath(error.message) from None
    _check_spelling(new_names, (published.tree, published.root), (result.tree, edit.root))


def _check_spelling(paths: Iterable[str], before: tuple[TreeReader, str], after: tuple[TreeReader, str]) -> None:
    """Refuse a new name that a Mac or Windows takes for another one beside it."""
    was, now = _folders(before[0]), _folders(after[0])

    @cache
    def spellings(tree: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in now(tree):
            found.setdefault(folded(name), []).append(name)
        return found

    for path in paths:
        old, new, so_far = before[1], after[1], ""
        for name in path.split("/"):
            if name not in now(new):
                break
            so_far = f"{so_far}/{name}" if so_far else name
            known = was(old)
            others = [one for one in spellings(new)[folded(name)] if one != name]
            if others and name not in known:
                other = next((one for one in others if one in known), others[0])
                raise Clash(
                    f"{quoted(so_far)} would lie beside {quoted(other)}, and Windows and Macs take the two for one: choose "
                    "another name, or the one that is there."
                )
            old = known[name][1] if name in known and known[name][0] == FOLDER else EMPTY_TREE
            new = now(new)[name][1] if now(new)[name][0] == FOLDER else EMPTY_TREE


def _folders(read: TreeReader) -> Callable[[str], Mapping[str, tuple[int, str]]]:
    return cache(lambda tree: read_tree(read(tree)) if tree != EMPTY_TREE else {})
