"""Programs under supervision begin as if just started, are started again when they end, and do not outlive the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from hubshare.testing.centre import wait_until

#: A module whose `main` writes down what its process is like, and stays; a name in `end` has it end with that status.
_WORK = """
import os, random, signal, threading, time, uuid
from pathlib import Path

LOADED = os.getpid()

def main(name, stubborn=""):
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    about = [
        os.getpid(), os.getppid(), LOADED, random.random(), uuid.uuid4().hex, len(mask), threading.active_count(),
        signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL,
        signal.getitimer(signal.ITIMER_REAL)[0], time.monotonic(),
    ]
    if stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(name, "a") as file:
        file.write(" ".join(map(str, about)) + "\\n")
    if Path("fails").exists():
        raise LookupError("it fails")
    signal.pause()
"""
_RUN = """
import os, signal
from hubshare.embedded import supervise

def full(fork=os.fork):
    os.fork = fork
    raise BlockingIOError(11, "no room for a process")

if os.path.exists("full"):
    os.fork = full
supervise.GRACE_SECONDS = 1
programs = [supervise.loaded("work", name, *more, title="at-" + name) for name, *more in {names}]
supervise.Supervisor(*programs, orphans=signal.SIGKILL).run()
"""

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start a supervisor of programs, in `tmp_path`, by their arguments; or of a command."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "work.py").write_text(_WORK)

    def begin(*names: list[str], command: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        words = ["-m", "hubshare.embedded.supervise", *command] if command else ["-c", _RUN.format(names=list(names))]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *words], cwd=tmp_path, env=environment, stdout=log, stderr=log, text=True
            )
        started.append(process)
        return process

    yield begin
    for one in started:
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(one.pid).children():
                child.kill()
        one.kill()
        one.wait()


def lives(file: Path) -> list[list[str]]:
    """What each process that has begun wrote down."""
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def pids(file: Path) -> list[int]:
    return [int(life[0]) for life in lives(file)]


def gone(pid: int) -> bool:
    """Whether a process runs no more, or has ended and was not waited for."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_is_forked_begins_as_a_process_that_was_just_started(run: Run, tmp_path: Path) -> None:
    supervisor = run(["a"], ["b"])
    wait_until(lambda: lives(tmp_path / "a") and lives(tmp_path / "b"), "both have begun")
    found = [lives(tmp_path / name)[0] for name in "ab"]
    for pid, parent, loaded, _, _, blocked, threads, term, child, timer, _ in found:
        assert int(parent) == supervisor.pid and int(pid) != supervisor.pid
        assert int(loaded) == supervisor.pid, "the module was imported once"
        assert (blocked, threads, term, child, float(timer)) == ("0", "1", "True", "True", 0)
    for place in (3, 4):
        assert found[0][place] != found[1][place], "each has randomness of its own"
    assert {psutil.Process(int(life[0])).name() for life in found} == {"at-a", "at-b"}
    assert psutil.Process(supervisor.pid).num_threads() == 1


def test_a_program_that_ends_is_started_again_and_told_of_and_the_other_stays(run: Run, tmp_path: Path) -> None:
    run(["a"], ["b"])
    wait_until(lambda: lives(tmp_path / "a") and lives(tmp_path / "b"), "both have begun")
    os.kill(pids(tmp_path / "a")[0], signal.SIGKILL)
    wait_until(lambda: len(pids(tmp_path / "a")) == 2, "it was started again")
    assert len(pids(tmp_path / "b")) == 1
    assert "at-a ended with status -9: starting it again" in (tmp_path / "log").read_text()


