"""What MyST, Quarto and R Markdown add to Markdown looks as in the books that it is written for, as far as it can."""

from __future__ import annotations

from re import search, sub

import pytest

from hubshare.rendering.kinds import Kind, kind_of
from tests.helpers.rendering import notebook, show, text, words


def shown(source: str) -> str:
    return show(Kind.MARKDOWN, source).html


@pytest.mark.parametrize("marks", ["```", ":::", "~~~", "::::"])
def test_a_note_is_a_note_with_its_title(marks: str) -> None:
    html = shown(f"{marks}{{warning}} Mind *this*\n:class: wide\n\nIt is **hot**, $T_1$.\n{marks}\n\nbehind\n")
    assert (
        '<div class="markdown-alert markdown-alert-warning"><p class="markdown-alert-title">Mind <em>this</em></p>'
        in html
    )
    assert "<strong>hot</strong>" in html and '<span class="hs-math">$T_1$</span>' in html
    assert ":class:" not in html and marks not in html and "<p>behind</p>" in html
    assert '<p class="markdown-alert-title">Tip</p>' in shown(
        "```{admonition}\n:class: tip\n```".replace("{admonition}", "{tip}")
    )


def test_a_callout_of_quarto_has_the_title_that_its_heading_says() -> None:
    html = shown("::: {.callout-tip}\n## Try it\n\nNow.\n:::\n")
    assert "markdown-alert-tip" in html and 'alert-title">Try it</p>' in html and "<p>Now.</p>" in html
    assert 'alert-title">Here</p>' in shown('::: {.callout-note title="Here"}\nx\n:::\n')


def test_formulas_of_myst_are_set_and_referred_to() -> None:
    html = shown("```{math}\n:label: eq:one\na = b\n```\n\nSee {eq}`eq:one` and {math}`x_1`.\n")
    assert (
        '<span class="hs-math">\\begin{equation}a = b\n\\label{eq:one}\\end{equation}</span>'.replace("\n", "") in html
    )
    assert '<span class="hs-math">\\eqref{eq:one}</span>' in html and '<span class="hs-math">$x_1$</span>' in html
    assert "{eq}" not in html and "$$a\\\\b$$" in shown("```{math}\n:label: x\na\\\\b\n```")


def test_code_of_cells_and_chunks_has_its_colours() -> None:
    for info in (
        "{code-cell} python\n:tags: [x]",
        "{python}",
        "{python plot, echo=FALSE}",
        "{code-block} python\n:linenos:",
    ):
        html = shown(f"```{info}\nimport os\n```")
        assert '<span class="kn">import</span>' in html and "tags" not in html, info
    assert '<span class="p">(</span>' in shown("```{r cars, fig.cap='x'}\nsummary(cars)\n```")


def test_figures_folding_text_and_blocks_of_other_names_show_what_is_in_them() -> None:
    html = shown("```{figure} a.png\n:width: 80px\n:alt: an a\nThe *caption*\n```")
    assert '<figure><img src="hubshare:a.png" alt="an a" width="80">' in html and "<em>caption</em>" in html
    assert "<details><summary>More</summary><p>inside</p>" in shown(":::{dropdown} More\ninside\n:::")
    assert words(shown("::::{grid} 2\n:::{card} Title\nbody\n:::\n::::\n")) == "Title body"
    # What is no such block is left as code.
    assert "toctree" not in shown("```{toctree}\n:depth: 2\nintro\n```") and "<pre" in shown("```{toctree}\nintro\n```")


def test_roles_and_labels_are_read() -> None:
    html = shown(
        "(part-a)=\n# Part\n\n{sub}`2` {kbd}`Ctrl` {abbr}`HTML (Hypertext)` {ref}`there <part-a>` {doc}`the next <b.md>`\n"
    )
    assert "<sub>2</sub> <kbd>Ctrl</kbd>" in html and '<abbr title="Hypertext">HTML</abbr>' in html
    assert 'id="user-part-a"' in html and 'href="#user-part-a"' in html and 'href="hubshare:b.md"' in html
    # Of others it is shown what is written.
    assert words(shown("{cite}`key` and f{x}`y`")) == "{cite} key and f{x} y"


def test_blocks_within_blocks_have_an_end_and_run_nothing() -> None:
    deep = "".join(f"{':' * (60 - level)}{{note}}\n" for level in range(50)) + "x\n"
    assert shown(deep).count("markdown-alert-title") == 4
    hostile = ":::{note} <script>alert(1)</script>\n<img src=x onerror=alert(2)>\n\n[x](javascript:alert(3))\n:::\n"
    hostile += '```{figure} javascript:alert(4)"><script>\n:width: 1" onload="x\n```\n{abbr}`a (b" onclick="c)`\n'
    html = shown(hostile + '```{dropdown} <b onclick="x">\n<div class="hs-note hs-cut">no note of ours</div>\n```\n')
    assert "<script" not in html and "javascript:" not in html and "hs-cut" not in html
    assert not search(r"<[^<>]*\son\w+=", sub(r'"[^"]*"', "", html))


def test_files_of_quarto_and_r_markdown_are_texts() -> None:
    assert kind_of("a.qmd", 5, b"# a\n") is kind_of("b.Rmd", 5, b"# a\n") is Kind.MARKDOWN


def test_a_directive_that_is_not_followed_is_named() -> None:
    html = shown("```{include} ../intro.md\n```\n\n```{tableofcontents}\n```\n\n```\n```\n")
    assert words(html) == "{include} ../intro.md {tableofcontents}"


def test_what_refers_to_a_part_of_another_file_is_no_link_that_leads_nowhere() -> None:
    source = "(Here)=\n# A\n\n{ref}`one <here>` {ref}`two <elsewhere>` {numref}`three <fig-b>`\n\n![b](b.png){#fig-b}\n"
    html = show(Kind.MARKDOWN, source).html
    assert html.count("href=") == 2 and "two" in words(html) and "elsewhere" not in html
    assert "href" not in show(Kind.MARKDOWN, ":::{note}\nSee {ref}`two <elsewhere>`\n:::\n").html
    cells = show(Kind.NOTEBOOK, notebook(text("{ref}`one <there>`"), text("(there)=\n# B"))).html
    assert 'href="#user-there"' in cells and 'id="user-there"' in cells
