"""Directives of MyST, and divs and chunks of Quarto and R Markdown, as far as Markdown has the like of them.

Notes, formulas, code, figures and what folds look as in the books that they are made for; of other blocks the content is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from html import escape

from hubshare_workers.render import clean
from hubshare_workers.render.formulas import formula
from hubshare_workers.render.highlight import block

#: Blocks within blocks are read so deep; of longer names and roles nothing is made.
MOST_NESTED = 4
_LONGEST = 500
#: As which alert of GitHub a note is shown.
_NOTES = {"note": "note", "seealso": "note", "admonition": "note", "todo": "note", "hint": "tip", "tip": "tip"}
_NOTES |= {"important": "important", "warning": "warning", "attention": "warning"}
_NOTES |= {"caution": "caution", "danger": "caution", "error": "caution"}
_CODE = ("code-cell", "code-block", "code", "sourcecode", "ipython", "jupyter-execute")
_FOLDING = ("dropdown", "details", "toggle")
_PICTURES = ("figure", "image")
_NAMED = re.compile(r"\{([A-Za-z][\w:+-]*)\}[ \t]*(.*)")
_DIV = re.compile(r"\{[^{}\n]*?\.callout-([a-z]+)[^{}\n]*\}")
_CHUNK = re.compile(r"\{([A-Za-z]\w*)[ ,][^\n]*\}|\{([A-Za-z]\w*)\}")
_TITLE = re.compile(r"""\btitle=["']([^"'\n]*)["']""")
_OPTION = re.compile(r"[ \t]*:([\w-]+):[ \t]*(.*)\n?")
_HEADING = re.compile(r"\s*#{1,6}[ \t]+([^\n]+)\n?")
_LABEL = re.compile(r"[\w:.+-]{1,100}")
#: As MyST and Quarto name a part: `(name)=`, `:name: …`, `{#name}`.
_NAMING = re.compile(
    r"^[ \t>]*\(([\w:.+-]{1,100})\)=|^[ \t>]*:(?:name|label):[ \t]*([\w:.+-]{1,100})|\{#([\w:.+-]{1,100})", re.MULTILINE
)
#: The text of a role and what it leads to, as in `text <target>`.
_LEADS = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)


def fence(info: str, content: str, nested: Callable[[str], str]) -> str | None:
    """A block between fences as HTML; None where it is code of a language.

    Args:
        info: what is behind the opening fence.
        content: what is in it.
        nested: makes clean HTML of Markdown in it.
    """
    named = _NAMED.fullmatch(info[:_LONGEST].strip())
    if named is None:
        return None
    name, argument = named[1].lower(), named[2].strip()
    if name == "math":
        options, rest = _options(content)
        return _formula("\n".join((argument, rest)).strip(), options.get("label", ""))
    if name in _CODE:
        return clean.marked(block(_options(content)[1], argument.split()[0] if argument else ""))
    return _block(name, argument, content, nested)


def language(info: str) -> str:
    """The language of code, also of a chunk as Quarto and R Markdown write it: `{r name, echo=FALSE}`."""
    chunk = _CHUNK.fullmatch(info[:_LONGEST].strip())
    return (chunk[1] or chunk[2]) if chunk else (info.split() or [""])[0]


def colons(info: str, content: str, nested: Callable[[str], str]) -> str:
    """A block between colons as HTML; its content where nothing is known of it.

    Args:
        info, content, nested: as of `fence`.
    """
    info = info[:_LONGEST]
    if callout := _DIV.search(info):
        title = _TITLE.search(info)
        heading = None if title else _HEADING.match(content)
        rest = content[heading.end() :] if heading else content
        return _note(callout[1], title[1] if title else heading[1] if heading else "", rest, nested)
    if made := fence(info, content, nested):
        return made
    named = _NAMED.fullmatch(info.strip())
    head = f"<p><strong>{escape(named[2])}</strong></p>" if named and named[2] and not named[2].isdigit() else ""
    return f"<div>{head}{nested(_options(content)[1])}</div>"


def labels(source: str) -> frozenset[str]:
    """The names that a text gives to its parts."""
    return frozenset(name.lower() for found in _NAMING.findall(source) for name in found if name)


def role(name: str, text: str, known: Container[str] | None = None) -> str | None:
    """A role of MyST, such as `` {math}`x` ``, as HTML; None where it is shown as it is written.

    Args:
        name: of the role.
        text: what it is given.
        known: the names of parts that may be led to; None for all. Others are in a file that is not known.
    """
    if len(text) > _LONGEST:
        return None
    if name == "math":
        return formula(f"${text}$")
    if name == "eq":
        return formula(f"\\eqref{{{text}}}") if _LABEL.fullmatch(text) else None
    if name in ("sub", "sup", "kbd", "abbr"):
        title = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", text) if name == "abbr" else None
        said = f' title="{escape(title[2])}"' if title else ""
        return f"<{name}{said}>{escape(title[1] if title else text)}</{name}>"
    if name in ("doc", "download", "ref", "numref", "term") and (leads := _LEADS.fullmatch(text)):
        if name in ("ref", "numref") and known is not None and leads[2].lower() not in known:
            return escape(leads[1])
        target = f"#{leads[2]}" if name not in ("doc", "download") else leads[2]
        return f'<a href="{escape(target)}">{escape(leads[1])}</a>' if name != "term" else escape(leads[1])
    return None


def _block(name: str, argument: str, content: str, nested: Callable[[str], str]) -> str | None:
    options, rest = _options(content)
    if name in _NOTES:
        sort = next((one for one in options.get("class", "").split() if one in _NOTES), name)
        return _note(sort, argument, rest, nested)
    if name in _FOLDING:
        return f"<details><summary>{escape(argument) or 'Details'}</summary>{nested(rest)}</details>"
    if name in _PICTURES and argument:
        width = options.get("width", "").removesuffix("px")
        size = f' width="{escape(width)}"' if width else ""
        image = f'<img src="{escape(argument)}" alt="{escape(options.get("alt", ""))}"{size}>'
        return f"<figure>{image}<figcaption>{nested(rest)}</figcaption></figure>"
    return None


def _note(name: str, title: str, content: str, nested: Callable[[str], str]) -> str:
    sort = _NOTES.get(name, "note")
    said = nested(title) if title else f"<p>{name.capitalize()}</p>"
    said = said.replace("<p>", '<p class="markdown-alert-title">', 1)
    return f'<div class="markdown-alert markdown-alert-{sort}">{said}{nested(content)}</div>'


def _formula(source: str, label: str) -> str:
    if _LABEL.fullmatch(label) and "\\begin{" not in source and "\\\\" not in source:
        return formula(f"\\begin{{equation}}{source}\\label{{{label}}}\\end{{equation}}")
    return formula(f"$${source}$$")


def _options(content: str) -> tuple[dict[str, str], str]:
    """The options at the beginning of a block, and the rest of it."""
    if content.startswith("---\n") and (end := content.find("\n---\n", 3)) > 0:
        lines = (line.partition(":") for line in content[4:end].split("\n"))
        return {name.strip(): value.strip() for name, _, value in lines}, content[end + 5 :]
    options, at = dict[str, str](), 0
    while found := _OPTION.match(content, at):
        options[found[1]], at = found[2].strip(), found.end()
    return options, content[at:]
