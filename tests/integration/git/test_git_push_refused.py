"""Pushes by git that are refused, and how: for who pushes, for what they push, and for what git would not send."""

from __future__ import annotations

from base64 import b64encode

import httpx

from hubshare.git.packs import pack_of
from hubshare.git.pktline import FLUSH, line
from hubshare.git.repository import MAIN
from tests.helpers.centre_fixture import BRAKE, published, repository_of, sound
from tests.helpers.git_by_hand import edit, push
from tests.helpers.git_client import GitUser, person, project_of, quarantined, tip, versions

# what is refused


def test_a_reader_is_told_so_and_strangers_learn_nothing(olga: GitUser) -> None:
    project = olga.create(rita="reader")
    rita = person(olga, "rita")
    clone = rita.clone(project)
    rita.commit(clone, {"a.txt": "a"})
    said = rita.fault("push", cwd=clone)
    assert "remote: " in said and "reader" in said and "403" in said
    stranger = person(olga, "stranger")
    assert "not found" in stranger.fault("push", stranger.url(project), "HEAD:main", cwd=clone)
    nobody = person(olga, "")
    assert "could not read Username" in nobody.fault("push", nobody.url(project), "HEAD:main", cwd=clone)
    for who, status in (("rita", 403), ("stranger", 404), ("olga+read", 403), ("olga+expired", 401)):
        answer = httpx.post(
            f"{olga.centre.url}git/{project}.git/git-receive-pack",
            content=FLUSH,
            headers={
                "Authorization": "Basic " + b64encode(f"x:{who}".encode()).decode(),
                "Content-Type": "application/x-git-receive-pack-request",
            },
        )
        assert answer.status_code == status, who
    assert len(versions(olga.centre, project)) == 1


def test_a_public_project_is_not_for_everybody_to_push_to(olga: GitUser) -> None:
    project = olga.create(visibility="public")
    nobody = person(olga, "")
    clone = nobody.clone(project)
    nobody.commit(clone, {"a.txt": "a"})
    assert "could not read Username" in nobody.fault("push", cwd=clone)


def test_an_archived_project_takes_nothing(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    olga.api("PUT", f"/projects/{project}/archived", json={"archived": True})
    assert "archived" in olga.fault("push", cwd=clone)
    assert len(versions(olga.centre, project)) == 1


def test_history_is_never_taken_back(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "1"})
    olga("push", "-q", cwd=clone)
    olga("commit", "-q", "--amend", "-m", "Other", cwd=clone)
    before = tip(olga, project)
    assert "non-fast-forward" in olga.fault("push", cwd=clone)
    said = olga.fault("push", "--force", cwd=clone)
    assert "[remote rejected] main -> main (non-fast-forward)" in said.replace("HEAD", "main")
    assert "remote: What you push does not build on what is published: run `git pull`" in said
    assert "non-fast-forward" in olga.fault("push", "--force", "origin", "HEAD~1:main", cwd=clone)
    assert tip(olga, project) == before


