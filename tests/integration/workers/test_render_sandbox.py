"""What a renderer can do that hostile content has taken over: next to nothing. Each attack is played for real."""

from __future__ import annotations

import errno
import logging
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.render import seccomp
from hubshare_workers.render.renderer import Renderer
from hubshare_workers.render.sandbox import SandboxLimits, libraries, open_to_all

from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import RenderRequest, make_request
from hubshare.rendering.results import RenderResult
from hubshare.testing.centre import wait_until

MIB = 1024 * 1024
LIMITS = SandboxLimits(seconds=3, memory_bytes=512 * MIB, output_bytes=1 * MIB)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer(LIMITS, kinds="hubshare.testing.attacks")
    yield made
    made.close()


def attack(renderer: Renderer, name: str, **options: Any) -> RenderResult:
    kind: Any = name
    return renderer.render(RenderRequest(kind, (), options), [])


def refused(renderer: Renderer, name: str, **options: Any) -> bool:
    meta = attack(renderer, name, **options).meta
    return meta.get("refused") in ("PermissionError", "BlockingIOError", "FileNotFoundError")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/1/cmdline", str(Path(__file__).resolve())]
)
def test_no_file_of_the_machine_can_be_read(renderer: Renderer, path: str) -> None:
    assert refused(renderer, "read", path=path)


def test_no_folder_can_be_listed(renderer: Renderer, tmp_path: Path) -> None:
    assert refused(renderer, "list", path="/")
    assert refused(renderer, "list", path=str(tmp_path))
    assert refused(renderer, "list", path=".")


