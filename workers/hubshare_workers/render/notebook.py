"""Notebooks (formats 1 to 4): all cells with their outputs, by nbconvert and a template of our own.

Two ways: as a clean fragment, where nothing runs; and `live`, a document with the HTML and JavaScript of the outputs
as they are, for an origin of nobody (`hubshare.rendering.documents.SANDBOX_CSP`). Text in cells is clean in both.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.preprocessors import CoalesceStreamsPreprocessor, HighlightMagicsPreprocessor

from hubshare.rendering.documents import STYLES, document
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import pictures, scripts, terminal
from hubshare_workers.render.clean import clean, clean_whole
from hubshare_workers.render.failing import TooDear, Unrenderable
from hubshare_workers.render.formulas import in_clean, in_plain
from hubshare_workers.render.hidden import hidden, title
from hubshare_workers.render.highlight import block, coloured, lexer_named
from hubshare_workers.render.markdown import Outline, diagram, to_html
from hubshare_workers.render.scoped_styles import MOST_SECONDS, inlined
from hubshare_workers.render.texts import text_of

#: Longer text of one output is cut; also where the whole of it is asked for.
_MOST_OUTPUT, _MOST_OF_ONE = 200_000, 32_000_000
#: More cells at once, or more outputs of one cell, are left out.
_MOST_CELLS, _MOST_OUTPUTS = 2000, 500
#: So long, in seconds of the processor, style sheets of all outputs together may take.
_MOST_SECONDS = 10.0
_ROW_ENDS = "</tr>"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_NO_FORMULAS = "tex2jax_ignore"
_JSON = ("application/json", "application/geo+json")


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A notebook as a clean fragment.

    Meta: `cells` (how many), `language`, `title` (the first heading), `outline` (as of Markdown), `interactive`
    (whether `live` would show more), `long` (outputs that were cut, each with its `cell` and `output`, from 1).
    """
    return show(read(inputs[0]), Page())


