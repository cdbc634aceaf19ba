"""A rendering from the request to the cache, through the real queue and the real process; and a real course."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dramatiq
import pytest
from hubshare_workers.context import Context
from hubshare_workers.declare import declare
from hubshare_workers.render.job import cut_out, make
from hubshare_workers.render.renderer import Renderer
from hubshare_workers.render.sandbox import SandboxLimits

from hubshare import jobs
from hubshare.git.objects import BLOB, Object
from hubshare.git.repositories import Repositories
from hubshare.git.streams import ObjectStream
from hubshare.rendering.cache import RenderCache
from hubshare.rendering.kinds import LARGEST, Kind
from hubshare.rendering.requests import make_request, page_request
from hubshare.rendering.results import RenderResult
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.hostile_content import look_through

PROJECT = "c" * 32
MIB = 1024 * 1024
SAMPLE = (
    Path(os.environ.get("HUBSHARE_SAMPLES") or Path(__file__).parents[4] / "shared/samples") / "ipython-in-depth.tar.xz"
)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer(SandboxLimits(20, 1024 * MIB, 64 * MIB))
    yield made
    made.close()


class Centre(SimpleNamespace):
    """As much of a centre as renderings need."""

    repositories: Repositories
    rendered: RenderCache

    def add(self, data: bytes) -> str:
        """Put content into the project; its blob's id."""
        repository = self.repositories.open(PROJECT)
        with repository.lock():
            repository.add([Object(BLOB, data)])
        return Object(BLOB, data).id


@pytest.fixture
def small(tmp_path: Path) -> Centre:
    repositories = Repositories(tmp_path / "repositories", tmp_path / "packs")
    repositories.create(PROJECT, "alice", 0, "x")
    return Centre(repositories=repositories, rendered=RenderCache(tmp_path / "rendered"))


@pytest.fixture
def broker(redis_url: str, redis_client: Any, small: Any, renderer: Renderer) -> Iterator[dramatiq.Broker]:
    made = jobs.make_broker(redis_url)
    declare(made, Context(small, renderer), [jobs.RENDER])
    worker = dramatiq.Worker(made, worker_threads=4, worker_timeout=100)
    worker.start()
    yield made
    worker.stop()
    made.close()


def notebook(*sources: str) -> bytes:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": source} for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


def test_what_is_asked_for_is_in_the_cache_soon_after(small: Centre, broker: dramatiq.Broker) -> None:
    wanted = make_request(Kind.NOTEBOOK, small.add(notebook("# Hello")))
    jobs.RENDER.enqueue(broker, jobs.Render(PROJECT, wanted.encode()))
    wait_until(lambda: small.rendered.get(PROJECT, wanted), "it is rendered")
    found = small.rendered.get(PROJECT, wanted)
    assert found is not None and found.meta["title"] == "Hello" and "Hello" in found.html


def test_an_error_is_an_answer_too(small: Centre, broker: dramatiq.Broker) -> None:
    wanted = make_request(Kind.NOTEBOOK, small.add(b"no notebook"))
    jobs.RENDER.enqueue(broker, jobs.Render(PROJECT, wanted.encode()))
    wait_until(lambda: small.rendered.get(PROJECT, wanted), "it is answered")
    found = small.rendered.get(PROJECT, wanted)
    assert found is not None and (found.error or "").startswith("This is not a notebook: it is not valid JSON")


def test_a_result_that_is_there_is_not_made_again(small: Centre, broker: dramatiq.Broker) -> None:
    blob = small.add(notebook("x"))
    wanted, next_one = make_request(Kind.NOTEBOOK, blob), make_request(Kind.LIVE, blob)
    small.rendered.put(PROJECT, wanted, RenderResult({}, "as it was"))
    jobs.RENDER.enqueue(broker, jobs.Render(PROJECT, wanted.encode()))
    jobs.RENDER.enqueue(broker, jobs.Render(PROJECT, next_one.encode()))
    wait_until(lambda: small.rendered.get(PROJECT, next_one), "the queue is empty")
    assert small.rendered.get(PROJECT, wanted) == RenderResult({}, "as it was")


