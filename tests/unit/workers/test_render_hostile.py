"""Hostile content comes out harmless, wherever in a file it stands: the result is parsed as browsers do, and looked through."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import html5lib
import hubshare_workers.render
import pytest
from hubshare_workers.render.clean import _MARK, OUR_CLASSES
from hubshare_workers.render.kinds import RENDERERS

from hubshare.rendering.kinds import Kind
from hubshare.rendering.links import resolve_links
from hubshare.rendering.requests import make_request
from hubshare.rendering.results import RenderResult
from tests.helpers.hostile_content import PAYLOADS, SVG, code, look_through, notebook_of, text
from tests.helpers.rendering import display


def notebooks(evil: str) -> dict[str, bytes]:
    """The payload in every place of a notebook that it can be in."""
    encoded = base64.b64encode(evil.encode()).decode()
    return {
        "markdown": notebook_of(text(evil)),
        "markdown in lines": notebook_of(text("x") | {"source": [f"{line}\n" for line in evil.split("\n")]}),
        "source": notebook_of(code(source=evil)),
        "magic": notebook_of(code(source=f"%%javascript\n{evil}"), code(source=f"%%html\n{evil}")),
        "raw": notebook_of(text(evil) | {"cell_type": "raw"}),
        "raw html": notebook_of(text(evil, metadata={"raw_mimetype": "text/html"}) | {"cell_type": "raw"}),
        "sort of cell": notebook_of(text("x") | {"cell_type": evil}),
        "id": notebook_of(text("x") | {"id": evil}, code() | {"id": evil}),
        "count": notebook_of(code() | {"execution_count": evil}),
        "html": notebook_of(code(display(text__html=evil))),
        "html in pieces": notebook_of(code(*(display(text__html=part) for part in re.split("(?=[<>])", evil)))),
        "html trusted": notebook_of(code(display(text__html=evil), metadata={"trusted": True}), signature="x"),
        "svg": notebook_of(code(display(**{"image__svg+xml": evil}))),
        "png": notebook_of(code(display(image__png=evil))),
        "png encoded": notebook_of(code(display(image__png=encoded))),
        "latex": notebook_of(code(display(text__latex=evil))),
        "markdown output": notebook_of(code(display(text__markdown=evil))),
        "plain": notebook_of(code(display(text__plain=evil))),
        "javascript": notebook_of(code(display(application__javascript=evil, text__plain=evil))),
        "json": notebook_of(code(display(application__json={evil: evil}))),
        "plotly": notebook_of(code(display(text__html=evil, **{"application__vnd.plotly.v1+json": {"data": evil}}))),
        "widget": notebook_of(code(display(**{"application__vnd.jupyter.widget-view+json": {"model_id": evil}})), widgets={
            "application/vnd.jupyter.widget-state+json": {"state": {evil: {"state": {"value": evil}}}}}),
        "mime": notebook_of(code(display(**{evil: evil, "text__plain": "x"}))),
        "stream": notebook_of(code({"output_type": "stream", "name": evil, "text": evil})),
        "error": notebook_of(code({"output_type": "error", "ename": evil, "evalue": evil, "traceback": [evil]})),
        "error without": notebook_of(code({"output_type": "error", "ename": evil, "evalue": evil, "traceback": []})),
        "output": notebook_of(code({"output_type": evil, "text": evil})),
        "output metadata": notebook_of(code(display(image__png="AAAA") | {"metadata": {"image/png": {"width": evil}}})),
        "attachment name": notebook_of(text(f"![x](<attachment:{evil}>)", attachments={evil: {"image/png": "AAAA"}})),
        "attachment": notebook_of(text("![x](attachment:a)", attachments={"a": {"image/png": evil}})),
        "attachment type": notebook_of(text("![x](attachment:a)", attachments={"a": {evil: "AAAA", "text/html": evil}})),
        "language": notebook_of(code(), language_info={"name": evil, "pygments_lexer": evil}, kernelspec={"language": evil}),
        "title": notebook_of(text("x"), title=evil, authors=[{"name": evil}]),
        "tags": notebook_of(code(metadata={"tags": [evil], "magics_language": evil, evil: evil})),
        "format 3": json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": evil}, "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 1, "metadata": {}, "source": evil},
            {"cell_type": "html", "metadata": {}, "source": evil},
            {"cell_type": "code", "language": evil, "metadata": {}, "input": evil, "outputs": [
                {"output_type": "display_data", "html": evil, "svg": evil, "javascript": evil, "metadata": {}}]}]}]}).encode(),
    }  # fmt: skip


def others(evil: str) -> dict[str, tuple[Kind, Mapping[str, Any], list[bytes]]]:
    """The payload in other files, and in their names."""
    raw = evil.encode()
    quoted = evil.replace('"', '""').encode()
    return {
        "markdown": (Kind.MARKDOWN, {}, [raw]),
        "markdown heading": (Kind.MARKDOWN, {}, [b"# " + raw.replace(b"\n", b" ")]),
        "markdown table": (Kind.MARKDOWN, {}, [b"| a |\n|---|\n| " + raw.replace(b"\n", b" ") + b" |\n"]),
        "markdown front matter": (Kind.MARKDOWN, {}, [b"---\ntitle: " + raw + b"\n---\nx"]),
        "markdown footnote": (Kind.MARKDOWN, {}, [b"a[^1]\n\n[^1]: " + raw]),
        "code": (Kind.CODE, {"name": "a.html"}, [raw]),
        "code by name": (Kind.CODE, {"name": evil}, [raw]),
        "table": (Kind.TABLE, {"suffix": ".csv", "page": 1}, [b'a,"%s"\n"%s",2\n' % (quoted, quoted)]),
        "json": (Kind.JSON, {}, [json.dumps({evil: [evil, {evil: 1}]}).encode()]),
        "text difference": (Kind.TEXT_DIFFERENCE, {"name": "a"}, [raw, raw + b"\nx\n" + raw]),
        "notebook difference": (Kind.NOTEBOOK_DIFFERENCE, {}, [
            notebook_of(text(evil), code(source="a"), code(display(text__html=evil), source="b")),
            notebook_of(text("x" + evil), code(display(text__html=evil), source="c" + evil), code(source="b")),
        ]),
        "attachments": (Kind.NOTEBOOK_DIFFERENCE, {"layout": "split"}, [
            notebook_of(text("a", attachments={evil: {"image/png": evil, evil: evil}}, metadata={evil: evil})),
            notebook_of(text("b", attachments={evil: {"image/svg+xml": [evil]}}, metadata={evil: [evil]})),
        ]),
        "conflict": (Kind.CONFLICT, {}, [
            notebook_of(text(evil, attachments={evil: {"image/png": evil}}), code(display(text__html=evil), source=evil)),
            notebook_of(text("a" + evil, metadata={evil: evil}), code(display(image__png=evil), source=evil + "b")),
        ]),
        "table difference": (Kind.TABLE_DIFFERENCE, {"suffix": ".csv"}, [b"a," + raw, raw + b"\nb\n" + raw]),
        "binary": (Kind.BINARY, {}, [b"\x00" + raw]),
        "image": (Kind.IMAGE, {}, [b"GIF89a\x01\x00\x01\x00" + raw]),
    }  # fmt: skip


@pytest.mark.parametrize(
    "evil", [one for one in PAYLOADS if re.match(r"<(?!javascript|!|\?|scr<)(?!body)[a-z]", one, re.IGNORECASE)]
)
def test_the_search_finds_what_is_not_cleaned(evil: str) -> None:
    with pytest.raises(AssertionError):
        look_through(evil)


def rendered(kind: Kind, inputs: list[bytes], options: Mapping[str, Any]) -> RenderResult:
    result = RENDERERS[kind](inputs, options)
    json.dumps(result.meta)
    return result


@pytest.mark.parametrize("evil", PAYLOADS)
def test_a_notebook_is_harmless_wherever_it_is_hostile(evil: str) -> None:
    for where, data in notebooks(evil).items():
        try:
            look_through(rendered(Kind.NOTEBOOK, [data], {}).html)
        except AssertionError as error:
            raise AssertionError(f"in {where}: {error}") from error


@pytest.mark.parametrize("evil", PAYLOADS)
def test_other_files_are_harmless_too(evil: str) -> None:
    for where, (kind, options, inputs) in others(evil).items():
        try:
            result = rendered(kind, inputs, options)
            html = result.html + "".join(part for piece in result.meta.get("pieces", ()) for part in piece.values())
            look_through(html)
            placed = resolve_links(html, "some/where.md", "/p/files/", "/p/raw/")
            for address in re.findall(r'(?:src|href)="(/[^"]*)"', placed):
                assert address.startswith(("/p/files/", "/p/raw/")) and ".." not in address.split("/"), address
        except AssertionError as error:
            raise AssertionError(f"in {where}: {error}") from error


def test_everything_at_once_stays_in_its_cell() -> None:
    cells = [cell for evil in PAYLOADS for cell in (text(evil), code(display(text__html=evil)))]
    html = rendered(Kind.NOTEBOOK, [notebook_of(*cells)], {}).html
    look_through(html)
    page = html5lib.parse(html, namespaceHTMLElements=False)
    found = [one for one in page.iter() if "hs-cell" in (one.get("class") or "").split()]
    assert [one.get("id") for one in found] == [f"cell-{number}" for number in range(1, len(cells) + 1)]
    assert all(
        "hs-cell" not in (below.get("class") or "").split() for one in found for below in one.iter() if below is not one
    )


NAMES = [*sorted(OUR_CLASSES), "hs-head", "hs-bar", "hs-actions", "hs-badge", "hs-frame", "btn", "alert"]


def test_what_users_wrote_has_no_class_and_no_id_of_ours() -> None:
    spelled = [name.replace("h", "&#104;", 1) for name in NAMES]
    evil = "".join(
        f'<div title="evil" class="{one}" id="{name}">x</div>'
        for one in [*NAMES, *spelled, " ".join(NAMES)]
        for name in ("cell-1", "cell-id-a", "L1", "outer", "CELL-1")
    )
    notebook = notebook_of(
        text(f"a\n\n{evil}\n\nb {evil}"), code(display(text__html=evil)), code(display(text__markdown=evil))
    )
    found = 0
    for kind, inputs in (
        (Kind.MARKDOWN, [evil.encode()]),
        (Kind.NOTEBOOK, [notebook]),
        (Kind.NOTEBOOK_DIFFERENCE, [notebook_of(text("x")), notebook]),
    ):
        html = rendered(kind, inputs, {"name": "a"}).html
        for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
            if element.get("title") == "evil":
                found += 1
                assert not element.get("class"), element.attrib
                assert element.get("id", "").startswith("user-"), element.attrib
    assert found > 1000


def test_the_mark_of_our_classes_is_nowhere_in_what_comes_out() -> None:
    html = rendered(Kind.MARKDOWN, [b"```python\na\n```\n\n$x$\n\n![a](https://b.example/c)\n"], {}).html
    assert _MARK not in html
    assert {'class="hs-code"', 'class="hs-math"', 'class="hs-outside"'} <= set(re.findall(r'class="[^"]*"', html))


def test_all_classes_that_renderers_give_pass() -> None:
    folder = Path(hubshare_workers.render.__path__[0])
    written = [path.read_text() for path in [*folder.rglob("*.py"), *folder.rglob("*.j2")]]
    given = {name for source in written for name in re.findall(r"\bhs-[a-z][a-z-]*[a-z]\b", source)}
    assert given <= OUR_CLASSES and len(given) > 30


def test_templates_are_not_filled_in() -> None:
    html = rendered(Kind.NOTEBOOK, [notebook_of(text("{{ 7*7 }}"), code(display(text__html="{{ 7*7 }}")))], {}).html
    assert html.count("{{ 7*7 }}") == 2 and "49" not in html


def test_no_file_of_the_host_is_embedded() -> None:
    # CVE-2026-39378: nbconvert can be told to embed images, and then reads what they name.
    for target in ("/etc/hostname", "file:///etc/hostname", "../../../../../../etc/hostname"):
        for source in (f"![x]({target})", f'<img src="{target}">'):
            html = rendered(Kind.NOTEBOOK, [notebook_of(text(source))], {}).html
            assert "base64" not in html and "file:" not in html


def test_an_svg_image_is_only_ever_inside_an_img() -> None:
    html = rendered(Kind.NOTEBOOK, [notebook_of(code(display(**{"image__svg+xml": SVG})))], {}).html
    assert "<svg" not in html and 'src="data:image/svg+xml;base64,' in html


def test_the_live_document_has_its_policy_inside_as_well() -> None:
    data = notebook_of(text("<script>x</script>"), code(display(text__html="<script>alert(1)</script>")))
    result = rendered(Kind.LIVE, [data], {})
    assert result.meta["interactive"]
    head = result.html.index('http-equiv="Content-Security-Policy" content="default-src \'none\'')
    assert head < result.html.index("<script>alert(1)</script>")
    assert "<script>x</script>" not in result.html


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"nbformat": "4"}',
        b'{"nbformat": 99, "cells": []}',
        b'{"nbformat": 2, "worksheets": [1]}',
        b'{"nbformat": 4}',
        b'{"nbformat": 4, "metadata": {}, "cells": {}}',
        b'{"nbformat": 4, "metadata": {}, "cells": [1]}',
        b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": 5}]}',
        b'{"nbformat": 4, "metadata": [], "cells": [{"cell_type": "code", "source": "", "outputs": [3]}]}',
        b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "", "outputs": {"a": 1}}]}',
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(data: bytes) -> None:
    from hubshare_workers.render.failing import Unrenderable

    with pytest.raises((Unrenderable, RecursionError)) as caught:
        rendered(Kind.NOTEBOOK, [data], {})
    if isinstance(caught.value, Unrenderable):
        assert caught.value.code == "malformed" and "notebook" in caught.value.message


def test_the_name_of_a_file_is_no_path() -> None:
    assert make_request(Kind.CODE, "a", name="../../etc/passwd").options == {"name": "passwd"}
    assert len(str(make_request(Kind.CODE, "a", name="x" * 5000).options["name"])) <= 100
