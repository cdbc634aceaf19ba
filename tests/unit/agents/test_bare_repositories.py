"""What git takes for a repository runs programs as whoever looks at it: nobody gets one that others made of a folder."""

from __future__ import annotations

import subprocess

import pytest
from hubshare_agents.checkout import bare_repositories, shareable, walk

from hubshare.testing.world import Member, World

CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = \"touch '{}'; false\"\n"


@pytest.mark.parametrize("folder", ["", "lesson/", "lesson/deep/er/"])
@pytest.mark.parametrize(
    "steps",
    [
        [["HEAD", "config", "objects/x", "refs/x"]],
        [["HEAD", "config"], ["objects/x"], ["refs/x"]],
        [["objects/x", "refs/x"], ["config"], ["HEAD"]],
        [["HEAD", "config.worktree", "commondir"]],
    ],
    ids=["at once", "HEAD first", "HEAD last", "elsewhere"],
)
def test_git_runs_nothing_that_others_published(
    world: World, alice: Member, bob: Member, folder: str, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever publishes it has an agent that does not leave repositories alone.
    for module in (shareable, walk):
        monkeypatch.setattr(module, "is_repository", lambda names: False)
    run, common = world.place / "run", world.place / "common"
    config = CONFIG.format(run)
    contents = {"HEAD": "ref: refs/heads/main\n", "commondir": str(common), "config": config, "config.worktree": config}
    for name in ("objects", "refs"):
        (common / name).mkdir(parents=True)
    (common / "config").write_text("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n")
    for names in steps:
        for name in names:
            alice.write(folder + name, contents.get(name, "x"))
        alice.write("folder/new", f"with {names}")
        world.settle()
    (bob.root / folder).mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "status"], cwd=bob.root / folder, capture_output=True, check=False)
    assert not run.exists()
    held = bob.plan().held
    assert held and all("git repository" in words for words in held.values())
    assert bob.files()["folder/new"] == f"with {steps[-1]}"
    # The same on the disk of who made it: this would notice.
    subprocess.run(["git", "status"], cwd=alice.root / folder, capture_output=True, check=False)
    assert run.exists()


def test_a_bare_repository_of_ones_own_is_left_alone_as_any_other(world: World, alice: Member, bob: Member) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(alice.root / "mine.git")], check=True)
    before = (alice.root / "mine.git/config").read_text()
    alice.write("b", "newer")
    world.settle()
    assert bob.files() == {"a": "first a", "b": "newer", "folder/c": "first folder/c", "folder/d": "first folder/d"}
    assert "git repository" in alice.local.index.unshared()["mine.git"]
    bob.write("mine.git/config", "theirs")
    bob.write("mine.git/hooks/post-update", "theirs")
    world.settle()
    assert (alice.root / "mine.git/config").read_text() == before
    assert not (alice.root / "mine.git/hooks/post-update").exists()


def test_files_of_such_names_that_are_no_repository_come(world: World, alice: Member, bob: Member) -> None:
    for path in ("HEAD", "x/HEAD", "x/objects/a", "refs/b", "y/refs/HEAD", "y/objects"):
        alice.write(path, "x")
    world.settle()
    assert bob.files() == alice.files()


def test_a_repository_that_the_project_held_before_goes_on(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies on everybody's disk already."""
    with monkeypatch.context() as before:
        for module in (shareable, walk, bare_repositories):
            before.setattr(module, "is_repository", lambda names: False)
        for path in ("g/HEAD", "g/objects/a", "g/refs/a"):
            alice.write(path, "x")
        world.settle()
    alice.write("g/objects/b", "x")
    alice.write("g/refs/a", "newer")
    world.settle()
    assert bob.files() == alice.files() and bob.files()["g/refs/a"] == "newer"
