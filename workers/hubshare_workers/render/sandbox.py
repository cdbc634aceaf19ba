"""What a process that reads hostile content gives up before it does; there is no way back.

Always: CPU time, memory, size of what it writes, core dumps, number of files. Where the kernel has it, without root:

- a network namespace with nothing in it (`isolate`, once in the parent);
- Landlock: no file can be opened but Python's own libraries, no TCP, no signals to others (Linux 5.13, 6.7, 6.12);
- seccomp: no processes, programs, sockets, tracing, new rights, or changes of files' modes and owners (x86-64, ARM 64).

Each says whether it is in force, and the parent logs what is not. See landlock(7), seccomp(2), namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sysconfig
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SIGKILL = 9
_OPEN_FILES = 32


@dataclass(frozen=True)
class SandboxLimits:
    """What one rendering may use.

    Args:
        seconds: of CPU, and of the clock.
        memory_bytes: of address space.
        output_bytes: that it may write.
    """

    seconds: int
    memory_bytes: int
    output_bytes: int


def isolate() -> bool:
    """Leave the network, for this process and all that it forks. Only a process of one thread can."""
    return any(_libc.unshare(flags) == 0 for flags in (_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC, _CLONE_NEWNET))


def enter(limits: SandboxLimits) -> list[str]:
    """Give up everything. Call it in the forked child, with no file open but 0, 1 and 2.

    Returns:
        What is not in force here: `landlock`, `seccomp`.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    for name, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        # Without effect for root, whom seccomp stops.
        (resource.RLIMIT_NPROC, 0),
    ):
        ceiling = resource.getrlimit(name)[1]
        most = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(name, (most, most))
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return [name for name, step in (("landlock", _landlock), ("seccomp", _seccomp)) if not step()]


# Landlock, by number: the calls and structures are the same on all machines.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
#: How many rights on files each version of Landlock can take away.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16


def _landlock() -> bool:
    version = _libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    files = (1 << _FILE_RIGHTS.get(version, _NEWEST_FILE_RIGHTS)) - 1
    network = 0b11 if version >= 4 else 0
    scopes = 0b11 if version >= 6 else 0
    rules = struct.pack("=QQQ", files, network, scopes)[: 8 if version < 4 else 16 if version < 6 else 24]
    handle = _libc.syscall(_CREATE_RULESET, rules, len(rules), 0)
    if handle < 0:
        return False
    try:
        for path in {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}:
            if path is not None and os.path.isdir(path):  # noqa: PTH112 – pathlib may still have to be imported
                folder = os.open(path, os.O_PATH)
                rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, folder)
                _libc.syscall(_ADD_RULE, handle, _PATH_BENEATH, rule, 0)
                os.close(folder)
        return bool(_libc.syscall(_RESTRICT_SELF, handle, 0) == 0)
    finally:
        os.close(handle)


# Seccomp: the names of what is refused, and their numbers on the two machines that we know.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_REFUSED = {
    # processes and programs
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # sockets
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    # rights, namespaces, file systems
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "capset": (126, 91),
    "setrlimit": (160, 164),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "open_by_handle_at": (304, 265),
    # what Landlock leaves of files
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    # parts of the kernel with a history
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "syslog": (103, 116),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}
_CLONE, _CLONE3, _PRLIMIT = (56, 220), (435, 435), (302, 261)
_CLONE_THREAD = 0x10000
_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# Classic BPF: load a word, jump if equal, if not less, or if a bit is set; return.
_LOAD, _IF_EQUAL, _IF_NOT_LESS, _IF_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Where `struct seccomp_data` has the number, the machine, and the low words of two arguments.
_NUMBER, _MACHINE, _FIRST_ARGUMENT, _THIRD_ARGUMENT = 0, 4, 16, 32


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _seccomp() -> bool:
    if platform.machine() not in _MACHINES:
        return False
    code = _program(*_MACHINES[platform.machine()])
    program = _Program(len(code) // 8, code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)


def _program(machine: int, column: int) -> bytes:
    """The filter: another machine's calls kill, what is listed fails, everything else passes."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    denied = step(_RETURN, _ERROR | _EPERM)
    code = step(_LOAD, _MACHINE) + step(_IF_EQUAL, machine, 1, 0) + step(_RETURN, _KILL) + step(_LOAD, _NUMBER)
    if column == 0:
        # The numbers of the x32 machine lie above.
        code += step(_IF_NOT_LESS, 0x40000000, 0, 1) + step(_RETURN, _KILL)
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            code += step(_IF_EQUAL, number, 0, 1) + denied
    # The C library falls back to `clone`, whose flags can be seen.
    code += step(_IF_EQUAL, _CLONE3[column], 0, 1) + step(_RETURN, _ERROR | _ENOSYS)
    # Threads are no processes.
    code += step(_IF_EQUAL, _CLONE[column], 0, 4) + step(_LOAD, _FIRST_ARGUMENT) + step(_IF_BIT, _CLONE_THREAD, 1, 0)
    code += denied + step(_RETURN, _ALLOW)
    # Limits can be asked for, not changed: the new ones, a pointer, must be null.
    code += step(_IF_EQUAL, _PRLIMIT[column], 0, 6)
    code += step(_LOAD, _THIRD_ARGUMENT) + step(_IF_EQUAL, 0, 0, 2)
    code += step(_LOAD, _THIRD_ARGUMENT + 4) + step(_IF_EQUAL, 0, 1, 0)
    return code + denied + step(_RETURN, _ALLOW) + step(_RETURN, _ALLOW)
