"""Folders from which programs are run, or read what to do: whoever can write to a project there runs programs as its reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hubshare.errors import Invalid
from hubshare_agents.checkout.places import relation
from hubshare_agents.checkout.shareable import ENVIRONMENT_MARKS, ENVIRONMENT_PARTS

#: The option, and the argument, by which a person says that it is meant.
OPTION = "--allow-programs"
#: Names of folders in a home that shells, compilers and interpreters look into, or that hold data which is run when it is
#: loaded; those that begin with a dot are all of this kind.
_IN_HOME = {
    *("bin", "sbin", "lib", "lib64", "libexec", "include", "go", "perl5", "texmf"),
    *("nltk_data", "scikit_learn_data"),
}
#: Where R has what its user installs: `R/PLATFORM-library/VERSION`; see R's manual of `R_LIBS_USER`.
_OF_R, _LIBRARY_OF_R = "r", "-library"
#: Folders that Python or Node looks into, wherever they are.
_ANYWHERE = {
    "site-packages": "Python",
    "dist-packages": "Python",
    "__pycache__": "Python",
    "__pypackages__": "Python",
    "node_modules": "Node",
}
#: Variables that list folders, or name one.
_VARIABLES = (
    "PATH",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PYTHONPYCACHEPREFIX",
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
    "CONDA_ENVS_PATH",
    "CONDA_ENVS_DIRS",
    "CONDA_PKGS_DIRS",
    "CONDARC",
    "MAMBA_ROOT_PREFIX",
    "PIP_CONFIG_FILE",
    "PIPX_HOME",
    "PIPX_BIN_DIR",
    "UV_TOOL_DIR",
    "UV_TOOL_BIN_DIR",
    "UV_PYTHON_INSTALL_DIR",
    "PYENV_ROOT",
    "NUMBA_CACHE_DIR",
    "NLTK_DATA",
    "SCIKIT_LEARN_DATA",
    "TORCH_HOME",
    "HF_HOME",
    "NODE_PATH",
    "NVM_DIR",
    "PNPM_HOME",
    "R_LIBS",
    "R_LIBS_USER",
    "R_LIBS_SITE",
    "R_PROFILE_USER",
    "R_ENVIRON_USER",
    "JULIA_DEPOT_PATH",
    "JULIA_LOAD_PATH",
    "PERL5LIB",
    "RUBYLIB",
    "GEM_HOME",
    "GEM_PATH",
    "GOBIN",
    "GOPATH",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "CLASSPATH",
    "JAVA_HOME",
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "MATLABPATH",
    "OCTAVE_PATH",
    "LUA_PATH",
    "LUA_CPATH",
    "TEXMFHOME",
    "MPLCONFIGDIR",
    "ZDOTDIR",
    "INPUTRC",
    "BASH_ENV",
    "ENV",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_CONFIG_GLOBAL",
    "GNUPGHOME",
    "DOCKER_CONFIG",
    "KUBECONFIG",
    "AWS_CONFIG_FILE",
    "OPENSSL_CONF",
    "QT_PLUGIN_PATH",
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
    reason = _named_so(root, home) or _led_to(root, home) or _in_environment(root) or _listed(root, home, environment)
    if reason:
        raise Invalid(
            f"{root} {reason}: whoever can push to the project could have you run a program of theirs. Choose another "
            f"folder, or add {OPTION} if that is what you want."
        )


def _named_so(root: Path, home: Path) -> str:
    if found := next((part for part in root.parts if part.casefold() in _ANYWHERE), None):
        return f"lies in {found}, where {_ANYWHERE[found.casefold()]} looks for programs"
    if home not in root.parents:
        return ""
    top, *below = root.relative_to(home).parts
    if top.startswith("."):
        return f"lies in {home / top}, where programs look for what they are to do"
    if top.casefold() in _IN_HOME:
        return f"lies in {home / top}, where programs are looked for"
    if top.casefold() == _OF_R and (not below or below[0].endswith(_LIBRARY_OF_R)):
        return f"is or lies in {home / top}, where R looks for what is installed"
    return ""


def _led_to(root: Path, home: Path) -> str:
    """Whether it is where a link in the home leads to that is called so: `~/.local` often lies on another disk."""
    inside = home / ".local"
    for folder in (home, inside):
        try:
            with os.scandir(folder) as listing:
                named = [entry for entry in listing if folder == inside or _is_called_so(entry.name)]
                links = [Path(entry.path) for entry in named if entry.is_symlink()]
        except OSError:
            continue
        for link in links:
            for target in _real([str(link)]):
                if not _holds_all(target, home) and relation(root, target) != "apart":
                    return f"is, holds or lies in {target}, to which {link} leads"
    return ""


def _is_called_so(name: str) -> bool:
    return name.startswith(".") or name.casefold() in {*_IN_HOME, _OF_R}


def _holds_all(folder: Path, home: Path) -> bool:
    """Whether all that the person has lies in a folder."""
    return folder == home or folder in home.parents


def _in_environment(root: Path) -> str:
    for above in root.parents:
        if _is_environment(above) and root.relative_to(above).parts[0] in ENVIRONMENT_PARTS:
            return f"lies in {above}, a Python environment"
    return ""


def _is_environment(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in ENVIRONMENT_MARKS)


def _listed(root: Path, home: Path, environment: Mapping[str, str]) -> str:
    named = ((variable, environment.get(variable, "").split(os.pathsep)) for variable in _VARIABLES)
    for variable, folders in named:
        for folder in _real(folders):
            if _holds_all(folder, home):
                continue
            how = relation(root, folder)
            if how == "same" or (how == "nested" and not _is_left_out(folder, root)):
                return f"is, holds or lies in {folder}, which {variable} names"
    return ""


def _real(folders: Iterable[str]) -> Iterable[Path]:
    for folder in folders:
        if Path(folder).is_absolute():
            try:
                yield Path(folder).resolve()
            except (OSError, RuntimeError, ValueError):
                continue


def _is_left_out(folder: Path, root: Path) -> bool:
    """Whether a folder belongs to a Python environment inside `root`: those are not shared, and nothing is written there."""
    inside = (above for above in (folder, *folder.parents) if root in above.parents)
    return any(_is_environment(above) for above in inside)
