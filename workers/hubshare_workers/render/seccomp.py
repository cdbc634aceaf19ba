"""Which system calls a rendering may make: what it takes to compute, and to read and write files that are open.

Everything else is refused, whatever a kernel to come may have. See seccomp(2).
"""

from __future__ import annotations

import ctypes
import platform
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_SECCOMP, _FILTER = 22, 2

#: What the kernel calls the machines that we know, and which column below has their numbers.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
#: What passes, and its numbers on both machines.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # files that are open, and those that Landlock lets be opened
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "close": (3, 57),
    "lseek": (8, 62),
    "ftruncate": (77, 46),
    "fstat": (5, 80),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "open": (2, None),
    "openat": (257, 56),
    "getdents64": (217, 61),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    # memory
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "brk": (12, 214),
    # threads
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    # signals within this process
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    # who and where one is
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getcpu": (309, 168),
    # time and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "getrandom": (318, 278),
    # the end
    "exit": (60, 93),
    "exit_group": (231, 94),
}
#: What passes where an argument is one of these: the number of the argument, and its values.
_ALLOWED_WITH: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    # Whether something is a terminal; that it is closed in programs.
    "ioctl": ((16, 29), 1, (0x5401, 0x5451)),
    # Copies of descriptors and their flags; not who gets signals of them.
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 1030)),
    # Names of threads and of memory.
    "prctl": ((157, 167), 0, (15, 16, 0x53564D41)),
}
_CLONE, _CLONE3, _PRLIMIT = (56, 220), (435, 435), (302, 261)
_CLONE_THREAD = 0x10000
_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# Classic BPF: load a word, jump if equal, if not less, or if a bit is set; return.
_LOAD, _IF_EQUAL, _IF_NOT_LESS, _IF_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Where `struct seccomp_data` has the number, the machine, and the low word of the first argument; each has eight bytes.
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def enter() -> bool:
    """Have every other call fail from now on; return whether that is in force. It cannot be undone."""
    if platform.machine() not in _MACHINES:
        return False
    code = _program(*_MACHINES[platform.machine()])
    program = _Program(len(code) // 8, code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


_PASS, _DENY = _step(_RETURN, _ALLOW), _step(_RETURN, _ERROR | _EPERM)


def _program(machine: int, column: int) -> bytes:
    """The filter: another machine's calls kill, what is listed passes, everything else fails."""
    code = _step(_LOAD, _MACHINE) + _step(_IF_EQUAL, machine, 1, 0) + _step(_RETURN, _KILL) + _step(_LOAD, _NUMBER)
    if column == 0:
        # The numbers of the x32 machine lie above.
        code += _step(_IF_NOT_LESS, 0x40000000, 0, 1) + _step(_RETURN, _KILL)
    for numbers in ALLOWED.values():
        if (number := numbers[column]) is not None:
            code += _step(_IF_EQUAL, number, 0, 1) + _PASS
    # The C library falls back to `clone`, whose flags can be seen.
    code += _step(_IF_EQUAL, _CLONE3[column], 0, 1) + _step(_RETURN, _ERROR | _ENOSYS)
    # Threads are no processes.
    threads = _step(_LOAD, _ARGUMENTS) + _step(_IF_BIT, _CLONE_THREAD, 0, 1) + _PASS + _DENY
    code += _only(_CLONE[column], threads)
    # Limits can be asked for, not changed: the new ones, a pointer, must be null.
    low = _step(_LOAD, _ARGUMENTS + 2 * 8) + _step(_IF_EQUAL, 0, 0, 3)
    code += _only(
        _PRLIMIT[column], low + _step(_LOAD, _ARGUMENTS + 2 * 8 + 4) + _step(_IF_EQUAL, 0, 0, 1) + _PASS + _DENY
    )
    for calls, argument, values in _ALLOWED_WITH.values():
        known = b"".join(_step(_IF_EQUAL, value, 0, 1) + _PASS for value in values)
        code += _only(calls[column], _step(_LOAD, _ARGUMENTS + argument * 8) + known + _DENY)
    return code + _DENY


def _only(number: int, then: bytes) -> bytes:
    """Steps for one call; they end with an answer."""
    return _step(_IF_EQUAL, number, 0, len(then) // 8) + then