def test_nothing_can_be_written_or_changed(renderer: Renderer, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    victim.chmod(0o600)
    assert refused(renderer, "write", path=str(tmp_path / "new"))
    assert refused(renderer, "write", path="new")
    assert refused(renderer, "write", path=str(victim))
    assert refused(renderer, "chmod", path=str(victim))
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("as it was", 0o600)
    assert os.listdir(tmp_path) == ["victim"]


def test_the_libraries_of_python_can_be_read_and_nothing_else_of_it(renderer: Renderer) -> None:
    # Lexers and the like are imported when they are needed.
    assert attack(renderer, "read", path=os.__file__).meta["got"]
    assert refused(renderer, "write", path=os.__file__)


def test_no_socket_can_be_opened(renderer: Renderer) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert refused(renderer, "connect", port=server.getsockname()[1])
    assert refused(renderer, "unix_socket")


@pytest.mark.parametrize("name", ["fork", "run", "exec", "more_memory", "new_namespace"])
def test_no_process_program_or_right_can_be_had(renderer: Renderer, name: str) -> None:
    assert refused(renderer, name)


def test_a_rendering_is_in_a_world_of_its_own_without_rights_of_root(renderer: Renderer) -> None:
    got = attack(renderer, "process").meta["got"]
    assert got["pid"] < 1000 and got["parent"] == 0
    sleeping = threading.Thread(target=attack, args=(renderer, "sleep"))
    sleeping.start()
    assert renderer.pid is not None
    pid = renderer.pid
    wait_until(lambda: len(children(pid)) == 2, "it runs", 10)
    child = children(pid)[1]
    # The filter is the last of what it does before it begins.
    wait_until(lambda: _status(child)["Seccomp"] == "2", "it is shut in", 10)
    found = _status(child)
    assert {found[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}
    assert found["NoNewPrivs"] == "1"
    # Root becomes nobody, where nobody can read the libraries.
    becomes = 65534 if os.geteuid() == 0 and open_to_all(libraries()) else os.geteuid()
    assert set(found["Uid"].split()) == {str(becomes)}
    for name in ("net", "ipc", "pid"):
        assert os.readlink(f"/proc/{child}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")
    sleeping.join()


def _status(pid: str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(
    "name",
    ["setpriority", "ioprio_set", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"],
)
def test_priorities_and_processors_of_others_stay_as_they_are(renderer: Renderer, name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        try:
            before = os.getpriority(os.PRIO_PROCESS, other.pid), os.sched_getaffinity(other.pid)
            # Nor its own: of another one a namespace of processes says that it is not there, where there is one.
            for pid in (other.pid, 0):
                assert refused(renderer, "call", number=CALLS[name], arguments=OF_OTHERS[name](pid))
            assert (os.getpriority(os.PRIO_PROCESS, other.pid), os.sched_getaffinity(other.pid)) == before
        finally:
            other.kill()


#: Of the machine that the tests run on; see asm/unistd_64.h and asm-generic/unistd.h.
_COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]
CALLS = {
    name: numbers[_COLUMN]
    for name, numbers in {
        "setpriority": (141, 140),
        "ioprio_set": (251, 30),
        "sched_setaffinity": (203, 122),
        "sched_setscheduler": (144, 119),
        "sched_setparam": (142, 118),
        "sched_setattr": (314, 274),
    }.items()
}
#: Process, then what is wanted: 19 for the priority, the first processor, no pointer at all.
OF_OTHERS: dict[str, Callable[[int], list[int]]] = {
    name: (lambda pid: [0, pid, 19]) if name == "setpriority" else (lambda pid: [1, pid, 0]) for name in CALLS
}
OF_OTHERS |= {name: (lambda pid: [pid, 8, 0]) for name in CALLS if name.startswith("sched_")}


#: Calls that reach beyond the process, by their numbers on both machines.
_NEVER = {
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "setrlimit": (160, 164), "ptrace": (101, 117),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "pidfd_open": (434, 434), "execve": (59, 221),
    "execveat": (322, 281), "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "chroot": (161, 51), "setuid": (105, 146),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchown": (93, 55), "unlinkat": (263, 35), "renameat2": (316, 276),
    "linkat": (265, 37), "symlinkat": (266, 36), "mkdirat": (258, 34), "bpf": (321, 280), "keyctl": (250, 219),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "perf_event_open": (298, 241), "shmat": (30, 196),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "memfd_create": (319, 279), "capset": (126, 91),
}  # fmt: skip


def test_nothing_that_reaches_beyond_the_process_comes_onto_the_list() -> None:
    """Also where another bound would keep it from doing harm on this machine."""
    for column in (0, 1):
        passes = {numbers[column] for numbers in seccomp.ALLOWED.values()}
        assert not {name for name, numbers in _NEVER.items() if numbers[column] in passes}


def test_what_is_not_on_the_list_is_refused_whatever_it_is(renderer: Renderer) -> None:
    passes = {numbers[_COLUMN] for numbers in seccomp.ALLOWED.values()}
    # These look at their arguments. Of a new thread the C library makes an old call, see above.
    passes |= {(16, 29)[_COLUMN], (72, 25)[_COLUMN], (157, 167)[_COLUMN], (56, 220)[_COLUMN], (302, 261)[_COLUMN], 435}
    # The kernel's own, for probes: from anywhere else it ends the process, and no filter is asked.
    passes |= {(335, None)[_COLUMN], (336, None)[_COLUMN]}
    numbers = sorted(set(range(480)) - passes)
    got = attack(renderer, "calls", numbers=numbers).meta["got"]
    assert got == {str(number): errno.EPERM for number in numbers}


def test_the_descriptors_of_the_list_do_no_more_than_they_have_to(renderer: Renderer) -> None:
    # F_SETOWN has the kernel send signals to another process; TIOCSTI types into a terminal; PR_SET_DUMPABLE.
    calls = [((72, 25), [0, 8, 1]), ((16, 29), [0, 0x5412, 0]), ((157, 167), [4, 1, 0]), ((302, 261), [0, 9, 8, 0])]
    for numbers, arguments in calls:
        assert refused(renderer, "call", number=numbers[_COLUMN], arguments=arguments)


def test_few_files_are_open_at_a_time(renderer: Renderer) -> None:
    # Copies of the standard output, by fcntl(F_DUPFD, at least).
    number = {"x86_64": 72, "aarch64": 25}[platform.machine()]
    assert attack(renderer, "call", number=number, arguments=[1, 0, 20]).meta["got"] == 20
    assert attack(renderer, "call", number=number, arguments=[1, 0, 40]).meta["number"] == errno.EINVAL


def test_what_others_may_read_is_told_from_what_they_may_not() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        above, inner = Path(name), Path(name) / "lib"
        inner.mkdir(mode=0o755)
        above.chmod(0o711)
        assert open_to_all([str(inner)])
        inner.chmod(0o711)
        assert not open_to_all([str(inner)])
        inner.chmod(0o755)
        above.chmod(0o700)
        assert not open_to_all([str(inner)])


def test_nobody_can_be_killed(renderer: Renderer) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        try:
            assert refused(renderer, "kill", pid=other.pid)
            assert other.poll() is None
        finally:
            other.kill()


def test_nothing_of_the_worker_is_around(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSHARE_REDIS_URL", "redis://:SECRET@127.0.0.1/0")
    got = attack(renderer, "around").meta["got"]
    assert not {name for name in got["environment"] if name != "LC_CTYPE"}
    assert got["folder"].startswith("hubshare-render-")
    assert got["files"] == [] and got["modules"] == []
    assert got["limits"] == {
        "CPU": [3, 3],
        "AS": [512 * MIB] * 2,
        "CORE": [0, 0],
        "FSIZE": [MIB] * 2,
        "NPROC": [0, 0],
    }


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("allocate", {"size": 4096 * MIB}, "too-much-memory"),
        ("loop", {}, "too-long"),
        ("sleep", {}, "too-long"),
        ("output", {"size": 2 * MIB}, "too-large"),
        ("recurse", {}, "malformed"),
        ("crash", {}, "broken"),
        ("unraisable", {}, "broken"),
        ("no such renderer", {}, "broken"),
    ],
)
def test_what_takes_too_much_or_breaks_is_an_answer_in_words(
    renderer: Renderer, name: str, options: dict[str, Any], code: str
) -> None:
    result = attack(renderer, name, **options)
    assert result.meta["error"]["code"] == code
    assert result.error and result.error.endswith(".") and result.html == ""


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("damaged", {"error": error}) for error in (["x"], "x", 1, {"code": 1, "message": {}}, {"detail": "x"})),
        ("deep", {}),
    ],
)
def test_a_result_of_another_form_is_an_answer_in_words_too(
    renderer: Renderer, name: str, options: dict[str, Any]
) -> None:
    result = attack(renderer, name, **options)
    assert result.meta == {"error": {"code": "broken", "message": result.error}} and result.html == ""


