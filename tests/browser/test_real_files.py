"""Files as people have them, in a real browser: recordings play, archives are listed, diagrams are drawn."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase

import pytest
from playwright.sync_api import Page, expect

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers, Person, shown
from tests.helpers.sample import code_cell, notebook, output, packed, png, ran, tone, write
from tests.helpers.sinks import Sinks

MERMAID = Path(__file__).parents[2] / "hubshare/service/pages/assets/source/mermaid.js"
#: In the place of Mermaid: it draws for ever, and says that it does.
ENDLESS = """globalThis.mermaid = {
  initialize() {},
  render: () => new Promise(() => { document.body.dataset.busy = "yes"; }),
};
"""
FILES = "projects/alice/real-files/files/latest"
DIAGRAM = "flowchart LR\n    A[Measure] --> B{Clean?}\n    B -->|yes| C[Fit $x_1$]\n    B -->|no| A\n"
TIMES = "sequenceDiagram\n    Alice->>Bob: push\n    Bob-->>Alice: pull\n"
#: The second one is none that KaTeX can set.
EQUATIONS = r"""# Equations

\begin{equation} a = 1 \end{equation}

$$
\begin{equation} \bbox[red]{b} = 2 \end{equation}
$$

\begin{align} c &= 3 \\ d &= 4 \end{align}

$$\begin{gather} e = 5 \end{gather}$$
"""
#: Quantities of siunitx and what they look like; the last ones are the page's own command, and a unit that nobody knows.
UNITS = {
    r"\SI{9.81}{\meter\per\second\squared}": "9.81 m s−2",
    r"\qty{12345.6}{\km}": "12 345.6 km",
    r"\qty{10}{\micro\metre}": "10 µm",
    r"\num{1.5e-3}": "1.5×10−3",
    r"\num{3 \pm 0.2}": "3±0.2",
    r"\ang{12;30;}": "12∘30′",
    r"\si{kg.m/s^2}": "kg m s−2",
    r"\SIrange{1}{5}{\nm}": "1 nm to 5 nm",
    r"\DeclareSIUnit{\smoot}{smoot} \SI{2}{\smoot}": "2 smoot",
    r"\newcommand{\num}[1]{#1!} \num{7}": "7!",
}
UNKNOWN_UNIT = r"\SI{5}{\furlong}"
#: A unit that is twice as long as another one, which is twice as long as another one.
ENDLESS_UNIT = r"\DeclareSIUnit{\xa}{m}" + "".join(
    rf"\DeclareSIUnit{{\x{after}}}{{\x{before}\x{before}}}" for before, after in pairwise(ascii_lowercase)
)
#: A table of pandas with colours of its own, of letters and behind them, and one that only says what is bold.
COLOURED = f"""<style>
#T_0 {{ background-color: yellow }} #T_1 {{ color: darkblue }} #T_2 {{ background-color: #023858; color: #f1f1f1 }}
#T_3 {{ color: black; font-weight: bold }} #T_4 {{ color: var(--jp-content-font-color1) }}
#T_5 {{ background-color: #000066 }}
</style><table><tr>{"".join(f'<td id="T_{number}">{number}</td>' for number in range(7))}</tr></table>"""
#: The contrast of the letters of each cell with what is behind them (WCAG 2.2).
CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let up = one; up; up = up.parentElement) {
      const colour = getComputedStyle(up).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll(".hs-html td")].map((one) => {
    const both = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
  });
}"""
#: Diagrams that try to run something, to be drawn outside of their place, or to reach somebody.
HOSTILE = [
    'flowchart LR\n    A["<img src=x onerror=alert(1)><script>alert(1)</script>"]',
    'flowchart LR\n    A --> B\n    click A "javascript:alert(1)"\n    click B call alert()',
    '%%{init: {"securityLevel": "loose", "htmlLabels": true}}%%\nflowchart LR\n    A["<b onclick=alert(1)>x</b>"]',
    '%%{init: {"themeCSS": "* { background: url(http://127.0.0.1:PORT/x.png) } @import url(http://127.0.0.1:PORT/y.css);"}}%%\n'
    "flowchart LR\n    A --> B",
    'flowchart LR\n    A@{ img: "http://127.0.0.1:PORT/a.png", label: "x", h: 60 }',
    "</code></pre></div><script>alert(1)</script>",
]


def fenced(*diagrams: str) -> str:
    return "\n\n".join(f"```mermaid\n{one.rstrip()}\n```" for one in diagrams)


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    made = Sinks(["reached"], [])
    yield made
    made.close()


