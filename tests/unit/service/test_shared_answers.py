"""What processes tell one another in memory: whole and of the right key, or nothing."""

from __future__ import annotations

import os
from hashlib import sha256

from hubshare.service.web.shared_answers import SharedMemory

KEY, OTHER = sha256(b"one").digest(), sha256(b"other").digest()


def test_a_process_knows_what_another_one_was_told_that_was_forked_off_the_same() -> None:
    memory = SharedMemory()
    assert memory.get(KEY) is None
    child = os.fork()
    if not child:
        memory.put(KEY, 12.5, b"an answer")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert memory.get(KEY) == (12.5, b"an answer")


def test_a_later_answer_takes_the_place_of_one_with_the_same_slot_and_is_not_taken_for_it() -> None:
    memory = SharedMemory(slots=1)
    memory.put(KEY, 1.0, b"a long answer")
    memory.put(OTHER, 2.0, b"short")
    assert memory.get(KEY) is None and memory.get(OTHER) == (2.0, b"short")


def test_what_is_too_large_is_not_shared_and_what_fits_is() -> None:
    memory = SharedMemory(slots=2, slot_bytes=128)
    memory.put(KEY, 1.0, bytes(69))
    assert memory.get(KEY) is None
    memory.put(KEY, 1.0, bytes(68))
    assert memory.get(KEY) == (1.0, bytes(68))


def test_an_answer_that_is_not_whole_is_none() -> None:
    memory = SharedMemory(slots=1, slot_bytes=128)
    memory.put(KEY, 1.0, b"an answer")
    whole = memory._memory[:]
    for at in range(60 + len(b"an answer")):
        memory._memory[at] ^= 1
        assert memory.get(KEY) is None
        memory._memory[:] = whole
    assert memory.get(KEY) == (1.0, b"an answer")
