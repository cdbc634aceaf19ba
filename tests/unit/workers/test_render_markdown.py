"""What people see of Markdown."""

from __future__ import annotations

import re

import pytest

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import show, words


def test_markdown_has_tables_task_lists_and_colours() -> None:
    html = show(
        Kind.MARKDOWN, "| a | b |\n|:-:|---|\n| 1 | ~~2~~ |\n\n- [x] done\n- [ ] open\n\n```python\nimport os\n```\n"
    ).html
    assert '<th style="text-align: center">a</th>' in html and "<s>2</s>" in html
    assert "☑ done" in html and "☐ open" in html
    assert '<span class="kn">import</span>' in html


def test_links_keep_their_way_into_the_project_and_outside_images_become_links() -> None:
    html = show(
        Kind.MARKDOWN,
        "[a](../b.md#c) [w](https://example.org) [m](mailto:a@example.org) ![i](img/a.png) ![o](https://example.org/a.png)",
    ).html
    assert 'href="hubshare:../b.md#c"' in html and 'src="hubshare:img/a.png"' in html
    assert 'href="https://example.org"' in html and 'href="mailto:a@example.org"' in html
    assert '<a class="hs-outside" href="https://example.org/a.png"' in html and html.count("<img") == 1


def test_money_is_no_mathematics() -> None:
    assert "hs-math" not in show(Kind.MARKDOWN, "It costs $5 and $10.").html


def test_alerts_and_bare_links_are_as_on_github() -> None:
    html = show(Kind.MARKDOWN, "> [!WARNING]\n> Of *this*.\n\nSee https://a.example/b_c_d.\n").html
    assert 'class="markdown-alert markdown-alert-warning"' in html and words(html).startswith("Warning Of this .")
    assert '<a href="https://a.example/b_c_d" rel="noopener noreferrer nofollow">https://a.example/b_c_d</a>.' in html


def test_names_of_emoji_are_emoji() -> None:
    source = "# :rocket: Start\n\n:+1: :tada::warning: but :octocat:, x[1:on:2], 10:30:45, `:rocket:` and https://a.example/:on:/b\n"
    result = show(
        Kind.MARKDOWN, f'{source}\n<h2 align="center">:snake: <code>:snake:</code></h2>\n\n```\n:rocket:\n```\n'
    )
    said = words(result.html)
    assert (
        "👍 🎉⚠️ but :octocat:, x[1:on:2], 10:30:45, :rocket: and https://a.example/:on:/b" in said
        and "🐍 :snake:" in said
    )
    assert said.count("🚀") == 1 and [(one["text"], one["anchor"]) for one in result.meta["outline"]] == [
        ("🚀 Start", "user-rocket-start")
    ]


def test_front_matter_is_not_shown() -> None:
    assert words(show(Kind.MARKDOWN, "---\ntitle: x\n---\n\ntext").html) == "text"


def test_a_code_block_of_an_unknown_language_is_plain() -> None:
    assert "&lt;b&gt;" in show(Kind.MARKDOWN, "```nonsense\n<b>\n```").html


def test_a_diagram_is_left_for_the_page_to_draw() -> None:
    for opening in ("```mermaid", "```{mermaid}", "~~~ mermaid"):
        html = show(Kind.MARKDOWN, f"{opening}\nflowchart LR\n  A[$x_1$] --> B<script>\n{opening[:3]}\n").html
        assert (
            '<div class="hs-diagram"><pre class="hs-code"><code>flowchart LR\n  A[$x_1$] --&gt; B&lt;script&gt;' in html
        )
    # Nobody else calls anything so.
    assert "hs-diagram" not in show(Kind.MARKDOWN, '<div class="hs-diagram"><pre><code>A</code></pre></div>').html


def test_a_place_that_is_named_as_in_older_html_can_be_linked_to() -> None:
    html = show(
        Kind.MARKDOWN, b'<a name="Arc_Start" href="#Arc_Start">x</a> <a name=cell-1></a> <a id="y" name="z"></a>'
    ).html
    assert 'id="user-arc_start"' in html and 'href="#user-arc_start"' in html and 'id="user-cell-1"' in html
    assert 'id="user-y"' in html and "name=" not in html


@pytest.mark.parametrize(
    ("heading", "links"),
    [
        ("Contributors ![x](http://a.example/b.png) ![y](http://a.example/c.png)", ["contributors--", "contributors"]),
        (
            "1. Intro: what's new?",
            ["1-intro-whats-new", "intro-whats-new", "intro-what-s-new", "1.-Intro:-what's-new?"],
        ),
        ("Results {#sec-results .unnumbered}", ["sec-results", "results"]),
        ("Preface {-}", ["preface"]),
    ],
)
def test_links_to_headings_are_read_in_the_spellings_of_those_who_make_books(heading: str, links: list[str]) -> None:
    written = " ".join(f"[x](<#{link}>)" for link in links)
    html = show(Kind.MARKDOWN, f"## {heading}\n\n{written}\n").html
    ids = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids and ".unnumbered" not in html and "{-}" not in html


def test_a_headings_own_anchor_goes_before_what_others_make_of_another_one() -> None:
    html = show(Kind.MARKDOWN, "# 1. Intro\n\n# Intro\n").html
    assert html.count('id="user-intro"') == 1 and '<h1 id="user-intro">' in html


def test_pictures_have_the_names_that_quarto_gives_them() -> None:
    html = show(Kind.MARKDOWN, "![A](a.png){#fig-a width=50%} ![B](b.png){.x} and {#this} and {that} [f](#fig-a)").html
    assert 'alt="A" id="user-fig-a">' in html and "50%" not in html and ".x" not in html
    assert "and {#this} and {that}" in html and 'href="#user-fig-a"' in html
