"""Two versions of a file side by side, and a notebook's conflict settled cell by cell; made where the checkout is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.checkout import file_versions, requests
from hubshare_agents.checkout.cell_picks import CellPicks
from hubshare_agents.checkout.file_versions import SHOWN_BYTES, Content
from hubshare_agents.checkout.progress import silent
from hubshare_agents.socket.differences import compare

from hubshare.errors import Clash, Invalid
from hubshare.git.objects import BLOB, object_id
from hubshare.sync.trees import FILE, Entry
from hubshare.testing.world import Member, World
from hubshare.wire.socket.differences import FileDifference

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def notebook(*sources: str, outputs: Any = ()) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": list(outputs),
            "source": s,
        }
        for n, s in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def content(data: bytes, words: str = "one") -> Content:
    return Content(words, Entry(FILE, object_id(BLOB, data)), data, len(data))


def shown(path: str, old: bytes | None, new: bytes | None) -> FileDifference:
    made = compare(path, old if old is None else content(old), new if new is None else content(new))
    return FileDifference(project="a/b", path=path, **made)


def find(member: Member, path: str, which: str) -> Content | None:
    client: Any = None
    return member.do(file_versions.find(client, member.loop, path, which, silent))


def data(member: Member, path: str, which: str) -> bytes | None:
    found = find(member, path, which)
    return found.data if found is not None else None


def dispute(world: World, path: str, before: str, ours: str, theirs: str) -> Member:
    """Bob, whose edit of a file met Alice's, and is not at the centre."""
    alice, bob = world.join("alice"), world.join("bob", mode="manual")
    alice.write(path, before)
    world.settle()
    bob.pull()
    alice.write(path, theirs)
    world.settle()
    bob.write(path, ours)
    bob.pull()
    return bob


# what is shown


def test_texts_are_shown_as_texts() -> None:
    found = shown("a.py", b"x = 1\n", b"x = 2\n")
    assert found.kind == "text" and found.old and found.new
    assert (found.old.text, found.new.text) == ("x = 1\n", "x = 2\n")


def test_a_side_without_the_file_is_none() -> None:
    found = shown("a.py", None, b"x\n")
    assert found.old is None and found.new is not None and found.kind == "text"


def test_images_are_shown_as_images_and_what_only_says_so_is_not() -> None:
    assert shown("a.png", PNG, PNG).kind == "image"
    assert shown("a.png", PNG, b"no image\0").kind == "binary"


def test_text_of_two_bytes_a_character_is_text() -> None:
    found = shown("a.csv", "id\n1\n".encode("utf-16"), "id,name\n2,a\n".encode("utf-16-le"))
    assert found.kind == "text" and found.old and found.old.text == "\ufeffid\n1\n"
    assert found.new and found.new.text == "id,name\n2,a\n"


def test_text_in_another_encoding_is_text_and_other_bytes_are_none() -> None:
    written = "日付,場所,備考\n1,東京,晴れのち曇り\n2,大阪,雨が降りました\n"
    found = shown("a.csv", written.encode("cp932"), written.encode())
    assert found.kind == "text" and found.old and found.old.text == written
    assert shown("a.dat", bytes(range(128, 256)) * 9, b"a").kind == "binary"


def test_notebooks_are_shown_by_cell_with_what_was_removed_and_added() -> None:
    found = shown("n.ipynb", notebook("a", "b").encode(), notebook("a", "B", "c").encode())
    assert found.kind == "notebook" and found.pairs is not None
    assert [(pair.old and pair.old.source, pair.new and pair.new.source, pair.same) for pair in found.pairs] == [
        ("a", None, True),
        ("b", "B", False),
        (None, "c", False),
    ]


def test_a_notebook_that_cannot_be_taken_apart_is_shown_as_text() -> None:
    assert shown("n.ipynb", b"{", notebook("a").encode()).kind == "text"


