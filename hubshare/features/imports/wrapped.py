"""Links that carry another one: of nbgitpuller, Binder, nbviewer, Colab and JupyterLab; and how such a link is made.

Source: nbgitpuller 1.3, docs/topic/url-options.rst and its older routes; BinderHub's documentation of links; the addresses that
nbviewer and Colab show; jupyterlab-open-url-parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from hubshare.errors import BadPath, Invalid
from hubshare.features.imports.addresses import Address, check_ref, inner_path, parameters
from hubshare.features.imports.code_hosts import gist
from hubshare.features.imports.records import doi
from hubshare.features.imports.sources import Archive, Gist, Git, Link
from hubshare.names import quoted

#: Reads the link inside; the flag says that it is a git repository where nothing says what it is.
Read = Callable[[str, bool], Link]

_PULLS = ("git-pull", "git-sync")
_NBVIEWERS = {"nbviewer.org", "nbviewer.jupyter.org", "nbviewer.ipython.org"}
_DRIVES = {"drive.google.com", "docs.google.com", "drive.usercontent.google.com", "1drv.ms", "onedrive.live.com"}
#: A place of JupyterLite, and what it lies beside.
_LITE = re.compile(r"(https?://.+)/(?:lab|notebooks|retro/notebooks|tree|edit|retro/edit)(?:/index\.html|/)?")
#: How a server shows what lies at a path: these words, then the path.
_SHOWN = re.compile(
    r"/?(?:lab/workspaces/[^/]+/tree|lab/tree|retro/(?:tree|notebooks|edit)|tree|notebooks|edit|view|voila/render|doc/tree|"
    r"nbclassic/(?:tree|notebooks|edit))/",
)


def wrapped_link(address: Address, read: Read) -> Link | None:
    """What the link inside asks for, and what is said beside it; None for an address that carries none.

    Raises:
        Invalid: when nothing can be fetched by it.
    """
    parts, query = address.parts, address.query
    if parts and parts[-1] in ("login", "spawn") and "next" in query:
        return wrapped_link(_inside(address, query["next"]), read)
    if parts[-1:] == ("import",) and "link" in query:
        # Of the buttons that are made here.
        return read(query["link"], False)
    if parts and parts[-1] in _PULLS and ("repo" in query or {"user-redirect", "user"} & set(parts)):
        return pulled(query, read)
    if parts[-1:] == ("interact",) and "repo" in query:
        return _interact(query, read)
    if "fromURL" in query:
        wanted = [
            value
            for name, value in parse_qsl(urlsplit(address.text).query, keep_blank_values=True)
            if name == "fromURL"
        ]
        if len(wanted) > 1:
            raise Invalid(f"The link asks for {len(wanted)} files: take their addresses one at a time.")
        return read(wanted[0], False)
    if inside := _redirected(address):
        return read(inside, False)
    if address.host in _NBVIEWERS:
        return _nbviewer(address, read)
    if address.host in ("colab.research.google.com", "colab.sandbox.google.com", "colab.google"):
        return _colab(address, read)
    if address.host in _DRIVES or address.host.endswith(".sharepoint.com"):
        raise _in_drive()
    if address.host in ("dropbox.com", "www.dropbox.com") and query.get("dl") != "1":
        return _dropbox(address, read)
    if (found := _LITE.fullmatch(address.text.partition("?")[0])) and re.search(r"\.\w{1,6}$", query.get("path", "")):
        # What JupyterLite shows lies beside it.
        return read(f"{found[1]}/files/{quote(inner_path(query['path']))}", False)
    if "v2" in parts and len(parts) > parts.index("v2") + 2:
        return _binder(address, read)
    return None


def _redirected(address: Address) -> str:
    """The address that another one does nothing but lead on to; "" for others."""
    host, query, parts = address.host, address.query, address.parts
    if host.endswith(".safelinks.protection.outlook.com"):
        return query.get("url", "")
    if host in ("www.google.com", "google.com") and parts == ("url",):
        return query.get("q") or query.get("url", "")
    if host in ("l.facebook.com", "lm.facebook.com") and parts == ("l.php",):
        return query.get("u", "")
    if host in ("www.kaggle.com", "kaggle.com") and parts == ("kernels", "welcome"):
        return query.get("src", "")
    if host in ("vscode.dev", "console.paperspace.com") and parts[:1] == ("github",):
        return f"https://github.com/{address.text.partition('/github/')[2]}"
    if host == "studiolab.sagemaker.aws" and parts[:2] == ("import", "github"):
        return f"https://github.com/{address.text.partition('/github/')[2]}"
    return ""


def pulled(query: Mapping[str, str], read: Read) -> Link:
    """What the parameters of an nbgitpuller link ask for.

    Args:
        query: decoded once.

    Raises:
        Invalid, BadPath: naming the parameter that cannot be followed.
    """
    if re.match(r"https?%3A", query.get("repo", ""), re.IGNORECASE):
        # Somebody has encoded the parameters once more.
        query = {name: unquote(text) for name, text in query.items()}
    repo = query.get("repo", "")
    if not repo:
        raise Invalid("The link names no repository: it needs repo=….")
    link = read(repo, True)
    branch = query.get("branch", "")
    if branch and isinstance(link.source, Git | Gist):
        link = replace(link, source=replace(link.source, ref=check_ref(branch)))
    depth = query.get("depth", "")
    if depth and not depth.isdigit():
        raise Invalid(f"depth={depth[:20]} is not a number.")
    target = query.get("targetpath") or query.get("targetPath") or repo.rstrip("/").rpartition("/")[2]
    target = inner_path(target)
    urlpath = query.get("urlpath") or query.get("urlPath") or ""
    shown = query.get("subpath") or query.get("subPath") or ""
    if not urlpath and shown:
        # What came before `urlpath`: a path in the repository.
        return replace(link, target=target, opens=inner_path(shown), urlpath=_shown(query, f"{target}/{shown}"))
    return replace(link, target=target, opens=opened(urlpath, target) or link.opens, urlpath=urlpath or _app(query))


def opened(urlpath: str, target: str = "") -> str:
    """The path inside of what was fetched that a path of a server shows; "" where it shows none of it.

    Args:
        urlpath: `lab/tree/course/a.ipynb`, encoded as in an address or not.
        target: the folder on the server that holds what was fetched.
    """
    found = _SHOWN.match(urlpath)
    if found is None:
        return ""
    # JupyterLab's `?autodecode` says that the path is encoded once more.
    path = re.sub(r"(\?|%3F)autodecode.*$", "", urlpath[found.end() :], flags=re.IGNORECASE)
    path = unquote(re.split(r"[?#]", path)[0])
    try:
        path = inner_path(path)
    except BadPath:
        return ""
    if target and path != target and not path.startswith(f"{target}/"):
        return ""
    return path.removeprefix(target).removeprefix("/") if target else path


def make_link(
    at: str, source: str, *, branch: str = "", opens: str = "", target: str = "", interface: str = "lab"
) -> str:
    """Make a link that nbgitpuller and HubShare both read.

    Args:
        at: the address that takes it, `https://hub.example.org/hub/user-redirect/git-pull`.
        source: what is fetched: any link that `read_link` reads; nbgitpuller takes git repositories alone.
        branch: of a git repository.
        opens: path in it that is opened afterwards.
        target: the folder that it is to lie in, on the server.
        interface: `lab` or `notebook`.
    """
    name = target or source.rstrip("/").rpartition("/")[2].removesuffix(".git")
    given = {"repo": source, "branch": branch, "targetpath": target}
    if opens:
        how = "lab/tree" if interface == "lab" else "notebooks" if opens.endswith(".ipynb") else "tree"
        given["urlpath"] = f"{how}/{name}/{opens}"
        given["targetpath"] = name
    return f"{at}?" + urlencode({key: value for key, value in given.items() if value})


def _inside(address: Address, next_path: str) -> Address:
    found = urlsplit(next_path)
    parts = tuple(unquote(part) for part in found.path.split("/") if part)
    return address._replace(parts=parts, query=parameters(found.query), text=address.at(next_path.lstrip("/")))


def _app(query: Mapping[str, str]) -> str:
    return "lab" if query.get("app", "").lower() == "lab" else ""


def _shown(query: Mapping[str, str], path: str) -> str:
    if _app(query):
        return f"lab/tree/{path}"
    return f"{'notebooks' if path.endswith('.ipynb') else 'tree'}/{path}"


def _interact(query: Mapping[str, str], read: Read) -> Link:
    """The oldest of nbgitpuller's routes: `interact?account=…&repo=…&branch=…&path=…`."""
    account, branch = query.get("account", "data-8"), query.get("branch", "gh-pages")
    repo = f"https://github.com/{account}/{query['repo']}"
    return pulled({"repo": repo, "branch": branch, "subPath": query.get("path", "")}, read)


