"""Markdown: CommonMark, tables, task lists, footnotes, alerts, bare links, emoji, formulas; of files and of notebooks' cells.

Formulas are left as they were written, see `formulas.py`, in elements of class `hs-math`; the page sets them with KaTeX or
MathJax of its own. Images from elsewhere become links.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping, Sequence
from functools import partial
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from hubshare.rendering.results import RenderResult
from hubshare_workers.render import clean, directives, emojis
from hubshare_workers.render.failing import TooDear
from hubshare_workers.render.formulas import Formulas, formula
from hubshare_workers.render.highlight import block
from hubshare_workers.render.pictures import Attachments
from hubshare_workers.render.texts import said_of, text_of, whole_lines

_ROLE = re.compile(r"\{([a-z]+)\}$")
#: What a label of MyST stands for, by itself in its line.
_TARGET = re.compile(r"\(([\w:.+-]{1,100})\)=")
#: What Pandoc and Quarto say of a heading or picture, right behind it: `{#name .class width=50%}`.
_FIRST = r"[#.][\w:.-]{1,100}|-(?=[ }])"
_WORD = rf"{_FIRST}|[\w-]{{1,50}}=(?:\"[^\"\n]{{0,200}}\"|[^\s{{}}\"]{{1,200}})"
_MORE = rf"(?:[ ](?:{_WORD})){{0,20}}[ ]?\}}"
_BEHIND_HEADING = re.compile(rf"[ \t]*(\{{[ ]?(?:{_FIRST}){_MORE})[ \t]*$")
_BEHIND_PICTURE = re.compile(rf"\{{[ ]?(?:{_WORD}){_MORE}")
_NAME = re.compile(r"#([\w:.-]+)")
_UNDERLINE = re.compile(r"^[ \t>]*(?:=+|-+)[ \t]*$", re.MULTILINE)


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A Markdown file, or its beginning. Meta: `outline`, the headings, each with `level`, `text` and `anchor`."""
    outline = Outline()
    begins = "beginning" in options
    text, encoding = text_of(inputs[0], cut=begins)
    html = to_html(whole_lines(text) if begins else text, outline)
    return RenderResult({"outline": outline.entries}, f'{said_of(encoding)}<div class="hs-markdown">{html}</div>')


class Outline:
    """The headings of a text, with an anchor for each that no other one has.

    Attributes:
        entries: the headings, each with `level`, `text` and `anchor`.
        taken: names of anchors, and how often each was asked for.
    """

    def __init__(self, taken: Mapping[str, int] | None = None) -> None:
        self.entries: list[dict[str, Any]] = []
        self.taken = dict(taken or {})

    def add(self, level: int, text: str) -> tuple[str, str]:
        """Add a heading; its anchor, and another one that it has as Jupyter spells it, or "".

        Args:
            level: from 1.
            text: what it says.
        """
        name = first = clean.anchor(text)
        while name in self.taken:
            name = f"{first}-{self.taken[first]}"
            self.taken[first] += 1
        self.taken[name] = 1
        # Links to headings are written as in Jupyter too, with the punctuation that GitHub leaves out.
        other = clean.jupyter_anchor(text)
        other = "" if other in self.taken else other
        if other:
            self.taken[other] = 1
        self.entries.append({"level": level, "text": emojis.in_text(text)[:200], "anchor": name})
        return name, other


def may_have_headings(source: str) -> bool:
    """Return whether it may have headings, so that it is worth reading."""
    return "#" in source or _UNDERLINE.search(source) is not None


def add_headings(source: str, outline: Outline) -> None:
    """Add the headings of a text to an outline, as `to_html` does."""
    formulas = Formulas()
    tokens = _BLOCKS.parse(formulas.take_out(source), {})
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            inline.children = _MARKDOWN.parseInline(inline.content, {})[0].children
    _number_headings(tokens, outline, formulas)


def to_html(
    source: str,
    outline: Outline,
    attachments: Attachments | None = None,
    *,
    of_cell: bool = False,
    depth: int = 0,
    known: Container[str] | None = None,
) -> str:
    """Markdown as clean HTML.

    Args:
        source: the text.
        outline: its headings are added to this.
        attachments: of a notebook's cell.
        of_cell: whether it is one of several texts on a page, each with footnotes of its own.
        depth: in how many blocks of another text it is.
        known: of a part of a text, the names that all of it gives; None where these are not known.
    """
    formulas = Formulas()
    tokens = _MARKDOWN.parse(formulas.take_out(source), {})
    # Other cells of a notebook may have what one refers to.
    known = known if of_cell else directives.labels(source)
    for token in tokens:
        _restore(token, formulas)
        for inside in token.children or ():
            _restore(inside, formulas)
            for word in inside.children or ():
                # What an image says in its place.
                word.content = formulas.written(word.content)
            if inside.type == "html_inline" and inside.content.startswith("<input "):
                # Of the task lists; what else is an input does not pass the sanitiser.
                inside.content = "☑" if 'checked="checked"' in inside.content else "☐"
        _set_roles(token.children or [], formulas, known)
    _number_headings(tokens, outline, formulas, of_cell=of_cell)
    env: dict[str, Any] = {"formulas": formulas, "depth": depth, "attachments": attachments, "known": known}
    if of_cell:
        # By what the cell says: no part of a notebook knows how many texts are before it.
        env["docId"] = hashlib.blake2b(source.encode(errors="replace"), digest_size=4).hexdigest()
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    try:
        return clean.clean(html, attachments)
    except TooDear as error:
        return f'<p class="hs-note">{error} This is its source:</p><pre class="hs-raw">{escape(source)}</pre>'


