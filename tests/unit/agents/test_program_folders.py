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
    JUPYTER_PATH JUPYTER_CONFIG_PATH JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR
    JUPYTERLAB_DIR JUPYTERLAB_SETTINGS_DIR
    XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS
    CPATH LIBRARY_PATH NODE_PATH R_LIBS R_LIBS_USER R_LIBS_SITE JULIA_DEPOT_PATH JULIA_LOAD_PATH
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
    "folder", ["bin", "sbin", "lib", "lib64", "libexec", "include", "LIB/x", ".x", "a/site-packages"]
)
def test_a_folder_that_is_called_so_wants_a_word(tmp_path: Path, folder: str) -> None:
    with pytest.raises(Invalid):
        check_no_programs(tmp_path / folder, tmp_path, {})
    check_no_programs(tmp_path / "course" / "bin", tmp_path, {})
