"""Stock git pushes: what becomes a version and whose it is, and how agents and git get along."""

from __future__ import annotations

import threading
from pathlib import Path

from hubshare.testing.centre import wait_until
from hubshare.testing.notebooks import notebook
from tests.helpers.centre_fixture import Home, content, published, repository_of, sound, write
from tests.helpers.git_client import GitUser, audit, person, project_of, quarantined, tip, versions

# what becomes of a push


def test_a_push_is_one_version_of_its_pusher_however_many_commits_it_brings(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    for number in range(5):
        last = olga.commit(clone, {"a.txt": f"{number}", f"{number}/b.txt": "b"}, f"Commit {number}\n\nMore.")
    olga("push", cwd=clone)
    newest, first = versions(olga.centre, project)
    assert (newest.number, newest.commit, newest.snapshot) == (1, last, last)
    assert (newest.author, newest.summary) == ("olga", "Commit 4")
    assert first.number == 0
    assert published(olga.centre, project)["4/b.txt"] == b"b"
    entry = audit(olga.centre, project)[-1]
    assert (entry.user, entry.action, entry.door, entry.details) == ("olga", "project.push", "git", {"version": 1})
    assert project_of(olga.centre, project).bytes > 0
    sound(repository_of(olga.centre, project))


def test_the_version_is_the_pushers_whoever_made_the_commits(olga: GitUser) -> None:
    project = olga.create(willi="writer")
    willi = person(olga, "willi")
    clone = willi.clone(project)
    willi.commit(clone, {"a.txt": "a"})
    willi("commit", "-q", "--amend", "--no-edit", "--author=olga <olga@hubshare>", cwd=clone)
    willi("push", "-q", cwd=clone)
    assert versions(olga.centre, project)[0].author == "willi"


def test_a_large_push_comes_in_pieces_and_stays_packed(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    with Path("/dev/urandom").open("rb") as noise:
        olga.commit(clone, {f"{number}.bin": noise.read(150_000) for number in range(20)})
    olga("push", "-q", cwd=clone)
    assert list(repository_of(olga.centre, project).glob("objects/pack/*.idx"))
    assert content(olga.clone(project)).keys() >= {"19.bin"}
    sound(repository_of(olga.centre, project))


def test_deltas_are_kept_and_read(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    text = "".join(f"line {number}\n" for number in range(5000))
    for number in range(40):
        olga.commit(clone, {"a.txt": text + "end\n" * number})
    olga("push", "-q", cwd=clone)
    (pack,) = repository_of(olga.centre, project).glob("objects/pack/*.pack")
    assert pack.stat().st_size < 100_000
    answer = olga.api("GET", f"/projects/{project}/file", params={"path": "a.txt"})
    assert answer.text == text + "end\n" * 39
    # A thin pack, on top of it.
    olga.commit(clone, {"a.txt": text + "other end\n"})
    olga("push", "-q", cwd=clone)
    assert published(olga.centre, project)["a.txt"].endswith(b"other end\n")
    sound(repository_of(olga.centre, project))


def test_commits_of_any_form_are_published(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    raw = olga("cat-file", "commit", "HEAD", cwd=clone).encode()
    odd = raw.replace(b"+0000", b"-0330").replace(b"olga at home", "Bj\u00f8rn".encode("latin-1"))
    odd = odd.replace(b"\n\n", b"\nencoding ISO-8859-1\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END\n\n", 1)
    made = olga("hash-object", "-t", "commit", "-w", "--stdin", cwd=clone, given=odd + b"\nGr\xfc\xdfe\n")
    olga("push", "-q", "origin", f"{made}:main", cwd=clone)
    assert tip(olga, project) == made
    sound(repository_of(olga.centre, project))


def test_a_push_after_a_merge_is_one_version_though_its_first_parent_is_local(olga: GitUser) -> None:
    project = olga.create()
    one, two = olga.clone(project), olga.clone(project)
    olga.commit(one, {"one.txt": "1"})
    olga("push", "-q", cwd=one)
    olga.commit(two, {"two.txt": "2"})
    assert "fetch first" in olga.fault("push", cwd=two)
    olga("pull", "-q", "--no-edit", cwd=two)
    olga("push", "-q", cwd=two)
    merge = olga("rev-parse", "HEAD", cwd=two)
    found = versions(olga.centre, project)
    assert [(version.number, version.commit) for version in found[:2]] == [
        (2, merge),
        (1, olga("rev-parse", "HEAD", cwd=one)),
    ]
    assert found[0].snapshot == merge
    olga("pull", "-q", cwd=one)
    assert content(one).keys() >= {"one.txt", "two.txt"}
    sound(repository_of(olga.centre, project))


def test_unrelated_history_that_was_merged_is_published(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga("checkout", "-q", "--orphan", "old", cwd=clone)
    olga.commit(clone, {"old.txt": "old"})
    assert "fetch first" in olga.fault("push", "origin", "old:main", cwd=clone).replace(
        "non-fast-forward", "fetch first"
    )
    olga("checkout", "-q", "main", cwd=clone)
    olga("merge", "-q", "--allow-unrelated-histories", "--no-edit", "old", cwd=clone)
    olga("push", "-q", cwd=clone)
    assert published(olga.centre, project) == {"old.txt": b"old"}
    sound(repository_of(olga.centre, project))


def test_a_shallow_clone_pushes(olga: GitUser) -> None:
    project = olga.create()
    first = olga.clone(project)
    for number in range(3):
        olga.commit(first, {"a.txt": f"{number}"})
    olga("push", "-q", cwd=first)
    shallow = olga.clone(project, "--depth=1")
    olga.commit(shallow, {"b.txt": "b"})
    olga("push", "-q", cwd=shallow)
    assert published(olga.centre, project) == {"a.txt": b"2", "b.txt": b"b"}
    sound(repository_of(olga.centre, project))


def test_nothing_to_push_is_well(olga: GitUser) -> None:
    clone = olga.clone(olga.create())
    assert "up-to-date" in olga.run("push", cwd=clone).stderr


# several at once


def test_one_of_many_pushers_wins_each_time_and_nothing_is_lost(olga: GitUser) -> None:
    project = olga.create(**{f"user{number}": "writer" for number in range(4)})
    people = [person(olga, f"user{number}") for number in range(4)]
    clones = [someone.clone(project) for someone in people]
    start, said = threading.Barrier(len(people)), list[str]()

    def work(someone: GitUser, clone: Path) -> None:
        for number in range(3):
            someone.commit(clone, {f"{someone.user}-{number}.txt": "x"})
            start.wait()
            while (done := someone.run("push", cwd=clone)).returncode:
                said.append(done.stderr)
                someone("pull", "-q", "--rebase", cwd=clone)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(people, clones, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said and all("fetch first" in text for text in said), said
    found = published(olga.centre, project)
    assert found.keys() == {f"user{who}-{number}.txt" for who in range(4) for number in range(3)}
    numbers = versions(olga.centre, project)
    assert [version.number for version in numbers] == list(range(12, -1, -1))
    assert {version.author for version in numbers[:-1]} == {someone.user for someone in people}
    sound(repository_of(olga.centre, project))


# agents


def test_a_push_by_git_reaches_folders_and_theirs_reach_git(alice: Home, bob: Home, olga: GitUser) -> None:
    folder, _ = alice.share("with-git", {"a.txt": "1", "sub/b.txt": "b"}, auto=True, **{"with": ["bob:writer"]})
    project = "alice/with-git"
    bobs = bob.checkout(project, "with-git", auto=True)
    other = person(olga, "bob")
    clone = other.clone(project)
    other.commit(clone, {"a.txt": "2", "c.txt": "c"})
    other("rm", "-q", "sub/b.txt", cwd=clone)
    other("commit", "-q", "-m", "Without b", cwd=clone)
    other("push", "-q", cwd=clone)
    wait_until(lambda: content(folder) == content(bobs) == {"a.txt": b"2", "c.txt": b"c"}, "both folders follow git")
    write(folder, {"a.txt": "3", "d.txt": "d"})
    wait_until(lambda: published(olga.centre, project).get("d.txt") == b"d", "the agent has pushed on top of it")
    other("pull", "-q", cwd=clone)
    assert (clone / "a.txt").read_text() == "3" and (clone / "d.txt").exists()
    assert [version.author for version in versions(olga.centre, project)][-3] == "bob"
    sound(repository_of(olga.centre, project))
    for home, place in ((alice, folder), (bob, bobs)):
        home.ask("auto", folder=str(place), on=False)


def test_edits_of_a_folder_merge_onto_a_push_by_git_and_conflict_with_it(alice: Home, olga: GitUser) -> None:
    folder, _ = alice.share("beside-git", {"a.txt": "1", "b.txt": "1"})
    project = "alice/beside-git"
    git = person(olga, "alice")
    clone = git.clone(project)
    write(folder, {"a.txt": "mine", "mine.txt": "x"})
    git.commit(clone, {"a.txt": "git's", "git.txt": "x"})
    git("push", "-q", cwd=clone)
    alice.ask("push", folder=str(folder))
    assert published(olga.centre, project) == {"a.txt": b"git's", "b.txt": b"1", "git.txt": b"x", "mine.txt": b"x"}
    conflicts = git.api("GET", "/conflicts").json()["items"]
    assert [found["path"] for found in conflicts if found["project"] == project] == ["a.txt"]
    # The merge that the centre made is an ordinary commit to git.
    git.commit(clone, {"later.txt": "x"})
    git("pull", "-q", "--no-edit", cwd=clone)
    git("push", "-q", cwd=clone)
    alice.ask("pull", folder=str(folder))
    assert content(folder).keys() == {"a.txt", "b.txt", "git.txt", "mine.txt", "later.txt"}
    assert content(folder)["a.txt"] == b"mine"
    assert [version.number for version in versions(olga.centre, project)] == [4, 3, 2, 1, 0]
    sound(repository_of(olga.centre, project))


def test_quarantine_is_empty_in_the_end(olga: GitUser) -> None:
    wait_until(lambda: quarantined(olga) == [], "nothing waits in quarantine")


def test_outputs_are_refused_where_a_project_shares_none(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"old.ipynb": notebook("old", output="output")})
    olga("push", cwd=clone)
    olga.api("PATCH", f"/projects/{project}", json={"outputs": "strip"})
    # What was published before may be merged, moved and left as it is.
    olga("mv", "old.ipynb", "moved.ipynb", cwd=clone)
    olga.commit(clone, {"new.ipynb": notebook("new"), "odd.txt": "{"})
    olga("push", cwd=clone)
    olga.commit(clone, {"new.ipynb": notebook("new", output="secret")})
    olga.commit(clone, {"new.ipynb": notebook("new")})
    said = olga.fault("push", cwd=clone)
    assert "(has-outputs)" in said and "'new.ipynb' has outputs" in said and "clear-output" in said
    assert len(versions(olga.centre, project)) == 3
    olga("reset", "-q", "--hard", "origin/main", cwd=clone)
    olga.commit(clone, {"broken.ipynb": "<<<<<<< HEAD"})
    assert "'broken.ipynb' is not a notebook that can be read" in olga.fault("push", cwd=clone)
    sound(repository_of(olga.centre, project))
