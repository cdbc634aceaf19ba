"""Links of a notebook that is shown a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubshare.service.pages.part_links import Parts


class Counted(list[str]):
    """Counts how often it is gone through."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        return super().__iter__()


def _facts(*ids: str) -> dict[str, Any]:
    firsts = [1 + 2 * part for part in range(len(ids))]
    return {
        "cells": 2 * len(ids),
        "firsts": firsts,
        "starts": firsts,
        "ends": firsts,
        "ids": Counted(ids),
        "outline": [],
    }


def test_a_link_to_a_cell_by_its_id_leads_to_the_part_that_has_it() -> None:
    parts = Parts("/n", _facts("a b", "c a"), 1)
    assert parts.linked('<a href="#cell-id-c">', "/v1", []) == '<a href="/n?part=2#cell-id-c">'
    for here in ("a", "b", "nowhere"):
        assert parts.linked(f'<a href="#cell-id-{here}">', "/v1", []) == f'<a href="#cell-id-{here}">'


def test_however_many_links_there_are_the_ids_are_gone_through_once() -> None:
    facts = _facts("a b", "c d")
    Parts("/n", facts, 1).linked('<a href="#cell-id-c">' * 1000, "/v1", [])
    assert facts["ids"].times == 1
