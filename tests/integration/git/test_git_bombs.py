"""A little that git would make gigabytes of: it is refused by what it declares, before git has begun to work on it."""

from __future__ import annotations

import signal
import subprocess
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare import metering
from hubshare.config import KIB, MIB, Limits
from hubshare.errors import BadPack, HubShareError, TooLarge
from hubshare.git.declared import CHAIN_MOST, check_declared
from hubshare.git.objects import BLOB, Commit
from hubshare.git.packs import pack_of
from hubshare.git.quarantine import Quarantine
from hubshare.git.repository import MAIN, Repository
from hubshare.git.stock import Bounds, running
from hubshare.git.waiting import alone
from hubshare.testing.centre import wait_until
from tests.helpers.forge import by_id, by_offset, delta_of, raw_object, raw_pack, tree_bomb
from tests.helpers.git_by_hand import push
from tests.helpers.git_client import GitUser, person, quarantined, tip

LIMITS = Limits()
BASE = bytes(70_000)
WHOLE = raw_object(BLOB, len(BASE), zlib.compress(BASE))


def declared(folder: Path, raw: bytes, limits: Limits = LIMITS) -> None:
    path = folder / "push.pack"
    path.write_bytes(raw)
    check_declared(path, limits)


def gigabytes() -> bytes:
    """Some ten kilobytes that are differences of 99 MiB each, 9 GiB together."""
    return raw_pack(WHOLE, *(by_id(BASE, delta_of(BASE, 1584)) for _ in range(94)))


def test_differences_that_make_gigabytes_are_refused_by_what_they_declare(tmp_path: Path) -> None:
    bomb = gigabytes()
    assert len(bomb) < 99 * KIB
    with pytest.raises(TooLarge, match=r"unpacks to 9\.8 GB; at most 2\.1 GB are accepted"):
        declared(tmp_path, bomb)


def test_somebody_who_pushes_gigabytes_in_kilobytes_is_told_at_once(olga: GitUser) -> None:
    project = olga.create()
    before, others = tip(olga, project), set(quarantined(olga))
    for _ in range(3):
        told = push(
            olga,
            project,
            f"{before} {'1' * 40} {MAIN}",
            pack=gigabytes(),
            capabilities="report-status side-band-64k",
        )
        assert b"ng refs/heads/main too-large" in told and b"a file of 104 MB" in told
    assert tip(olga, project) == before
    wait_until(lambda: set(quarantined(olga)) <= others, "nothing of it waits in quarantine")


def test_one_difference_that_makes_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="a file of 106 MB, as a difference from another one"):
        declared(tmp_path, raw_pack(WHOLE, by_id(BASE, delta_of(BASE, 1616))))


def test_a_long_chain_of_differences_is_refused(tmp_path: Path) -> None:
    link = by_offset(0, delta_of(BASE, 1))
    chain = [WHOLE, by_offset(len(WHOLE), delta_of(BASE, 1))]
    for _ in range(CHAIN_MOST):
        chain.append(by_offset(len(chain[-1]), delta_of(BASE, 1)))
    assert len(link) < 60
    declared(tmp_path, raw_pack(*chain[:-1]))
    with pytest.raises(TooLarge, match="run `git repack -a -d -f`"):
        declared(tmp_path, raw_pack(*chain))


def test_a_difference_from_nothing_is_refused(tmp_path: Path) -> None:
    for back in (1, 11, 1000, 1 << 40):
        with pytest.raises(BadPack, match="not in it"):
            declared(tmp_path, raw_pack(WHOLE, by_offset(back, delta_of(BASE, 1))))


def test_what_git_packs_passes(tmp_path: Path) -> None:
    made = Repository.create(tmp_path / "r.git", "olga", 1, "Create olga/x")
    text = "".join(f"line {number}\n" for number in range(20_000))
    for number in range(60):
        blob = f"{text}end {number}\n".encode()
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], input=blob, cwd=made.path, check=True, capture_output=True
        )
    names = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"],
        cwd=made.path,
        check=True,
        capture_output=True,
    ).stdout
    made.close()
    for options in ([], ["--delta-base-offset"], ["--delta-base-offset", "--depth=250"], ["--window=0"]):
        pack = subprocess.run(
            ["git", "pack-objects", "--stdout", *options],
            input=names,
            cwd=tmp_path / "r.git",
            check=True,
            capture_output=True,
        ).stdout
        declared(tmp_path, pack)
        with pytest.raises(TooLarge, match="unpacks to"):
            declared(tmp_path, pack, Limits(max_push_bytes=MIB * 10))


