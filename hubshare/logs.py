"""The logs of all processes: lines of JSON, or of text for people, with the trace that each belongs to and without secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from hubshare import tracing

#: What opens something, wherever it stands: behind its name, in an address, or in a header.
_SECRETS = (
    (re.compile(r"(?<=://)[^/@\s'\"]+@"), ""),
    (
        re.compile(
            r"((?:password|passwd|secret|token|authorization|credential|cookie|signature|api_?key)"
            r"['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|token|basic)\s+)?)[^\s'\"&,;)}]+",
            re.IGNORECASE,
        ),
        r"\1(hidden)",
    ),
    (re.compile(r"\b((?:bearer|token|basic)\s+)[A-Za-z0-9+/=_.~-]{16,}", re.IGNORECASE), r"\1(hidden)"),
)


def without_secrets(text: str) -> str:
    """Return a text with what opens something hidden."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text


def configure(level: str) -> None:
    """Write the logs of this process to standard error.

    `HUBSHARE_LOG` is the level, `HUBSHARE_LOG_FORMAT` is `json` or `text`; without it, text where a person reads along.

    Args:
        level: where none is set.
    """
    form = os.environ.get("HUBSHARE_LOG_FORMAT") or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(form))
    logging.basicConfig(level=os.environ.get("HUBSHARE_LOG", level), handlers=[handler])


def make_formatter(form: str) -> logging.Formatter:
    """What makes a line of a record.

    Args:
        form: `json` or `text`.
    """
    last: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _add_trace,
            structlog.processors.format_exc_info,
            _hide_secrets,
            last,
        ],
    )


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["pid"] = os.getpid()
    if (trace := tracing.current()) is not None:
        event.setdefault("trace", trace.id)
    return event


def _hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_secrets(value)
    return event
