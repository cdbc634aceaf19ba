"""Formulas are found as Jupyter finds them, wherever they stand; prices and code are none."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hubshare_workers.render.markdown import Outline, to_html

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import cell, display, notebook, show, text


def formulas(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<span class="hs-math">([^<]*)</span>', html)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a $ x^2 + 1 $ b", ["$ x^2 + 1 $"]),
        (r"3$\sigma$ and 95$\%$ and $\alpha$1", [r"$\sigma$", r"$\%$", r"$\alpha$"]),
        ("$x$-axis, ($y$), the $n$th", ["$x$", "$y$", "$n$"]),
        (r"\\(a+b\\) and \\[c+d\\]", [r"\(a+b\)", r"\[c+d\]"]),
        ("text\n$$\na = b\n$$\nand after", ["$$\na = b\n$$"]),
        ("- item\n\n  $$\n  a = b\n  $$\n", ["$$\n  a = b\n  $$"]),
        ("> $$\n> y\n> $$", ["$$\ny\n$$"]),
        ("$$\na = 1\n\nb = 2\n$$", ["$$\na = 1\n\nb = 2\n$$"]),
        ("text \\begin{align}\na &= b \\\\\nc\n\\end{align} text", ["\\begin{align}\na &= b \\\\\nc\n\\end{align}"]),
        (r"see (\ref{eq:one}) and \eqref{eq:two}", [r"\ref{eq:one}", r"\eqref{eq:two}"]),
        ("| a |\n|---|\n| $P(A|B)$ |", ["$P(A|B)$"]),
        ("$a_1 b_2 * c_3$ and $a*b*c$", ["$a_1 b_2 * c_3$", "$a*b*c$"]),
        ("**$x$** <b>$y < z$</b>", ["$x$", "$y < z$"]),
        ("<center>$x^2$</center>\n\n<div>$\\beta$</div>", ["$x^2$", "$\\beta$"]),
        (r"$\text{where $x$ is odd}$", [r"$\text{where $x$ is odd}$"]),
        ("$`x_1`$ as on GitHub", ["$x_1$"]),
        ("```math\nx < 1\n```", ["$$x < 1\n$$"]),
        ("# Of $\\lambda$", ["$\\lambda$"]),
        ("`$a$` and `` $`b`$ `` and $c$", ["$c$"]),
    ],
)
def test_formulas_are_found_however_they_are_written(source: str, wanted: list[str]) -> None:
    assert formulas(to_html(source, Outline())) == wanted


@pytest.mark.parametrize(
    "source",
    [
        "It costs $5 or $10, or US$20 and $30.",
        "Costs $5 to $10.",
        "from $1M–$2M, and ($5) to ($10)",
        "Variables $HOME and $PATH are set, as in $HOME/bin:$PATH.",
        "In $ and in $.",
        r"escaped \$5 and \$6",
        "```sh\necho $a $b\n```\n",
        "~~~\n$x$\n~~~\n",
        "<pre>$x$</pre>",
        "one $x\n\nand another$ one",
    ],
)
def test_prices_variables_and_code_are_none(source: str) -> None:
    html = to_html(source, Outline())
    assert not formulas(html) and html.count("$") == source.replace("\\$", "$").count("$")


def test_formulas_in_addresses_and_names_stay_as_they_were_written() -> None:
    outline = Outline()
    html = to_html("## Of $\\lambda$ `x`\n\n[a](b/$x$c.md) ![the $y$](p.png)\n\n<p title='$z$'>t</p>", outline)
    assert outline.entries[0]["text"] == "Of $\\lambda$ x"
    assert 'href="hubshare:b/$x$c.md"' in html and 'alt="the $y$"' in html and 'title="$z$"' in html


def test_outputs_have_formulas_too_but_not_where_they_say_that_they_have_none() -> None:
    html = "<p>for $x < 1$ <code>$y$</code></p>"
    table = '<div class="tex2jax_ignore"><table><tr><td>$z$</td></tr></table></div>'
    outputs = [display(text__html=html), display(text__html=table), display(text__latex="if $a<b$ or \\(c\\)")]
    shown = show(Kind.NOTEBOOK, notebook(cell("", *outputs, display(text__markdown="*so* $d$")))).html
    assert formulas(shown) == ["$x < 1$", "$a<b$", "\\(c\\)", "$d$"]


def test_a_table_for_paper_is_shown_as_plain_text() -> None:
    data = display(text__latex="\\begin{tabular}{l}a\\end{tabular}", text__plain="a table")
    assert "a table" in show(Kind.NOTEBOOK, notebook(cell("", data))).html


def test_hostile_formulas_stay_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    for source in (f"${evil}$", f"<b title='${evil}$'>${evil}$</b>", f"[x](<${evil}$>)", f"```math\n{evil}\n```"):
        for html in (to_html(source, Outline()), show(Kind.NOTEBOOK, notebook(text(source))).html):
            assert "<img" not in html
    for data in ({"text__latex": f"${evil}$"}, {"text__html": f"${evil.replace('<', '&lt;')}$"}):
        assert "<img" not in show(Kind.NOTEBOOK, notebook(cell("", display(**data)))).html


def test_formulas_between_backslashes_are_set_in_blocks_of_html() -> None:
    html = show(Kind.MARKDOWN, "<div>\n\\(a^2\\) and \\[b &lt; c\\] <code>\\(d\\)</code>\n</div>\n\nand \\(e\\)\n").html
    assert '<span class="hs-math">\\(a^2\\)</span>' in html and '<span class="hs-math">\\[b &lt; c\\]</span>' in html
    assert "<code>\\(d\\)</code>" in html and html.count("hs-math") == 2
