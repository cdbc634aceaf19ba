"""The readers that are fuzzed, under what they are begun with, and under what was once found to break one."""

from __future__ import annotations

import pytest

from tests.fuzz import __main__ as fuzzing
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_what_is_near_them_break_no_reader(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds:
        target.run(seed)
        for at in range(0, len(seed), max(1, len(seed) // 20)):
            for near in (seed[:at], seed[at:], seed[:at] + bytes([seed[at] ^ 0x20]) + seed[at + 1 :], seed[:at] + seed):
                target.run(near)


@pytest.mark.parametrize("name", TARGETS)
def test_what_once_broke_a_reader_does_so_no_more(name: str) -> None:
    for path in sorted((fuzzing.FOUND / name).glob("*")):
        TARGETS[name].run(path.read_bytes())