@pytest.fixture(scope="module")
def real_files(stack: LocalStack, sinks: Sinks) -> LocalStack:
    folder = stack.home("alice") / "real-files"
    files = {
        "README.md": f"# Real files\n\n{fenced(DIAGRAM)}\n".encode(),
        "diagrams.md": f"# Diagrams\n\n{fenced(DIAGRAM, TIMES, 'flowchart nonsense(((')}\n\nThe end.\n".encode(),
        "hostile.md": f"# Hostile\n\n{fenced(*HOSTILE)}\n".replace("PORT", str(sinks.ports["reached"])).encode(),
        "cells.ipynb": notebook(
            {"cell_type": "markdown", "metadata": {}, "source": fenced(TIMES)},
            code_cell("draw()", output(**{"text__vnd.mermaid": DIAGRAM, "text__plain": "a diagram"})),
        ),
        "equations.md": EQUATIONS.encode(),
        "coloured.ipynb": notebook(code_cell("df.style", output(text__html=COLOURED))),
        "units.md": "".join(f"${one}$\n\n" for one in (*UNITS, UNKNOWN_UNIT, ENDLESS_UNIT)).encode(),
        "endless.md": f"# Endless\n\n{fenced(*[DIAGRAM] * 8)}\n".encode(),
        "lost.md": b"![A wave](plots/a%20wave.png) ![](attachment:x.png) ![Half](half.png)\n\n![There](there.png)\n",
        "lost.ipynb": notebook(code_cell("plot()", output(image__png=base64.b64encode(png(9, 9)[:40]).decode()))),
        "half.png": png(9, 9)[:40],
        "there.png": png(9, 9),
        "tone.wav": tone(),
        "results.zip": packed({"run 1/data.csv": b"x,y\n" * 900, "<b>.txt": b""}),
    }
    write(folder, files)
    ran(stack, "alice", "share", folder)
    return stack


@pytest.fixture
def alice(real_files: LocalStack, browsers: Browsers) -> Person:
    return browsers("alice")


def drawn(page: Page, number: int = 0) -> tuple[int, int]:
    """The size of a diagram, once it is drawn."""
    image = page.locator(".hs-diagram > img").nth(number)
    expect(image).to_be_attached()
    found: list[int] = image.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    return found[0], found[1]


def test_diagrams_are_drawn_and_those_that_cannot_be_say_why(alice: Person) -> None:
    alice.go(f"{FILES}/diagrams.md")
    shown(alice)
    assert all(width > 200 and height > 50 for width, height in (drawn(alice.page), drawn(alice.page, 1)))
    expect(alice.page.locator(".hs-diagram .hs-note")).to_contain_text("This diagram cannot be drawn:")
    expect(alice.page.locator(".hs-diagram > img")).to_have_count(2)
    alice.picture("diagrams")
    light = alice.page.locator(".hs-diagram > img").first.get_attribute("src")
    alice.page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    expect(alice.page.locator(f'.hs-diagram > img[src="{light}"]')).to_have_count(0)
    drawn(alice.page, 1)
    alice.picture("diagrams-dark")
    alice.page.get_by_text("Source of the diagram").first.click()
    expect(alice.page.get_by_text("A[Measure] --> B{Clean?}")).to_be_visible()
    alice.check()


def test_diagrams_that_never_end_cost_one_time_for_all_of_them(browsers: Browsers, real_files: LocalStack) -> None:
    alice = browsers.anew("alice")
    page = alice.page
    page.clock.install()
    page.route("**/static/mermaid-*.js", lambda route: route.fulfill(body=ENDLESS + MERMAID.read_text()))
    alice.go(f"{FILES}/endless.md")
    for tried in range(1, 4):
        expect(page.frame_locator(".hs-drawing").locator("body[data-busy]")).to_be_attached()
        page.clock.fast_forward(10_000)
        expect(page.get_by_text("This diagram cannot be drawn: drawing it took too long")).to_have_count(tried)
    expect(page.get_by_text("This diagram cannot be drawn: the diagrams before it took too long")).to_have_count(5)
    expect(page.locator(".hs-drawing")).to_have_count(0)
    alice.picture("diagrams-endless")
    alice.check()


def test_a_picture_that_is_missing_or_damaged_says_so_and_which_one_it_is(alice: Person) -> None:
    alice.go(f"{FILES}/lost.md")
    shown(alice)
    lost = alice.page.locator(".hs-missing")
    expect(lost).to_have_text(
        ["A wave, a wave.png is missing", "A picture is missing", "Half, half.png cannot be shown"]
    )
    expect(alice.page.get_by_role("img", name="There")).to_have_js_property("naturalWidth", 9)
    alice.picture("missing-pictures")
    alice.go(f"{FILES}/lost.ipynb")
    shown(alice)
    expect(lost).to_have_text("A picture cannot be shown")
    expect(alice.page.locator("#rendered img")).to_have_count(0)
    alice.check()


