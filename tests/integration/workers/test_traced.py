"""A save is one trace: from the outbox of who saved to the inboxes of all who follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubshare_workers.context import Context
from hubshare_workers.intake.dispatch import dispatch
from hubshare_workers.publish.jobs import apply_event
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hubshare import tracing
from hubshare.git.objects import Object
from hubshare.jobs import OutboxEntry
from hubshare.jobs.journal import begin_telling, clock, end_telling
from hubshare.tracing import Trace
from hubshare.wire.agent import Push, new_id, read_from_centre
from tests.helpers.forge import packed, snapshot
from tests.helpers.publishing import Stage


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider.get_tracer("test"))
    yield exporter
    tracing.use(None)
    tracing.adopt(None)


def push_of(stage: Stage) -> tuple[Push, bytes]:
    objects: list[Object] = snapshot(stage.head, {"a.txt": new_id().encode()}, "olga")
    event = Push(project=stage.id, checkout=stage.checkout, commit=objects[-1].id, confirmed=True)
    return event, packed(objects, {item.id for item in objects if item.id in stage.repository})


def traces_of(stage: Stage, begin: str) -> dict[str, Trace | None]:
    entries: Any = stage.centre.bus.redis.xrange("hubshare:{olga}:inbox", f"({begin}")
    return {read_from_centre(fields[b"event"]).type: Trace.parse(fields.get(b"traceparent")) for _, fields in entries}


def test_a_push_is_applied_and_fanned_out_within_the_trace_of_its_event(
    stage: Stage, spans: InMemorySpanExporter
) -> None:
    event, pack = push_of(stage)
    begin = stage.centre.bus.redis.xadd("hubshare:{olga}:inbox", {"event": b""}).decode()
    told = Trace(event.id, "b7ad6b7169203331")
    facts = begin_telling()
    dispatch(stage.centre, "olga", event.encode(), pack, trace=str(told).encode())
    end_telling()
    assert clock() >= facts["fanned_out"] >= facts["published"] > clock() - 60_000, "when was noted"
    fan_out, apply = spans.get_finished_spans()
    assert (apply.name, fan_out.name) == ("apply push", "fan out")
    assert apply.parent is not None and apply.parent.span_id == 0xB7AD6B7169203331
    assert traces_of(stage, begin) == dict.fromkeys(
        ("update", "outcome"), Trace(event.id, f"{fan_out.context.span_id:016x}")
    )


@pytest.mark.parametrize(
    ("age", "saved"), [(b"900", -900), (b"999999", -999_999), (b"1000000", 0), (b"-1", 0), (b"1.5", 0), (None, 0)]
)
def test_when_a_push_was_saved_is_told_by_the_clock_of_redis_where_that_is_plausible(
    stage: Stage, age: bytes | None, saved: int
) -> None:
    event, pack = push_of(stage)
    outbox, fields = "hubshare:{olga}:outbox", {"event": event.encode(), "pack": pack}
    entry = stage.centre.bus.redis.xadd(outbox, fields if age is None else {**fields, "age": age}).decode()
    facts = begin_telling()
    apply_event(Context(stage.centre, None), OutboxEntry(outbox, entry))  # type: ignore[arg-type]
    end_telling()
    assert facts["outcome"] == "applied"
    assert facts["saved"] == (saved and int(entry.partition("-")[0]) + saved)


def test_without_opentelemetry_the_id_of_the_event_goes_along_and_nobody_can_choose_another(stage: Stage) -> None:
    event, pack = push_of(stage)
    begin = stage.centre.bus.redis.xadd("hubshare:{olga}:inbox", {"event": b""}).decode()
    dispatch(stage.centre, "olga", event.encode(), pack, trace=str(Trace("e" * 32, "1" * 16)).encode())
    assert traces_of(stage, begin) == dict.fromkeys(("update", "outcome"), Trace.of(event.id))
    tracing.adopt(None)
