"""What people find in their homes at the first start of `make run`, and never again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo import run
from demo.homes import furnish
from demo.stack import LocalStack
from hubshare.embedded.installation import free_port
from hubshare.errors import Unavailable


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_alice_finds_a_course_of_two_notebooks_and_a_table(tmp_path: Path) -> None:
    furnish(tmp_path)
    assert below(tmp_path) == [
        f"alice/course/{name}" for name in ("01 Intro.ipynb", "02 Loops.ipynb", "README.md", "rain.csv")
    ]
    for path in tmp_path.rglob("*.ipynb"):
        notebook = json.loads(path.read_bytes())
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
        assert any(cell.get("outputs") for cell in notebook["cells"])


def test_a_home_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "alice").mkdir()
    furnish(tmp_path)
    assert below(tmp_path) == []
    (tmp_path / "alice").rmdir()
    (tmp_path / "alice").symlink_to(tmp_path / "elsewhere")
    furnish(tmp_path)
    assert (tmp_path / "alice").is_symlink() and not (tmp_path / "elsewhere").exists()


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting comes as far as the Hub, which cannot be started."""

    def refuse(*_: object, **__: object) -> None:
        raise Unavailable("there is no Hub")

    monkeypatch.setattr("subprocess.Popen", refuse)


@pytest.mark.usefixtures("no_hub")
def test_what_was_deleted_does_not_come_back_at_the_next_start(tmp_path: Path) -> None:
    for deleted in ("alice/course/README.md", "alice"):
        stack = LocalStack(tmp_path, furnished=True)
        with pytest.raises(Unavailable):
            stack.start()
        found = stack.data / "home" / deleted
        if deleted == "alice":
            assert not (found / "course" / "README.md").exists()
            for path in sorted(found.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            found.rmdir()
        else:
            found.unlink()
    with pytest.raises(Unavailable):
        LocalStack(tmp_path, furnished=True).start()
    assert below(tmp_path / "home") == []


@pytest.mark.usefixtures("no_hub")
def test_a_folder_that_an_earlier_version_began_on_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    with pytest.raises(Unavailable):
        LocalStack(tmp_path, furnished=True).start()
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("no_hub")
def test_make_run_furnishes_the_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setenv("HUBSHARE_DATA", str(tmp_path))
    monkeypatch.setenv("HUBSHARE_PORT", str(free_port()))
    assert run.main() == 1
    assert "alice/course/README.md" in below(tmp_path / "home")