def test_diagrams_of_notebooks_and_of_the_readme_are_drawn(alice: Person) -> None:
    alice.go(f"{FILES}/cells.ipynb")
    shown(alice)
    drawn(alice.page), drawn(alice.page, 1)
    alice.picture("diagrams-in-notebook")
    alice.check()
    alice.page.set_viewport_size({"width": 390, "height": 800})
    alice.go("projects/alice/real-files")
    drawn(alice.page)
    alice.picture("diagrams-narrow")
    alice.check()


def test_hostile_diagrams_run_nothing_and_reach_nobody(
    browsers: Browsers, real_files: LocalStack, sinks: Sinks
) -> None:
    alice = browsers.anew("alice")
    dialogs = list[str]()
    alice.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    alice.go(f"{FILES}/hostile.md")
    shown(alice)
    expect(alice.page.locator(".hs-diagram:not(:has(> img, > .hs-note))")).to_have_count(0, timeout=60_000)
    assert dialogs == [] and not sinks.reached
    assert alice.page.locator(".hs-diagram :is(script, svg, foreignObject)").count() == 0
    frame = next(one for one in alice.page.frames if one.url.endswith("/static/draw/diagrams"))
    assert frame.evaluate("self.origin") == "null"
    assert "TypeError" in frame.evaluate("fetch('/hub/api/').then(() => 'got it', (error) => error.name)")
    alice.picture("diagrams-hostile")
    # It was asked for, and the browser has let none of it out.
    alice.requested.clear()


def test_equations_have_one_count_whoever_sets_them(alice: Person) -> None:
    alice.go(f"{FILES}/equations.md")
    shown(alice)
    expect(alice.page.locator(".hs-math")).to_have_count(0)
    names = alice.page.locator(".hs-math-set").evaluate_all(
        "(all) => all.flatMap((one) => [...one.querySelectorAll('[id^=\"mjx-eqn:\"]')].map((row) => row.id.slice(8)))"
    )
    assert names == ["1", "2", "3", "4", "5"] and alice.page.locator(".eqn-num").count() == 0
    alice.picture("equations")
    alice.check()


def test_quantities_with_units_are_set_and_an_unknown_one_says_so(alice: Person) -> None:
    alice.go(f"{FILES}/units.md")
    shown(alice)
    expect(alice.page.locator(".hs-math")).to_have_count(0)
    found = alice.page.locator(".hs-math-set .katex-html").all_text_contents()
    plain = [" ".join(re.sub("[\u200b\u2009\u00a0]", " ", one).split()).replace(" ", "") for one in found]
    assert plain == [one.replace(" ", "") for one in UNITS.values()]
    unset = [f"{one}$ (Undefined control sequence" for one in (UNKNOWN_UNIT, ENDLESS_UNIT)]
    expect(alice.page.locator(".hs-math-unset")).to_contain_text(unset)
    alice.picture("units")
    alice.check()


def test_colours_of_an_output_can_be_read_on_light_and_dark_pages(alice: Person) -> None:
    alice.go(f"{FILES}/coloured.ipynb")
    shown(alice)
    for theme in ("light", "dark"):
        alice.page.evaluate("(theme) => { document.documentElement.dataset.bsTheme = theme; }", theme)
        found = alice.page.evaluate(CONTRASTS)
        # Of what its author had on dark blue without saying how, the light page shows what stands out as far as lines do.
        assert len(found) == 7 and all(one >= (3 if theme == "light" else 4.5) for one in found), (theme, found)
        alice.picture(f"coloured-{theme}")
    page_text, page_behind = "rgb(222, 226, 230)", "rgba(0, 0, 0, 0)"
    plain = alice.page.locator(".hs-html td").last
    expect(plain).to_have_css("color", page_text)
    expect(plain).to_have_css("background-color", page_behind)
    alice.check()


def test_a_recording_plays_from_where_one_likes(alice: Person) -> None:
    alice.go(f"{FILES}/tone.wav")
    player = alice.page.locator("audio")
    expect(player).to_have_js_property("duration", 1)
    player.evaluate("(audio) => { audio.muted = true; audio.currentTime = 0.8; audio.play(); }")
    expect(player).to_have_js_property("ended", True)
    expect(player).to_have_js_property("error", None)
    alice.picture("recording")
    # Also in the page that the browser makes around the file itself.
    alice.go(f"{FILES.replace('/files/', '/raw/')}/tone.wav")
    expect(alice.page.locator("video")).to_have_js_property("duration", 1)
    alice.check()


def test_an_archive_is_listed(alice: Person) -> None:
    alice.go(f"{FILES}/results.zip")
    shown(alice)
    expect(alice.page.get_by_role("row", name="run 1/data.csv")).to_contain_text("3.6 KB")
    expect(alice.page.get_by_role("cell", name="<b>.txt")).to_be_visible()
    alice.picture("archive")
    alice.check()