def test_outputs_that_differ_are_shown_and_are_nothing_to_decide() -> None:
    text = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    found = shown("n.ipynb", notebook("a").encode(), notebook("a", outputs=text).encode())
    assert found.pairs is not None and (found.pairs[0].same, found.pairs[0].differs) == (False, False)
    assert found.pairs[0].new is not None and found.pairs[0].new.outputs == text


def test_what_is_large_is_not_shown_and_says_why() -> None:
    made = compare("a.txt", Content("one", Entry(FILE, "0" * 40), None, SHOWN_BYTES + 1), content(b"x"))
    assert made["kind"] == "binary" and "more than 2 MiB" in made["why"] and made["new"].text is None


# where versions come from


def test_all_sides_of_a_conflict_are_found_and_the_local_one_does_not_leave_the_machine(world: World) -> None:
    bob = dispute(world, "a.txt", "before\n", "mine\n", "hers\n")
    assert data(bob, "a.txt", "disk") == b"mine\n"
    assert data(bob, "a.txt", "published") == b"hers\n"
    assert not world.to_centre
    assert not world.repository.kind_and_size(object_id(BLOB, b"mine\n"))


def test_a_large_file_is_not_read(world: World) -> None:
    bob = dispute(world, "a.txt", "b", "m" * (SHOWN_BYTES + 1), "h")
    found = find(bob, "a.txt", "disk")
    assert found is not None and found.data is None and found.size == SHOWN_BYTES + 1


# picks by cell


def by_cell(bob: Member, picks: dict[int, str]) -> Any:
    ours, theirs = find(bob, "n.ipynb", "disk"), find(bob, "n.ipynb", "published")
    assert ours is not None and theirs is not None
    wanted = CellPicks(picks, ours.entry.id, theirs.entry.id, theirs)
    return bob.answer_while(lambda: requests.resolve_cells(bob.loop, "n.ipynb", wanted))


def sources(text: str) -> list[str]:
    return [cell["source"] for cell in json.loads(text)["cells"]]


def test_picked_cells_are_published_and_both_sides_are_kept(world: World) -> None:
    mine, hers = notebook("mine", "b", "same"), notebook("hers", "B", "same")
    bob = dispute(world, "n.ipynb", notebook("a", "b0", "same"), mine, hers)
    assert by_cell(bob, {0: "ours", 1: "theirs"}).settled == ["n.ipynb"]
    assert sources(bob.read("n.ipynb")) == ["mine", "B", "same"]
    world.settle()
    assert sources(world.members[0].read("n.ipynb")) == ["mine", "B", "same"]
    kept = {one.entry.id: one.why for one in bob.local.index.kept("n.ipynb")}
    assert kept[object_id(BLOB, mine.encode())] == "version of this folder, not picked"
    assert kept[object_id(BLOB, hers.encode())] == "published version, not picked"
    assert len(bob.local.index.kept("n.ipynb")) == 2, "each of them once"


def test_cells_are_not_picked_of_what_has_changed_since(world: World) -> None:
    bob = dispute(world, "n.ipynb", notebook("a"), notebook("mine"), notebook("hers"))
    ours, theirs = find(bob, "n.ipynb", "disk"), find(bob, "n.ipynb", "published")
    assert ours is not None and theirs is not None
    bob.write("n.ipynb", notebook("newer"))
    wanted = CellPicks({0: "theirs"}, ours.entry.id, theirs.entry.id, theirs)
    with pytest.raises(Clash, match="changed since you looked"):
        bob.answer_while(lambda: requests.resolve_cells(bob.loop, "n.ipynb", wanted))
    assert sources(bob.read("n.ipynb")) == ["newer"]


def test_a_cell_without_a_pick_changes_nothing(world: World) -> None:
    bob = dispute(world, "n.ipynb", notebook("a", "b"), notebook("mine", "mine"), notebook("hers", "hers"))
    with pytest.raises(Invalid, match="Pick a side"):
        by_cell(bob, {0: "ours"})
    assert sources(bob.read("n.ipynb")) == ["mine", "mine"] and not bob.local.index.kept("n.ipynb")
