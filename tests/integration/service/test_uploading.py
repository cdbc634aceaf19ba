"""Files are uploaded as a zip: all of them become one version, or none; what is there is never replaced unasked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from hubshare.client import Client
from hubshare.config import MIB
from hubshare.embedded.redis import RedisServer
from hubshare.errors import AlreadyThere, Clash, Forbidden, HubShareError, Invalid, NotFound, TooLarge
from hubshare.git.objects import walk_tree
from hubshare.sync.trees import EXECUTABLE, FILE, LINK
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.testing.notebooks import notebook
from hubshare.wire.api import Uploaded
from tests.helpers.centre_fixture import MAX_FILE, published
from tests.helpers.memory import PeakMemory
from tests.helpers.zips import LINK as UNIX_LINK
from tests.helpers.zips import PROGRAM, zipped


class Uploader:
    """Somebody with a project and zips.

    Args:
        folder: for the zips.
    """

    def __init__(self, centre: TestCentre, folder: Path, user: str, project: str = "") -> None:
        self.centre, self.folder, self.user = centre, folder, user
        self.client = Client(centre.url, user)
        self.full = project or self.client.create_project("up" + re.sub(r"\W", "", folder.name)[-40:]).name

    def upload(self, zip_bytes: bytes, folder: str = "", **more: object) -> Uploaded:
        source = self.folder / f"{self.user}.zip"
        source.write_bytes(zip_bytes)
        return self.client.upload_zip(self.full, source, folder, **more)  # type: ignore[arg-type]

    def refused(self, zip_bytes: bytes, kind: type[HubShareError], folder: str = "", **more: object) -> str:
        """Why an upload is refused; nothing of it is saved, and nothing stays behind."""
        before, version = self.files(), self.version
        with pytest.raises(kind) as refusal:
            self.upload(zip_bytes, folder, **more)
        assert (self.files(), self.version) == (before, version)
        return refusal.value.message

    def files(self) -> dict[str, bytes]:
        return published(self.centre, self.full)

    @property
    def version(self) -> int:
        return self.client.project(self.full).version

    @property
    def waiting(self) -> list[Path]:
        """What was uploaded and is still there."""
        return [path for path in self.centre.centre.uploads.path(self.user, "0" * 32).parent.glob("*")]

    def left_nothing(self) -> bool:
        """Wait until nothing that was uploaded is there: it goes once what became of it has been answered."""
        wait_until(lambda: not self.waiting, "what was uploaded goes")
        return True


_NUMBERS = count()


@pytest.fixture
def ann(centre: TestCentre, tmp_path: Path) -> Iterator[Uploader]:
    made = Uploader(centre, tmp_path, f"ann{next(_NUMBERS)}")
    yield made
    made.client.close()


def test_what_is_uploaded_becomes_one_version_without_what_nobody_shares(ann: Uploader) -> None:
    files = {"course-main/a.md": b"# A\n", "course-main/week-1/b.csv": b"1,2\n", "course-main/.DS_Store": b"m"}
    made = ann.upload(zipped(files | {"__MACOSX/course-main/._a.md": b"m"}), take_off=True)
    assert (made.version, made.files, made.top) == (1, 2, "course-main")
    assert [left.path for left in made.left_out] == ["__MACOSX/course-main/._a.md", ".DS_Store"]
    assert ann.files() == {"a.md": b"# A\n", "week-1/b.csv": b"1,2\n"}
    assert ann.left_nothing()
    wait_until(lambda: not list(ann.centre.settings.quarantine.glob("*")), "nothing of it is left in the quarantine")
    (newest, _) = ann.client.versions(ann.full)
    assert newest.summary == "Upload a.md and week-1/b.csv" and newest.author == ann.user
    again = ann.upload(zipped(files), take_off=True)
    assert (again.version, again.files) == (1, 0)
    ann.upload(zipped({"c.txt": b"c"}), "week-2", message="More of it")
    assert ann.files()["week-2/c.txt"] == b"c" and next(iter(ann.client.versions(ann.full))).summary == "More of it"


def test_what_is_there_is_replaced_only_if_somebody_says_so(ann: Uploader) -> None:
    ann.upload(zipped({"a": b"1", "b": b"1", "c": b"1"}))
    new = zipped({"a": b"2", "b": b"2", "c": b"1", "d": b"2"})
    said = ann.refused(new, AlreadyThere)
    assert "'a', 'b' are there already" in said and "'c'" not in said
    assert len(ann.waiting) == 1, "it waits for the decision"
    assert ann.upload(new, existing="keep").files == 1
    assert ann.files() == {"a": b"1", "b": b"1", "c": b"1", "d": b"2"}
    assert ann.upload(new, existing="replace").files == 2
    assert ann.files() == {"a": b"2", "b": b"2", "c": b"1", "d": b"2"}


def test_what_others_publish_meanwhile_is_never_replaced_unseen(ann: Uploader, centre: TestCentre) -> None:
    ann.upload(zipped({"a": b"1", "b": b"1"}))
    ann.client.grant(ann.full, "ben", "writer")
    ben = Uploader(centre, ann.folder, "ben", ann.full)
    ben.upload(zipped({"a": b"ben's"}), existing="replace")
    for existing in ("ask", "replace"):
        said = ann.refused(zipped({"a": b"2", "n": b"2"}), AlreadyThere, base=1, existing=existing)
        assert "Somebody has changed 'a' meanwhile" in said
    # Elsewhere it is nobody's business.
    assert ann.upload(zipped({"b": b"2", "n": b"2"}), base=1, existing="replace").files == 2
    assert ann.upload(zipped({"a": b"both"}), base=3, existing="replace").files == 1
    ben.client.close()


def test_each_refusal_names_the_file_and_publishes_nothing(ann: Uploader) -> None:
    ann.upload(zipped({"Notes.md": b"n", "folder/x": b"x", "file": b"f"}))
    long = b"x" * 2048
    cases: tuple[tuple[dict[str, bytes], type[HubShareError], str], ...] = (
        ({"ok": b"", "notes.md": b"n"}, Clash, "'notes.md' would lie beside 'Notes.md'"),
        ({"ok": b"", "folder": b"x"}, Clash, "'folder' has no place"),
        ({"ok": b"", "file/x": b"x"}, Clash, "'file/x' has no place"),
        ({"ok": b"", ".gitattributes": long}, Invalid, "'.gitattributes' has a line"),
        ({"ok": b"", "x/.GIT/config": b""}, Invalid, "'x/.GIT/config' cannot be in a project"),
        ({"ok": b"", "x/.HUBSHARE-1.TMP": b""}, Invalid, "its own temporary files"),
        ({"ok": b"", "A/x": b"", "a/y": b""}, Clash, "'A'"),
        ({"ok": b"", "large": b"x" * (MAX_FILE + 1)}, TooLarge, "'large' has 200,001 bytes"),
        ({"ok": b"", "../x": b""}, Invalid, "'../x'"),
    )
    for files, kind, words in cases:
        assert words in ann.refused(zipped(files), kind), words
        assert ann.left_nothing(), words
    for data, words in ((b"no zip", "not a zip"), (zipped({"a": b""}, {"a": 0o010644}), "neither a file nor a link")):
        assert words in ann.refused(data, Invalid)
    link = zipped({"ok": b"", "out": b"../../etc/passwd"}, {"out": UNIX_LINK})
    assert "'out' cannot be in a project: the link leads out" in ann.refused(link, Invalid)
    with pytest.raises(NotFound, match="not there any more"):
        ann.client.publish_upload(ann.full, "0" * 32)


def test_modes_and_links_of_a_zip_are_kept_and_those_of_what_is_replaced(ann: Uploader) -> None:
    ann.upload(zipped({"run.sh": b"1", "l": b"run.sh", "plain": b"1"}, {"run.sh": PROGRAM, "l": UNIX_LINK}))
    ann.upload(zipped({"run.sh": b"2"}), existing="replace")
    repository = ann.centre.centre.repositories.open(ann.client.project(ann.full).id)
    modes = {path: entry.mode for path, entry in walk_tree(repository.tree, repository.commit(repository.main).tree)}
    assert modes == {"run.sh": EXECUTABLE, "l": LINK, "plain": FILE}
    # What was exported can be brought back.
    target = ann.folder / "export.zip"
    with target.open("wb") as file:
        ann.client.download_archive(ann.full, file)
    other = Uploader(ann.centre, ann.folder, ann.user, ann.client.create_project(f"{ann.full.split('/')[1]}x").name)
    other.upload(target.read_bytes(), take_off=True)
    assert other.files() == ann.files()
    other.client.close()


def test_outputs_that_a_project_does_not_share_are_left_out(ann: Uploader) -> None:
    ann.client.change_project(ann.full, outputs="strip")
    ann.upload(zipped({"a.ipynb": notebook("1", output="secret output").encode()}))
    assert b"secret output" not in ann.files()["a.ipynb"] and b"cells" in ann.files()["a.ipynb"]
    assert "'b.ipynb' is not a notebook" in ann.refused(zipped({"b.ipynb": b"{"}), Invalid)
    assert ann.left_nothing()


def test_the_projects_ignore_rules_hold_for_what_is_uploaded(ann: Uploader) -> None:
    ann.upload(zipped({".hubshareignore": b"*.log\n/data/\n", "a.log": b"", "a.md": b""}))
    assert sorted(ann.files()) == [".hubshareignore", "a.md"]
    made = ann.upload(zipped({"x/b.log": b"", "x/b.md": b"", "data/y": b""}))
    assert {left.path for left in made.left_out} == {"x/b.log", "data/y"} and "x/b.md" in ann.files()


def test_readers_upload_nothing_and_learn_nothing(ann: Uploader, centre: TestCentre) -> None:
    ann.client.grant(ann.full, "cleo", "reader")
    for user, kind in (("cleo", Forbidden), ("dan", NotFound)):
        other = Uploader(centre, ann.folder, user, ann.full)
        with pytest.raises(kind):
            other.upload(zipped({"a": b"1"}))
        other.client.close()
    assert ann.version == 0


def test_what_inflates_to_much_costs_the_person_before_it_is_done(ann: Uploader) -> None:
    bomb = zipped({f"{number}": bytes(MAX_FILE) for number in range(30)})
    assert len(bomb) < MIB // 8
    assert "at most 4.0 MB are accepted" in ann.refused(bomb, TooLarge)


def test_a_large_upload_takes_hardly_any_memory_of_service_and_worker(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, TestCentre(tmp_path / "data", server.url) as centre:
        assert centre.workers is not None
        ann = Uploader(centre, tmp_path, "ann", Client(centre.url, "ann").create_project("large").name)
        ann.upload(zipped({"small": b"x"}))
        large = zipped({"a": os.urandom(20 * MIB), "b": bytes(40 * MIB)})
        with PeakMemory() as service, PeakMemory(centre.workers.pid) as worker:
            assert ann.upload(large).files == 2
        assert service.grown < 48 * MIB and worker.grown < 16 * MIB
        ann.client.close()
