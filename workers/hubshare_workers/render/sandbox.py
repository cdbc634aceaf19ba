"""What a process that reads hostile content gives up before it does; there is no way back.

Always: CPU time, memory, size of what it writes, core dumps, number of files. Where the kernel has it, without root:

- namespaces without a network, and without other processes than renderings (`isolate`, once in the parent);
- the rights of root, and root itself where others may read Python's libraries;
- Landlock: no file can be opened but Python's own libraries, no TCP, no signals to others (Linux 5.13, 6.7, 6.12);
- seccomp: no system call but what computing, and reading and writing open files takes, see `seccomp.py`.

Each says whether it is in force, and the parent logs what is not. See landlock(7), namespaces(7), capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import resource
import stat
import struct
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hubshare_workers.render import seccomp

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC, _CLONE_NEWPID = 0x10000000, 0x40000000, 0x08000000, 0x20000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CAPABILITY_VERSION = 0x20080522
#: The user and the group of whom nothing is, on all systems.
_NOBODY = 65534
_SIGKILL = 9
_OPEN_FILES = 32


@dataclass(frozen=True)
class SandboxLimits:
    """What one rendering may use.

    Args:
        seconds: of CPU.
        memory_bytes: of address space.
        output_bytes: that it may write.
    """

    seconds: int
    memory_bytes: int
    output_bytes: int

    @property
    def clock_seconds(self) -> int:
        """How long it may take by the clock: on a busy machine everybody else goes first, for which no file is to blame."""
        return 3 * self.seconds


def isolate() -> list[str]:
    """Leave the network and other processes behind, for all that this process forks. Only one of one thread can.

    Returns:
        What is not in force here: `network`, `processes`.
    """
    apart = _CLONE_NEWNET | _CLONE_NEWIPC
    # Root needs no namespace of users for that, in which it could not become somebody else.
    users = (0, _CLONE_NEWUSER) if os.geteuid() == 0 else (_CLONE_NEWUSER,)
    if any(_libc.unshare(user | apart | _CLONE_NEWPID) == 0 for user in users):
        _hold_processes()
        return []
    return ["processes"] if any(_libc.unshare(user | apart) == 0 for user in users) else ["network", "processes"]


def _hold_processes() -> None:
    """Fork the first process of the new namespace. When it ends, with this one, the kernel ends all others in there."""
    end, kept = os.pipe()
    if os.fork() == 0:
        try:
            os.closerange(0, end)
            os.closerange(end + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            os.read(end, 1)
        finally:
            os._exit(0)
    os.close(end)
    # Renderings close what they inherit, so that this is its only other side.
    os.set_inheritable(kept, False)


def enter(limits: SandboxLimits) -> list[str]:
    """Give up everything. Call it in the forked child, with no file open but 0, 1 and 2.

    Returns:
        What is not in force here: `a user of its own`, `landlock`, `seccomp`.
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
    steps = (("a user of its own", _leave_root), ("landlock", _landlock), ("seccomp", seccomp.enter))
    return [name for name, step in steps if not step()]


def libraries() -> set[str]:
    """The folders that Python's own modules and those of all packages lie in."""
    found = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return {path for path in found if path is not None and Path(path).is_dir()}


def _leave_root() -> bool:
    """Be nobody in place of root, if nobody can read the libraries; and have no rights of root in any case."""
    if os.geteuid() == 0 and open_to_all(libraries()):
        try:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        except OSError:
            # A namespace of users that knows no other user than this one.
            pass
        # Becoming somebody else has undone it.
        _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    nothing = struct.pack("=6I", 0, 0, 0, 0, 0, 0)
    return bool(_libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION, 0), nothing) == 0) and os.geteuid() != 0


def open_to_all(folders: Iterable[str]) -> bool:
    """Return whether everybody can read folders, as far as the permissions of the folders themselves and above them say."""
    for folder in map(Path.resolve, map(Path, folders)):
        above = all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))
        if not above or not folder.stat().st_mode & stat.S_IROTH:
            return False
    return True


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
        for path in libraries():
            folder = os.open(path, os.O_PATH)
            rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, folder)
            _libc.syscall(_ADD_RULE, handle, _PATH_BENEATH, rule, 0)
            os.close(folder)
        return bool(_libc.syscall(_RESTRICT_SELF, handle, 0) == 0)
    finally:
        os.close(handle)