def test_nothing_of_a_file_comes_into_the_log(renderer: Renderer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    result = attack(renderer, "quote", words="of a private file")
    assert result.meta["error"]["code"] == "broken" and "private" not in str(result)
    assert "ValueError in attacks.py:" in caplog.text and "(_quote)" in caplog.text
    assert "private" not in caplog.text


def test_a_rendering_that_takes_long_holds_up_no_other(renderer: Renderer) -> None:
    attack(renderer, "around")
    slow = threading.Thread(target=attack, args=(renderer, "sleep"))
    slow.start()
    assert "got" in attack(renderer, "around").meta
    assert slow.is_alive()
    slow.join()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_after_all_that_no_process_is_left_but_the_warm_parent_and_the_one_that_holds_its_namespace(
    renderer: Renderer,
) -> None:
    attack(renderer, "around")
    assert renderer.pid is not None
    (held,) = children(renderer.pid)
    assert attack(renderer, "around").meta["got"]
    assert children(renderer.pid) == [held]
    # The first of its namespace: all that is in there ends with it.
    assert Path(f"/proc/{held}/status").read_text().partition("NSpid:")[2].split()[1] == "1"


def test_renderings_give_way_to_other_processes_and_their_session_to_other_sessions(renderer: Renderer) -> None:
    attack(renderer, "around")
    pid = renderer.pid
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    assert os.getsid(pid) == pid
    if (group := Path(f"/proc/{pid}/autogroup")).exists():
        assert group.read_text().split()[1:] == ["nice", "5"]


def test_the_warm_parent_ends_when_idle_and_comes_back_when_needed() -> None:
    idle = Renderer(LIMITS, idle=0.3, kinds="hubshare.testing.attacks")
    assert idle.pid is None
    assert "got" in attack(idle, "around").meta
    first = idle.pid
    wait_until(lambda: idle.pid is None, "the idle parent has ended", 10)
    assert "got" in attack(idle, "around").meta
    assert idle.pid not in (None, first)
    idle.close()


def test_a_killed_parent_costs_nothing_but_another_start(renderer: Renderer) -> None:
    attack(renderer, "around")
    assert renderer.pid is not None
    os.kill(renderer.pid, 9)
    assert "got" in attack(renderer, "around").meta


def test_closing_ends_what_is_rendered() -> None:
    one = Renderer(SandboxLimits(30, 512 * MIB, MIB), kinds="hubshare.testing.attacks")
    attack(one, "around")
    pid = one.pid
    assert pid is not None
    thread = threading.Thread(target=attack, args=(one, "loop"))
    thread.start()
    wait_until(lambda: len(children(pid)) == 2, "the loop runs", 10)
    child = children(pid)[1]
    one.close()
    thread.join(20)
    wait_until(lambda: not Path(f"/proc/{child}").exists(), "the loop has ended", 5)


def test_workers_import_no_renderer() -> None:
    names = ("nbconvert", "rapidfuzz", "nbformat", "nh3", "markdown_it", "arro3")
    code = f"import hubshare_workers.__main__, sys; print([name for name in {names} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_real_kinds_work_in_there() -> None:
    real = Renderer(SandboxLimits(20, 1024 * MIB, 64 * MIB))
    # A lexer that is not warm.
    result = real.render(make_request(Kind.CODE, "a" * 40, name="x.f90"), [b"program x\nend program\n"])
    assert result.meta["language"] == "Fortran" and 'class="k"' in result.html
    real.close()
