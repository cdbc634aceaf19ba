"""Validated names of projects and safe paths inside them. Pure; imports nothing but the errors."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from hubshare.errors import BadName, BadPath, Invalid

#: Longest file name in bytes on the file systems that people have (ext4, xfs, apfs).
NAME_BYTES = 255
#: Longest path in bytes; Linux's PATH_MAX is 4096 with the folder in front.
PATH_BYTES = 3500
#: Deepest path; keeps recursive git clients within their stack.
PATH_DEPTH = 128

#: Names that an agent gives to files of a checkout for a moment, while it replaces one; ignore rules hold the same pattern.
_OWN = re.compile(r"\.hubshare-.*\.tmp", re.DOTALL)
_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]{0,98}[a-z0-9]|[a-z0-9]")
#: Code points that HFS+ ignores in names, so that `.g\u200cit` is `.git` there (git's utf8.c, `is_hfs_dotgit`).
_HFS_IGNORED = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
#: Files that git itself reads, and how NTFS shortens their names when the first four short names are taken
#: (git's path.c, `is_ntfs_dot_generic`).
_GIT_READS = {".gitmodules": "gi7eba", ".gitattributes": "gi7d29", ".gitignore": "gi250a", ".mailmap": "maba30"}


#: First words of HubShare's own addresses, and words that look like them: no new project or team is called so.
RESERVED = frozenset(
    {
        "admin",
        "api",
        "audit",
        "conflicts",
        "git",
        "health",
        "help",
        "hub",
        "hub-home",
        "hubshare",
        "import",
        "invite",
        "jobs",
        "login",
        "logout",
        "metrics",
        "oauth_callback",
        "offers",
        "openapi",
        "ops",
        "projects",
        "search",
        "server-requests",
        "server-shares",
        "servers",
        "services",
        "settings",
        "share",
        "spawn",
        "static",
        "teams",
        "token",
        "trash",
        "user",
        "webhooks",
    }
)


def check_not_reserved(name: str) -> str:
    """Return `name` if it is none of the words of HubShare's own addresses.

    Raises:
        BadName: when it is.
    """
    if name in RESERVED:
        raise BadName(f"{quoted(name)} is a word of HubShare's own addresses: choose another name.")
    return name


def slug(text: str) -> str:
    """A project name made from a folder's name: `My Course (2)` gives `my-course-2`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:100].strip("-._")
    made = re.sub(r"\.(git|lock)$", r"-\1", re.sub(r"\.{2,}", ".", made))
    if not made:
        raise BadName(f"No project name can be made from the folder name {text!r}: give one with --as OWNER/NAME.")
    return f"{made}-project" if made in RESERVED else made


def check_project_name(name: str) -> str:
    """Return `name` if it may name a project.

    Raises:
        BadName: with the rule that it breaks.
    """
    if not _PROJECT.fullmatch(name) or ".." in name or name.endswith((".git", ".lock")):
        raise BadName(
            f"{quoted(name)} cannot name a project: use 1 to 100 of a-z, 0-9, '.', '_' and '-', "
            "beginning and ending with a letter or digit, and not ending in '.git' or '.lock'."
        )
    return name


def split_project(full: str) -> tuple[str, str]:
    """`("alice", "course")` from `"alice/course"`.

    Raises:
        BadName: when it is not an owner, a slash and a name.
    """
    owner, slash, name = full.partition("/")
    if not slash or not owner:
        raise BadName(f"{quoted(full)} is not a project: write OWNER/NAME, for example alice/course.")
    return check_user(owner), check_project_name(name)


def check_user(name: str, kind: str = "user") -> str:
    """Return `name` if it may be the name of a Hub user or group (any printable text without a slash, ≤ 255 characters)."""
    fine = name.isprintable() and name == name.strip() and name not in ("", ".", "..")
    # U+FFFD is what becomes of bytes that are no text: somebody else was meant.
    if not fine or len(name) > 255 or "/" in name or "\ufffd" in name:
        raise BadName(f"{quoted(name)} cannot be the name of a {kind}.")
    return name


def set_aside(user: str, mark: str) -> str:
    """Return the name under which the things of a removed user are kept; see `is_set_aside`.

    Args:
        mark: eight digits of a hexadecimal number that tell apart who had the name one after the other.
    """
    return f"{user[:200]}@removed-{mark}"


def is_set_aside(name: str) -> bool:
    """Return whether a name is one that `set_aside` makes: nobody may act under it."""
    return re.search(r"@removed-[0-9a-f]{8}\Z", name) is not None


_SERVICE = "service:"


def service_name(service: str) -> str:
    """Return the name under which a service of the Hub acts; see `is_service`.

    Args:
        service: as the Hub's configuration names it.
    """
    return f"{_SERVICE}{service}"


def is_service(name: str) -> bool:
    """Return whether a name is that of a service of the Hub: no user acts under it, and no team is called so."""
    return name.startswith(_SERVICE)


def check_team_name(name: str) -> str:
    """Return `name` if it may name a team: the same as for projects, since it is part of their addresses.

    Raises:
        BadName: with the rule that it breaks.
    """
    if not _PROJECT.fullmatch(name) or ".." in name:
        raise BadName(
            f"{quoted(name)} cannot name a team: use 1 to 100 of a-z, 0-9, '.', '_' and '-', beginning and ending with "
            "a letter or digit."
        )
    return name


