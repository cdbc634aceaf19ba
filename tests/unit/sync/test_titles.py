"""What a version is called that nobody gave a message: it names what matters most in a line of bounded length."""

from __future__ import annotations

import pytest

from hubshare.sync.titles import TITLE_CHARACTERS, about, title
from hubshare.sync.trees import EXECUTABLE, FILE, Entry, Side


def blob(number: int, mode: int = FILE) -> Entry:
    return Entry(mode, f"{number:040x}")


def edited(number: int) -> tuple[Side, Side]:
    return blob(number), blob(number + 1000)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"03-Fourier.ipynb": edited(1), "data/waves.csv": (None, blob(2))},
            "Edit 03-Fourier.ipynb, add data/waves.csv",
        ),
        ({"a": edited(1), "b": edited(2), "c": (blob(3), None)}, "Edit a and b, delete c"),
        ({"a": edited(1), "b": edited(2), "c": edited(3)}, "Edit a, b and c"),
        ({f"data/{n}": edited(n) for n in range(12)} | {"new": (None, blob(99))}, "Edit 12 files in data, add new"),
        ({f"d/{n}/x": edited(n) for n in range(4)}, "Edit 4 files in d"),
        ({f"{n}": edited(n) for n in range(4)}, "Edit 4 files"),
        ({"old.py": (blob(1), None), "new.py": (None, blob(1))}, "Rename old.py to new.py"),
        (
            {f"old/{n}": (blob(n), None) for n in range(4)} | {f"new/{n}": (None, blob(n)) for n in range(4)},
            "Rename old to new (4 files)",
        ),
        (
            {"a/x": (blob(1), None), "b/y": (blob(2), None), "all/x": (None, blob(1)), "all/y": (None, blob(2))},
            "Move 2 files to all",
        ),
        # Two files that are alike keep their names, and one that went for good is no rename.
        (
            {"a/1": (blob(1), None), "a/2": (blob(1), None), "b/2": (None, blob(1))},
            "Rename a/2 to b/2, delete a/1",
        ),
        ({"run.sh": (blob(1), blob(1, EXECUTABLE))}, "Edit run.sh"),
        ({"a\nb": edited(1)}, "Edit 'a\\nb'"),
        ({"same": (blob(1), blob(1))}, ""),
    ],
)
def test_a_title_names_what_was_done(changes: dict[str, tuple[Side, Side]], said: str) -> None:
    assert title(changes) == said


def test_a_title_is_of_bounded_length_and_keeps_the_names() -> None:
    deep = "/".join(["a-folder-with-a-long-name"] * 20)
    changes: dict[str, tuple[Side, Side]] = {f"{deep}/{n}.ipynb": edited(n) for n in range(3)}
    changes |= {f"{deep}/{n}.csv": (None, blob(n)) for n in range(10, 13)} | {"gone.txt": (blob(9), None)}
    made = title(changes)
    assert len(made) <= 3 * TITLE_CHARACTERS and "3 files" in made and made.endswith("delete gone.txt")
    assert title({f"{deep}/notes.md": edited(1)}).endswith("a-folder-with-a-long-name/notes.md")
    assert len(title({f"{deep}/notes.md": edited(1)})) < TITLE_CHARACTERS


def test_any_act_names_its_files() -> None:
    assert about("upload", ["data/a", "data/b"]) == "Upload data/a and data/b"
    assert about("settle", [f"data/{n}" for n in range(1000)]) == "Settle 1,000 files in data"


def test_of_many_files_that_are_alike_each_is_looked_at_a_few_times() -> None:
    looked_at: list[str] = []

    class Path(str):
        """A path of which it is noted when its name is looked at."""

        def rpartition(self, separator: str, /) -> tuple[str, str, str]:
            looked_at.append(self)
            return super().rpartition(separator)

    gone: dict[str, tuple[Side, Side]] = {Path(f"a/{number}"): (blob(1), None) for number in range(500)}
    new: dict[str, tuple[Side, Side]] = {Path(f"b/{number}x"): (None, blob(1)) for number in range(500)}
    assert title({**gone, **new}) == "Rename 500 files"
    assert len(looked_at) < 10 * 1000
