"""`make screenshots`: the pictures in the documents, of the pages and of the first five minutes in JupyterLab."""

from __future__ import annotations

import base64
import sys
import tempfile
from math import pi, sin
from pathlib import Path

from playwright.sync_api import sync_playwright

from demo.stack import LocalStack
from hubshare.errors import Unavailable
from tests.helpers.browsers import Browsers, Person, find_chromium, shown
from tests.helpers.five_minutes import play
from tests.helpers.sample import CODE, FRAME, NOTES, README, code_cell, markdown_cell, notebook, output, png, ran, write

IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: Of each picture, in bytes: they are part of the repository.
LARGEST = 150_000
_SIZE = {"width": 1100, "height": 720}


def main() -> int:
    """Take them; return 1 where that cannot be done."""
    try:
        find_chromium()
    except Unavailable as error:
        print(error.message, file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="hub-") as place,
        LocalStack(Path(place), users=("alice", "bob")) as stack,
        sync_playwright() as playwright,
        Browsers(playwright, stack) as browsers,
    ):
        for user in stack.users:
            stack.start_server(user)
        prepare(stack)
        bob = browsers("bob", viewport=_SIZE)
        bob.go("projects/alice/waves")
        shown(bob, "#readme")
        take(bob, "project")
        bob.go("projects/alice/waves/files/latest/01 Strings.ipynb")
        shown(bob)
        take(bob, "notebook")
        bob.go("conflicts")
        bob.page.get_by_role("link", name="02 Drums.ipynb").click()
        shown(bob, "#difference")
        take(bob, "conflict")
        browsers.close_all()
        first_five_minutes(browsers)
    return 0


def first_five_minutes(browsers: Browsers) -> None:
    """Play them at a Hub of their own, and keep what is to be seen meanwhile."""
    with (
        tempfile.TemporaryDirectory(prefix="hub-") as place,
        LocalStack(Path(place), users=("alice", "bob"), furnished=True) as stack,
        browsers.beside(stack) as people,
    ):
        for user in stack.users:
            stack.start_server(user)
        play(people, take, viewport=_SIZE)
        people.close_all()


def prepare(stack: LocalStack) -> None:
    """A course of Alice's, a few pushes, and a conflict that Bob has."""
    alice, bob = stack.home("alice") / "waves", stack.home("bob") / "waves"
    write(
        alice,
        {
            "README.md": README.replace("(waves.ipynb", "(01%20Strings.ipynb")
            .replace("waves.ipynb", "01 Strings.ipynb")
            .encode(),
            "notes.md": NOTES.encode(),
        },
    )
    write(
        alice, {"01 Strings.ipynb": strings(), "02 Drums.ipynb": drums("How does a drum sound?"), "data.csv": b"x,y\n"}
    )
    ran(stack, "alice", "share", alice, "--with", "bob:writer")
    ran(stack, "bob", "checkout", "alice/waves", bob)
    for name, content in (("wave.py", CODE.encode()), ("images/string.png", curve()), ("notes.md", b"# Notes\n")):
        write(alice, {name: content})
        ran(stack, "alice", "push", alice)
    write(bob, {"solutions/exercise 1.md": b"# Solution\n"})
    ran(stack, "bob", "sync", bob)
    write(alice, {"02 Drums.ipynb": drums("How does a drum sound, and why not like a string?")})
    ran(stack, "alice", "push", alice)
    write(bob, {"02 Drums.ipynb": drums("How does a round drum sound?", "modes(4, radius=0.3)")})
    ran(stack, "bob", "sync", bob)
    ran(stack, "alice", "pull", alice)


def strings() -> bytes:
    """A notebook that shows what a notebook can hold."""
    picture = base64.b64encode(curve()).decode()
    return notebook(
        markdown_cell(
            "# A string\n\nIts height at a place $x$ and a time $t$ is $u(x, t) = \\sin(4\\pi x)\\,\\cos(t)$."
        ),
        code_cell("import numpy as np\n\nx = np.linspace(0, 1, 200)\nu = np.sin(4 * np.pi * x)"),
        code_cell("plot(x, u)", output(image__png=picture), count=2),
        code_cell("frame.head(2)", output(text__html=FRAME), count=3),
    )


def drums(question: str, call: str = "modes(3)") -> bytes:
    """A notebook that two people change."""
    said = {"output_type": "stream", "name": "stdout", "text": "fundamental: 110 Hz\n"}
    text = f"# A drum\n\nIts skin moves up and down as a string does, but in two directions.\n\n{question}"
    code = f"from drums import modes, play\n\nfound = {call}\nplay(found)\nprint(found.fundamental)"
    return notebook(markdown_cell(text), code_cell(code, said), markdown_cell("Listen to it."))


def curve(width: int = 520, height: int = 200) -> bytes:
    """The picture of a sine."""
    lines = [round(height / 2 - height * 0.4 * sin(4 * pi * x / width)) for x in range(width)]
    return png(width, height, lambda x, y: (31, 119, 180) if abs(y - lines[x]) < 3 else (255, 255, 255))


def take(person: Person, name: str) -> None:
    """Keep a picture of what is on the screen."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    person.page.screenshot(path=path, animations="disabled", caret="hide")
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size:,} bytes, and at most {LARGEST:,} are wanted")
    print(f"{path.relative_to(IMAGES.parents[1])}: {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    sys.exit(main())
