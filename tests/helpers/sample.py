"""A small project with a file of every kind, in two versions."""

from __future__ import annotations

import base64
import io
import json
import math
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from demo.stack import LocalStack
from hubshare.testing.notebooks import notebook as cells

PROJECT = "alice/show"
README = """# Waves

How a string moves, in *three* notebooks. See [the notes](notes.md) and [the second cell](waves.ipynb#cell-2).

| file | what |
|---|---|
| `waves.ipynb` | the string |
| `data.csv` | what was measured |

```python
amplitude = 2 * pi
```
"""
NOTES = """# Notes

The wave equation $\\frac{\\partial^2 u}{\\partial t^2} = c^2 \\nabla^2 u$ holds, and

$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$$

Of its modes $\\DeclareMathOperator{\\rank}{rank}\\rank A$ are known, and $\\rank B$ are heard; $\\nonsense$ is no formula.
Their slope is $\\pdv{u}{x}$, with $\\bm{k}$ and $\\verb|k|$.

- [x] derived
- [ ] checked
"""
CODE = '''"""How a string moves."""

from math import pi, sin


def height(x: float, t: float) -> float:
    """Of the string at a place and a time."""
    return sin(2 * pi * x) * sin(t)
'''
FRAME = """<table border="1" class="dataframe"><thead><tr><th></th><th>x</th><th>height</th></tr></thead>
<tbody><tr><th>0</th><td>0.25</td><td>0.84</td></tr><tr><th>1</th><td>0.50</td><td>-0.12</td></tr></tbody></table>"""
#: A triangle in France, and a point in it whose name is markup.
PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "measured here"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 44], [6, 44], [3, 49], [0, 44]]]},
        },
        {
            "type": "Feature",
            "properties": {"name": "<img src=x onerror=alert(1)>"},
            "geometry": {"type": "Point", "coordinates": [3, 46]},
        },
    ],
}
LONG = "a name that goes on and on " * 7 + "and ends.txt"
ROWS = 2_500


Colour = tuple[int, int, int]