def _nbviewer(address: Address, read: Read) -> Link:
    """github/…, gist/…, url/HOST/PATH, urls/HOST/PATH; Source: nbviewer's providers."""
    if address.parts[:1] == ("format",) and len(address.parts) > 2:
        path = urlsplit(address.text).path.split("/", 3)[-1]
        return _nbviewer(address._replace(parts=address.parts[2:], text=address.at(path)), read)
    kind, rest = address.parts[:1], address.parts[1:]
    query = f"?{urlsplit(address.text).query}" if urlsplit(address.text).query else ""
    behind = urlsplit(address.text).path.split("/", 2)[-1]
    if kind == ("github",) and len(rest) > 1:
        return read(f"https://github.com/{behind}", False)
    if kind == ("gist",) and rest:
        return read(f"https://gist.github.com/{behind}", False)
    if kind and not rest and re.fullmatch(r"\d+|[0-9a-f]{20,39}", kind[0]):
        return gist(kind[0])
    if kind in (("url",), ("urls",)) and rest:
        return read(f"http{'s' if kind == ('urls',) else ''}://{behind}{query}", False)
    raise Invalid(f"{quoted(address.text)} shows nothing of which nbviewer's address names the source.")


def _colab(address: Address, read: Read) -> Link:
    kind, behind = address.parts[:1], urlsplit(address.text).path.split("/", 2)[-1]
    if kind == ("github",):
        return read(f"https://github.com/{behind}", False)
    if kind == ("gist",):
        return read(f"https://gist.github.com/{behind}", False)
    if kind == ("drive",):
        raise _in_drive()
    if inside := parameters(address.fragment).get("fileId"):
        if not inside.startswith(("https://", "http://")):
            raise _in_drive()
        return read(inside, False)
    raise Invalid(f"{quoted(address.text)} names no notebook on GitHub.")


