"""A notebook that is too large to be taken apart is left alone and named, where outputs are not shared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_workers.publish.outputs import check_outputs

from hubshare.errors import HasOutputs
from hubshare.git.objects import Object
from hubshare.store.versions import read_branch
from hubshare.sync.notebooks.outputs import NOTEBOOK_BYTES
from hubshare.sync.trees import FILE, Entry
from hubshare.testing.notebooks import notebook
from hubshare.testing.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.set_outputs("strip")
    yield made
    made.close()


def large() -> str:
    """A notebook with an output that is larger than any that is taken apart."""
    made = json.loads(notebook("x = 1", output="output"))
    made["cells"][0]["outputs"][0] = {"output_type": "stream", "name": "stdout", "text": "x" * NOTEBOOK_BYTES}
    return json.dumps(made)


def test_a_notebook_that_is_too_large_to_be_stripped_is_named_and_holds_nothing_up(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("large.ipynb", large())
    alice.write("small.ipynb", notebook("y = 2", output="output"))
    world.settle()
    assert bob.files() == {"small.ipynb": notebook("y = 2")}
    reason = alice.local.index.unshared()["large.ipynb"]
    assert "more than 16 MiB" in reason and "clear them" in reason
    alice.write("large.ipynb", notebook("x = 1", output="output"))
    world.settle()
    assert bob.read("large.ipynb") == notebook("x = 1") and not alice.local.index.unshared()


def test_a_notebook_with_outputs_that_grows_too_large_is_held_and_an_update_of_it_waits(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("n.ipynb", notebook("x = 1", output="output"))
    world.settle()
    bob.write("n.ipynb", large())
    alice.write("n.ipynb", notebook("x = 2", output="output"))
    world.settle()
    assert bob.read("n.ipynb") == large() and "n.ipynb" in bob.plan().held
    bob.write("n.ipynb", notebook("x = 1", output="output"))
    world.settle()
    assert bob.read("n.ipynb") == notebook("x = 2")


def test_the_centre_refuses_one_without_reading_it(world: World) -> None:
    def read(name: str) -> Object:
        raise AssertionError("it is not to be read")

    with world.centre.database.read() as session:
        branch = read_branch(session, world.project.id)
    assert branch is not None
    sides = [("n.ipynb", Entry(FILE, "1" * 40))]
    with pytest.raises(HasOutputs, match=r"'n\.ipynb' has more than 16 MiB"):
        check_outputs(branch, sides, read, lambda name: NOTEBOOK_BYTES + 1)
