"""What is known of a job, whatever came first of what was noted on it."""

from __future__ import annotations

import itertools
from typing import Any

from hubshare_workers.journal.following import changes_of, ended, follow, time_of
from hubshare_workers.journal.reader import pause_after

from hubshare.jobs.journal import Note, decode_notes, encode_notes, worth_telling
from hubshare.store.job_rollups import BOUNDS_MS, quantile

JOB = "a" * 32


def note(state: str, at: int, **more: Any) -> Note:
    return Note(JOB, state, at, **more)


def by_worker(state: str, at: int, attempt: int, began: int, **more: Any) -> Note:
    return note(state, at, attempt=attempt, began=began, queued=1000, worker="w1:1", **more)


#: Fails once, and succeeds.
STORY = [
    note("queued", 1000, kind="apply_event", user="alice", arguments="{}"),
    by_worker("running", 1010, 1, 1010),
    by_worker("waiting", 1030, 1, 1010, code="unavailable", error="busy", due=1500),
    by_worker("running", 1510, 2, 1510, kind="push"),
    by_worker("done", 1530, 2, 1510, kind="push", outcome="applied", version=7, project="b" * 32),
]


def told(notes: list[Note]) -> tuple[Any, ...]:
    row = follow(None, notes)
    return row.state, row.attempt, row.kind, row.user, row.version, row.error, row.queued, row.started, row.ended


def test_what_comes_in_any_order_tells_the_same() -> None:
    expected = ("done", 2, "push", "alice", 7, "", time_of(1000), time_of(1510), time_of(1530))
    for order in itertools.permutations(STORY):
        assert told([*order]) == expected
        row = None
        for one in order:
            row = follow(row, [one])
        assert row is not None
        assert (row.state, row.attempt, row.kind, row.version) == ("done", 2, "push", 7)
        assert row.queued == time_of(1000)


def test_the_stages_of_what_made_a_version_are_counted_once_and_by_themselves() -> None:
    told = [*STORY[:-1], STORY[-1]._replace(published=1520, fanned_out=1528)]
    changes = changes_of({}, told)
    assert [(one.kind, one.wait, one.run, one.path) for one in changes.stages] == [
        ("publish", None, 10, 520),
        ("fan_out", None, 8, 528),
    ]
    [sent, *_] = changes_of({}, [*told[:-1], told[-1]._replace(saved=940)]).stages
    assert (sent.kind, sent.wait, sent.run, sent.path) == ("save", None, 60, 60)
    assert changes_of({JOB: changes.new[0]}, told).stages == [] == changes_of({}, STORY).stages


def test_a_timeline_has_each_try_and_why_it_failed_once_however_often_it_is_told() -> None:
    row = follow(follow(None, STORY), STORY)
    assert [(one["state"], one["attempt"]) for one in row.timeline] == [
        ("queued", 1),
        ("running", 1),
        ("waiting", 1),
        ("running", 2),
        ("done", 2),
    ]
    assert [one["error"] for one in row.timeline if "error" in one] == ["busy"]


def test_a_try_that_was_short_is_told_once_and_seen_whole() -> None:
    kept, later = worth_telling(STORY, 9000)
    assert [one.state for one in kept] == ["queued", "waiting", "done"]
    assert later == []
    assert [one["state"] for one in follow(None, kept).timeline] == [one.state for one in STORY]


def test_that_a_try_has_begun_is_told_once_it_lasts() -> None:
    begun = STORY[:2]
    assert worth_telling(begun, 1009) == (begun[:1], begun[1:])
    assert worth_telling(begun[1:], 1010) == (begun[1:], [])


def test_a_job_that_never_ends_has_a_timeline_with_an_end() -> None:
    row = follow(None, [by_worker("waiting", 1000 + n, n, 1000 + n) for n in range(1, 200)])
    assert len(row.timeline) == 40
    assert row.timeline[0]["attempt"] == 1
    assert row.timeline[-1]["attempt"] == 199


def test_a_worker_that_takes_a_job_over_is_in_the_timeline() -> None:
    other = note("running", 9000, attempt=1, began=9000, worker="w2:2")
    row = follow(None, [by_worker("running", 1010, 1, 1010), other])
    assert row.worker == "w2:2"
    assert [one["worker"] for one in row.timeline] == ["w1:1", "w2:2"]


def test_what_was_believed_lost_and_ended_after_all_has_ended() -> None:
    row = follow(None, [note("lost", 9000), by_worker("done", 1530, 1, 1010)])
    assert row.state == "done"
    assert row.ended == time_of(1530)


def test_times_of_clocks_that_differ_are_never_negative() -> None:
    row = follow(None, [by_worker("done", 900, 1, 950)])
    assert ended(row)[3:] == (0, 0, 0)


def test_notes_keep_what_databases_do_not_and_refuse_what_is_none() -> None:
    odd = note("failed", 1, error="a\0b\ud800<script>" + "x" * 9000)
    [read] = decode_notes(b"".join(encode_notes([odd])))
    assert read.error.startswith("a\ufffdb?<script>")
    assert len(read.error) == 500
    for raw in (
        b"",
        b"{}",
        b"7",
        b"[" * 100_000,
        b'[[], {}, 7, null, "job"]',
        b'[["a", "done", "now"], [["a"], "done", 1], ["a", "done"], ["a", "done", 1, 7]]',
        b'[["a", "x", 1]]',
    ):
        assert decode_notes(raw) == []


def test_notes_travel_together_but_never_many_bytes_at_once() -> None:
    many = [note("queued", at) for at in range(40)]
    entries = [*encode_notes(many)]
    assert [len(decode_notes(entry)) for entry in entries] == [16, 16, 8]
    assert [one for entry in entries for one in decode_notes(entry)] == many
    long = [one._replace(arguments="x" * 4000, traceback="y" * 4000) for one in many[:3]]
    assert [len(decode_notes(entry)) for entry in encode_notes(long)] == [1, 1, 1]
    assert [*encode_notes([])] == []
    assert decode_notes(b'[["a", "done", 1, "edit"]]') == [Note("a", "done", 1, "edit")], "of a version that knew less"


def test_the_more_is_noted_the_longer_the_reader_lets_others_write() -> None:
    pauses = [pause_after(entries) for entries in (0, 1, 2, 4, 8, 12, 100)]
    assert pauses == [0.5, 0.5, 0.5, 1.0, 2.0, 3.0, 3.0]
    assert pause_after(128) == 0.5, "more may wait there"


def test_a_quantile_lies_within_its_bounds() -> None:
    counts = [0] * (len(BOUNDS_MS) + 1)
    assert quantile(counts, 0.5) is None
    counts[3], counts[5] = 99, 1
    middle, rare = quantile(counts, 0.5), quantile(counts, 0.995)
    assert middle is not None and rare is not None
    assert BOUNDS_MS[2] < middle <= BOUNDS_MS[3]
    assert BOUNDS_MS[4] < rare <= BOUNDS_MS[5]
    counts[-1] = 1000
    assert quantile(counts, 0.99) == BOUNDS_MS[-1]