def render_live(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A notebook as a document in which its scripts run. Meta as of `render`."""
    html, meta = _export(read(inputs[0]), Page(live=True))
    return RenderResult(meta, document(html, _styles()))


def show(notebook: Any, page: Page, first: int = 1) -> RenderResult:
    """The cells of a notebook, or some of them, as a clean fragment. Meta as of `render`.

    Args:
        page: shows them.
        first: the number of the first of these cells.
    """
    html, meta = _export(notebook, page, first)
    # What users wrote is clean by now. Once more over all of it, so that no forgotten path leads around that.
    return RenderResult(meta, clean_whole(html))


@cache
def _styles() -> str:
    return STYLES.read_text()


def _export(notebook: Any, page: Page, first: int = 1) -> tuple[str, dict[str, Any]]:
    exporter = _exporter()
    exporter.page = page
    page.speaks(notebook.get("metadata"))
    total = len(notebook.cells)
    notebook.cells = notebook.cells[:_MOST_CELLS]
    for preprocessor in (CoalesceStreamsPreprocessor, HighlightMagicsPreprocessor):
        notebook, _ = preprocessor().preprocess(notebook, {})  # type: ignore[no-untyped-call]
    # Not `from_notebook_node`: that insists on a valid notebook, and there are many that are not and are read all the same.
    html: str = exporter.template.render(nb=notebook, before=first - 1)
    if total > _MOST_CELLS:
        html += _note(f"The notebook has {total:,} cells; the first {_MOST_CELLS:,} are shown.")
    return html, {
        "cells": total,
        "language": page.language,
        "title": next((entry["text"] for entry in page.outline.entries if entry["text"]), ""),
        "outline": page.outline.entries,
        "interactive": page.interactive,
        "long": page.long,
    }


def read(data: bytes) -> Any:
    """A notebook in format 4.

    Raises:
        Unrenderable: it is none.
    """
    if not data.strip():
        raise Unrenderable("malformed", "This notebook is empty: nothing has been saved in it.")
    try:
        raw = json.loads(text_of(data)[0])
    except ValueError as error:
        raise Unrenderable("malformed", f"This is not a notebook: it is not valid JSON ({error}).") from None
    return read_from(raw)


def read_from(raw: Any) -> Any:
    """The same of what its JSON says."""
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise Unrenderable("malformed", "This is not a notebook: it does not say its format.")
    if raw["nbformat"] not in nbformat.versions:
        raise Unrenderable("malformed", f"This notebook is of format {raw['nbformat']}; formats 1 to 4 can be shown.")
    try:
        _complete(raw)
        found = nbformat.convert(nbformat.versions[raw["nbformat"]].to_notebook_json(raw), 4)  # type: ignore[no-untyped-call]
        found.cells = [straightened(cell) for cell in _list(found.cells)]
    except (AttributeError, KeyError, TypeError, UnboundLocalError, ValueError, nbformat.ValidationError) as error:
        # The local variable is nbformat's own, for a cell that format 1 does not have.
        raise Unrenderable("malformed", "This is not a notebook: its cells are not as they should be.") from error
    return found


def _complete(raw: dict[str, Any]) -> None:
    """Add what nbformat relies on, and a notebook made by hand may lack: metadata, and worksheets of format 3."""
    if not isinstance(raw.get("metadata"), dict):
        raw["metadata"] = {}
    if raw["nbformat"] == 3:
        for sheet in raw.setdefault("worksheets", []):
            sheet.setdefault("cells", [])
    elif raw["nbformat"] == 4:
        for cell in raw.get("cells", ()):
            cell.setdefault("metadata", {})


def straightened(cell: Any) -> Any:
    """Lists of lines become text, what must be there is there; the rest is not relied on.

    Raises:
        AttributeError, KeyError, TypeError: for what is of another type than it must be.
    """
    cell.source = _joined(cell.get("source", ""))
    cell.cell_type = str(cell.get("cell_type", ""))
    if not isinstance(cell.get("metadata"), dict):
        cell.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
    if cell.cell_type == "code":
        cell.outputs = _list(cell.get("outputs", []))[:_MOST_OUTPUTS]
        for output in cell.outputs:
            output.output_type = str(output.get("output_type", ""))
            if output.output_type == "stream":
                output.name, output.text = str(output.get("name", "")), _joined(output.get("text", ""))
    else:
        # What is not run has none, whatever the file says.
        cell.pop("outputs", None)
    return cell


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError("not a list")
    return found


def _joined(text: Any) -> str:
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(map(str, text))
    raise TypeError("neither text nor lines")


class _Exporter(TemplateExporter):
    """nbconvert with our template. Made once, before the sandbox is entered: it looks for files all over the place."""

    file_extension = ".html"
    page: Page

    def __init__(self) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            template_name="hubshare",
            extra_template_basedirs=[str(Path(__file__).parent / "templates")],
            filters={
                "sort_of": lambda cell: sort_of(cell),
                "code": lambda cell: _part(self.page.code, cell),
                "text": lambda cell: _part(self.page.text, cell),
                "hidden": hidden,
                "called": title,
                "shown": lambda output, *at: _part(partial(self.page.output, at=at), output),
            },
        )

    def _create_environment(self) -> Any:
        made = super()._create_environment()  # type: ignore[no-untyped-call]
        made.autoescape = True
        return made


def _part(show: Callable[[Any], str], content: Any) -> Markup:
    """A part of the notebook, or a note in its place: one damaged output does not hide the rest."""
    try:
        return Markup(show(content))  # noqa: S704
    except (AttributeError, KeyError, TypeError, ValueError):
        return Markup(_note("This part of the notebook is damaged."))  # noqa: S704


def sort_of(cell: Any) -> str:
    """`code`, `markdown`, or `raw` for anything else."""
    return cell.cell_type if cell.cell_type in ("code", "markdown") else "raw"


@cache
def _exporter() -> _Exporter:
    return _Exporter()


class Page:
    """One notebook's parts as HTML, and what is learned on the way.

    Args:
        live: whether HTML and scripts of outputs are left as they are.
        metadata: of the notebook.
        taken: anchors of headings in other parts of it.
        whole: outputs are cut only where no page could hold them.
    """

    def __init__(
        self, live: bool = False, metadata: Any = None, taken: Mapping[str, int] | None = None, whole: bool = False
    ) -> None:
        self._live = live
        self._most = _MOST_OF_ONE if whole else _MOST_OUTPUT
        self._cut_from = 0
        self._seconds = _MOST_SECONDS
        self.outline = Outline(taken)
        self.interactive = False
        self.long: list[dict[str, int]] = []
        self.speaks(metadata)

    def speaks(self, metadata: Any) -> None:
        """Learn the language from the metadata of the notebook."""
        named = metadata if isinstance(metadata, dict) else {}
        info, kernel = (named.get(name) for name in ("language_info", "kernelspec"))
        info, kernel = (one if isinstance(one, dict) else {} for one in (info, kernel))
        self.language = str(info.get("name") or kernel.get("language") or "python")[:50]
        self.lexer = str(info.get("pygments_lexer") or self.language)[:50]

    def code(self, cell: Any) -> str:
        """The source of a code cell."""
        return block(cell.source, cell.metadata.get("magics_language", self.lexer))

    def text(self, cell: Any) -> str:
        """A Markdown cell."""
        return to_html(cell.source, self.outline, _attachments(cell), of_cell=True)

    def output(self, output: Any, at: Sequence[int] = ()) -> str:
        """One output of a code cell.

        Args:
            at: the number of the cell and that of the output, from 1; a note that it was cut is called by them.
        """
        self._cut_from = 0
        html = self._output(output)
        if not self._cut_from:
            return html
        words = f"The output has {self._cut_from:,} characters; the first {self._most:,} are shown."
        if len(at) != 2:
            return html + _note(words)
        self.long.append({"cell": at[0], "output": at[1], "size": self._cut_from})
        return f'{html}<p class="hs-note hs-cut" id="cell-{at[0]}-output-{at[1]}">{escape(words)}</p>'

    def _output(self, output: Any) -> str:
        sort = output.get("output_type")
        if sort == "stream":
            name = "hs-stderr" if output.get("name") == "stderr" else "hs-stdout"
            return self._terminal(output.text, name)
        if sort == "error":
            lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
            return self._terminal("\n".join(map(str, lines)), "hs-error")
        data = output.get("data")
        if not isinstance(data, dict):
            return ""
        metadata = output.get("metadata")
        html = self._html(data, metadata)
        # As Jupyter does: a formula is set rather than shown as the picture of it that SymPy adds.
        if html is None and "image/svg+xml" not in data and "text/latex" in data and not _is_typeset(data):
            html = f'<div class="hs-latex">{in_plain(self._cut(_joined(data["text/latex"])))}</div>'
        if html is None:
            html = _picture(data, metadata)
        if html is None and "text/vnd.mermaid" in data:
            html = diagram(self._cut(_joined(data["text/vnd.mermaid"])))
        if html is None and (named := next((name for name in _JSON if name in data), None)):
            source = json.dumps(data[named], indent=1, ensure_ascii=False)
            html = f'<pre class="hs-code"><code>{coloured(self._cut(source), lexer_named("json"))}</code></pre>'
        if html is None and "text/plain" in data:
            html = self._terminal(_joined(data["text/plain"]), "hs-plain")
        return html or ""

    def _terminal(self, text: str, name: str) -> str:
        return f'<pre class="hs-terminal {name}">{terminal.coloured(self._cut(text))}</pre>'

    def _cut(self, text: str) -> str:
        if len(text) > self._most:
            self._cut_from = len(text)
        return text[: self._most]

    def _cut_rows(self, source: str) -> str:
        """HTML with as many rows of a long table as are shown; what else is long cannot be cut."""
        end = source.rfind(_ROW_ENDS, self._most // 2, self._most) if len(source) > self._most else -1
        if end < 0:
            return source
        self._cut_from = len(source)
        return source[: end + len(_ROW_ENDS)]

    def _html(self, data: Mapping[str, Any], metadata: Any) -> str | None:
        """The richest text of an output; None when there is nothing to see of it."""
        script = data.get("application/javascript")
        source = _joined(data["text/html"]) if "text/html" in data else ""
        scripted = scripts.run(data, source)
        self.interactive |= scripted
        if self._live and (source or script):
            if script is not None:
                source += f"<script>{_joined(script)}</script>"
            return f'<div class="hs-html">{source}</div>'
        source = self._cut_rows(source)
        try:
            cleaned = clean(self._styled(scripts.with_pictures(scripts.without_recordings(source)))).strip()
        except TooDear as error:
            return self._instead(data, metadata) + _note(f"{error} It is shown as text, without its HTML.")
        # As pandas and others say that a dollar in a table is a dollar.
        if _NO_FORMULAS not in source:
            cleaned = in_clean(cleaned)
        if not cleaned and "text/markdown" in data:
            cleaned = to_html(self._cut(_joined(data["text/markdown"])), Outline(), of_cell=True)
        if scripted:
            # A picture or text says more than what is left of HTML without its scripts.
            cleaned = scripts.left_of(cleaned)
            rest = _picture(data, metadata) or (cleaned and f'<div class="hs-html">{cleaned}</div>')
            if not rest and "text/plain" in data and not scripts.says_nothing(plain := _joined(data["text/plain"])):
                rest = self._terminal(plain, "hs-plain")
            return (rest or "") + scripts.said_of(data, source)
        return f'<div class="hs-html">{cleaned}</div>' if cleaned else None

    def _styled(self, source: str) -> str:
        began = time.process_time()
        try:
            return inlined(source, min(MOST_SECONDS, self._seconds))
        finally:
            self._seconds -= time.process_time() - began

    def _instead(self, data: Mapping[str, Any], metadata: Any) -> str:
        """What else an output has, in place of HTML that is too dear: a picture, its text, or the words of the HTML."""
        if picture := _picture(data, metadata):
            return picture
        plain = _joined(data["text/plain"]) if "text/plain" in data else ""
        if not plain or scripts.says_nothing(plain):
            plain = scripts.words_of(_joined(data.get("text/html", "")))
        return self._terminal(plain, "hs-plain")


def _is_typeset(data: Mapping[str, Any]) -> bool:
    """Return whether the LaTeX of an output is for paper, and its plain text says the same on a screen."""
    return "text/plain" in data and "\\begin{tabular}" in _joined(data["text/latex"])


def _picture(data: Mapping[str, Any], metadata: Any) -> str | None:
    """The picture that an output is; half as large as it is drawn, for a screen of many pixels, where its metadata say so."""
    if "image/svg+xml" in data:
        source = pictures.whole_svg(_joined(data["image/svg+xml"])).encode()
        return pictures.shown("image/svg+xml", base64.b64encode(source).decode())
    for name in PICTURES:
        if name in data:
            known = metadata if isinstance(metadata, dict) else {}
            size = known.get(name) if isinstance(known.get(name), dict) else known
            return pictures.shown(name, _joined(data[name]), size)
    return None


def _attachments(cell: Any) -> dict[str, str]:
    found = cell.get("attachments")
    if not isinstance(found, dict):
        return {}
    return {
        str(name): f"data:{kind};base64,{''.join(_joined(data).split())}"
        for name, bundle in found.items()
        if isinstance(bundle, dict)
        for kind, data in bundle.items()
        if kind in PICTURES or kind == "image/svg+xml"
    }


def _note(text: str, name: str = "") -> str:
    return f'<p class="hs-note {name}">{escape(text)}</p>'
