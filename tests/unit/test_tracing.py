"""One id goes from a save to all who hear of it, in the form that others read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hubshare import tracing
from hubshare.tracing import Trace

EVENT = "0af7651916cd43dd8448eb211c80319c"
TOLD = f"00-{EVENT}-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    yield
    tracing.adopt(None)
    tracing.use(None)


def test_what_others_sent_is_read_back_as_it_was() -> None:
    assert str(Trace.parse(TOLD)) == TOLD
    assert Trace.parse(TOLD.encode()) == Trace(EVENT, "b7ad6b7169203331")


@pytest.mark.parametrize(
    "told",
    [
        *(None, "", b"\xff" * 55, "0" * 55, TOLD.upper(), TOLD + "0", TOLD + "\n", f"01-{TOLD[3:]}"),
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{EVENT}-{'0' * 16}-01",
    ],
)
def test_anything_else_is_none(told: Any) -> None:
    assert Trace.parse(told) is None


def test_an_event_is_its_own_trace_whatever_its_sender_says() -> None:
    found = Trace.follow(EVENT, TOLD.encode())
    assert found == Trace(EVENT, "b7ad6b7169203331")
    other = "f" * 32
    assert Trace.follow(other, TOLD.encode()) == Trace.of(other)
    assert Trace.of("not an id") is None
    begun = Trace.of("0" * 31 + "1")
    assert begun is not None
    assert Trace.parse(str(begun)) == begun


def test_stages_are_spans_of_the_trace_one_within_the_other() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider.get_tracer("test"))
    with tracing.stage("of no trace"):
        pass
    begun = Trace.follow(EVENT, TOLD.encode())
    tracing.adopt(begun)
    with tracing.stage("apply"):
        within = tracing.current()
        with pytest.raises(ValueError), tracing.stage("fan out"):
            raise ValueError
    assert tracing.current() == begun
    inner, outer = exporter.get_finished_spans()
    assert [inner.name, outer.name] == ["fan out", "apply"]
    assert {span.context.trace_id for span in (inner, outer)} == {int(EVENT, 16)}
    assert outer.parent is not None and outer.parent.span_id == 0xB7AD6B7169203331
    assert inner.parent is not None and inner.parent.span_id == outer.context.span_id
    assert within == Trace(EVENT, f"{outer.context.span_id:016x}")


def test_traces_go_nowhere_unless_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    tracing.export("test")
    assert tracing._tracer is None and not caplog.records
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "nothing-like-that")
    with caplog.at_level(logging.WARNING):
        tracing.export("test")
    assert tracing._tracer is None
    assert "nothing-like-that" in caplog.text
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    tracing.export("test")
    assert tracing._tracer is not None
