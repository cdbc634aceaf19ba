"""What a file was called before is told by as little as it takes, and in the same words as on the page of the version."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hubshare.git.objects import Object
from hubshare.git.repository import Repository
from hubshare.operations.comparing import compare, renamed_from
from hubshare.store.models import Version
from tests.helpers.forge import Content, folder

TEXT = "".join(f"line {number}\n" for number in range(20)).encode()


class _Objects:
    """Versions, and how many contents and folders of them were read."""

    def __init__(self) -> None:
        self._objects, self.contents, self.folders = dict[str, Object](), 0, 0

    def version(self, items: dict[str | bytes, Content]) -> Version:
        made = folder(items)
        self._objects |= {one.id: one for one in made}
        return cast(Version, SimpleNamespace(commit=made[-1].id))

    def commit(self, name: str) -> Any:
        return SimpleNamespace(tree=name)

    def tree(self, name: str) -> bytes:
        self.folders += 1
        return self._objects[name].data

    def kind_and_size(self, name: str) -> tuple[int, int]:
        return 3, len(self._objects[name].data)

    def read(self, name: str) -> Object:
        self.contents += 1
        return self._objects[name]


def test_contents_are_read_only_where_a_name_can_be_told_by_nothing_else() -> None:
    objects = _Objects()
    repository = cast(Repository, objects)
    before = objects.version({"kept.txt": b"1", "gone.txt": TEXT, "moved.txt": b"moved", "old.md": b"# 1"})
    after = objects.version(
        {
            "kept.txt": b"2",
            "edited.txt": TEXT + b"more\n",
            "elsewhere.txt": b"moved",
            "new.csv": b"1,2",
            "other.txt": b"something else",
        }
    )

    def read(path: str) -> tuple[str, bool]:
        objects.contents = 0
        return renamed_from(repository, before, after, path), objects.contents > 0

    assert read("elsewhere.txt") == ("moved.txt", False)
    assert read("new.csv") == ("", False)
    assert read("kept.txt") == ("", False)
    assert read("nowhere.txt") == ("", False)
    assert read("edited.txt") == ("gone.txt", True)
    assert read("other.txt") == ("", True)
    told = {change.path: change.was for change in compare(repository, before, after, 100).changes if change.after}
    assert told == {path: read(path)[0] for path in told}


def test_nothing_is_looked_at_for_what_there_was_before_the_first_version() -> None:
    objects = _Objects()
    first = objects.version({f"{number}.txt": b"x" for number in range(10)})
    assert renamed_from(cast(Repository, objects), None, first, "1.txt") == ""
    assert objects.folders == 0
