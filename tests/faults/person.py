"""One person at random work: saves, renames, folders for files, notebooks, and commands, in a checkout of one project."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hubshare.testing.notebooks import notebook
from tests.faults.ledger import Ledger, marks_below
from tests.helpers.centre_fixture import Home, Refused

#: Few names, so that people meet; some are a file for one and a folder for another.
FILES = ("a.txt", "b.txt", "notes.md", "data/x.csv", "data/y.csv", "data/deep/z.txt", "week.ipynb", "run.sh", "thing")
BELOW = ("thing/inside.txt", "data/deep/more/w.txt")
#: How long a command may wait for its answer, in seconds.
ASK_SECONDS = 150.0
#: How long a person does nothing between two things, at most, in seconds.
_PAUSE_SECONDS = 0.08


class Allowance:
    """How many things people may do by now, all together."""

    def __init__(self) -> None:
        self._left, self._over = 0, False
        self._changed = threading.Condition()

    def give(self, times: int) -> None:
        """Let them do so many things more."""
        with self._changed:
            self._left += times
            self._changed.notify_all()

    def end(self) -> None:
        """There will be no more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def take(self) -> bool:
        """Wait until one more thing may be done; return False if there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or self._over)
            taken = self._left > 0
            self._left -= taken
            return taken


class Person:
    """Works in a thread of their own.

    Args:
        home: theirs; its agent runs.
        folder: their checkout.
        project: owner/name.
        others: those whose access they change, if the project is theirs.
        seed: what decides what they do.

    Attributes:
        ledger: what they wrote.
        done: how often they did what.
        last: the last things that they did.
    """

    def __init__(self, home: Home, folder: Path, project: str, others: tuple[str, ...], seed: str) -> None:
        self.home, self.folder, self.project, self.others = home, folder, project, others
        self.ledger = Ledger(home.user)
        self.done: Counter[str] = Counter()
        self.last: deque[str] = deque(maxlen=40)
        self._random = random.Random(seed)
        self._pause = threading.Event()
        self._ways: list[tuple[Callable[[], str], int]] = [
            (self.save, 30),
            (self.append, 12),
            (self.run_notebook, 6),
            (self.delete, 6),
            (self.rename, 5),
            (self.make_folder, 2),
            (self.delete_folder, 1),
            (self.exchange_file_and_folder, 3),
            (self.change_mode, 3),
            (self.link, 2),
            (self.push, 6),
            (self.pull, 5),
            (self.sync, 4),
            (self.pick, 6),
            (self.restore, 3),
            (self.switch_mode, 4),
            (self.look, 3),
            *([(self.change_access, 2), (self.change_team, 1)] if others else []),
        ]

    def work(self, allowance: Allowance) -> None:
        """Do random things, as many as are allowed."""
        while allowance.take():
            [(way, _)] = self._random.choices(self._ways, [weight for _, weight in self._ways])
            try:
                said = way()
            except Refused as error:
                said = f"refused: {error}"
            except (OSError, AssertionError, json.JSONDecodeError) as error:
                said = f"failed: {error!r}"
            self.done[way.__name__] += 1
            self.last.append(f"{self.home.user} {way.__name__} {said}")
            self._pause.wait(self._random.random() * _PAUSE_SECONDS)

    def ask(self, command: str, **args: Any) -> Any:
        """The agent's answer to a command about the checkout.

        Raises:
            Refused: what it answered with instead.
            OSError: when there is no agent now, or it does not answer.
        """
        return ask(self.home, command, **args)

    # in the folder

    def save(self) -> str:
        path, mark = self._path(), self.ledger.mark()
        target = self.folder / path
        content = self._content(path, mark)
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._random.random() < 0.5:
            aside = target.with_name(f".{target.name}.{self.home.user}.swp")
            try:
                aside.write_text(content)
                aside.replace(target)
            finally:
                aside.unlink(missing_ok=True)
        else:
            self._write(target, path, content)
        self.ledger.written(path, mark)
        return path

    def append(self) -> str:
        path, mark = self._path(FILES[:6]), self.ledger.mark()
        with (self.folder / path).open("a") as file:
            file.write(f"more {mark}\n")
        self.ledger.written(path, mark, added=True)
        return path

    def run_notebook(self) -> str:
        mark = self.ledger.mark()
        self._write(self.folder / "week.ipynb", "week.ipynb", notebook("a = 1", mark, output=f"run {mark}"))
        self.ledger.written("week.ipynb", mark)
        return mark

    def delete(self) -> str:
        path = self._path()
        (self.folder / path).unlink()
        self.ledger.gone(path)
        return path

    def rename(self) -> str:
        old, new = self._path(), self._path()
        if old != new:
            (self.folder / old).rename(self.folder / new)
            self.ledger.moved(old, new)
        return f"{old} to {new}"

    def make_folder(self) -> str:
        (self.folder / "empty").mkdir(exist_ok=True)
        return "empty"

    def delete_folder(self) -> str:
        path = self._random.choice(["thing", "data/deep"])
        shutil.rmtree(self.folder / path)
        self.ledger.gone(path)
        return path

    def exchange_file_and_folder(self) -> str:
        target, mark = self.folder / "thing", self.ledger.mark()
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
            path = "thing"
        else:
            target.unlink(missing_ok=True)
            target.mkdir()
            path = "thing/inside.txt"
        self.ledger.gone("thing")
        (self.folder / path).write_text(f"{mark}\n")
        self.ledger.written(path, mark)
        return path

    def change_mode(self) -> str:
        (self.folder / "run.sh").chmod(self._random.choice([0o644, 0o755]))
        return "run.sh"

    def link(self) -> str:
        target = self.folder / "link"
        target.unlink(missing_ok=True)
        self.ledger.gone("link")
        target.symlink_to(self._path())
        return os.readlink(target)

    # commands

    def push(self) -> str:
        there, before = marks_below(self.folder), self._apart()
        done = self.ask("push", folder=str(self.folder))
        self.ledger.pushed(there, [*before, *self._apart(), *done["conflicts"]])
        return str(done["status"])

    def pull(self) -> str:
        done = self.ask("pull", folder=str(self.folder))
        return f"{len(done['written'])} written, {len(done['deleted'])} deleted"

    def sync(self) -> str:
        return str(self.ask("sync", folder=str(self.folder))["status"])

    def pick(self) -> str:
        found = self.ask("conflicts", folder=str(self.folder))["conflicts"]
        if not found:
            return "nothing"
        path, side = self._random.choice(found)["path"], self._random.choice(["ours", "theirs"])
        self.ask("resolve", folder=str(self.folder), paths=[path], pick=side)
        return f"{side} for {path}"

    def restore(self) -> str:
        path = self._path()
        return str(self.ask("restore", cwd=str(self.folder), path=path)["from"])

    def switch_mode(self) -> str:
        on = self._random.random() < 0.6
        self.ask("auto", folder=str(self.folder), on=on)
        return "auto" if on else "manual"

    def look(self) -> str:
        found = self.ask("status", folder=str(self.folder))
        return f"{len(found['outgoing'])} out, {len(found['incoming'])} in, {len(found['conflicts'])} in conflict"

    def change_access(self) -> str:
        who, role = self._random.choice(self.others), self._random.choice(["writer", "writer", "reader", None])
        if role is None:
            self.ask("revoke", project=self.project, who=who)
        else:
            self.ask("grant", project=self.project, who=who, role=role)
        return f"{who} {role}"

    def change_team(self) -> str:
        who = self._random.choice(self.others)
        with suppress(Refused):
            self.ask("team-create", team="helpers")
        with suppress(Refused):
            self.ask("grant", project=self.project, who="team:helpers", role="reader")
        if self._random.random() < 0.5:
            self.ask("team-add", team="helpers", users=[who])
        else:
            self.ask("team-remove", team="helpers", user=who)
        return who

    def _path(self, among: tuple[str, ...] = (*FILES, *BELOW)) -> str:
        return self._random.choice(among)

    def _content(self, path: str, mark: str) -> str:
        if path.endswith(".ipynb"):
            return notebook("a = 1", mark)
        # A large one now and then: it goes by HTTP, the others go by Redis.
        filling = self._random.randbytes(60_000).hex() if self._random.random() < 0.04 else "some text"
        return f"{mark}\n{filling}\n"

    def _write(self, target: Path, path: str, content: str) -> None:
        """Write in place; once it is open for that, the person has given up what was there."""
        with target.open("w") as file:
            self.ledger.gone(path)
            file.write(content)

    def _apart(self) -> list[str]:
        """The paths of which the centre does not acknowledge what is in the folder."""
        found = self.ask("status", folder=str(self.folder))
        return [*(one["path"] for one in found["conflicts"]), *found["held"], *found["unshared"]]


def ask(home: Home, command: str, **args: Any) -> Any:
    """The answer of a person's agent to a command; within a time.

    Raises:
        Refused: what it answered with instead.
        OSError: when there is no agent now, or it does not answer.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ASK_SECONDS)
        connection.connect(os.fspath(home.state / "agent.sock"))
        with connection.makefile("rwb") as stream:
            stream.write(json.dumps({"command": command, "args": {"cwd": str(home.home)} | args}).encode() + b"\n")
            stream.flush()
            for line in stream:
                answer = json.loads(line)
                if "error" in answer:
                    raise Refused(answer["error"]["code"], answer["error"]["message"])
                if "result" in answer:
                    return answer["result"]
    raise ConnectionError("The agent ended without an answer.")
