"""The state of a checkout: what changes it, that memory and file say the same, and that version 0.1.0 is taken over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hubshare_agents.checkout import pushing
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.file_system import FileSystem
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.receiving import receive
from hubshare_agents.checkout.state import CheckoutState, PendingPush, PushedDeletions, Refusal
from hubshare_agents.checkout.store import StateStore, begin

from hubshare.config import AgentSettings
from hubshare.errors import Clash, Invalid, NotFound
from hubshare.sync.trees import FILE, Entry
from hubshare.wire.agent import OpenConflict, Outcome, Push

RECORDED = Path(__file__).parent / "recorded"
ID, COMMIT, OTHER = "a" * 32, "1" * 40, "2" * 40
FIRST = CheckoutState(ID, ID, "alice/course", "/home/of/nobody", "bob", "writer", base=COMMIT)


def pending(settled: list[str] | None = None, conflicts: list[str] | None = None) -> PendingPush:
    """A push of the paths a and b."""
    event = Push(project=ID, checkout=ID, commit=OTHER, settled=settled or [], conflicts=conflicts or [])
    return PendingPush(event, "3" * 40, {"a": Entry(FILE, COMMIT), "b": None})


def outcome(push: PendingPush, *paths: str) -> Outcome:
    """The answer to a push that met conflicts at these paths."""
    found = [OpenConflict(path=path, kind="edited on both sides") for path in paths]
    return Outcome(event=push.event.id, checkout=ID, status="merged", commit="4" * 40, number=7, conflicts=found)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[CheckoutDatabase]:
    made = CheckoutDatabase(tmp_path / "index.sqlite")
    yield made
    made.close()


def old(tmp_path: Path, name: str) -> LocalCheckout:
    """A checkout of version 0.1.0, opened by today's code."""
    state = tmp_path / "state"
    state.mkdir()
    with sqlite3.connect(state / "index.sqlite") as made:
        made.executescript((RECORDED / f"checkout-0.1.0-{name}.sql").read_text())
    made.close()
    return LocalCheckout(state, AgentSettings(state=tmp_path))


def stored(path: Path) -> dict[str, object]:
    """What is durable in the file of a checkout, key to value."""
    found = sqlite3.connect(path)
    try:
        return {key: json.loads(value) for key, value in found.execute("SELECT key, value FROM meta")}
    finally:
        found.close()


# the state of version 0.1.0


def test_a_push_under_way_of_version_0_1_0_goes_on(tmp_path: Path) -> None:
    checkout = old(tmp_path, "pushing")
    state = checkout.state
    assert (state.name, state.user, state.role, state.mode, state.policy) == (
        "alice/course",
        "bob",
        "writer",
        "auto",
        "ask",
    )
    assert (state.number, state.outputs, state.received) == (2, "strip", 2)
    assert state.settled == ("b",)
    assert state.sent == {"a": "100644 a39c88f6c82d532ccfd94cb2e852718a57b32d5e"}
    assert state.knows_of("a", Entry(FILE, "a39c88f6c82d532ccfd94cb2e852718a57b32d5e"))
    assert [one.files for one in state.deleted] == [1]
    assert state.identity is not None and (state.refused, state.lost) == (None, None)
    push = state.pending
    assert push is not None and push.waits and push.event.settled == ["b"]
    assert push.sides == {
        "folder/d": None,
        "n.ipynb": Entry(FILE, "899f71ee824ced774a782e89ea6cac4b91d9f1f2"),
        "new": Entry(FILE, "3e757656cf36eca53338e520d134963a44f793f8"),
    }
    answer = Outcome(event=push.event.id, checkout=state.checkout, status="applied", commit=push.event.commit, number=3)
    assert pushing.answer(checkout, answer)
    receive(checkout, push.event.commit, 3, None)
    now = checkout.state
    assert (now.base, now.base_tree, now.number) == (push.event.commit, push.tree, 3)
    assert (now.pending, now.settled, now.sent) == (None, (), state.sent)
    assert {triple.path for triple in checkout.index.differing()} == {"a"}, "but for the conflict both sides agree"
    assert checkout.index.row("n.ipynb").raw, "the outputs stay in the file"
    checkout.close()


