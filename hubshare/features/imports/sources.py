"""What a link leads to: the kinds of sources, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Git:
    """A git repository.

    Attributes:
        url: its address, http or https.
        ref: branch, tag or commit; "" for what the repository shows first.
        path_after_ref: what follows the ref in an address of which only the repository knows where the ref ends: the longest
            ref that `ref/path_after_ref` begins with is meant, and the rest is a path.
    """

    url: str
    ref: str = ""
    path_after_ref: str = ""


@dataclass(frozen=True)
class Gist:
    """A gist of GitHub.

    Attributes:
        id: hexadecimal digits.
        ref: commit; "" for the newest.
        file: the one file that is wanted; "" for all.
        anchor: what the page of the gist calls that file, where only this is known: `my-notes-md`.
    """

    id: str
    ref: str = ""
    file: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Archive:
    """A zip or tar file, of which the content is wanted."""

    url: str


@dataclass(frozen=True)
class File:
    """One file."""

    url: str


@dataclass(frozen=True)
class Doi:
    """What a DOI leads to; only doi.org knows.

    Attributes:
        doi: `10.…/…`, in small letters.
    """

    doi: str


@dataclass(frozen=True)
class Redirect:
    """An address that does nothing but lead on, to published data."""

    url: str


@dataclass(frozen=True)
class Record:
    """A record of Zenodo, or of another site that runs InvenioRDM.

    Attributes:
        site: `https://zenodo.org`.
        id: of the record.
        file: the one file that is wanted; "" for all.
    """

    site: str
    id: str
    file: str = ""


@dataclass(frozen=True)
class Figshare:
    """An article of figshare.

    Attributes:
        article: its number.
        version: its number; "" for the newest.
    """

    article: str
    version: str = ""


@dataclass(frozen=True)
class Dataverse:
    """A dataset of a Dataverse, or the one that a file belongs to.

    Attributes:
        site: `https://dataverse.harvard.edu`.
        dataset: persistent id, `doi:10.7910/DVN/…`; "" where only the file is known.
        file: number or persistent id of the one file that is wanted; "" for all.
    """

    site: str
    dataset: str = ""
    file: str = ""


@dataclass(frozen=True)
class Osf:
    """A project, a registration or a file of the Open Science Framework.

    Attributes:
        name: five letters and digits, or the id of a file.
    """

    name: str


Source = Git | Gist | Archive | File | Doi | Redirect | Record | Figshare | Dataverse | Osf


@dataclass(frozen=True)
class Link:
    """What a person's link asks for.

    Attributes:
        source: what is fetched, and from where.
        folder: the part of it that is wanted, parts divided by `/`; "" for all.
        opens: path in what was fetched that is opened afterwards; "" for none.
        target: the folder that it is to lie in, where the link says so.
        urlpath: what the link has a server show afterwards, as it stands there: `lab/tree/course/a.ipynb`, `rstudio/`.
        note: what a person should know of how the link was read; "" for nothing.
    """

    source: Source
    folder: str = ""
    opens: str = ""
    target: str = ""
    urlpath: str = ""
    note: str = ""


def address_of(source: Source) -> str:
    """Return the address that is asked first for what a source has."""
    match source:
        case Git(url) | Archive(url) | File(url) | Redirect(url):
            return url
        case Gist(name):
            return f"https://gist.github.com/{name}.git"
        case Doi(name):
            return f"https://doi.org/{name}"
        case Record(site, name):
            return f"{site}/records/{name}"
        case Osf(name):
            return f"https://osf.io/{name}"
        case Figshare(article):
            return f"https://figshare.com/articles/{article}"
        case Dataverse(site, dataset, file):
            return f"{site}/citation?persistentId={dataset}" if dataset else f"{site}/file.xhtml?fileId={file}"
