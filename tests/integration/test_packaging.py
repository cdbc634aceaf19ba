"""The sdist makes the wheel, without Node and without network; the wheel alone brings a command that says what to install."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from build_assets import PARTS, ROOT, problems

pytestmark = pytest.mark.skipif(
    any(map(problems, PARTS)) and "CI" not in os.environ, reason="the assets are not built: make assets"
)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this repository."""
    into = tmp_path_factory.mktemp("sdist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", into], cwd=ROOT, check=True)
    (made,) = into.glob("*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the sdist where there is no Node."""
    into = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    environment = {"PATH": str(into / "nothing"), "PIP_CONFIG_FILE": os.devnull}
    subprocess.run([*command, "--wheel-dir", into, sdist], env=environment, check=True)
    (made,) = into.glob("*.whl")
    return made


def test_the_sdist_carries_what_was_built_and_what_it_was_built_from(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assets = "hubshare/service/pages/assets/"
    assert {f"{assets}built/record.json", f"{assets}source/page.js", f"{assets}package-lock.json"} <= names
    panel = "agents/labextension/"
    assert {f"{panel}built/record.json", f"{panel}src/index.ts", f"{panel}package-lock.json"} <= names
    assert not [name for name in names if name.startswith(f"{panel}lib/")]
    assert {"hatch_build.py", "build_assets.py", "tests/conftest.py", "demo/run.py", "docs/README.md"} <= names
    assert not [name for name in names if "node_modules" in name or name.startswith((".venv", "data/"))]


def test_the_wheel_holds_three_typed_packages_and_the_assets_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = {"hubshare", "hubshare_agents", "hubshare_workers"}
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name and ".data/" not in name} == packages
    assert {f"{name}/py.typed" for name in packages} <= names
    assert "hubshare/service/pages/assets/built/manifest.json" in names
    assert not [name for name in names if "/source/" in name or name.endswith((".mjs", "package-lock.json", ".npmrc"))]
    assert [name for name in names if name.endswith("etc/jupyter/jupyter_server_config.d/hubshare.json")]
    panel = {name.partition(".data/data/share/jupyter/labextensions/hubshare-lab/")[2] for name in names}
    assert {"package.json", "schemas/hubshare-lab/plugin.json", "static/style.js"} <= panel
    assert [name for name in panel if name.startswith("static/remoteEntry.")]


def test_the_wheel_alone_says_what_to_install(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    install = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *install, wheel], check=True)
    for command in ([python.with_name("hubshare"), "--help"], [python, "-m", "hubshare.service"]):
        ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("HubShare is installed without its extra")
