"""What ignore rules leave out costs no watches, of which a user has few, and is watched as soon as it is shared."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, published, write


def _watches(home: Home) -> int:
    """How many folders the agent of a home watches."""
    assert home.process is not None
    notices = 0
    for handle in Path(f"/proc/{home.process.pid}/fdinfo").iterdir():
        with suppress(FileNotFoundError):
            notices += sum(line.startswith("inotify wd:") for line in handle.read_text().splitlines())
    return notices


def test_folders_that_are_left_out_are_watched_only_once_they_are_shared(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    files = {
        ".hubshareignore": "runs/\n",
        "a.txt": "a",
        **{f"node_modules/{number}/index.js": "x" for number in range(100)},
        **{f"runs/{number}/log.txt": "x" for number in range(100)},
    }
    others = _watches(alice)
    made, _ = alice.share("watching", dict(files), auto=True, **{"with": ["bob:writer"]})
    write(made, {"runs/7/log.txt": "y", "b.txt": "b"})
    wait_until(lambda: "b.txt" in published(centre, "alice/watching"), "the rest is shared at once")
    wait_until(lambda: _watches(alice) > others, "the folder is watched")
    before = _watches(alice)
    assert before < others + 50

    write(made, {".hubshareignore": "runs/\n!runs/\n"})
    wait_until(lambda: "runs/7/log.txt" in published(centre, "alice/watching"), "what is taken back is shared")
    wait_until(lambda: _watches(alice) >= before + 101, "and watched")
    write(made, {"runs/7/log.txt": "z"})
    wait_until(
        lambda: published(centre, "alice/watching")["runs/7/log.txt"] == b"z", "what changes in it is shared at once"
    )

    write(made, {".hubshareignore": "runs/\n"})
    wait_until(lambda: published(centre, "alice/watching")[".hubshareignore"] == b"runs/\n", "the rule is shared")
    write(made, {"runs/7/log.txt": "what the project holds is shared, whatever the rules say"})
    wait_until(lambda: published(centre, "alice/watching")["runs/7/log.txt"].startswith(b"what"), "it is watched")
    alice.ask("auto", folder=str(made), on=False)


def test_a_file_that_comes_into_a_folder_that_is_left_out_is_watched(
    alice: Home, bob: Home, centre: TestCentre
) -> None:
    made, _ = alice.share(
        "late", {"a.txt": "a", ".hubshareignore": "out/\n", "out/1/x.txt": "x"}, auto=True, **{"with": ["bob:writer"]}
    )
    here = bob.checkout("alice/late", "late", auto=False)
    write(here, {".hubshareignore": "", "out/1/y.txt": "y"})
    bob.ask("push", folder=str(here), paths=["out/1/y.txt"])
    wait_until(lambda: (made / "out/1/y.txt").exists(), "it comes, and the rules stay")
    write(made, {"out/1/y.txt": "z"})
    wait_until(lambda: published(centre, "alice/late")["out/1/y.txt"] == b"z", "what changes in it is shared at once")
    alice.ask("auto", folder=str(made), on=False)