def _in_drive() -> Invalid:
    return Invalid(
        "What lies in Google Drive, OneDrive or SharePoint cannot be fetched by its link: download it there, then upload it "
        "here."
    )


def _dropbox(address: Address, read: Read) -> Link:
    """The content of what Dropbox shows on a page; of a folder that is a zip."""
    where = urlsplit(address.text)
    kept = [(name, text) for name, text in parse_qsl(where.query, keep_blank_values=True) if name != "dl"]
    found = where._replace(query=urlencode([*kept, ("dl", "1")])).geturl()
    return (
        Link(Archive(found))
        if address.parts[:1] == ("sh",) or address.parts[:2] == ("scl", "fo")
        else read(found, False)
    )


def _binder(address: Address, read: Read) -> Link | None:
    """v2/PROVIDER/…; the path is divided as it was encoded: a namespace, a branch and an address may hold `/`."""
    raw = [part for part in urlsplit(address.text).path.split("/") if part]
    at = raw.index("v2") + 1
    kind, rest = raw[at], [unquote(part) for part in raw[at + 1 :]]
    link = _binder_source(kind, rest, read)
    if link is None:
        return None
    urlpath = address.query.get("urlpath", "")
    file = address.query.get("labpath") or address.query.get("filepath") or ""
    if re.match(r"/?(git-pull|git-sync)\?", urlpath):
        # The content is pulled into a server that Binder makes of another repository.
        return pulled(parameters(urlpath.partition("?")[2]), read)
    opens = inner_path(unquote(file)) or opened(urlpath)
    return replace(link, opens=opens, urlpath=urlpath or (f"lab/tree/{opens}" if opens else ""))


def _binder_source(kind: str, rest: list[str], read: Read) -> Link | None:
    if kind == "gh" and len(rest) > 1:
        link, ref = read(f"https://github.com/{rest[0]}/{rest[1]}", False), "/".join(rest[2:])
    elif kind == "gl" and rest:
        # Not encoded, as some write it, it has two parts.
        project = 1 if "/" in rest[0] else 2
        link, ref = read(f"https://gitlab.com/{'/'.join(rest[:project])}.git", False), "/".join(rest[project:])
    elif kind == "git" and rest:
        link, ref = read(rest[0], True), "/".join(rest[1:])
    elif kind == "gist" and len(rest) > 1:
        link, ref = gist(rest[1]), "/".join(rest[2:])
    elif kind in ("zenodo", "figshare", "dataverse") and rest:
        return doi("/".join(rest))
    elif kind in ("hydroshare", "ckan", "hg", "swhid"):
        raise Invalid(f"Binder links to {kind} are not read here: give the address of the files themselves.")
    else:
        return None
    if ref in ("", "HEAD") or not isinstance(link.source, Git | Gist):
        return link
    return replace(link, source=replace(link.source, ref=check_ref(ref)))
