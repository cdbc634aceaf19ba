"""The story of a course and three people, step by step over a running stack; every step checks what it promises.

Alice teaches, Bob teaches with her, Carol is a student. `demo.demo` shows it; an acceptance test asserts it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from demo.course import edit, editable, files, size, text, write_course
from demo.stack import LocalStack
from hubshare.errors import HubShareError
from hubshare.testing.centre import wait_until

#: How long a save may take to arrive at the others before it counts as lost, in seconds.
ARRIVAL_SECONDS = 30.0

#: Plays one step; yields what happened.
Step = Callable[["Story"], Iterator[str]]


class Broken(HubShareError):
    """Something was not as promised."""

    code = "broken"


class Story:
    """The steps, in order; each is told by its docstring and yields what happened, line by line.

    Args:
        stack: ready; the servers of alice, bob and carol are running.
        name: of the project and of everybody's folder.
    """

    def __init__(self, stack: LocalStack, name: str = "course") -> None:
        self.stack, self.project = stack, f"alice/{name}"
        self.alice, self.bob, self.carol = (stack.home(user) / name for user in ("alice", "bob", "carol"))
        self._notebooks: list[str] = []

    # --- two teachers

    def share(self) -> Iterator[str]:
        """Alice shares a course with Bob as writer"""
        source = write_course(self.alice)
        self._notebooks = editable(self.alice)
        yield self._said("alice", "share", self.alice, "--with", "bob:writer")
        yield f"the course: {len(files(self.alice))} files, {size(self.alice) / 1e6:.1f} MB, {source}"

    def checkout(self) -> Iterator[str]:
        """Bob checks it out"""
        yield self._said("bob", "checkout", self.project, self.bob)
        self._check_equal(self.alice, self.bob)
        yield "his folder equals Alice's, byte for byte"

    def edit_by_hand(self) -> Iterator[str]:
        """By hand: each edits another notebook, then push and pull"""
        first, second = self._next(2)
        edit(self.alice / first, "Alice was here")
        edit(self.bob / second, "Bob was here")
        self._run("alice", "push", self.alice)
        check("Alice was here" not in text(self.bob / first), "Bob's folder changed before he pulled")
        yield self._said("bob", "push", self.bob)
        yield self._said("alice", "pull", self.alice)
        yield self._said("bob", "pull", self.bob)
        for folder in (self.alice, self.bob):
            check("Alice was here" in text(folder / first), f"{folder} lacks Alice's edit of {first}")
            check("Bob was here" in text(folder / second), f"{folder} lacks Bob's edit of {second}")
        self._check_equal(self.alice, self.bob)

    def edit_in_auto(self) -> Iterator[str]:
        """Automatic: a save is in the other's folder in a blink"""
        self._run("alice", "auto", "on", self.alice)
        self._run("bob", "auto", "on", self.bob)
        first, second = self._next(2)
        yield f"Alice saves {first!r}: in Bob's folder after {self._arrives(self.alice, self.bob, first):.0f} ms"
        yield f"Bob saves {second!r}: in Alice's folder after {self._arrives(self.bob, self.alice, second):.0f} ms"
        self._until_equal(self.alice, self.bob)

    def conflict_and_ours(self) -> Iterator[str]:
        """Both edit the same notebook; Bob is told, nothing stops; he picks his version"""
        path = self._next(1)[0]
        his, hers = yield from self._conflict(path)
        yield self._said("bob", "resolve", self.bob / path, "--ours")
        self._until(lambda: text(self.alice / path) == his, "Bob's pick reaches Alice")
        check(text(self.bob / path) == his, "Bob's pick changed his own file")
        self._check_no_conflicts("bob", self.bob)
        yield self._said("bob", "restore", self.bob / path)
        check(text(self.bob / path) == hers, "the version that was not picked could not be restored")
        self._until(lambda: text(self.alice / path) == hers, "the restored version reaches Alice")

    def conflict_and_theirs(self) -> Iterator[str]:
        """The same again; Bob picks Alice's version, and gets his own back"""
        path = self._next(1)[0]
        his, hers = yield from self._conflict(path)
        yield self._said("bob", "resolve", self.bob / path, "--theirs")
        check(text(self.bob / path) == hers, "Bob's folder lacks the version that he picked")
        self._check_no_conflicts("bob", self.bob)
        yield self._said("bob", "restore", self.bob / path)
        check(text(self.bob / path) == his, "the version that was not picked could not be restored")
        self._until(lambda: text(self.alice / path) == his, "the restored version reaches Alice")
        self._until_equal(self.alice, self.bob)

    def _conflict(self, path: str) -> Generator[str, None, tuple[str, str]]:
        """Make both edit one notebook; return what Bob has there, and what Alice has."""
        one, two, three = self._next(3)
        self._run("bob", "auto", "off", self.bob)
        number = self._number("alice", self.alice)
        edit(self.alice / path, f"Alice's words on {path}")
        edit(self.bob / path, f"Bob's words on {path}")
        edit(self.bob / one, "Bob's work goes on")
        hers, his = text(self.alice / path), text(self.bob / path)
        self._until(lambda: self._number("alice", self.alice) > number, "Alice's edit is published")
        self._run("bob", "sync", self.bob)
        found = self._conflicts("bob", self.bob)
        check(list(found) == [path], f"Bob is told of {found}, not of {path}")
        yield f"Bob is told: {path!r} ({found[path]})"
        check(text(self.bob / path) == his, "Bob's file was touched")
        check(text(self.alice / path) == hers, "Alice's file was touched")
        self._run("bob", "auto", "on", self.bob)
        self._until(lambda: "Bob's work goes on" in text(self.alice / one), "Bob's other edit reaches Alice")
        ahead, back = self._arrives(self.alice, self.bob, two), self._arrives(self.bob, self.alice, three)
        yield f"his file is untouched; everything else keeps flowing ({ahead:.0f} ms to him, {back:.0f} ms from him)"
        check(list(self._conflicts("bob", self.bob)) == [path], "the conflict went away by itself")
        check(
            text(self.bob / path) == his and text(self.alice / path) == hers,
            "an open conflict changed a file",
        )
        return his, hers

    def tidy_up(self) -> Iterator[str]:
        """Alice deletes, renames, empties and refills folders"""
        folders = sorted((path for path in self.alice.rglob("*") if path.is_dir()), key=lambda path: len(files(path)))
        folder = next(path for path in reversed(folders) if len(files(path)) < len(files(self.alice)) / 2)
        others = [path for path in folders if len(files(path)) > 1 and path not in (folder, *folder.parents)]
        gone, emptied = [path for path in others if folder not in path.parents][:2]
        renamed = folder.with_name(folder.name + " – new")
        kept = files(emptied)
        shutil.rmtree(gone)
        self._until_equal(self.alice, self.bob)
        yield f"deleted {self._name(gone)}"
        folder.rename(renamed)
        self._until_equal(self.alice, self.bob)
        moved = self.bob / renamed.relative_to(self.alice)
        check(
            len(files(moved)) > 1 and not files(self.bob / folder.relative_to(self.alice)),
            "the rename is not there",
        )
        yield f"renamed {self._name(folder)} with {len(files(moved))} files"
        for name in kept:
            (emptied / name).unlink()
        self._until_equal(self.alice, self.bob)
        check(not files(self.bob / emptied.relative_to(self.alice)), "the emptied folder is not empty")
        for name, content in kept.items():
            (emptied / name).parent.mkdir(parents=True, exist_ok=True)
            (emptied / name).write_bytes(content)
        self._until_equal(self.alice, self.bob)
        check(files(self.bob / emptied.relative_to(self.alice)) == kept, "the refilled folder is not full")
        yield f"emptied and refilled {self._name(emptied)}; Bob's folder followed each time"
        self._notebooks = editable(self.alice)

    # --- a student

    def stranger(self) -> Iterator[str]:
        """Carol, without a grant, sees nothing"""
        seen = self._json("carol", "list")
        check(self.project not in json.dumps(seen), "Carol sees a project that she has no grant for")
        refused = self.stack.run("carol", "checkout", self.project, self.carol)
        check(refused.returncode != 0, "Carol could check out a project that she has no grant for")
        check(len(refused.stderr.splitlines()) == 1, f"not one clear line: {refused.stderr}")
        check(not self.carol.exists(), "a checkout that failed left a folder")
        yield refused.stderr.strip()

    def reader(self) -> Iterator[str]:
        """As a reader she follows the course, and keeps her own edits"""
        self._run("alice", "grant", self.project, "carol:reader")
        yield self._said("carol", "checkout", self.project, self.carol, "--auto")
        self._check_equal(self.alice, self.carol)
        own, taught = self._next(2)
        edit(self.carol / own, "Carol's solution")
        (self.carol / "my notes.md").write_text("what I learned\n")
        hers = text(self.carol / own)
        arrived = self._arrives(self.alice, self.carol, taught)
        yield f"Alice saves {taught!r}: in Carol's folder after {arrived:.0f} ms"
        check(text(self.carol / own) == hers, "Carol's edit was lost")
        check((self.carol / "my notes.md").exists(), "Carol's notes were lost")
        outgoing = {item["path"] for item in self._status("carol", self.carol)["outgoing"]}
        check(outgoing == {own, "my notes.md"}, f"Carol's own edits are {outgoing}")
        check("Carol's solution" not in text(self.alice / own), "a reader changed the course")
        refused = self.stack.run("carol", "push", self.carol)
        check(refused.returncode != 0, "a reader could push")
        yield refused.stderr.strip()

    def reader_conflict(self) -> Iterator[str]:
        """Alice edits what Carol edited; Carol settles it for herself alone"""
        outgoing = [item["path"] for item in self._status("carol", self.carol)["outgoing"]]
        path = next((path for path in outgoing if path.endswith(".ipynb")), "")
        check(path, f"Carol's own edits are {outgoing}")
        before = text(self.carol / path)
        edit(self.alice / path, "Alice corrects an exercise")
        after = text(self.alice / path)
        self._until(lambda: text(self.bob / path) == after, "Alice's edit reaches Bob")
        self._until(lambda: list(self._conflicts("carol", self.carol)) == [path], f"Carol is told of {path}")
        check(text(self.carol / path) == before, "Carol's file was touched")
        yield f"Carol is told: {path!r}; her file is untouched"
        number = self._number("alice", self.alice)
        yield self._said("carol", "resolve", self.carol / path, "--theirs")
        check(text(self.carol / path) == after, "Carol's folder lacks the version that she picked")
        self._run("carol", "restore", self.carol / path)
        check(text(self.carol / path) == before, "Carol's own version could not be restored")
        self._check_no_conflicts("carol", self.carol)
        check(self._number("alice", self.alice) == number, "a reader's pick made a version")
        check(text(self.alice / path) == after == text(self.bob / path), "a reader's pick changed the course")
        yield "her own version is back by `restore`; the course is as Alice left it"

    def revoke(self) -> Iterator[str]:
        """A revoke ends her sync and keeps her files"""
        before = files(self.carol)
        self._run("alice", "revoke", self.project, "carol")
        self._until(lambda: bool(self._status("carol", self.carol)["lost"]), "Carol is told that her access is over")
        yield str(self._status("carol", self.carol)["lost"])
        path = self._next(1)[0]
        self._arrives(self.alice, self.bob, path)
        refused = self.stack.run("carol", "pull", self.carol)
        check(refused.returncode != 0, "Carol could pull after the revoke")
        check(files(self.carol) == before, "Carol's files changed after the revoke")
        yield f"her {len(before)} files are as they were"

    # --- the end

    def plain_git(self) -> Iterator[str]:
        """The project is an ordinary git repository, and holds what everybody sees"""
        self._until_equal(self.alice, self.bob)
        if shutil.which("git") is None:
            yield "there is no git here to look with"
            return
        for repository in self.repositories():
            checked = fsck(repository)
            check(not checked, f"git fsck --strict of {repository}: {checked}")
        tips = {git(repository, "rev-parse", "main") for repository in self.repositories()}
        newest = self._json("alice", "log", self.alice)["versions"][0]
        check(newest["commit"] in tips, "the newest version is not what git has published")
        yield f"git fsck --strict is clean; {newest['number']} versions, each with its author"

    def repositories(self) -> list[Path]:
        """All canonical repositories of the stack."""
        return sorted((self.stack.data / "repositories").glob("*/*.git"))

    #: All steps, in order.
    steps = (
        share,
        checkout,
        edit_by_hand,
        edit_in_auto,
        conflict_and_ours,
        conflict_and_theirs,
        tidy_up,
        stranger,
        reader,
        reader_conflict,
        revoke,
        plain_git,
    )

    # --- how it is told

    def _run(self, user: str, *args: str | Path) -> str:
        done = self.stack.run(user, *args)
        words = " ".join(["hubshare", *map(str, args)])
        check(done.returncode == 0, f"{user}: {words} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _said(self, user: str, *args: str | Path) -> str:
        """Run a command; return the first line that it said."""
        said = (self._run(user, *args).splitlines() or [""])[0]
        return f"{user}: {said.replace(str(self.stack.home(user)), '~')}"

    def _json(self, user: str, *args: str | Path) -> Any:
        return json.loads(self._run(user, *args, "--json"))

    def _status(self, user: str, folder: Path) -> Any:
        return self._json(user, "status", folder)

    def _number(self, user: str, folder: Path) -> int:
        return int(self._json(user, "log", folder)["versions"][0]["number"])

    def _conflicts(self, user: str, folder: Path) -> dict[str, str]:
        return {item["path"]: item["kind"] for item in self._json(user, "conflicts", folder)["conflicts"]}

    def _check_no_conflicts(self, user: str, folder: Path) -> None:
        found = self._conflicts(user, folder)
        check(not found, f"conflicts of {user} are still open: {found}")

    def _name(self, path: Path) -> str:
        return repr(path.relative_to(self.alice).as_posix())

    def _next(self, count: int) -> list[str]:
        """Notebooks that no step has edited yet, or not since the great tidying up."""
        taken, self._notebooks = self._notebooks[:count], self._notebooks[count:]
        check(len(taken) == count, "the course has too few notebooks for the story")
        return taken

    def _arrives(self, source: Path, target: Path, path: str) -> float:
        """Save a notebook; return after how many milliseconds it is in the other folder."""
        edit(source / path, f"saved at {time.time_ns()}")
        saved, started = (source / path).read_bytes(), time.monotonic()
        self._until(lambda: (target / path).read_bytes() == saved, f"{path} arrives in {target}")
        return (time.monotonic() - started) * 1000

    def _until(self, true: Callable[[], object], what: str) -> None:
        try:
            wait_until(true, what, ARRIVAL_SECONDS)
        except TimeoutError as error:
            raise Broken(str(error)) from None

    def _until_equal(self, first: Path, second: Path) -> None:
        try:
            wait_until(lambda: files(first) == files(second), "equal folders", ARRIVAL_SECONDS)
        except TimeoutError:
            self._check_equal(first, second)

    def _check_equal(self, first: Path, second: Path) -> None:
        one, two = files(first), files(second)
        differ = sorted(path for path in one.keys() | two.keys() if one.get(path) != two.get(path))
        check(not differ, f"{first} and {second} differ in {len(differ)} files, first of all in {differ[:3]}")


def check(true: object, otherwise: str) -> None:
    """Go on if it holds.

    Raises:
        Broken: with these words, if it does not.
    """
    if not true:
        raise Broken(otherwise)


# --- git


def git(repository: Path, *args: str) -> str:
    """What git says of a repository."""
    done = subprocess.run(["git", "-C", str(repository), *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def fsck(repository: Path) -> str:
    """What `git fsck --strict` complains of; "" when all is well. A crash may leave objects that nothing refers to."""
    command = ["git", "-C", str(repository), "fsck", "--strict", "--full", "--no-dangling", "--no-progress"]
    done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip()
    return said or (f"exit status {done.returncode}" if done.returncode else "")