def quoted(text: str, most: int = 80) -> str:
    """`text` quoted for a message: control characters escaped, long text cut."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return repr(cut)


def one_line(text: str) -> str:
    """`text` on one line: without signs that nobody sees, or that turn what stands around them."""
    return "".join(one if one.isprintable() else " " for one in text).strip()


#: The longest message of a version, and its longest first line, in characters.
MESSAGE_CHARACTERS, SUMMARY_CHARACTERS = 4000, 400
#: What is no text.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def check_message(text: str) -> str:
    """Return what a person says of a version, without spaces around it.

    Raises:
        Invalid: when it is too long, or not text.
    """
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if CONTROL.search(text):
        raise Invalid("A message is text: it cannot hold control characters.")
    if len(text) > MESSAGE_CHARACTERS or len(text.partition("\n")[0]) > SUMMARY_CHARACTERS:
        raise Invalid(
            f"A message has at most {MESSAGE_CHARACTERS:,} characters, its first line {SUMMARY_CHARACTERS}: say it shorter."
        )
    return text


def count(number: int, what: str, many: str = "") -> str:
    """Return `1 file`, `2 files`; `many` where the plural is another word."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def size(number: int) -> str:
    """A size in bytes as people read it."""
    if number < 1000:
        return count(number, "byte")
    amount = number / 1000
    for unit in ("KB", "MB"):
        # What would be rounded to 1000 is one of the next unit.
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def sizes(number: int, most: int) -> tuple[str, str]:
    """A size in bytes and the limit that it is over, as people read them; exactly where they would read the same."""
    found, allowed = size(number), size(most)
    return (f"{number:,} bytes", f"{most:,}") if found == allowed else (found, allowed)


def key_part(name: str) -> str:
    """`name` as part of a Redis key: no pattern character (`*?[]\\`), no colon, no space is left."""
    return quote(name, safe="")


def folded(path: str) -> str:
    """What two paths share when a case-insensitive or normalising file system cannot tell them apart."""
    return unicodedata.normalize("NFC", path).casefold()


def git_meaning(name: str) -> str | None:
    """Which of git's own names (`.git`, `.gitmodules`, `.gitattributes`, `.gitignore`, `.mailmap`) a file system could take
    `name` for, HFS+ and NTFS spellings included; None for all others.

    Source: git's `verify_path`, `is_hfs_dotgit`, `is_ntfs_dotgit`, `is_ntfs_dot_generic`; CVE-2014-9390, CVE-2019-1353.
    """
    plain = name.translate(_HFS_IGNORED).casefold()
    if "~" not in plain and not plain.startswith((".git", ".mailmap")):
        return None
    # NTFS ignores an alternate stream's suffix and trailing dots and spaces.
    ntfs = re.split(r"[:\\]", plain, maxsplit=1)[0].rstrip(". ")
    head, _, number = ntfs.partition("~")
    counted = bool(re.fullmatch("[0-9]+", number))
    if ".git" in (plain, ntfs) or (head == "git" and counted):
        return ".git"
    for known, short in _GIT_READS.items():
        hashed = len(ntfs) == 8 and short.startswith(head)
        if known in (plain, ntfs) or (counted and (head == known[1:7] or hashed)):
            return known
    return None


def path_fault(path: str) -> str | None:
    """Why `path` cannot be part of a project, in words that finish "… is not shared: ", or None when it can.

    Args:
        path: relative to the project's top, parts divided by `/`.
    """
    if not path:
        return "the name is empty"
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return "the name is not valid UTF-8; rename it"
    if path.startswith("/"):
        return "the path is absolute"
    if len(raw) > PATH_BYTES:
        return f"the path is longer than {PATH_BYTES} bytes; shorten it"
    parts = path.split("/")
    if len(parts) > PATH_DEPTH:
        return f"it lies more than {PATH_DEPTH} folders deep"
    for part in parts:
        if part in ("", ".", ".."):
            return f"the path holds {part!r} as a part"
        if len(part.encode()) > NAME_BYTES:
            return f"a name is longer than {NAME_BYTES} bytes; shorten it"
        if git_meaning(part) in (".git", ".gitmodules"):
            return "it belongs to git itself"
        if "\\" in part:
            return "the name holds a backslash; rename it"
        if any(unicodedata.category(ch) in ("Cc", "Zl", "Zp") for ch in part):
            return "the name holds a line break or another control character; rename it"
    return None


def own_fault(path: str) -> str | None:
    """Why nothing new may be published at `path`, or None: such names are HubShare's own.

    An agent takes what lies there for what an operation left behind that was cut short. Projects of earlier versions may hold
    such paths: they can be read, and deleted.
    """
    if any(_OWN.fullmatch(folded(part)) for part in path.split("/")):
        return "HubShare gives names like .hubshare-….tmp to its own temporary files; rename it"
    return None


def check_path(path: str) -> str:
    """Return `path` if it is safe inside a project.

    Raises:
        BadPath: with the reason.
    """
    fault = path_fault(path)
    if fault:
        raise BadPath(f"{quoted(path)} cannot be in a project: {fault}.")
    return path


def link_fault(path: str, target: str) -> str | None:
    """Why a symbolic link at `path` to `target` cannot be shared, or None when it stays inside the project.

    Only leading `..` parts are accepted. Then each link leads from the real folder it lies in to a place inside the
    project, and so does every chain of such links.
    """
    if git_meaning(path.rpartition("/")[2]):
        return "git reads a file of this name and refuses a link"
    if not target or "\0" in target or "\\" in target:
        return "the link's target is empty or holds a control character"
    if target.startswith("/"):
        return "the link leads to an absolute path; make it relative"
    ups = 0
    parts = [part for part in target.split("/") if part not in ("", ".")]
    while parts and parts[0] == "..":
        parts.pop(0)
        ups += 1
    if ".." in parts:
        return "the link's target holds '..' behind another name; write the target without it"
    if ups > path.count("/"):
        return "the link leads out of the project"
    if parts:
        return path_fault("/".join(parts))
    return None
