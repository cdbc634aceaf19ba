"""Links with what is copied around them, misspelled, or by way of other sites, as courses, mails and READMEs have them."""

from __future__ import annotations

from urllib.parse import quote

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
    make_link,
    read_link,
)

REPOSITORY = Link(Git("https://github.com/ana/course.git"))
NOTEBOOK = Link(Git("https://github.com/ana/course.git", "main", "w1/a.ipynb"), opens="a.ipynb")
ZENODO = Link(Doi("10.5281/zenodo.123"))
PLAIN = "https://github.com/ana/course"
PULL = "https://hub.example.org/hub/user-redirect/git-pull"


@pytest.mark.parametrize(
    "text",
    [
        *(f"{before}{PLAIN}{behind}" for before, behind in ("“”", "‘’", "«»", "„“", "()", "<>", "``", "\u200b\u200b")),
        *(f"{PLAIN}{end}" for end in (")", ").", ":", "!", ",", "\u00a0")),
        *("https:/github.com/ana/course", "https//github.com/ana/course", "https:github.com/ana/course"),
        *("//github.com/ana/course", f"view-source:{PLAIN}", "http://github.com/ana/course"),
        *(f"$ git clone {PLAIN}.git", f"!git clone {PLAIN}.git", f"% git clone {PLAIN} folder"),
        *(f"git clone {PLAIN}.git && cd course", f"git clone {PLAIN}; cd course", f"git clone {PLAIN}\ncd course"),
        *("https://github.com:443/ana/course", "http://github.com:80/ana/course", "https://github.com./ana/course"),
        f'pip install "course @ git+{PLAIN}"',
        *("gh repo clone ana/course", f"!pip install git+{PLAIN}.git", f"git remote add origin {PLAIN}.git"),
        f'<a href="{PLAIN}"><img src="https://hub.example.org/button.svg" alt="Get it"></a>',
        "[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/ana/course/HEAD)",
        *(f"{site}/ana/course" for site in ("https://m.github.com", "https://github1s.com", "https://codespaces.new")),
        *(f"https://{site}/github/ana/course" for site in ("vscode.dev", "studiolab.sagemaker.aws/import")),
        "https://api.github.com/repos/ana/course",
        "https://www.google.com/url?q=https://github.com/ana/course&sa=D",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fgithub.com%2Fana%2Fcourse&data=05%7C01",
        f"https://hub.example.org/services/hubshare/import?link={PLAIN}",
    ],
)
def test_the_address_of_a_repository_is_found_in_what_is_copied(text: str) -> None:
    assert read_link(text) == REPOSITORY