def test_one_that_fails_again_and_again_says_why_and_is_started_less_and_less_often(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fails").touch()
    run(["a"])
    wait_until(lambda: len(lives(tmp_path / "a")) == 4, "it was started again and again")
    (tmp_path / "fails").unlink()
    wait_until(lambda: not gone(pids(tmp_path / "a")[-1]) and len(lives(tmp_path / "a")) > 4, "it works at last")
    begun = [float(life[-1]) for life in lives(tmp_path / "a")]
    for number, pause in enumerate((0.1, 0.2, 0.4)):
        assert begun[number + 1] - begun[number] > pause
    log = (tmp_path / "log").read_text()
    assert "LookupError: it fails" in log and "at-a ended with status 1: starting it again" in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_also_what_does_not_want_to(run: Run, tmp_path: Path, number: signal.Signals) -> None:
    supervisor = run(["a"], ["b", "stubborn"])
    wait_until(lambda: lives(tmp_path / "a") and lives(tmp_path / "b"), "both have begun")
    supervisor.send_signal(number)
    assert supervisor.wait(30) == 0
    assert all(gone(pids(tmp_path / name)[0]) for name in "ab")
    assert "starting it again" not in (tmp_path / "log").read_text()


def test_nothing_outlives_a_supervisor_that_is_killed(run: Run, tmp_path: Path) -> None:
    supervisor = run(["a"], ["b", "stubborn"])
    wait_until(lambda: lives(tmp_path / "a") and lives(tmp_path / "b"), "both have begun")
    supervisor.kill()
    wait_until(lambda: all(gone(pids(tmp_path / name)[0]) for name in "ab"), "all have ended")


def test_a_module_that_cannot_be_imported_ends_the_supervisor_which_says_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("import a_module_that_is_missing\n")
    supervisor = run(["a"])
    assert supervisor.wait(30) == 1
    assert "No module named 'a_module_that_is_missing'" in (tmp_path / "log").read_text()


def test_a_machine_that_is_full_for_a_moment_ends_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    run(["a"], ["b"])
    wait_until(lambda: lives(tmp_path / "a") and lives(tmp_path / "b"), "both have begun")
    assert "at-a was not started (no room for a process): starting it again" in (tmp_path / "log").read_text()


def test_a_signal_that_comes_while_modules_are_imported_is_obeyed_then(run: Run, tmp_path: Path) -> None:
    slow = "import time; from pathlib import Path\nPath('imports').touch()\nwhile not Path('go').exists(): time.sleep(0.01)\n"
    (tmp_path / "work.py").write_text(slow + _WORK)
    supervisor = run(["a"])
    wait_until((tmp_path / "imports").exists, "it is importing")
    supervisor.terminate()
    (tmp_path / "go").touch()
    assert supervisor.wait(30) == 0


def test_code_is_read_anew_when_all_is_started_anew(run: Run, tmp_path: Path) -> None:
    first = run(["a"])
    wait_until(lambda: lives(tmp_path / "a"), "it has begun")
    (tmp_path / "work.py").write_text("from pathlib import Path\nmain = lambda name: Path('new').touch()\n")
    first.terminate()
    assert first.wait(30) == 0
    run(["a"])
    wait_until((tmp_path / "new").exists, "the new code runs")


def test_a_command_is_started_again_and_ends_with_its_supervisor(run: Run, tmp_path: Path) -> None:
    supervisor = run(command=(sys.executable, "-c", "import work; work.main('a')"))
    wait_until(lambda: lives(tmp_path / "a"), "it has begun")
    os.kill(pids(tmp_path / "a")[0], signal.SIGKILL)
    wait_until(lambda: len(pids(tmp_path / "a")) == 2, "it was started again")
    assert "ended with status -9: starting it again" in (tmp_path / "log").read_text()
    life = lives(tmp_path / "a")[1]
    assert life[2] == life[0], "it has imported everything itself"
    assert life[5] == "0", "no signal is blocked"
    supervisor.terminate()
    assert supervisor.wait(30) == 0 and gone(int(life[0]))


def test_a_command_that_is_not_there_is_told_of(run: Run, tmp_path: Path) -> None:
    run(command=(str(tmp_path / "missing"),))
    told = "missing ended with status 1: starting it again"
    wait_until(lambda: told in (tmp_path / "log").read_text(), "it is told", 30)
    assert "No such file or directory" in (tmp_path / "log").read_text()