def test_the_workers_of_a_hub_render(centre: TestCentre) -> None:
    own = centre.centre
    repository = own.repositories.create(PROJECT, "alice", 0, "x")
    item = Object(BLOB, b"# Hello")
    with repository.lock():
        repository.add([item])
    wanted = make_request(Kind.MARKDOWN, item.id)
    broker = jobs.make_broker(centre.settings.redis_url.get_secret_value())
    jobs.RENDER.enqueue(broker, jobs.Render(PROJECT, wanted.encode()))
    wait_until(lambda: own.rendered.get(PROJECT, wanted), "it is rendered")
    found = own.rendered.get(PROJECT, wanted)
    assert found is not None and "Hello" in found.html


def test_only_files_of_the_project_are_rendered(small: Any, renderer: Renderer) -> None:
    main = small.repositories.open(PROJECT).main
    for blob in ("d" * 40, main):
        result = make(small, renderer, PROJECT, make_request(Kind.CODE, blob, name="a"))
        assert result.meta["error"]["code"] == "missing"
    assert make(small, renderer, "d" * 32, make_request(Kind.CODE, main, name="a")).meta["error"]["code"] == "missing"


def test_what_is_too_large_is_not_even_read(small: Any, renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = small.add(b"# x\n" * 10)
    monkeypatch.setitem(LARGEST, Kind.MARKDOWN, 20)
    result = make(small, renderer, PROJECT, make_request(Kind.MARKDOWN, blob))
    assert result.error == "This file has 40 bytes; up to 20 bytes are shown. It can be downloaded."


def test_a_difference_takes_two_and_nothing_for_a_file_that_is_not_there(small: Any, renderer: Renderer) -> None:
    old, new = small.add(b"a\nb\n"), small.add(b"a\nc\n")
    result = make(small, renderer, PROJECT, make_request(Kind.TEXT_DIFFERENCE, old, new, name="a.txt"))
    assert result.meta == {"added": 1, "removed": 1}
    assert make(small, renderer, PROJECT, make_request(Kind.TEXT_DIFFERENCE, "", new, name="a.txt")).meta == {
        "added": 2,
        "removed": 0,
    }


def test_a_later_part_is_made_of_its_own_bytes_of_the_file(small: Any, renderer: Renderer) -> None:
    data = notebook(*(f"## Of {number}" for number in range(450)))
    asked = make_request(Kind.NOTEBOOK, small.add(data))
    first = make(small, renderer, PROJECT, asked)
    last = page_request(asked, first.meta, 5)
    assert last is not None and sum(end - start for start, end in last.ranges(len(data))) < len(data) / 8
    result = make(small, renderer, PROJECT, last)
    assert result.html.count("<h2") == 50 and 'id="cell-450"' in result.html and result.meta["part"] == 5


def test_pieces_of_a_file_are_cut_out_and_no_more_is_read() -> None:
    read: list[bytes] = []
    pieces = (read.append(piece) or piece for piece in (b"0123", b"4567", b"89ab", b"cdef"))
    content = ObjectStream(BLOB, 16, pieces)
    assert b"".join(cut_out(content, [(0, 2), (3, 9)])) == b"01" + b"345678"
    assert read == [b"0123", b"4567", b"89ab"]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SAMPLE.is_file():
        pytest.skip(f"{SAMPLE} is not here")
    folder = tmp_path_factory.mktemp("course")
    with tarfile.open(SAMPLE) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_every_notebook_of_a_real_course_is_shown(course: Path, renderer: Renderer) -> None:
    paths = sorted(course.rglob("*.ipynb"))
    assert len(paths) > 90
    for path in paths:
        result = renderer.render(make_request(Kind.NOTEBOOK, "a" * 40), [path.read_bytes()])
        assert result.error is None, f"{path}: {result.error}"
        assert "is damaged" not in result.html, path
        assert result.meta["cells"] == result.html.count('id="cell-') - result.html.count('id="cell-id-')
        # html5lib is slow; the long ones are of the same make.
        if len(result.html) < 100_000:
            look_through(result.html)
