"""Shared answers: what one process was told, those know too that were forked off the same one; in memory, never on a disk.

A class that opens its project at once is asked for at the Hub once, and not by each process anew.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from typing import Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")

#: A slot begins with a digest of all that is behind it, the key, when it was asked for, and the length of the answer.
_HEAD = struct.Struct("16s 32s d I")


class SharedMemory:
    """A table that processes have in common which are forked after it was made.

    There is no lock: a slot that is written at this moment, or holds another key, is as if it were empty.

    Args:
        slots: how many answers there are at most; a later one takes the place of one whose key leads to the same slot.
        slot_bytes: how large one is, with its head; an answer that is larger is not shared.
    """

    def __init__(self, slots: int = 2048, slot_bytes: int = 4096) -> None:
        self._slots, self._slot_bytes = slots, slot_bytes
        self._memory = mmap.mmap(-1, slots * slot_bytes)

    def get(self, key: bytes) -> tuple[float, bytes] | None:
        """Return when the answer for a key was asked for (by `time.monotonic`, which is one clock for all), and the answer."""
        at = self._place(key)
        digest, known, asked, length = _HEAD.unpack_from(self._memory, at)
        if known != key or length > self._slot_bytes - _HEAD.size:
            return None
        answer = self._memory[at + _HEAD.size : at + _HEAD.size + length]
        return (asked, answer) if digest == _digest(key, asked, answer) else None

    def put(self, key: bytes, asked: float, answer: bytes) -> None:
        """Tell the others.

        Args:
            key: of 32 bytes, which no two questions have in common.
        """
        if len(answer) <= self._slot_bytes - _HEAD.size:
            at = self._place(key)
            slot = _HEAD.pack(_digest(key, asked, answer), key, asked, len(answer)) + answer
            self._memory[at : at + len(slot)] = slot

    def _place(self, key: bytes) -> int:
        return int.from_bytes(key[:8], "big") % self._slots * self._slot_bytes


def _digest(key: bytes, asked: float, answer: bytes) -> bytes:
    return hashlib.blake2b(key + struct.pack("d", asked) + answer, digest_size=16).digest()


class Shared(NamedTuple, Generic[Value]):
    """Answers to one kind of question in a table.

    Args:
        memory: the table.
        kind: which question; no other one in the table is called so.
        type: of the answers.
    """

    memory: SharedMemory
    kind: str
    type: TypeAdapter[Value]

    def get(self, key: bytes, epoch: int) -> tuple[float, Value] | None:
        """Return when the answer for a key was asked for, and the answer.

        Args:
            epoch: those of another one are not believed.
        """
        found = self.memory.get(self._key(key, epoch))
        return found and (found[0], self.type.validate_json(found[1]))

    def put(self, key: bytes, epoch: int, asked: float, value: Value) -> None:
        """Tell the others."""
        self.memory.put(self._key(key, epoch), asked, self.type.dump_json(value))

    def _key(self, key: bytes, epoch: int) -> bytes:
        return hashlib.sha256(f"{self.kind} {epoch} ".encode() + key).digest()
