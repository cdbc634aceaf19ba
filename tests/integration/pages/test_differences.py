"""What two versions differ in, as a browser gets it: files followed to their old names, modes, layouts, any two versions."""

from __future__ import annotations

from typing import Any

import pytest

from hubshare.testing.centre import PREFIX, TestCentre
from tests.helpers.forge import Content
from tests.helpers.page_visitors import Browser, Shared, needs_assets, until, words
from tests.helpers.rendering import cell, notebook, text

pytestmark = needs_assets

CODE = "".join(f"step_{n} = measure({n})\n" for n in range(9))
TABLE = "id,value\n1,1.5\n2,2.5\n"


@pytest.fixture(scope="module")
def ann(centre: TestCentre) -> Browser:
    return Browser(centre, "ann")


@pytest.fixture(scope="module")
def made(centre: TestCentre) -> Shared:
    made = Shared(centre, "ann", "differences", grants={"eve": "reader"})
    book = [text("# Waves"), cell("speed = 3"), cell("plot(speed)")]
    files: dict[str | bytes, Content] = {
        "old name.py": CODE.encode(),
        "t.csv": TABLE.encode(),
        "n.ipynb": notebook(*book),
    }
    made.push(files, "First")
    del files["old name.py"]
    files |= {"new name.py": CODE.replace("(3)", "(4)").encode(), "t.csv": TABLE.replace("2.5", "2.75").encode()}
    made.push(files, "Second")
    book[1] = cell("speed = 4")
    files |= {"n.ipynb": notebook(*book), "new name.py": CODE.replace("(3)", "(4)").replace("5)", "5 )").encode()}
    made.push(files, "Third")
    return made


def difference(made: Shared, version: int, path: str, **query: Any) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{made.page}/versions/{version}/difference/{path.replace(' ', '%20')}?{asked}"


def test_a_renamed_file_is_one_change_and_its_history_goes_on(ann: Browser, made: Shared) -> None:
    said = words(ann.get(f"{made.page}/versions/2"))
    assert "2 changed files" in said and "new name.py renamed and changed from old name.py" in said
    shown = until(ann, difference(made, 2, "new name.py"), "measure( 4 )")
    assert "old name.py → new name.py renamed and changed" in shown and "measure( 3 )" in shown
    history = until(ann, f"{made.page}/history?path=new%20name.py", "Third")  # the last one that comes into the index
    assert history.index("Third") < history.index("renamed from old name.py") < history.index("First")
    page = ann.get(f"{made.page}/history?path=new%20name.py").text
    assert f'href="{PREFIX}{made.page}/files/v1/old%20name.py"' in page, "and leads to it as it was called then"


def test_any_two_versions_are_compared_in_any_layout(ann: Browser, made: Shared) -> None:
    page = ann.get(f"{made.page}/versions/3?since=1&layout=split")
    assert "3 changed files since version 1" in words(page)
    assert "difference/n.ipynb?since=1&amp;layout=split" in page.text
    assert "since=1&amp;layout=split&amp;spaces=ignore" in page.text
    assert "No differences." in words(ann.get(f"{made.page}/versions/3?since=3"))
    until(ann, difference(made, 3, "n.ipynb", since=1), "code cell changed 2")
    until(ann, difference(made, 3, "n.ipynb", layout="split"), "code cell changed 2")
    assert "hs-split" in ann.get(difference(made, 3, "n.ipynb", layout="split")).text
    until(ann, difference(made, 3, "new name.py", spaces="ignore"), "1 line differs only in white space")
    until(ann, difference(made, 2, "t.csv"), "2.5 2.75")
    # Back in time, of what is there in one of them.
    until(ann, difference(made, 1, "old name.py", since=3), "renamed and changed")
    for wrong in ("since=99", "since=x", "layout=wide", "spaces=some"):
        assert ann.get(f"{made.page}/versions/3?{wrong}").status_code in (404, 422)
    assert Browser(made.centre, "ben").get(f"{made.page}/versions/3?since=1").status_code == 404


def test_what_is_no_image_is_not_shown_as_one(ann: Browser, centre: TestCentre) -> None:
    made = Shared(centre, "ann", "pictured")
    pixel = b"\x89PNG\r\n\x1a\n" + bytes(40)
    made.push({"p.png": pixel, "data.bin": bytes(30)}, "First")
    made.push({"p.png": b"moved to p.svg\n", "data.bin": bytes(31)}, "Second")
    page = ann.get(difference(made, 2, "p.png"))
    assert "Before: 48 bytes After: 15 bytes, not an image" in words(page)
    assert page.text.count(f'<img src="{PREFIX}{made.page}/raw/v') == page.text.count("<figure><figcaption") - 1 == 1
    assert f'href="{PREFIX}{made.page}/files/v2/p.png"' in page.text and "data-swipe" not in page.text
    page = ann.get(difference(made, 2, "data.bin"))
    assert "Not text, so the difference is not shown: 30 bytes before , 31 bytes after" in words(page)
    assert f'href="{PREFIX}{made.page}/files/v1/data.bin"' in page.text