def _set_roles(tokens: Sequence[Token], formulas: Formulas, known: Container[str] | None) -> None:
    """Put HTML in place of roles of MyST, and of labels: a name in braces and, right behind it, code."""
    for before, code in pairwise(tokens):
        if before.type == "image" and code.type == "text" and (about := _BEHIND_PICTURE.match(code.content)):
            code.content = code.content[about.end() :]
            if named_so := _NAME.search(about[0]):
                before.attrSet("id", named_so[1])
        if before.type == "text" and code.type == "code_inline" and (named := _ROLE.search(before.content)):
            made = directives.role(named[1], code.content, known)
            if made is not None:
                before.content = before.content[: named.start()]
                code.type, code.content = "html_inline", made
    if (
        tokens
        and tokens[0].type == "text"
        and (label := _TARGET.fullmatch(formulas.written(tokens[0].content).strip()))
    ):
        tokens[0].type, tokens[0].content = "html_inline", f'<span id="{escape(label[1])}"></span>'


def _restore(token: Token, formulas: Formulas) -> None:
    """Put formulas back as they were written where none are set: in code and addresses. Those in text are left to `_text`."""
    if token.type == "html_block":
        token.content = formulas.take_out_of_html(token.content)
    if token.type.startswith("html"):
        token.content = emojis.in_html(formulas.in_html(token.content))
    elif token.type in ("code_inline", "fence", "colon_fence", "code_block"):
        token.content = formulas.written(token.content)
    for name, value in token.attrs.items():
        if isinstance(value, str):
            token.attrs[name] = formulas.written(value)


def _number_headings(tokens: Sequence[Token], outline: Outline, formulas: Formulas, *, of_cell: bool = True) -> None:
    """Give headings their anchors.

    Args:
        of_cell: whether headings of other texts may come, whose own anchors go before what others make of these.
    """
    found: list[tuple[Token, str, str]] = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        children = inline.children or []
        about = _BEHIND_HEADING.search(children[-1].content) if children and children[-1].type == "text" else None
        if about:
            children[-1].content = children[-1].content[: about.start()]
        text = formulas.written("".join(part.content for part in children if part.type in ("text", "code_inline")))
        name, other = outline.add(int(opening.tag[1:]), text)
        opening.attrSet("id", name)
        named = _NAME.search(about[1]) if about else None
        found.append((inline, text, named[1].lower() if named else ""))
        if other:
            children.insert(0, _place(other))
    for inline, text, named_so in found:
        others = [f"user-{named_so}"] if named_so else []
        for other in others if of_cell else others + clean.other_anchors(text):
            if other not in outline.taken:
                outline.taken[other] = 1
                (inline.children or []).insert(0, _place(other))


def _place(name: str) -> Token:
    """A place that links may lead to."""
    return Token("html_inline", "", 0, content=f'<span id="{escape(name)}"></span>')


def _fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]) -> str:
    info, source = tokens[index].info, tokens[index].content
    language = directives.language(info)
    if language == "math" and not info.startswith("{"):
        return formula(f"$${source}$$")
    if language in ("mermaid", "{mermaid}"):
        return clean.marked(diagram(source))
    made = directives.fence(info, source, partial(_nested, env)) if env["depth"] < directives.MOST_NESTED else None
    # A directive without content, such as `{include} intro.md`, says all by its name.
    said = source if source.strip() or not info.startswith("{") else info.strip()
    return clean.marked(block(said, language)) if made is None else made


def _colons(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]) -> str:
    if env["depth"] >= directives.MOST_NESTED:
        return clean.marked(block(tokens[index].content, ""))
    return directives.colons(tokens[index].info, tokens[index].content, partial(_nested, env))


def _nested(env: Mapping[str, Any], source: str) -> str:
    return clean.marked(
        to_html(source, Outline(), env["attachments"], of_cell=True, depth=env["depth"] + 1, known=env["known"])
    )


def diagram(source: str) -> str:
    """A diagram of Mermaid as it was written; the page draws it."""
    return f'<div class="hs-diagram"><pre class="hs-code"><code>{escape(source)}</code></pre></div>'


def _text(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, Any]) -> str:
    formulas: Formulas = env["formulas"]
    is_address = index > 0 and tokens[index - 1].info == "auto"
    return formulas.in_text(tokens[index].content if is_address else emojis.in_text(tokens[index].content))


def _make() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    # Nested quotes and lists cost time and stack for each level.
    made.options["maxNesting"] = 50
    made.options["alerts"] = True
    made.use(gfm_autolink_plugin)
    made.use(front_matter_plugin).use(footnote_plugin).use(tasklists_plugin)
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_block", _fence)
    made.use(colon_fence_plugin).add_render_rule("colon_fence", _colons)
    made.add_render_rule("front_matter", lambda *_: "")
    made.add_render_rule("text", _text)
    # Every address is judged by the sanitiser, which sees those in raw HTML as well.
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    return made


def _make_blocks() -> MarkdownIt:
    """A reader of blocks alone, which leaves the text in them unread."""
    made = _make()
    made.core.ruler.enableOnly(["normalize", "block"])
    return made


_MARKDOWN, _BLOCKS = _make(), _make_blocks()
