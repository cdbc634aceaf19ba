"""The design's invariants 1 to 5, under random edits, delays, repeats, reorderings and crashes.

Real folders, real index, real merge and real repositories; only the network is made of lists, so that Hypothesis decides
what arrives when. The clock plays no part.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from hubshare_agents.checkout.disk import Disk
from hubshare_workers.publish import publish
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hubshare.errors import Clash, Paused
from hubshare.git.objects import BLOB, object_id
from hubshare.git.tree_size import measure
from hubshare.store.models import Project
from hubshare.sync.merge import Paths
from hubshare.sync.notebooks.outputs import is_notebook, strip
from hubshare.testing.notebooks import notebook
from hubshare.testing.postgres import PostgresServer
from hubshare.testing.world import Member, World, readers
from hubshare.vocabulary import OutputsName
from hubshare.wire.agent import Outcome

NOTEBOOK = "long name.ipynb"
PATHS = ("a", "b", "d/a", "d/e/f", "d", NOTEBOOK)


class Killed(BaseException):
    """A process dies on the spot: nothing after this line runs."""


class Sync(RuleBasedStateMachine):
    """Alice owns a project; bob writes, carol reads; alice works on two servers."""

    def __init__(self, database_url: str = "") -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.world = World(self.place / "world", database_url=database_url, confirms=True)
        self.count = 0
        #: (member, path) to what the person saved there last.
        self.saved: dict[tuple[int, str], str] = {}

    @initialize(
        modes=st.lists(st.sampled_from(["auto", "auto", "manual"]), min_size=4, max_size=4),
        outputs=st.sampled_from(["share", "strip"]),
    )
    def people(self, modes: list[str], outputs: OutputsName) -> None:
        for user, role, mode in zip(
            ("alice", "bob", "carol", "alice"), ("admin", "writer", "reader", "admin"), modes, strict=True
        ):
            self.world.join(user, role, mode)
        self.world.set_outputs(outputs)
        self.save(0, NOTEBOOK)
        self.world.settle()

    who = st.integers(0, 3)
    some = st.integers(0, 30)

    def member(self, number: int) -> Member:
        return self.world.members[number]

    @rule(who=who, path=st.sampled_from(PATHS))
    def save(self, who: int, path: str) -> None:
        member, self.count = self.member(who), self.count + 1
        target = member.root / path
        if target.is_dir() or any(folder.is_file() for folder in target.parents if folder != member.root):
            return
        said = f"{member.user} {self.count}"
        self.saved[who, path] = notebook(said, "the same", output=f"run by {said}") if is_notebook(path) else said
        member.write(path, self.saved[who, path])

    @rule(who=who)
    def run_a_notebook(self, who: int) -> None:
        """It gets other outputs, and nothing else."""
        member, self.count = self.member(who), self.count + 1
        there = member.read(NOTEBOOK)
        if there is not None:
            sources = ["".join(cell["source"]) for cell in json.loads(there)["cells"]]
            self.saved[who, NOTEBOOK] = notebook(*sources, output=f"run by {member.user} {self.count}")
            member.write(NOTEBOOK, self.saved[who, NOTEBOOK])

    @rule(policy=st.sampled_from(["share", "strip"]))
    def set_outputs(self, policy: OutputsName) -> None:
        self.world.set_outputs(policy)

    @rule(who=who, path=st.sampled_from(PATHS))
    def delete(self, who: int, path: str) -> None:
        target = self.member(who).root / path
        if target.is_file():
            target.unlink()
            self.saved.pop((who, path), None)

    @rule(who=who, old=st.sampled_from(PATHS), new=st.sampled_from(PATHS))
    def rename(self, who: int, old: str, new: str) -> None:
        root = self.member(who).root
        if (
            is_notebook(old) == is_notebook(new)
            and (root / old).is_file()
            and not (root / new).exists()
            and (root / new).parent.is_dir()
        ):
            (root / old).rename(root / new)
            if (who, old) in self.saved:
                self.saved[who, new] = self.saved.pop((who, old))

    @rule(who=who, path=st.sampled_from(PATHS))
    def toggle_mode(self, who: int, path: str) -> None:
        target = self.member(who).root / path
        if target.is_file():
            target.chmod(target.stat().st_mode ^ 0o100)

    @rule(who=who)
    def work(self, who: int) -> None:
        self.member(who).work()

    @precondition(lambda self: self.world.to_centre)
    @rule(number=some, keep=st.booleans())
    def arrive_at_centre(self, number: int, keep: bool) -> None:
        self.world.apply(number % len(self.world.to_centre), keep)

    @rule(who=who, number=some, keep=st.booleans())
    def arrive_at_member(self, who: int, number: int, keep: bool) -> None:
        member = self.member(who)
        if member.inbox:
            member.deliver(number % len(member.inbox), keep)

    @rule(who=who)
    def pull_or_push_by_hand(self, who: int) -> None:
        member = self.member(who)
        try:
            member.pull()
            if member.local.state.role != "reader":
                member.push()
        except Paused:
            member.confirm()

    @rule(who=who, chosen=st.sets(st.sampled_from(PATHS), min_size=1, max_size=3), push=st.booleans())
    def pull_or_push_some(self, who: int, chosen: set[str], push: bool) -> None:
        """What was not chosen stays as it is, on disk and in the plan."""
        member = self.member(who)
        if push and member.local.state.role == "reader":
            return
        others = {path: text for path, text in member.files().items() if not Paths(chosen).touch(path)}
        with suppress(Paused):
            member.push(only=chosen) if push else member.pull(only=chosen)
        if member.local.state.mode == "manual" and member.local.state.policy == "ask":
            now = member.files()
            assert {path: now.get(path) for path in others} == others, f"{member.user} chose {chosen}"

    @rule(who=who, pick=st.sampled_from(["ours", "theirs"]))
    def resolve(self, who: int, pick: str) -> None:
        member = self.member(who)
        if member.conflicts():
            # A pick of a version that has been replaced meanwhile is refused, and stays a conflict.
            with suppress(Clash, Paused):
                member.resolve(pick)

    @rule(who=who, mode=st.sampled_from(["auto", "manual"]))
    def switch_mode(self, who: int, mode: str) -> None:
        self.member(who).set_mode(mode)

    @rule(who=who, policy=st.sampled_from(["ask", "ours", "theirs"]))
    def set_policy(self, who: int, policy: str) -> None:
        self.member(who).set_policy(policy)

    @rule(who=who)
    def kill_agent(self, who: int) -> None:
        self.member(who).restart()

    @rule(who=who, after=st.integers(0, 2), replaced=st.booleans())
    def kill_agent_while_it_writes(self, who: int, after: int, replaced: bool) -> None:
        member, left, put = self.member(who), [after], Disk.put

        def dying(disk, *args, **kwargs):  # type: ignore[no-untyped-def]
            left[0] -= 1
            if left[0] < 0 and not replaced:
                raise Killed
            made = put(disk, *args, **kwargs)
            if left[0] < 0:
                raise Killed
            return made

        Disk.put = dying  # type: ignore[method-assign]
        try:
            member.work()
        except Killed:
            pass
        finally:
            Disk.put = put  # type: ignore[method-assign]
        member.restart()

    @precondition(lambda self: self.world.to_centre)
    @rule(number=some, where=st.sampled_from(["move_branch", "_tell"]))
    def kill_worker_while_it_applies(self, number: int, where: str) -> None:
        """After the objects are on disk, or after the branch has moved and before anybody is told."""
        plain = getattr(publish, where)

        def dying(*args):  # type: ignore[no-untyped-def]
            raise Killed

        setattr(publish, where, dying)
        try:
            self.world.apply(number % len(self.world.to_centre), keep=True)
        except Killed:
            pass
        finally:
            setattr(publish, where, plain)

    @rule()
    def redis_forgets(self) -> None:
        self.world.to_centre.clear()
        for member in self.world.members:
            member.inbox.clear()
        self.world.ask()

    @invariant()
    def nobodys_bytes_are_lost(self) -> None:
        """What a person saved last is on disk, kept by the agent, or at the centre."""
        for (who, path), text in self.saved.items():
            member = self.member(who)
            there, kept = member.read(path), member.state / "kept"
            safe = there == text or any(
                (kept / name).exists() or name in self.world.repository for name in (object_id(BLOB, text.encode()),)
            )
            if not safe and is_notebook(path):
                # Its source is at the centre; each of its outputs is in the file, or in what was kept of it.
                held = [there or "", *(one.read_text() for one in kept.iterdir())]
                safe = object_id(BLOB, strip(text.encode())) in self.world.repository and all(
                    any(output in one for one in held) for output in outputs(text)
                )
            assert safe, f"{member.user}'s {path} ({text}) is gone"

    def teardown(self) -> None:
        try:
            if self.world.members:
                self.come_to_rest()
        finally:
            self.world.close()
            shutil.rmtree(self.place)

    def come_to_rest(self) -> None:
        for member in self.world.members:
            member.set_mode("auto")
            member.set_policy("ask")
        self.world.ask()
        self.world.settle()
        self.nobodys_bytes_are_lost()
        published = self.world.published()
        contents = {path: self.world.repository.read(entry.id).data.decode() for path, entry in published.items()}
        only_read = readers(self.world)
        for member in self.world.members:
            made = member.plan()
            own = {conflict.path for conflict in made.conflicts}
            if member.user in only_read:
                own |= made.outgoing.keys()
            else:
                assert not made.outgoing
            assert not made.write
            assert not made.delete
            assert not made.held
            files = {path: shared(text) for path, text in member.files().items()}
            for path in files.keys() | contents.keys():
                assert path in own or files.get(path) == shared(contents.get(path)), f"{member.user} differs at {path}"
        self.every_acknowledged_push_is_reachable()
        self.what_is_noted_as_its_size_is_right()

    def what_is_noted_as_its_size_is_right(self) -> None:
        repository = self.world.repository
        with self.world.centre.database.read() as session:
            row = session.get_one(Project, self.world.project.id)
        if row.measured:
            assert row.measured == row.head
            root = repository.commit(row.head).tree
            real = measure(repository.tree, lambda name: (repository.kind_and_size(name) or (0, 0))[1], root)
            assert (row.files, row.unpacked) == real

    def every_acknowledged_push_is_reachable(self) -> None:
        git = ["git", "-C", str(self.world.repository.path)]
        listed = subprocess.run([*git, "rev-list", "--all"], capture_output=True, text=True, check=True)
        reachable = set(listed.stdout.split())
        for _, outcome in self.world.outcomes:
            if outcome.status != "refused":
                assert pushed(self.world, outcome) <= reachable
        fsck = subprocess.run([*git, "fsck", "--strict"], capture_output=True, text=True)
        assert (fsck.returncode, fsck.stdout, fsck.stderr) == (0, "", "")


def outputs(text: str) -> list[str]:
    """What the cells of a notebook have printed."""
    return [line for cell in json.loads(text)["cells"] for output in cell["outputs"] for line in output["text"]]


def shared(text: str | None) -> str | None:
    """A file without what a notebook has as outputs: that may differ where it was not shared."""
    return strip(text.encode()).decode() if text is not None and text.startswith("{") else text


def pushed(world: World, outcome: Outcome) -> set[str]:
    """The snapshot that an outcome acknowledged, from the pusher's record at the centre, and what was published then."""
    return {name for name in (outcome.commit,) if name} | world.snapshots.get(outcome.event, set())


EXAMPLES = int(os.environ.get("HUBSHARE_EXAMPLES", "30"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_nothing_is_lost_and_all_comes_to_rest() -> None:
    run_state_machine_as_test(Sync, settings=SETTINGS)


def test_nothing_is_lost_and_all_comes_to_rest_over_postgres(postgres: PostgresServer, postgres_database: str) -> None:
    def emptied() -> Sync:
        postgres.empty(postgres_database)
        return Sync(postgres_database)

    # What is decided is the same; what the other database adds are its transactions, of which each example has dozens.
    run_state_machine_as_test(emptied, settings=settings(SETTINGS, max_examples=max(EXAMPLES // 3, 1)))
