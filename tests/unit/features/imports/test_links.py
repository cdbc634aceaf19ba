"""Links as people copy them, numbered: what each of them asks for, and which are refused, in words."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest

from hubshare.errors import Invalid
from hubshare.features.imports.links import (
    Archive,
    Dataverse,
    Doi,
    Figshare,
    File,
    Gist,
    Git,
    Link,
    Record,
    default_name,
    read_link,
)
from hubshare.names import check_project_name

SHA = "1f0c5b4e2d3a49586776859493a2b1c0d9e8f701"
GIST = "9a8b7c6d5e4f3a2b1c0d9a8b7c6d5e4f"
REPO = "https://github.com/data-8/materials.git"
OVER_HTTPS = "Read over https from github.com, since no key for ssh is used here."
HUB = "https://hub.example.org/hub/user-redirect/git-pull"


def git(ref: str = "", behind: str = "", url: str = REPO, **more: str) -> Link:
    return Link(Git(url, ref, behind), **more)


def pull(**query: str) -> str:
    return f"{HUB}?{urlencode(query)}"


def binder(path: str, **query: str) -> str:
    return f"https://mybinder.org/v2/{path}" + (f"?{urlencode(query)}" if query else "")


TABLE: list[tuple[str, Link]] = [
    # Repositories.
    ("https://github.com/data-8/materials", git()),
    ("https://github.com/data-8/materials/", git()),
    ("https://github.com/data-8/materials.git", git()),
    ("http://www.github.com/data-8/materials", git()),
    ("github.com/data-8/materials", git()),
    ("  <https://github.com/data-8/materials#readme>\n", git()),
    ("HTTPS://GitHub.com/data-8/materials?tab=readme-ov-file", git()),
    ("https://gitlab.com/group/sub/project", git(url="https://gitlab.com/group/sub/project.git")),
    ("https://gitlab.example.org/a/b", git(url="https://gitlab.example.org/a/b.git")),
    ("https://codeberg.org/a/b", git(url="https://codeberg.org/a/b.git")),
    ("https://bitbucket.org/a/b", git(url="https://bitbucket.org/a/b.git")),
    ("https://example.org:8443/x/y/z.git", git(url="https://example.org:8443/x/y/z.git")),
    ("https://[2001:db8::1]:8443/z.git", git(url="https://[2001:db8::1]:8443/z.git")),
    ("git+https://github.com/data-8/materials.git", git()),
    ("git+https://github.com/data-8/materials@v1.2", git("v1.2")),
    ("git+https://github.com/data-8/materials@main#egg=x&subdirectory=a/b", git("main", folder="a/b")),
    (
        "git@github.com:data-8/materials.git",
        git(note=OVER_HTTPS),
    ),
    ("ssh://git@github.com:22/data-8/materials.git/", git(note=OVER_HTTPS)),
    ("git://github.com/data-8/materials", git(note=OVER_HTTPS)),
    ("git clone --depth 1 https://github.com/data-8/materials.git mine", git()),
    ("git clone git@github.com:data-8/materials.git", git(note=OVER_HTTPS)),
    ("git clone -b dev https://github.com/data-8/materials", git("dev")),
    ("git clone --depth=1 --branch v1/x --recursive -j 4 https://github.com/data-8/materials.git mine", git("v1/x")),
    ("git clone https://github.com/data-8/materials.git -b dev --depth 1", git("dev")),
    ("git clone https://github.com/data-8/materials.git mine --branch=dev", git("dev")),
    ("git clone --depth 1 https://github.com/data-8/materials -b dev mine", git("dev")),
    ("git clone --branch=v1 git@github.com:data-8/materials.git", git("v1", note=OVER_HTTPS)),
    ("https://github.com/data-8/materials.git#dev", git("dev")),
    ("https://github.com/data-8/materials.git#feature/x:a/b", git("feature/x", folder="a/b")),
    ("https://github.com/data-8/materials.git#:a/b", git(folder="a/b")),
    ("https://github.com/data-8/materials.git@v1", git("v1")),
    ("https://github.com/data-8/materials.git@feature/x#subdirectory=a", git("feature/x", folder="a")),
    ("git+https://github.com/data-8/materials.git#egg=x", git()),
    ("https://github.com/data-8/materials#readme", git()),
    ("[the course](https://github.com/data-8/materials)", git()),
    ('[x](https://github.com/data-8/materials "title")', git()),
    ("https://github.com/data-8/materials/tree/main.", git("main")),
    # Places in them.
    ("https://github.com/data-8/materials/tree/main", git("main")),
    ("https://gitlab.com/a/b/c/tree/main/docs", git("main", "docs", url="https://gitlab.com/a/b/c.git")),
    ("https://github.com/data-8/materials/tree/feature/x/docs", git("feature", "x/docs")),
    ("https://github.com/data-8/materials/tree/main/my%20docs/", git("main", "my docs")),
    ("https://github.com/data-8/materials/blob/main/a/b.ipynb#L10", git("main", "a/b.ipynb", opens="b.ipynb")),
    ("https://github.com/data-8/materials/blob/main/b.py?raw=true", git("main", "b.py", opens="b.py")),
    ("https://github.com/data-8/materials/edit/main/b.py", git("main", "b.py", opens="b.py")),
    (f"https://github.com/data-8/materials/commit/{SHA}", git(SHA)),
    ("https://github.com/data-8/materials/commits/main", git("main")),
    ("https://github.com/data-8/materials/releases/tag/v1.0", git("v1.0")),
    ("https://github.com/data-8/materials/pull/17/files", git("refs/pull/17/head")),
    ("https://github.com/data-8/materials/wiki/Home", git(url="https://github.com/data-8/materials.wiki.git")),
    ("https://github.com/data-8/materials/archive/refs/heads/feature/x.zip", git("refs/heads/feature/x")),
    ("https://github.com/data-8/materials/archive/v1.0.tar.gz", git("v1.0")),
    ("https://github.com/data-8/materials/zipball/v1.0", git("v1.0")),
    ("https://codeload.github.com/data-8/materials/tar.gz/refs/tags/v1.0", git("refs/tags/v1.0")),
    (
        "https://github.com/data-8/materials/raw/main/a.csv",
        Link(File("https://github.com/data-8/materials/raw/main/a.csv"), opens="a.csv"),
    ),
    (
        "https://raw.githubusercontent.com/data-8/materials/main/a/b.ipynb",
        Link(File("https://raw.githubusercontent.com/data-8/materials/main/a/b.ipynb"), opens="b.ipynb"),
    ),
    (
        "https://github.com/data-8/materials/releases/download/v1/data.zip",
        Link(Archive("https://github.com/data-8/materials/releases/download/v1/data.zip")),
    ),
    (
        "https://github.com/data-8/materials/releases/download/v1/data.csv",
        Link(File("https://github.com/data-8/materials/releases/download/v1/data.csv"), opens="data.csv"),
    ),
    ("https://gitlab.com/g/s/p/-/tree/dev/x", git("dev", "x", "https://gitlab.com/g/s/p.git")),
    (
        "https://gitlab.com/g/p/-/blob/main/a.py?ref_type=heads",
        git("main", "a.py", "https://gitlab.com/g/p.git", opens="a.py"),
    ),
    (f"https://gitlab.com/g/p/-/commit/{SHA}", git(SHA, url="https://gitlab.com/g/p.git")),
    ("https://gitlab.com/g/p/-/archive/v1/p-v1.tar.gz", git("v1", url="https://gitlab.com/g/p.git")),
    ("https://gitlab.com/g/p/-/merge_requests/4", git("refs/merge-requests/4/head", url="https://gitlab.com/g/p.git")),
    ("https://gitlab.com/g/p/-/tags/v1", git("v1", url="https://gitlab.com/g/p.git")),
    (
        "https://git.example.org/g/p/-/raw/main/a.csv",
        Link(File("https://git.example.org/g/p/-/raw/main/a.csv"), opens="a.csv"),
    ),
    ("https://gitlab.com/g/p/tree/main/x", git("main", "x", "https://gitlab.com/g/p.git")),
    ("https://codeberg.org/a/b/src/branch/main/x/y.md", git("main", "x/y.md", "https://codeberg.org/a/b.git")),
    (
        "https://codeberg.org/a/b/raw/branch/main/y.md",
        Link(File("https://codeberg.org/a/b/raw/branch/main/y.md"), opens="y.md"),
    ),
    ("https://codeberg.org/a/b/archive/main.zip", git("main", url="https://codeberg.org/a/b.git")),
    ("https://bitbucket.org/a/b/src/main/x", git("main", "x", "https://bitbucket.org/a/b.git")),
    (
        f"https://bitbucket.org/a/b/src/{SHA}/x/y.py?at=main",
        git(SHA, "x/y.py", "https://bitbucket.org/a/b.git"),
    ),
    ("https://bitbucket.org/a/b/branch/dev", git("dev", url="https://bitbucket.org/a/b.git")),
    (
        "https://gitea.com/a/b/src/tag/v1/x.md",
        git("v1", "x.md", "https://gitea.com/a/b.git"),
    ),
    (f"https://gitea.com/a/b/commit/{SHA}", git(SHA, url="https://gitea.com/a/b.git")),
    ("https://gitea.com/a/b/archive/v1.tar.gz", git("v1", url="https://gitea.com/a/b.git")),
    ("https://bitbucket.org/a/b/get/v1.zip", git("v1", url="https://bitbucket.org/a/b.git")),
    ("https://code.example.org/a/b/tree/main/x", git("main", "x", "https://code.example.org/a/b.git")),
    # Gists.
    (f"https://gist.github.com/ana/{GIST}", Link(Gist(GIST))),
    (f"https://gist.github.com/{GIST}.git", Link(Gist(GIST))),
    (f"https://gist.github.com/ana/{GIST}/{SHA}", Link(Gist(GIST, SHA))),
    (f"https://gist.github.com/ana/{GIST}/archive/{SHA}.zip", Link(Gist(GIST, SHA))),
    (f"https://gist.github.com/ana/{GIST}/revisions", Link(Gist(GIST))),
    (
        f"https://gist.githubusercontent.com/ana/{GIST}/raw/{SHA}/a.ipynb",
        Link(Gist(GIST, SHA, "a.ipynb"), opens="a.ipynb"),
    ),
    (f"https://gist.githubusercontent.com/ana/{GIST}/raw/a.ipynb", Link(Gist(GIST, "", "a.ipynb"), opens="a.ipynb")),
    # nbviewer, Colab, JupyterLab.
    (
        "https://nbviewer.org/github/data-8/materials/blob/main/a/b.ipynb",
        git("main", "a/b.ipynb", opens="b.ipynb"),
    ),
    ("https://nbviewer.jupyter.org/github/data-8/materials/tree/main/", git("main")),
    (f"https://nbviewer.org/gist/ana/{GIST}/{SHA}/a.ipynb", Link(Gist(GIST, SHA, "a.ipynb"), opens="a.ipynb")),
    (
        "https://nbviewer.org/urls/example.org/x%20y.ipynb?a=1",
        Link(File("https://example.org/x%20y.ipynb?a=1"), opens="x y.ipynb"),
    ),
    ("https://nbviewer.org/url/example.org/x.ipynb", Link(File("http://example.org/x.ipynb"), opens="x.ipynb")),
    (
        "https://colab.research.google.com/github/data-8/materials/blob/main/b.ipynb#scrollTo=x",
        git("main", "b.ipynb", opens="b.ipynb"),
    ),
    (f"https://colab.research.google.com/gist/ana/{GIST}/b.ipynb", Link(Gist(GIST, "", "b.ipynb"), opens="b.ipynb")),
    (
        "https://hub.example.org/user/ana/lab?fromURL=https://example.org/a.ipynb",
        Link(File("https://example.org/a.ipynb"), opens="a.ipynb"),
    ),
    # Binder.
    (binder("gh/data-8/materials/HEAD"), git()),
    (binder("gh/data-8/materials/feature/x"), git("feature/x")),
    (
        binder("gh/data-8/materials/main", labpath="a/b.ipynb"),
        git("main", opens="a/b.ipynb", urlpath="lab/tree/a/b.ipynb"),
    ),
    (
        binder("gh/data-8/materials/main", filepath="a b.ipynb"),
        git("main", opens="a b.ipynb", urlpath="lab/tree/a b.ipynb"),
    ),
    (
        binder("gh/data-8/materials/main", urlpath="lab/tree/b.ipynb"),
        git("main", opens="b.ipynb", urlpath="lab/tree/b.ipynb"),
    ),
    (binder("gh/data-8/materials/main", urlpath="rstudio"), git("main", urlpath="rstudio")),
    (binder("gl/group%2Fsub%2Fp/v1"), git("v1", url="https://gitlab.com/group/sub/p.git")),
    (binder(f"gist/ana/{GIST}/{SHA}"), Link(Gist(GIST, SHA))),
    (binder("git/https%3A%2F%2Fexample.org%2Fa%2Fb/main"), git("main", url="https://example.org/a/b")),
    (binder("zenodo/10.5281/zenodo.3242074/"), Link(Doi("10.5281/zenodo.3242074"))),
    (binder("figshare/10.6084/m9.figshare.9782777.v1"), Link(Doi("10.6084/m9.figshare.9782777.v1"))),
    (binder("dataverse/10.7910/DVN/TJCLKP"), Link(Doi("10.7910/dvn/tjclkp"))),
    ("https://notebooks.gesis.org/binder/v2/gh/data-8/materials/main", git("main")),
    (
        binder(
            "gh/env/repo/main",
            urlpath=f"git-pull?repo={quote(REPO, '')}&branch=dev&urlpath=lab%2Ftree%2Fmaterials.git%2Fb.ipynb",
        ),
        git("dev", target="materials.git", opens="b.ipynb", urlpath="lab/tree/materials.git/b.ipynb"),
    ),
    # nbgitpuller, each of its parameters.
    (pull(repo="https://github.com/data-8/materials"), git(target="materials")),
    (pull(repo="https://github.com/data-8/materials///"), git(target="materials")),
    (
        pull(repo="https://github.com/data-8/materials", branch="feature/x", depth="1"),
        git("feature/x", target="materials"),
    ),
    (
        pull(repo="https://github.com/data-8/materials", urlpath="lab/tree/materials/a/b.ipynb?autodecode"),
        git(target="materials", opens="a/b.ipynb", urlpath="lab/tree/materials/a/b.ipynb?autodecode"),
    ),
    (
        pull(repo="https://github.com/data-8/materials", urlpath="lab/tree/materials/my%20b.ipynb%3Fautodecode"),
        git(target="materials", opens="my b.ipynb", urlpath="lab/tree/materials/my%20b.ipynb%3Fautodecode"),
    ),
    (
        pull(repo="https://github.com/data-8/materials", urlPath="tree/materials/a"),
        git(target="materials", opens="a", urlpath="tree/materials/a"),
    ),
    (
        pull(repo="https://github.com/data-8/materials", urlpath="lab/workspaces/w/tree/elsewhere/a.ipynb"),
        git(target="materials", urlpath="lab/workspaces/w/tree/elsewhere/a.ipynb"),
    ),
    (pull(repo="https://github.com/data-8/materials", urlpath="rstudio/"), git(target="materials", urlpath="rstudio/")),
    (
        pull(repo="https://github.com/data-8/materials", targetpath="courses/d8", urlpath="tree/courses/d8/x.py"),
        git(target="courses/d8", opens="x.py", urlpath="tree/courses/d8/x.py"),
    ),
    (pull(repo="https://github.com/data-8/materials", targetPath="d8"), git(target="d8")),
    (
        pull(repo="https://github.com/data-8/materials", subPath="a/b.ipynb"),
        git(target="materials", opens="a/b.ipynb", urlpath="notebooks/materials/a/b.ipynb"),
    ),
    (
        pull(repo="https://github.com/data-8/materials", subpath="a", app="lab"),
        git(target="materials", opens="a", urlpath="lab/tree/materials/a"),
    ),
    (pull(repo="https://github.com/data-8/materials", app="lab"), git(target="materials", urlpath="lab")),
    (pull(repo="https://example.org/a/b"), git(url="https://example.org/a/b", target="b")),
    (pull(repo="https://example.org/a.zip"), Link(Archive("https://example.org/a.zip"), target="a.zip")),
    (
        "https://hub.example.org/user/ana/git-sync?repo=https://github.com/data-8/materials&branch=x",
        git("x", target="materials"),
    ),
    (
        "https://hub.example.org/hub/user-redirect/interact?repo=materials&path=a.ipynb",
        git("gh-pages", target="materials", opens="a.ipynb", urlpath="notebooks/materials/a.ipynb"),
    ),
    (
        "https://hub.example.org/hub/user-redirect/interact?account=ana&repo=r&branch=b",
        git("b", url="https://github.com/ana/r.git", target="r"),
    ),
    (
        "https://hub.example.org/hub/login?next="
        + quote("/hub/x/git-pull?repo=https%3A%2F%2Fgithub.com%2Fdata-8%2Fmaterials"),
        git(target="materials"),
    ),
    # Published data.
    ("10.5281/zenodo.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("doi:10.5281/ZENODO.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("DOI 10.5281/zenodo.3242074.", Link(Doi("10.5281/zenodo.3242074"))),
    ("info:doi/10.5281/zenodo.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("https://doi.org/10.5281/zenodo.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("http://dx.doi.org/10.1002/(SICI)1096", Link(Doi("10.1002/(sici)1096"))),
    ("https://doi.org/10.5281%2Fzenodo.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("https://zenodo.org/doi/10.5281/zenodo.3242074", Link(Doi("10.5281/zenodo.3242074"))),
    ("https://zenodo.org/badge/DOI/10.5281/zenodo.3.svg", Link(Doi("10.5281/zenodo.3"))),
    ("https://zenodo.org/records/3242074", Link(Record("https://zenodo.org", "3242074"))),
    (
        "https://zenodo.org/record/3242074/files/a%20b.csv?download=1",
        Link(Record("https://zenodo.org", "3242074", "a b.csv"), opens="a b.csv"),
    ),
    ("https://data.caltech.edu/records/0ffnx-5bk94", Link(Record("https://data.caltech.edu", "0ffnx-5bk94"))),
    ("https://figshare.com/articles/dataset/A_title/9782777", Link(Figshare("9782777"))),
    ("https://uni.figshare.com/articles/dataset/A_title/9782777/3", Link(Figshare("9782777", "3"))),
    ("https://figshare.com/ndownloader/files/55", Link(File("https://figshare.com/ndownloader/files/55"), opens="55")),
    (
        "https://dataverse.harvard.edu/dataset.xhtml?persistentId=doi:10.7910/DVN/TJCLKP&version=2.0",
        Link(Dataverse("https://dataverse.harvard.edu", "doi:10.7910/DVN/TJCLKP")),
    ),
    ("https://d.example.org/citation?persistentId=hdl:1/2", Link(Dataverse("https://d.example.org", "hdl:1/2"))),
    ("https://d.example.org/file.xhtml?fileId=31", Link(Dataverse("https://d.example.org", file="31"))),
    ("https://d.example.org/api/access/datafile/31", Link(Dataverse("https://d.example.org", file="31"))),
    (
        "https://d.example.org/api/access/datafile/:persistentId?persistentId=doi:10.7/A/B",
        Link(Dataverse("https://d.example.org", file="doi:10.7/A/B")),
    ),
    # Gists with ids of the first years.
    ("https://gist.github.com/fperez/9716279", Link(Gist("9716279"))),
    (f"https://gist.github.com/123/{GIST}/{SHA}", Link(Gist(GIST, SHA))),
    (f"https://gist.github.com/9716279/{SHA}", Link(Gist("9716279", SHA))),
    ("https://nbviewer.org/9716279", Link(Gist("9716279"))),
    (
        "https://colab.research.google.com/gist/fperez/9716279/a.ipynb",
        Link(Gist("9716279", file="a.ipynb"), opens="a.ipynb"),
    ),
    (
        "https://colab.research.google.com/#fileId=https%3A//github.com/data-8/materials/blob/main/a.ipynb",
        git("main", "a.ipynb", opens="a.ipynb"),
    ),
    # Archives and files.
    ("https://www.dropbox.com/s/x/a.zip?rlkey=1&dl=0", Link(Archive("https://www.dropbox.com/s/x/a.zip?rlkey=1&dl=1"))),
    ("https://example.org/a/Data.TAR.GZ?sig=x", Link(Archive("https://example.org/a/Data.TAR.GZ?sig=x"))),
    ("https://example.org/a.tar.xz#top", Link(Archive("https://example.org/a.tar.xz"))),
    ("https://example.org/a.csv?sig=x%2Fy", Link(File("https://example.org/a.csv?sig=x%2Fy"), opens="a.csv")),
    ("https://example.org/page", Link(File("https://example.org/page"), opens="page")),
]

REFUSED: list[tuple[str, str]] = [
    ("", "empty"),
    ("hello", "begins with https://"),
    ("https://exa mple.org/", "spaces"),
    ("https://example.org\\@127.0.0.1/", "backslashes"),
    ("ssh://localhost/a/b", "'ssh' addresses"),
    ("git clone --upload-pack=touch", "spaces"),
    ("git clone " + "-b 1 " * 800 + "x", "spaces"),
    ("git clone https://github.com/a/b" + " -b 1" * 800 + " x y", "spaces"),
    ("git clone https://github.com/a/b -b a..b", "cannot be a branch"),
    ("git clone -b a..b https://github.com/a/b", "cannot be a branch"),
    ("https://github.com/a/b.git#a..b", "cannot be a branch"),
    ("https://github.com/a/b.git#main:../c", "cannot be followed"),
    ("https://github.com/data-8", "an account"),
    ("https://drive.google.com/file/d/1/view", "Google Drive"),
    ("https://colab.research.google.com/#fileId=1abc", "Google Drive"),
    ("file:///etc/passwd", "'file' addresses"),
    ("ftp://example.org/a", "'ftp' addresses"),
    ("javascript:alert(1)", "'javascript' addresses"),
    ("ext::sh -c touch% /tmp/x", "spaces"),
    ("ext::sh", "'ext' addresses"),
    ("--upload-pack=touch", "begins with https://"),
    ("https://ana:secret@example.org/a.git", "password or token beside it"),
    ("https://token@github.com/a/b", "password or token beside it"),
    ("https:///a/b", "names no host"),
    ("https://example.org:99999/a.git", "not written"),
    ("https://example.org", "whole site"),
    ("https://example.org/a.rar", "packed in a way"),
    ("https://example.org/a.tar.zst", "packed in a way"),
    ("https://github.com/a/b/issues/3", "page about a repository"),
    ("https://gitlab.com/a/b/-/pipelines", "page about a repository"),
    ("https://github.com/a/b/tree/--upload-pack=x/y", "branch, a tag or a commit"),
    ("https://github.com/a/b/tree/a%0ab", "branch, a tag or a commit"),
    ("https://github.com/a/b/blob/main/../../c", "cannot be followed"),
    ("https://github.com/a/b/tree/main/.git/config", "git itself"),
    ("https://github.com/a/%2e%2e/tree/main", "cannot be followed"),
    (pull(repo=""), "names no repository"),
    (pull(repo="https://github.com/a/b", branch="-x"), "branch, a tag or a commit"),
    (pull(repo="https://github.com/a/b", depth="x"), "not a number"),
    (pull(repo="https://github.com/a/b", targetpath="../x"), "cannot be followed"),
    (pull(repo="file:///etc"), "'file' addresses"),
    ("https://h.example.org/lab?fromURL=https://e.org/a&fromURL=https://e.org/b", "2 files"),
    ("https://h.example.org/lab?fromURL=", "empty"),
    ("https://colab.research.google.com/drive/1x", "Google Drive"),
    ("https://nbviewer.org/faq", "nbviewer"),
    (binder("hydroshare/10.4211/hs.x"), "hydroshare"),
    ("https://gist.github.com/ana", "no gist"),
    ("https://figshare.com/s/4a5b", "no article"),
    ("https://dataverse.harvard.edu/dataset.xhtml?persistentId=x", "no dataset"),
    ("https://doi.org/10.x", "not a DOI"),
    ("https://x.org/" + "a" * 5000, "longer than"),
    (pull(repo=pull(repo=pull(repo=pull(repo="https://github.com/a/b")))), "holds a link"),
]


@pytest.mark.parametrize(("number", "text", "meant"), [(at, *row) for at, row in enumerate(TABLE, 1)])
def test_a_link_is_read(number: int, text: str, meant: Link) -> None:
    assert read_link(text) == meant, number
    check_project_name(default_name(meant))


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_cannot_be_fetched_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_link(text)
    assert words in refused.value.message
    assert "secret" not in refused.value.message


def test_the_table_has_what_it_promises() -> None:
    assert len(TABLE) >= 70
    assert len({re.sub(r"\W", "", text) for text, _ in TABLE}) > 100