@pytest.mark.parametrize(
    "text",
    [
        "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        "(https://colab.research.google.com/github/ana/course/blob/main/w1/a.ipynb)",
        "https://colab.sandbox.google.com/github/ana/course/blob/main/w1/a.ipynb#scrollTo=x",
        "https://githubtocolab.com/ana/course/blob/main/w1/a.ipynb",
        "https://nbviewer.org/format/slides/github/ana/course/blob/main/w1/a.ipynb",
        "http://nbviewer.ipython.org/github/ana/course/blob/main/w1/a.ipynb",
        "https://vscode.dev/github/ana/course/blob/main/w1/a.ipynb",
        "https://console.paperspace.com/github/ana/course/blob/main/w1/a.ipynb",
        "https://kaggle.com/kernels/welcome?src=https://github.com/ana/course/blob/main/w1/a.ipynb",
    ],
)
def test_the_notebook_is_found_behind_the_sites_that_open_it(text: str) -> None:
    assert read_link(text) == NOTEBOOK


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://doi.org/doi:10.5281/zenodo.123",
            "doi.org:10.5281/zenodo.123",
            "(https://doi.org/10.5281/zenodo.123)",
        ),
        *("DOI: https://doi.org/10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123?utm_source=mail"),
        *("https://hdl.handle.net/10.5281/zenodo.123", "“doi:10.5281/Zenodo.123”.", "10.5281/zenodo.123"),
    ],
)
def test_a_doi_is_read_however_it_is_spelled(text: str) -> None:
    assert read_link(text) == ZENODO


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://github.com/ana/course/releases/latest/download/a.zip", Archive),
        ("wget -q https://example.org/a.zip", "https://example.org/a.zip"),
        ("curl -L -O 'https://example.org/a.zip'", "https://example.org/a.zip"),
        ("https://www.dropbox.com/s/abc/a.zip", "https://www.dropbox.com/s/abc/a.zip?dl=1"),
        ("https://www.dropbox.com/scl/fo/abc/h?rlkey=k&dl=0", "https://www.dropbox.com/scl/fo/abc/h?rlkey=k&dl=1"),
    ],
)
def test_an_archive_is_read_as_one(text: str, wanted: type[Archive] | str) -> None:
    found = read_link(text).source
    assert isinstance(found, Archive) and (wanted is Archive or found.url == wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://gitlab.com/g/p/-/archive/v1/p-v1.zip?path=a/b", Link(Git("https://gitlab.com/g/p.git", "v1"), "a/b")),
        ("https://gitlab.com/g/p/-/commits/main/a", Link(Git("https://gitlab.com/g/p.git", "main", "a"))),
        ("https://gitlab.com/g/p/-/wikis/home", Link(Git("https://gitlab.com/g/p.wiki.git"))),
        ("https://gitlab.com/g/p/-/snippets/12", Link(Git("https://gitlab.com/g/p/snippets/12.git"))),
        ("https://git.uni.example/group/sub/course", Link(Git("https://git.uni.example/group/sub/course.git"))),
        ("https://mybinder.org/v2/gl/g/p/main", Link(Git("https://gitlab.com/g/p.git", "main"))),
        (
            "https://dev.azure.com/o/p/_git/r?path=/a/b&version=GBmain",
            Link(Git("https://dev.azure.com/o/p/_git/r", "main"), "a/b"),
        ),
        ("https://zenodo.org/api/records/12", Link(Record("https://zenodo.org", "12"))),
        ("https://zenodo.org/api/records/12/files-archive", Link(Record("https://zenodo.org", "12"))),
        (
            "https://zenodo.org/api/records/12/files/a.csv/content",
            Link(Record("https://zenodo.org", "12", "a.csv"), opens="a.csv"),
        ),
        ("https://figshare.uni.example/articles/dataset/Title/123/2", Link(Figshare("123", "2"))),
        ("https://ndownloader.figshare.com/files/4", Link(File("https://ndownloader.figshare.com/files/4"), opens="4")),
        (
            "https://data.example.org/api/access/dataset/:persistentId/?persistentId=doi:10.7910/DVN/ABC",
            Link(Dataverse("https://data.example.org", "doi:10.7910/DVN/ABC")),
        ),
        (
            "https://ana.github.io/lite/lab/index.html?path=w1/a%20b.ipynb",
            Link(File("https://ana.github.io/lite/files/w1/a%20b.ipynb"), opens="a b.ipynb"),
        ),
        (
            "https://cloud.example.org/index.php/s/AbCdEfGhIjKlMn0",
            Link(File("https://cloud.example.org/index.php/s/AbCdEfGhIjKlMn0/download")),
        ),
        (
            "https://gist.github.com/ana/0123456789abcdef0123#file-A-ipynb",
            Link(Gist("0123456789abcdef0123", anchor="a-ipynb")),
        ),
        (
            "https://gist.github.com/0123456789abcdef0123#file-a_b-py-L3-L9",
            Link(Gist("0123456789abcdef0123", anchor="a_b-py")),
        ),
        ("https://gist.github.com/0123456789abcdef0123#gistcomment-3", Link(Gist("0123456789abcdef0123"))),
    ],
)
def test_what_pages_of_many_sites_show_is_found(text: str, wanted: Link) -> None:
    assert read_link(text) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "branch=main&urlpath=lab/tree/course/a.ipynb&repo=https://github.com/ana/course",
        "repo=https%253A%252F%252Fgithub.com%252Fana%252Fcourse&branch=main&urlpath=lab%252Ftree%252Fcourse%252Fa.ipynb",
        "repo=https://github.com/ana/course&repo=https://x.example.org/y&branch=main&urlPath=lab/tree/course/a.ipynb",
        "colour=blue&depth=&subpath=&repo=https://github.com/ana/course&branch=main&urlpath=lab/tree/course/a.ipynb",
    ],
)
def test_parameters_of_nbgitpuller_are_read_in_any_order_encoded_twice_empty_repeated_and_beside_unknown_ones(
    query: str,
) -> None:
    wanted = Link(
        Git("https://github.com/ana/course.git", "main"),
        opens="a.ipynb",
        target="course",
        urlpath="lab/tree/course/a.ipynb",
    )
    assert read_link(f"{PULL}?{query}") == wanted
    through = f"https://hub.example.org/hub/spawn?next=/hub/user-redirect/git-pull%3F{quote(query, safe='')}"
    assert read_link(through) == wanted


def test_a_link_that_is_made_here_is_read_here() -> None:
    made = make_link(PULL, PLAIN, branch="main", opens="a.ipynb")
    assert read_link(made).source == Git("https://github.com/ana/course.git", "main")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://classroom.github.com/a/AbCd", "the repository that you are given"),
        ("https://onedrive.live.com/?id=1", "download it there"),
        ("https://uni.sharepoint.com/:u:/g/personal/x", "download it there"),
        ("https://drive.usercontent.google.com/download?id=1", "download it there"),
        (f"{PULL}?branch=main", "names no repository"),
        (PULL, "names no repository"),
    ],
)
def test_what_cannot_be_taken_says_what_to_do(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read_link(text)


@pytest.mark.parametrize(
    "around", ["wget {}", "curl {}", "pip install {}", "<a {}", "[![{}", "(((({}", "git+{}", "DOI {}"]
)
def test_what_is_long_and_no_link_is_refused_at_once(around: str) -> None:
    for filling in (" -a", " a=", "!", "[", "(", "https:", "doi:", "/:"):
        with pytest.raises(Invalid):
            read_link(around.format(filling * (4000 // len(filling))))


@pytest.mark.parametrize(
    "text",
    [
        "curl -u una:s3cr3t https://example.org/a.zip",
        "curl -H 'Authorization: token s3cr3t' https://example.org/a.zip",
        "git -c http.extraHeader='x: s3cr3t' clone https://example.org/a.git",
        "https://una:s3cr3t@example.org/a b.zip",
    ],
)
def test_what_may_hold_a_password_is_not_said_again(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_link(text)
    assert "s3cr3t" not in refused.value.message


def test_a_package_is_taken_at_the_version_that_its_command_names() -> None:
    found = Link(Git("https://github.com/ana/course.git", "v1"))
    assert read_link(f'$ pip install "course @ git+{PLAIN}@v1"') == read_link(f"$ pip install git+{PLAIN}@v1") == found
