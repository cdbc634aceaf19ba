"""A program whose extra is not installed says what to install; nobody sees a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import pytest

from hubshare.extras import MODULES, Extra, require

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def distribution(requirement: str) -> str:
    """The name in a requirement, in the one spelling that can be compared."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=;]", requirement)[0]).lower()


@pytest.mark.parametrize("extra", get_args(Extra))
def test_the_modules_of_an_extra_are_those_that_it_brings(extra: Extra) -> None:
    brought = {name: {distribution(one) for one in found} for name, found in packages_distributions().items()}
    modules = {distribution(one): one for one in PROJECT["optional-dependencies"][extra]}
    for module in MODULES[extra]:
        assert brought[module] & modules.keys(), f"{module} is not brought by the extra {extra}"
    assert len(MODULES[extra]) == len(modules)


@pytest.mark.parametrize(
    ("program", "extra"),
    [
        ("hubshare", "agents"),
        ("hubshare_agents", "agents"),
        ("hubshare.service", "service"),
        ("hubshare_workers", "workers"),
    ],
)
def test_without_its_extra_a_program_says_what_to_install(program: str, extra: Extra) -> None:
    base = {name.split(".")[0] for name in sys.stdlib_module_names} | {
        "hubshare",
        "hubshare_agents",
        "hubshare_workers",
    }
    # Whatever the extras bring cannot be found, as in an environment with the base install alone.
    script = f"""
import importlib.util, runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {base!r}:
            raise ModuleNotFoundError(f"No module named {{name}}", name=name)
sys.meta_path.insert(0, Nothing())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in {MODULES[extra]!r} else found(name)
runpy.run_module({program!r}, run_name="__main__", alter_sys=True)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"HubShare is installed without its extra `{extra}`")
    assert f"(missing: {', '.join(MODULES[extra])})" in ended.stderr
    assert "pip install 'hubshare[agents]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_with_its_extra_a_program_goes_on() -> None:
    for extra in get_args(Extra):
        require(extra)


def test_the_command_is_the_one_that_the_base_install_can_import() -> None:
    assert PROJECT["scripts"] == {"hubshare": "hubshare.__main__:main"}
    ended = subprocess.run([sys.executable, "-m", "hubshare", "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("hubshare, version ")
