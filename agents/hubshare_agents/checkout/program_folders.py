"""Folders from which programs are run, or read what to do: whoever can write to a project there runs programs as its reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hubshare.errors import Invalid
from hubshare_agents.checkout.places import relation

#: The option, and the argument, by which a person says that it is meant.
OPTION = "--allow-programs"
#: Names of folders in a home that shells and compilers look into; those that begin with a dot are all of this kind.
_IN_HOME = {"bin", "sbin", "lib", "lib64", "libexec", "include"}
#: Folders that Python looks into, wherever they are.
_ANYWHERE = {"site-packages", "dist-packages", "__pycache__", "__pypackages__"}
#: Variables that list folders, or name one.
_VARIABLES = (
    "PATH",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "PYTHONSTARTUP",
    "JUPYTER_PATH",
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "IPYTHONDIR",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "CPATH",
    "LIBRARY_PATH",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "NODE_PATH",
    "R_LIBS",
    "R_LIBS_USER",
    "R_LIBS_SITE",
    "JULIA_DEPOT_PATH",
    "JULIA_LOAD_PATH",
    "PERL5LIB",
    "RUBYLIB",
    "GEM_HOME",
    "GOBIN",
    "CARGO_HOME",
    "MPLCONFIGDIR",
    "BASH_ENV",
    "ENV",
    "GIT_EXEC_PATH",
)


def check_no_programs(root: Path, home: Path, environment: Mapping[str, str]) -> None:
    """Refuse a folder for a checkout that programs are run from, in which such a folder lies, or that lies in one.

    Args:
        root: the folder, with links followed.
        home: of the person, with links followed.
        environment: variables of the person's programs.

    Raises:
        Invalid: with the reason.
    """
    reason = _named_so(root, home) or _listed(root, home, environment)
    if reason:
        raise Invalid(
            f"{root} {reason}: whoever can push to the project could have you run a program of theirs. Choose another "
            f"folder, or add {OPTION} if that is what you want."
        )


def _named_so(root: Path, home: Path) -> str:
    if found := next((part for part in root.parts if part.casefold() in _ANYWHERE), None):
        return f"lies in {found}, where Python looks for programs"
    if home not in root.parents:
        return ""
    top = root.relative_to(home).parts[0]
    if top.startswith("."):
        return f"lies in {home / top}, where programs look for what they are to do"
    if top.casefold() in _IN_HOME:
        return f"lies in {home / top}, where programs are looked for"
    return ""


def _listed(root: Path, home: Path, environment: Mapping[str, str]) -> str:
    named = ((variable, environment.get(variable, "").split(os.pathsep)) for variable in _VARIABLES)
    for variable, folders in named:
        for folder in _real(folders):
            if folder == home or folder in home.parents:
                # All that the person has lies there.
                continue
            how = relation(root, folder)
            if how == "same" or (how == "nested" and not _in_environment(folder, root)):
                return f"is, holds or lies in {folder}, which {variable} names"
    return ""


def _real(folders: Iterable[str]) -> Iterable[Path]:
    for folder in folders:
        if Path(folder).is_absolute():
            try:
                yield Path(folder).resolve()
            except (OSError, RuntimeError, ValueError):
                continue


def _in_environment(folder: Path, root: Path) -> bool:
    """Whether a folder belongs to a Python environment inside `root`: those are not shared, and nothing is written there."""
    inside = [above for above in (folder, *folder.parents) if root in above.parents]
    return any((above / "pyvenv.cfg").exists() or (above / "conda-meta").is_dir() for above in inside)
