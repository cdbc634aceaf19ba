"""What people see of a Jupyter server: JupyterLab, with the panel or without it, or Notebook 7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: The panel's name among the extensions of JupyterLab.
PANEL = "hubshare-lab"


def has_panel(serverapp: Any) -> bool:
    """Return whether people get JupyterLab with the panel.

    Args:
        serverapp: the server.
    """
    lab = _lab(serverapp)
    if lab is None or _is_notebook(serverapp):
        return False
    from jupyterlab_server.config import get_page_config

    found = get_page_config([*lab.extra_labextensions_path, *lab.labextensions_path], lab.app_settings_dir, lab.log)
    there = {one["name"] for one in found.get("federated_extensions", [])}
    return PANEL in there - {*found.get("disabledExtensions", ())}


def door(serverapp: Any, path: Path) -> str:
    """Return the address, below that of the server, at which a folder or a file opens."""
    if _lab(serverapp) is not None and not _is_notebook(serverapp):
        return "lab/tree"
    return "tree" if path.is_dir() else "notebooks" if path.suffix == ".ipynb" else "edit"


def _lab(serverapp: Any) -> Any:
    """The application of JupyterLab, None where there is none."""
    return next(iter(serverapp.extension_manager.extension_apps.get("jupyterlab", ())), None)


def _is_notebook(serverapp: Any) -> bool:
    """Whether people who come to the server get Notebook 7."""
    return str(serverapp.default_url).strip("/").split("/")[0] == "tree"
