"""One id from a save to all who hear of it, as W3C Trace Context has it (https://www.w3.org/TR/trace-context/).

The id of an event or a request is the id of its trace. It goes along as `traceparent` with events, jobs and entries of inboxes,
is in each line of the logs, and in the journal of jobs. Where OpenTelemetry's SDK is installed and told where to send traces,
each stage is a span of it besides.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

log = logging.getLogger(__name__)

#: The field, option or header that it travels as.
TRACEPARENT = "traceparent"
_FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")


@dataclass(frozen=True)
class Trace:
    """A place in a trace.

    Attributes:
        id: of the trace: 32 hexadecimal digits.
        span: stage that what comes next belongs to: 16 hexadecimal digits.
    """

    id: str
    span: str

    def __str__(self) -> str:
        return f"00-{self.id}-{self.span}-01"

    @classmethod
    def of(cls, event: str) -> Trace | None:
        """The trace that begins with an event or a request; None where its id can be none of a trace."""
        # A span id may not be zero, which the beginning of an id may be.
        return cls(event, event[:15] + "1") if _ID.fullmatch(event) else None

    @classmethod
    def parse(cls, told: str | bytes | None) -> Trace | None:
        """What somebody has sent along; None for anything else."""
        text = told.decode("ascii", "replace") if isinstance(told, bytes) else told or ""
        found = _FORM.fullmatch(text)
        return cls(found[1], found[2]) if found else None

    @classmethod
    def follow(cls, event: str, told: bytes | None) -> Trace | None:
        """The trace of an event, from the place that its sender told, who has no say in which trace it is."""
        found = cls.parse(told)
        return found if found is not None and found.id == event else cls.of(event)


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)
_tracer: Any = None


def current() -> Trace | None:
    """What this thread or task works for."""
    return _current.get()


def adopt(trace: Trace | None) -> None:
    """Have what this thread or task does from now on belong to a trace, or to none."""
    _current.set(trace)


@contextmanager
def within(trace: Trace | None) -> Iterator[None]:
    """Have what this thread or task does meanwhile belong to a trace, or to none."""
    before = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """A stage of the current trace: a span, where spans are wanted.

    Args:
        name: of few that there are; never of a person or a project.
    """
    trace = _current.get()
    if _tracer is None or trace is None:
        yield
        return
    from opentelemetry import trace as api

    parent = api.SpanContext(int(trace.id, 16), int(trace.span, 16), True, api.TraceFlags(api.TraceFlags.SAMPLED))
    context = api.set_span_in_context(api.NonRecordingSpan(parent))
    with _tracer.start_as_current_span(name, context) as span:
        before = _current.set(Trace(trace.id, f"{span.get_span_context().span_id:016x}"))
        try:
            yield
        finally:
            _current.reset(before)


def export(process: str) -> None:
    """Send the stages of this process where OpenTelemetry's variables say; without these, or without its SDK, nowhere.

    Args:
        process: what it is called there.
    """
    wanted = os.environ.get("OTEL_TRACES_EXPORTER") or ("otlp" if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ else "")
    if wanted in ("", "none"):
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces are sent: OpenTelemetry is not installed (pip install 'hubshare[tracing]')")
        return
    name = "otlp_proto_http" if wanted == "otlp" else wanted
    found = [*entry_points(group="opentelemetry_traces_exporter", name=name)]
    if not found:
        log.warning("no traces are sent: nothing that is installed sends them to %r", wanted)
        return
    provider = TracerProvider(resource=Resource.create({"service.name": process}))
    provider.add_span_processor(BatchSpanProcessor(found[0].load()()))
    use(provider.get_tracer("hubshare"))


def use(tracer: Any) -> None:
    """Make spans of stages by a tracer of OpenTelemetry, or of none any more."""
    global _tracer
    _tracer = tracer