def test_main_cannot_be_deleted_and_is_all_there_is(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    olga("push", "-q", cwd=clone)
    assert "remote rejected" in olga.fault("push", "origin", ":main", cwd=clone)
    # Git itself does not even ask; others might.
    told = push(olga, project, f"{tip(olga, project)} {'0' * 40} {MAIN}")
    assert b"ng refs/heads/main deletion prohibited" in told
    said = olga.fault("push", "origin", "main:feature", cwd=clone)
    assert "(only main is published)" in said and "remote: HubShare publishes the branch main alone" in said
    olga("tag", "-a", "-m", "One", "v1", cwd=clone)
    assert "(only main is published)" in olga.fault("push", "origin", "v1", cwd=clone)
    assert "(only main is published)" in olga.fault("push", "origin", "HEAD:refs/hubshare/kept/x", cwd=clone)
    listed = olga("ls-remote", olga.url(project)).split()[1::2]
    assert listed == ["HEAD", MAIN]


def test_main_is_published_though_other_refs_come_with_it(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga("checkout", "-q", "-b", "feature", cwd=clone)
    spare = olga.commit(clone, {"spare.txt": "spare"})
    olga("checkout", "-q", "main", cwd=clone)
    made = olga.commit(clone, {"a.txt": "a"})
    olga("tag", "-a", "-m", "One", "v1", cwd=clone)
    said = olga.fault("push", "origin", "main", "feature", "v1", cwd=clone)
    assert f"{made[:7]}  main -> main" in said
    assert tip(olga, project) == made
    repository = olga.centre.centre.repositories.open(project_of(olga.centre, project).id)
    assert spare not in repository and olga("rev-parse", "v1", cwd=clone) not in repository
    sound(repository_of(olga.centre, project))


def test_deleting_many_files_waits_for_a_confirmation(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    olga.commit(clone, {f"{number}.txt": "x" for number in range(BRAKE + 1)})
    olga("push", "-q", cwd=clone)
    olga("rm", "-q", "-r", ".", cwd=clone)
    olga("commit", "-q", "-m", "Gone", cwd=clone)
    said = olga.fault("push", cwd=clone)
    assert f"remote: This push deletes {BRAKE + 1} files of {project}" in said and "git push -o confirm" in said
    assert "confirm" not in olga.fault("push", "-o", "other", cwd=clone).replace("-o confirm", "")
    olga("push", "-q", "-o", "confirm", cwd=clone)
    assert published(olga.centre, project) == {}


# requests that git would not send


def test_a_push_that_comes_again_is_well(olga: GitUser) -> None:
    project = olga.create()
    old, new, objects = edit(olga, project, "a")
    for _ in range(3):
        assert b"ok refs/heads/main" in push(olga, project, f"{old} {new} {MAIN}", pack=pack_of(objects))
    assert len(versions(olga.centre, project)) == 2
    _, newer, more = edit(olga, project, "b")
    assert b"ok refs/heads/main" in push(olga, project, f"{new} {newer} {MAIN}", pack=pack_of(more))
    # Late, and still the same push.
    assert b"ok refs/heads/main" in push(olga, project, f"{old} {new} {MAIN}", pack=pack_of(objects))
    assert tip(olga, project) == newer and len(versions(olga.centre, project)) == 3
    # Going back is another one.
    assert b"ng refs/heads/main non-fast-forward" in push(olga, project, f"{newer} {new} {MAIN}")


def test_a_push_that_moves_nothing_is_well(olga: GitUser) -> None:
    project = olga.create()
    main = tip(olga, project)
    for pack in (b"", pack_of([])):
        assert b"ok refs/heads/main" in push(olga, project, f"{main} {main} {MAIN}", pack=pack)
    assert len(versions(olga.centre, project)) == 1


def test_a_push_without_what_it_names_is_refused(olga: GitUser) -> None:
    project = olga.create()
    old, new, objects = edit(olga, project, "a")
    for pack in (b"", pack_of([]), pack_of(objects[:-1]), b"PACK", b"x" * 100):
        told = push(olga, project, f"{old} {new} {MAIN}", pack=pack, capabilities="report-status side-band-64k")
        assert b"ng refs/heads/main bad-pack" in told, pack
    blob = objects[0].id
    assert b"ng refs/heads/main bad-pack" in push(olga, project, f"{old} {blob} {MAIN}", pack=pack_of(objects))
    assert b"fetch first" in push(olga, project, f"{new} {new[::-1]} {MAIN}", pack=pack_of(objects))
    assert b"fetch first" in push(olga, project, f"{'0' * 40} {new} {MAIN}", pack=pack_of(objects))
    assert tip(olga, project) == old


def test_a_push_of_main_twice_is_refused(olga: GitUser) -> None:
    project = olga.create()
    old, new, objects = edit(olga, project, "a")
    told = push(olga, project, f"{old} {new} {MAIN}", f"{new} {old} {MAIN}", pack=pack_of(objects))
    assert b"ng refs/heads/main multiple updates" in told and tip(olga, project) == old


def test_the_probe_of_git_is_answered_with_nothing(olga: GitUser) -> None:
    answer = httpx.post(
        f"{olga.centre.url}git/{olga.create()}.git/git-receive-pack",
        content=FLUSH,
        headers={"Authorization": "token olga", "Content-Type": "application/x-git-receive-pack-request"},
    )
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_push_that_is_cut_short_leaves_nothing(olga: GitUser) -> None:
    project = olga.create()
    for body in (b"", b"00", line(f"{'1' * 40} {'2' * 40} {MAIN}\0report-status".encode()), b"nonsense"):
        answer = httpx.post(
            f"{olga.centre.url}git/{project}.git/git-receive-pack",
            content=body,
            headers={"Authorization": "token olga", "Content-Type": "application/x-git-receive-pack-request"},
        )
        assert answer.status_code == 422, body
    assert quarantined(olga) == []
