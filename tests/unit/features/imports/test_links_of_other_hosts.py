"""Links to hosts whose pages are unlike those of the others, as people copy them; and which are refused, in words."""

from __future__ import annotations

import pytest

from hubshare.errors import Invalid
from hubshare.features.imports.links import File, Git, Link, Osf, default_name, read_link

SHA = "1f0c5b4e2d3a49586776859493a2b1c0d9e8f701"
HF, SR = "https://huggingface.co/", "https://git.sr.ht/~ana/course"


def git(ref: str = "", behind: str = "", url: str = "", **more: str) -> Link:
    return Link(Git(url, ref, behind), **more)


TABLE: list[tuple[str, Link]] = [
    # Hugging Face: models, datasets and spaces; the first ones have no owner.
    ("https://huggingface.co/ana/small-model", git(url=HF + "ana/small-model")),
    ("https://hf.co/gpt2", git(url=HF + "gpt2")),
    ("https://huggingface.co/gpt2/blob/main/config.json", git("main", "config.json", HF + "gpt2", opens="config.json")),
    ("https://huggingface.co/datasets/squad", git(url=HF + "datasets/squad")),
    ("https://huggingface.co/datasets/squad/tree/main/plain_text", git("main", "plain_text", HF + "datasets/squad")),
    ("https://huggingface.co/datasets/ana/birds/viewer/default/train", git(url=HF + "datasets/ana/birds")),
    ("https://huggingface.co/datasets/ana/birds/tree/main", git("main", url=HF + "datasets/ana/birds")),
    (
        "https://huggingface.co/datasets/ana/birds/tree/refs%2Fconvert%2Fparquet/default",
        git("refs/convert/parquet", "default", HF + "datasets/ana/birds"),
    ),
    (f"https://huggingface.co/datasets/ana/birds/commit/{SHA}", git(SHA, url=HF + "datasets/ana/birds")),
    ("https://huggingface.co/datasets/ana/birds/discussions/3", git("refs/pr/3", url=HF + "datasets/ana/birds")),
    (
        "https://huggingface.co/datasets/ana/birds/resolve/main/data/a.csv?download=true",
        Link(File(HF + "datasets/ana/birds/resolve/main/data/a.csv?download=true"), opens="a.csv"),
    ),
    ("https://huggingface.co/spaces/ana/demo", git(url=HF + "spaces/ana/demo")),
    ("git clone https://huggingface.co/spaces/ana/demo.git", git(url=HF + "spaces/ana/demo")),
    (
        "https://huggingface.co/spaces/ana/demo/blob/main/app.py",
        git("main", "app.py", HF + "spaces/ana/demo", opens="app.py"),
    ),
    # OSF.
    ("https://osf.io/ab1cd/", Link(Osf("ab1cd"))),
    ("https://osf.io/AB1CD/wiki/home/", Link(Osf("ab1cd"))),
    ("https://osf.io/ab1cd/files/osfstorage", Link(Osf("ab1cd"))),
    (f"https://osf.io/ab1cd/files/osfstorage/{'5f' * 12}", Link(Osf("5f" * 12))),
    ("https://osf.io/download/ab1cd/", Link(Osf("ab1cd"))),
    ("https://osf.io/ab1cd/download", Link(Osf("ab1cd"))),
    # sourcehut.
    ("https://git.sr.ht/~ana/course", git(url=SR)),
    (
        "git@git.sr.ht:~ana/course",
        git(url=SR, note="Read over https from git.sr.ht, since no key for ssh is used here."),
    ),
    ("https://git.sr.ht/~ana/course/tree", git(url=SR)),
    ("https://git.sr.ht/~ana/course/tree/feature/x/item/docs/a", git("feature/x", url=SR, folder="docs/a")),
    ("https://git.sr.ht/~ana/course/tree/main", git("main", url=SR)),
    ("https://git.sr.ht/~ana/course/log/main/item/a.md", git("main", url=SR, folder="a.md")),
    (f"https://git.sr.ht/~ana/course/commit/{SHA}", git(SHA, url=SR)),
    ("https://git.sr.ht/~ana/course/refs/v1.0", git("v1.0", url=SR)),
    ("https://git.sr.ht/~ana/course/archive/v1.0.tar.gz", git("v1.0", url=SR)),
    ("https://git.sr.ht/~ana/course/blob/main/a.ipynb", Link(File(f"{SR}/blob/main/a.ipynb"), opens="a.ipynb")),
]
REFUSED: list[tuple[str, str]] = [
    ("https://huggingface.co/datasets", "leads to no repository"),
    ("https://huggingface.co/docs/hub/index", "leads to no repository"),
    ("https://huggingface.co/ana/m/resolve/main", "leads to no repository"),
    ("https://huggingface.co/ana/m/tree/..%2Fx", "cannot be a branch"),
    ("https://osf.io/search?q=birds", "leads to nothing of OSF"),
    ("https://git.sr.ht/~ana/course/settings/info", "leads to no repository"),
    ("https://www.kaggle.com/code/ana/first-steps", "signed in there"),
]


@pytest.mark.parametrize(("text", "meant"), TABLE)
def test_a_link_is_read(text: str, meant: Link) -> None:
    assert read_link(text) == meant
    assert default_name(read_link(text)) != "import"


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_link_that_leads_nowhere_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_link(text)