NOISE = Random(1).randbytes(700)
SMALL = raw_pack(
    WHOLE,
    by_id(BASE, delta_of(BASE, 3)),
    raw_object(BLOB, 700, zlib.compress(NOISE)),
    by_offset(len(raw_object(BLOB, 700, zlib.compress(NOISE))), delta_of(NOISE, 0)),
)


def test_a_pack_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    declared(tmp_path, SMALL)
    for length in range(12, len(SMALL) - 20):
        with pytest.raises(BadPack):
            declared(tmp_path, SMALL[:length])


@given(st.lists(st.tuples(st.integers(8, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_never_does_worse_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    raw = bytearray(SMALL)
    for at, value in flips:
        raw[at % len(raw)] = value
    try:
        declared(tmp_path_factory.getbasetemp(), bytes(raw))
    except HubShareError:
        return


def test_a_claim_is_not_believed(tmp_path: Path) -> None:
    for claimed in (1 << 45, 4 * 1024 * MIB + 1):
        with pytest.raises(TooLarge):
            declared(tmp_path, raw_pack(raw_object(BLOB, claimed, zlib.compress(b"x"))))
    with pytest.raises(BadPack, match="smaller than it says"):
        declared(tmp_path, raw_pack(raw_object(BLOB, 2, zlib.compress(b"x"))))
    with pytest.raises(BadPack, match="larger than it says"):
        declared(tmp_path, raw_pack(raw_object(BLOB, 2, zlib.compress(b"xxx"))))


def test_git_works_on_one_push_of_a_person_at_a_time_and_on_those_of_others_meanwhile(olga: GitUser) -> None:
    project = olga.create(willi="writer")
    willi = person(olga, "willi")
    clones = [(who, who.clone(project)) for who in (olga, willi)]
    for who, clone in clones:
        who.commit(clone, {f"{who.user}.txt": who.user})
    with alone(olga.centre.settings.git_locks, "olga"):
        waiting = olga.begin("push", "-q", cwd=clones[0][1])
        wait_until(lambda: quarantined(olga), "the push waits")
        willi("push", "-q", cwd=clones[1][1])
        assert waiting.poll() is None
    said = waiting.communicate(timeout=60)[1]
    assert "fetch first" in said, "it was looked at afterwards, and willi was first"


def test_a_few_trees_that_stand_for_endless_paths_are_counted_and_not_walked(olga: GitUser) -> None:
    project = olga.create()
    before = tip(olga, project)
    objects = tree_bomb()
    made = Commit(objects[-1].id, (before,), "olga", 1, "x").encode()
    pack = pack_of([*objects, made])
    assert len(pack) < 4 * KIB
    told = push(olga, project, f"{before} {made.id} {MAIN}", pack=pack, capabilities="report-status side-band-64k")
    assert b"The push changes 11,111,111,110 files and folders; at most 1,000,000 are accepted" in told
    assert tip(olga, project) == before


def test_one_content_at_many_paths_counts_as_often_as_it_lies_there(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    noise = Random(1).randbytes(180_000)
    olga.commit(clone, {f"{number}.bin": noise for number in range(200)})
    olga("push", "-q", cwd=clone)
    before = olga.commit(clone, {"a.txt": "a"})
    olga("push", "-q", cwd=clone)
    olga.commit(clone, {f"again/{number}.bin": noise for number in range(100)})
    said = olga.fault("push", cwd=clone)
    assert f"{project} would take 51.5 MiB on the disk of everybody who has it; at most 47.7 MiB" in said
    assert "(too-large)" in said and tip(olga, project) == before


def test_what_a_push_unpacks_to_is_counted_for_whoever_pushes(tmp_path: Path) -> None:
    made = Repository.create(tmp_path / "r.git", "olga", 1, "Create olga/x")
    pack = tmp_path / "q" / "push.pack"
    pack.parent.mkdir()
    pack.write_bytes(raw_pack(WHOLE, by_id(BASE, delta_of(BASE, 20))))
    with metering.metered() as meter, Quarantine.around(pack, made, LIMITS):
        pass
    made.close()
    assert meter.inflated == len(BASE) + 20 * 64 * KIB


def test_git_is_ended_when_it_has_had_its_seconds_of_the_processor(tmp_path: Path) -> None:
    made = Repository.create(tmp_path / "r.git", "olga", 1, "Create olga/x")
    endless = "alias.endless=!while :; do :; done"
    with running(made.path, "-c", endless, "endless", bounds=Bounds(processor=1)) as done:
        assert done.code in (128 + signal.SIGKILL, 128 + signal.SIGXCPU)
    made.close()
