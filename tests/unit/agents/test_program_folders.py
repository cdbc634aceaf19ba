"""Which variables name folders that programs are run from, or read what to do: a checkout in any of these wants a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hubshare_agents.checkout.program_folders import check_no_programs

from hubshare.errors import Invalid

#: Written down from the manuals of these programs, and not read from the code.
VARIABLES = re.findall(
    r"\w+",
    """
    PATH LD_LIBRARY_PATH LD_PRELOAD BASH_ENV ENV GIT_EXEC_PATH
    PYTHONPATH PYTHONUSERBASE PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX IPYTHONDIR MPLCONFIGDIR
    PYTHONHOME PYTHONPYCACHEPREFIX CONDA_ENVS_PATH CONDA_ENVS_DIRS CONDA_PKGS_DIRS CONDARC MAMBA_ROOT_PREFIX
    PIP_CONFIG_FILE PIPX_HOME PIPX_BIN_DIR UV_TOOL_DIR UV_TOOL_BIN_DIR UV_PYTHON_INSTALL_DIR PYENV_ROOT
    NUMBA_CACHE_DIR NLTK_DATA SCIKIT_LEARN_DATA TORCH_HOME HF_HOME
    JUPYTER_PATH JUPYTER_CONFIG_PATH JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR
    JUPYTERLAB_DIR JUPYTERLAB_SETTINGS_DIR
    XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS
    CPATH LIBRARY_PATH NODE_PATH R_LIBS R_LIBS_USER R_LIBS_SITE JULIA_DEPOT_PATH JULIA_LOAD_PATH
    R_PROFILE_USER R_ENVIRON_USER NVM_DIR PNPM_HOME CLASSPATH JAVA_HOME SPARK_HOME SPARK_CONF_DIR MATLABPATH OCTAVE_PATH
    LUA_PATH LUA_CPATH TEXMFHOME ZDOTDIR INPUTRC GIT_TEMPLATE_DIR GIT_CONFIG_GLOBAL GNUPGHOME DOCKER_CONFIG KUBECONFIG
    AWS_CONFIG_FILE OPENSSL_CONF QT_PLUGIN_PATH GOPATH RUSTUP_HOME GEM_PATH
    PERL5LIB RUBYLIB GEM_HOME GOBIN CARGO_HOME
    """,
)


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_folder_that_a_variable_names_wants_a_word(tmp_path: Path, variable: str) -> None:
    home = tmp_path / "home"
    named = {variable: f"{tmp_path}/elsewhere:{home}/mine/tools"}
    for folder in ("mine/tools", "mine/tools/more", "mine"):
        with pytest.raises(Invalid, match=variable):
            check_no_programs(home / folder, home, named)
    check_no_programs(home / "course", home, named)


@pytest.mark.parametrize(
    "folder",
    [
        *("bin", "sbin", "lib", "lib64", "libexec", "include", "LIB/x", ".x", "a/site-packages"),
        *("R", "R/x86_64-pc-linux-gnu-library/4.3/dplyr", "perl5", "go/bin", "texmf", "nltk_data", "scikit_learn_data"),
        *("node_modules", "course/node_modules/left-pad"),
    ],
)
def test_a_folder_that_is_called_so_wants_a_word(tmp_path: Path, folder: str) -> None:
    with pytest.raises(Invalid):
        check_no_programs(tmp_path / folder, tmp_path, {})
    check_no_programs(tmp_path / "course" / "bin", tmp_path, {})
    check_no_programs(tmp_path / "R" / "course", tmp_path, {})


@pytest.mark.parametrize("name", [".local", ".local/bin", ".local/share", "bin", "R", ".ipython"])
def test_a_folder_to_which_a_link_of_such_a_name_leads_wants_a_word(tmp_path: Path, name: str) -> None:
    """As on machines where homes are small, and what grows lies on another disk."""
    home, disk = tmp_path / "home", tmp_path / "disk"
    link, there = home / name, disk / "of-alice"
    link.parent.mkdir(parents=True)
    there.mkdir(parents=True)
    link.symlink_to(there)
    for folder in (there, there / "more", disk):
        with pytest.raises(Invalid, match=re.escape(str(link))):
            check_no_programs(folder, home, {})
    check_no_programs(disk / "course", home, {})


def test_a_folder_with_files_that_a_home_has_links_to_wants_a_word(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "dotfiles").mkdir(parents=True)
    (home / ".bashrc").symlink_to("dotfiles/bashrc")
    with pytest.raises(Invalid, match="bashrc"):
        check_no_programs(home / "dotfiles", home, {})


def test_a_link_that_leads_to_all_that_there_is_or_nowhere_says_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".all").symlink_to(tmp_path)
    (home / ".home").symlink_to(home)
    (home / ".round").symlink_to(".round")
    check_no_programs(home / "course", home, {})


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta"])
def test_a_folder_of_a_python_environment_wants_a_word(tmp_path: Path, mark: str) -> None:
    """A kernel may be run from there that is called by its path."""
    environment = tmp_path / "env39"
    (environment / mark).mkdir(parents=True)
    for folder in ("bin", "lib/python3.12/encodings", "share/jupyter/kernels"):
        with pytest.raises(Invalid, match="Python environment"):
            check_no_programs(environment / folder, tmp_path, {})
    check_no_programs(environment / "course", tmp_path, {})
    check_no_programs(environment, tmp_path, {})
