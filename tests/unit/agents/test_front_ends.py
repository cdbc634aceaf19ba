"""Whether a Jupyter server has the panel: it is asked before a link leads there."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hubshare_agents.jupyter.front_ends import PANEL, has_panel


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """A server in which the panel is installed."""
    package = tmp_path / "labextensions" / PANEL / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"name": PANEL, "version": "1", "jupyterlab": {"_build": {"load": "static/a.js"}}}))
    lab = SimpleNamespace(
        extra_labextensions_path=[],
        labextensions_path=[str(tmp_path / "labextensions")],
        app_settings_dir=str(tmp_path / "settings"),
        log=logging.getLogger(__name__),
    )
    manager = SimpleNamespace(extension_apps={"jupyterlab": [lab]})
    return SimpleNamespace(default_url="/lab", extension_manager=manager)


@pytest.mark.parametrize(
    ("disabled", "there"),
    [
        ({}, True),
        ({"@jupyterlab/apputils-extension:announcements": True}, True),
        ({PANEL: False}, True),
        ({PANEL: True}, False),
    ],
)
def test_the_panel_is_there_unless_it_was_switched_off_itself(
    server: Any, disabled: dict[str, bool], there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config/labconfig/page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": disabled}))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "config"))
    assert has_panel(server) == there