def png(width: int, height: int, colour: Callable[[int, int], Colour] | None = None) -> bytes:
    """A picture; without `colour`, which gives that of a point, a slope of colours."""

    def slope(x: int, y: int) -> Colour:
        return 255 * x // width, 120, 255 - 255 * x // width

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    at = colour or slope
    lines = b"".join(b"\0" + b"".join(bytes(at(x, y)) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def markdown_cell(source: str) -> dict[str, Any]:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code_cell(source: str, *outputs: dict[str, Any], count: int = 1) -> dict[str, Any]:
    """A cell of code with its outputs."""
    return {"cell_type": "code", "execution_count": count, "metadata": {}, "source": source, "outputs": list(outputs)}


def output(**data: Any) -> dict[str, Any]:
    """An output; `text__html` stands for the type text/html."""
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {name.replace("__", "/"): content for name, content in data.items()},
    }


def notebook(*cells: dict[str, Any]) -> bytes:
    """A notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells}, indent=1).encode()


def waves(words: str) -> bytes:
    """The notebook of the project; what its last cell says changes."""
    picture = base64.b64encode(png(320, 120)).decode()
    return notebook(
        markdown_cell("# A string\n\nIts height is $u(x, t) = \\sin(2\\pi x)\\,\\sin t$."),
        code_cell(
            "import numpy as np\nx = np.linspace(0, 1, 200)\nprint(len(x))",
            {"output_type": "stream", "name": "stdout", "text": "200\n"},
        ),
        code_cell("plot(x, height(x))", output(image__png=picture, text__plain="<Figure>"), count=2),
        code_cell("frame.head(2)", output(text__html=FRAME, text__plain="   x  height"), count=3),
        code_cell(
            "1 / 0",
            {
                "output_type": "error",
                "ename": "ZeroDivisionError",
                "evalue": "division by zero",
                "traceback": ["\x1b[31mZeroDivisionError\x1b[0m: division by zero"],
            },
            count=4,
        ),
        code_cell(
            "show(wave)",
            output(
                text__html="<p id=here>still</p><script>document.getElementById('here').textContent='moving'</script>"
            ),
            count=5,
        ),
        markdown_cell(words),
    )


_ARRAY = "{'descr': '<f8', 'fortran_order': False, 'shape': (32, 40), }"


def tone() -> bytes:
    """A second of a tone of 440 Hz."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(round(128 + 100 * math.sin(math.tau * 440 * at / 8000)) for at in range(8000)))
    return made.getvalue()


def packed(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def first() -> dict[str, bytes]:
    """The files of the first version."""
    table = "x,height\n" + "".join(f"{number},{number * 7 % 100 / 100}\n" for number in range(ROWS))
    return {
        "README.md": README.encode(),
        "notes.md": NOTES.encode(),
        "waves.ipynb": waves("The first words."),
        "wave.py": CODE.encode(),
        "string.png": png(400, 200),
        "data.csv": table.encode(),
        "settings.json": json.dumps({"c": 340, "steps": [1, 2, 3], "names": {"a": None}}).encode(),
        "places.geojson": json.dumps(PLACES).encode(),
        "array.npy": b"\x93NUMPY\x01\x00v\x00" + _ARRAY.encode().ljust(117) + b"\n" + bytes(range(256)) * 40,
        "tone.wav": tone(),
        "results.zip": packed({"run 1/data.csv": b"x,y\n" * 900, "run 1/report.txt": b"done\n", "figures/": b""}),
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><circle r="40" cx="45" cy="45"/></svg>',
        "old.txt": b"no longer needed\n",
        f"names/{LONG}": b"long\n",
        "names/\u00fcml\u00e4ut \u540d\u524d \U0001f600.txt": b"odd\n",
    } | {f"many/file {number}.txt": b"one of many\n" for number in range(300)}


def second() -> dict[str, bytes]:
    """What the second version has instead."""
    return {
        "waves.ipynb": waves("The second words."),
        "wave.py": CODE.replace("sin(t)", "sin(3 * t)").encode(),
        "string.png": png(300, 200),
    }


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def ran(stack: LocalStack, user: str, *args: str | Path) -> str:
    """What a command on a user's server says; it must not fail."""
    done = stack.run(user, *args)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Sample:
    """The project, shared by Alice with Bob as a reader.

    Attributes:
        folder: Alice's.
        page: address of its first page, below the service.
    """

    page = f"projects/{PROJECT}"

    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.folder = stack, stack.home("alice") / "show"
        write(self.folder, first())
        ran(stack, "alice", "share", self.folder, "--with", "bob:reader")
        (self.folder / "old.txt").unlink()
        self.push(second())

    def push(self, files: dict[str, bytes]) -> None:
        """Have Alice write files and push them."""
        write(self.folder, files)
        ran(self.stack, "alice", "push", self.folder)


class Dispute:
    """`alice/dispute`, in which Bob has changed what Alice has changed too.

    Attributes:
        open: the path of the conflict that no test settles.
        bob: Bob's folder.
    """

    open = "waves.ipynb"
    page = "projects/alice/dispute"

    def __init__(self, stack: LocalStack) -> None:
        alice, self.bob = stack.home("alice") / "dispute", stack.home("bob") / "dispute"
        names = ("mine.py", "theirs.py", "keys.py")
        write(alice, {name: CODE.encode() for name in names} | {self.open: waves("Before.")})
        write(alice, {"cells.ipynb": cells("the same", "this", "that").encode()})
        ran(stack, "alice", "share", alice, "--with", "bob:writer")
        ran(stack, "bob", "checkout", "alice/dispute", self.bob)
        write(alice, {name: CODE.replace("2 * pi", "4 * pi").encode() for name in names})
        write(alice, {self.open: waves("What Alice says.")})
        write(alice, {"cells.ipynb": cells("the same", "alice changed this", "alice changed that").encode()})
        ran(stack, "alice", "push", alice)
        write(self.bob, {name: CODE.replace("2 * pi", "6 * pi").encode() for name in names})
        write(self.bob, {self.open: waves("What Bob says.")})
        write(self.bob, {"cells.ipynb": cells("the same", "bob changed this", "that").encode()})
        ran(stack, "bob", "sync", self.bob)