def test_a_refusal_and_lost_access_of_version_0_1_0_are_known(tmp_path: Path) -> None:
    checkout = old(tmp_path, "refused")
    state = checkout.state
    assert (state.user, state.role, state.mode, state.policy) == ("carol", "writer", "manual", "ours")
    assert state.refused is not None and state.refused.code == "forbidden" and "reader" in state.refused.message
    assert state.lost is not None and "no access" in state.lost
    assert state.pending is None and checkout.index.row("e").local is not None
    checkout.close()


@pytest.mark.parametrize("name", ["pushing", "refused"])
def test_values_are_stored_as_version_0_1_0_stored_them(name: str, tmp_path: Path) -> None:
    checkout = old(tmp_path, name)
    before = stored(checkout.folder / "index.sqlite")
    again = CheckoutDatabase(tmp_path / "again.sqlite")
    begin(again, checkout.state)
    after = stored(tmp_path / "again.sqlite")
    assert before.items() <= after.items()
    assert all(not after[key] for key in after.keys() - before.keys()), "what was not stored was nothing"
    again.close()
    checkout.close()


# memory and file


def test_each_value_is_the_same_after_a_restart(database: CheckoutDatabase) -> None:
    begin(database, FIRST)
    store = StateStore(database)
    push = pending(settled=["x"])
    full = replace(
        FIRST,
        number=3,
        mode="auto",
        policy="theirs",
        outputs="strip",
        identity=(1, 2),
        identity_before=(1, 3),
        pending=replace(push, outcome=outcome(push, "a")),
        settled=("x", "y \N{SNOWMAN}"),
        sent={"z": ""},
        unseen=("u",),
        refused=Refusal("forbidden", "not you"),
        lost="gone",
        deleting=4,
        deleted=(PushedDeletions(1.5, 3),),
        received=9,
        asked="1",
        asked_here="2",
        meant=True,
        file_system=FileSystem(7, exchanges=False, shared=True),
        own_rules="\xff.log\n",
    )
    unchanged = {one.name for one in fields(full) if getattr(full, one.name) == getattr(FIRST, one.name)}
    assert unchanged == {"checkout", "project", "name", "root", "user", "role", "base", "base_tree"}
    store.become(full)
    assert store.state == full == StateStore(database).state
    store.become(FIRST)
    assert store.state == FIRST == StateStore(database).state


def test_a_change_is_durable_at_once_and_in_a_transaction_at_its_end(database: CheckoutDatabase) -> None:
    begin(database, FIRST)
    store = StateStore(database)
    store.become(store.state.mode_set("auto"))
    assert stored(database.path)["mode"] == "auto"
    with database.transaction():
        store.become(store.state.mode_set("manual"))
        store.become(store.state.policy_set("ours"))
        assert (store.state.mode, store.state.policy) == ("manual", "ours")
        assert (stored(database.path)["mode"], stored(database.path)["policy"]) == ("auto", "ask")
    assert (stored(database.path)["mode"], stored(database.path)["policy"]) == ("manual", "ours")


def test_a_transaction_that_fails_takes_back_what_is_in_memory_too(database: CheckoutDatabase) -> None:
    begin(database, FIRST)
    store = StateStore(database)
    with pytest.raises(Clash), database.transaction():
        store.become(store.state.mode_set("auto"))
        with database.transaction():
            store.become(store.state.moved_on(OTHER, OTHER, 5))
        raise Clash("no")
    assert store.state == FIRST == StateStore(database).state
    store.become(store.state.mode_set("auto"))
    assert stored(database.path)["mode"] == "auto"


