"""A time in a request is one that is written as such."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from hubshare.wire.api.webhooks import Redelivery


def test_a_time_is_read_as_it_is_written() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert Redelivery.model_validate({"since": "2026-01-02T03:04:05Z"}).since == at
    assert Redelivery(since=at).since == at


@pytest.mark.parametrize("since", [5, 5.5, "5", "1767225600", "2026-01-02", True, None, "", "now"])
def test_a_number_is_no_time(since: Any) -> None:
    with pytest.raises(ValidationError):
        Redelivery.model_validate({"since": since})