def test_a_transaction_that_cannot_be_ended_is_undone_and_holds_up_no_later_one(database: CheckoutDatabase) -> None:
    begin(database, FIRST)
    store = StateStore(database)
    database.execute("PRAGMA foreign_keys=ON")
    database.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")
    database.execute("CREATE TABLE two (id INTEGER REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), database.transaction():
        store.become(store.state.mode_set("auto"))
        database.execute("INSERT INTO two VALUES (1)")
    assert store.state == FIRST and stored(database.path)["mode"] == "manual"
    store.become(store.state.policy_set("ours"))
    assert stored(database.path)["policy"] == "ours"


def test_a_checkout_whose_making_was_cut_short_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        LocalCheckout(tmp_path, AgentSettings(state=tmp_path))


def test_a_state_that_cannot_be_read_says_where(database: CheckoutDatabase) -> None:
    begin(database, FIRST)
    database.execute("UPDATE meta SET value = '\"perhaps\"' WHERE key = 'mode'")
    with pytest.raises(Invalid, match="mode"):
        StateStore(database)


# what changes it


def test_a_new_push_ends_a_refusal() -> None:
    push = pending()
    state = FIRST.push_refused(Refusal("too-large", "too large"))
    assert state.refused and not state.pending
    assert state.push_begun(push) == replace(FIRST, pending=push)


def test_what_a_push_met_is_not_published_by_it() -> None:
    push = pending(conflicts=["b"])
    assert push.published == {}
    answered = FIRST.push_begun(push).push_answered(outcome(push, "a")).pending
    assert answered is not None and not answered.waits and answered.published == {}
    assert replace(
        push, event=push.event.model_copy(update={"conflicts": []}), outcome=outcome(push, "a")
    ).published == {"b": None}


def test_an_answer_that_was_taken_in_leaves_its_conflicts_and_what_is_still_to_be_told() -> None:
    push = pending(settled=["x"])
    state = replace(FIRST, settled=("x", "y"), sent={"z": "", "b": "old"}).push_begun(push)
    assert state.push_taken_in() == state, "there is no answer yet"
    after = state.push_answered(outcome(push, "a", "b")).push_taken_in()
    assert (after.pending, after.settled) == (None, ("y",))
    assert after.sent == {"z": "", "a": f"100644 {COMMIT}", "b": ""}
    assert after.knows_of("a", Entry(FILE, COMMIT)) and after.knows_of("b", None) and not after.knows_of("c", None)


def test_the_centre_hears_only_of_the_end_of_conflicts_that_it_was_told_of() -> None:
    state = replace(FIRST, sent={"a": "", "b": ""}, settled=("z",)).conflicts_settled(["b", "c"])
    assert (state.settled, state.sent) == (("b", "z"), {"a": ""})


def test_deletions_count_together_for_a_minute_and_until_they_are_confirmed() -> None:
    state = FIRST.deletions_pushed(1000.0, 3).deletions_pushed(1030.0, 4)
    assert [one.files for one in state.deleted_lately(1059.0)] == [3, 4]
    assert [one.files for one in state.deletions_pushed(1061.0, 5).deleted] == [4, 5]
    assert state.deletions_confirmed((1, 2)) == replace(FIRST, identity=(1, 2))


def test_lost_access_ends_a_push_and_a_new_role_brings_it_back() -> None:
    lost = FIRST.push_begun(pending()).access_lost("you were removed")
    assert (lost.pending, lost.lost) == (None, "you were removed")
    assert lost.standing_changed("reader", "bob/course") == replace(FIRST, role="reader", name="bob/course")


def test_a_checkout_has_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, seen = tmp_path / "checkouts" / ID, []

    def watched(database: CheckoutDatabase, state: CheckoutState) -> None:
        begin(database, state)
        # Killed at any moment until now, it has left nothing that is taken for a checkout.
        seen.append(LocalCheckout.lies_in(folder))

    monkeypatch.setattr("hubshare_agents.checkout.local_checkout.store.begin", watched)
    made = LocalCheckout.create(folder, AgentSettings(state=tmp_path), replace(FIRST, root=str(tmp_path)))
    made.close()
    assert seen == [False] and LocalCheckout.lies_in(folder)
    assert [one.name for one in folder.parent.iterdir()] == [ID]
