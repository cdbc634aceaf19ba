"""What was never published cannot be had, confirmed or guessed through any door: it answers like what is not there."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hubshare_workers.publish.publication import PublishOutcome

from hubshare.git.objects import BLOB, TREE, Commit, Object, decode_commit, object_id, read_tree
from hubshare.git.pktline import FLUSH, NOTHING, line
from hubshare.wire.agent import Push, new_id
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_subjects import Subject
from tests.helpers.access_template import FILES
from tests.helpers.centre_fixture import git
from tests.helpers.forge import packed, snapshot
from tests.helpers.pushing import apply_push

SECRET = b"kept back"
#: A door: gives all that somebody is told who names an object there.
Door = Callable[[Stage, Subject, str], str]


@pytest.fixture
def stage(stages: Stages) -> Stage:
    """A stage on which a snapshot is kept that met a conflict."""
    return stages.take()


def kept(stage: Stage) -> dict[str, str]:
    """The commit, the tree and the file that were kept, by what they are."""
    repository = stage.centre.centre.repositories.open(stage.id)
    commit = stage.template.kept
    tree = repository.commit(commit).tree
    found = {"commit": commit, "tree": tree, "blob": read_tree(repository.tree(tree))["a.txt"][1]}
    assert repository.read(found["blob"]).data == SECRET
    return found


def ask_git(stage: Stage, who: Subject, service: str, content: bytes, version: int = 0) -> str:
    headers = {"Content-Type": f"application/x-git-{service}-request", "Git-Protocol": f"version={version}"}
    answer = stage.api.git(who.token, "POST", f"{stage.full}.git/git-{service}", content=content, headers=headers)
    # How git divides a pack into pieces is a matter of time.
    said, pack, _ = answer.content.partition(b"PACK")
    return f"{answer.status_code} {said[: -5 if pack else None]!r} {pack!r}"


def in_protocol_2(*lines: str) -> bytes:
    return line(b"command=fetch") + b"0001" + b"".join(line(f"{text}\n".encode()) for text in lines) + FLUSH


def want_0(stage: Stage, who: Subject, name: str) -> str:
    return ask_git(stage, who, "upload-pack", line(f"want {name} ofs-delta\n".encode()) + FLUSH + line(b"done\n"))


def want_2(stage: Stage, who: Subject, name: str) -> str:
    return ask_git(stage, who, "upload-pack", in_protocol_2(f"want {name}", "done"), 2)


def want_in_capitals(stage: Stage, who: Subject, name: str) -> str:
    return ask_git(stage, who, "upload-pack", in_protocol_2(f"want {name.upper()}", "done"), 2)


def have_0(stage: Stage, who: Subject, name: str) -> str:
    head = line(f"want {stage.commit} multi_ack_detailed no-done\n".encode()) + FLUSH
    return ask_git(stage, who, "upload-pack", head + line(f"have {name}\n".encode()) + FLUSH)


def have_2(stage: Stage, who: Subject, name: str) -> str:
    return ask_git(stage, who, "upload-pack", in_protocol_2(f"want {stage.commit}", f"have {name}"), 2)


def shallow_2(stage: Stage, who: Subject, name: str) -> str:
    lines = (f"want {stage.commit}", f"shallow {name}", "deepen 1", "no-progress", "done")
    return ask_git(stage, who, "upload-pack", in_protocol_2(*lines), 2)


def deepen_not(stage: Stage, who: Subject, name: str) -> str:
    lines = (f"want {stage.commit}", f"deepen-not refs/hubshare/kept/{name}", "done")
    return ask_git(stage, who, "upload-pack", in_protocol_2(*lines), 2)


def object_info(stage: Stage, who: Subject, name: str) -> str:
    request = line(b"command=object-info") + b"0001" + line(b"size\n") + line(f"oid {name}\n".encode()) + FLUSH
    return ask_git(stage, who, "upload-pack", request, 2)


FETCHES: dict[str, Door] = {
    "want in protocol 0": want_0,
    "want in protocol 2": want_2,
    "want in capital letters": want_in_capitals,
    "have in protocol 0": have_0,
    "have in protocol 2": have_2,
    "shallow": shallow_2,
    "deepen-not": deepen_not,
    "object-info": object_info,
}


def pushed_by_git(stage: Stage, who: Subject, new: str, pack: bytes) -> str:
    head = line(f"{stage.commit} {new} refs/heads/main\0report-status side-band-64k".encode())
    return ask_git(stage, who, "receive-pack", head + FLUSH + pack)


def at_rest(stage: Stage, who: Subject, objects: list[Object]) -> tuple[str, bytes]:
    """Id of the commit and the pack of just these objects."""
    return objects[-1].id, packed(objects)


def tree_naming(stage: Stage, who: Subject, name: str, mode: bytes) -> tuple[str, bytes]:
    """A commit whose tree names an object that is not in the pack."""
    tree = Object(TREE, mode + b" x\0" + bytes.fromhex(name))
    commit = Commit(tree.id, (stage.commit,), who.user, 1_700_000_000, "Edit\n").encode()
    return at_rest(stage, who, [tree, commit])


def names_a_file(stage: Stage, who: Subject, name: str) -> str:
    return pushed_by_git(stage, who, *tree_naming(stage, who, name, b"100644"))


def names_a_folder(stage: Stage, who: Subject, name: str) -> str:
    return pushed_by_git(stage, who, *tree_naming(stage, who, name, b"40000"))


def the_commit_itself(stage: Stage, who: Subject, name: str) -> str:
    return pushed_by_git(stage, who, name, packed([]))


def the_commit_itself_without_a_pack(stage: Stage, who: Subject, name: str) -> str:
    return pushed_by_git(stage, who, name, b"")


def is_parent(stage: Stage, who: Subject, name: str) -> str:
    objects = snapshot(stage.commit, FILES, who.user)
    commit = Commit(objects[-2].id, (stage.commit, name), who.user, 1_700_000_000, "Merge\n").encode()
    return pushed_by_git(stage, who, *at_rest(stage, who, [*objects[:-1], commit]))


def is_tree(stage: Stage, who: Subject, name: str) -> str:
    commit = Commit(name, (stage.commit,), who.user, 1_700_000_000, "Edit\n").encode()
    return pushed_by_git(stage, who, *at_rest(stage, who, [commit]))


def is_base(stage: Stage, who: Subject, name: str) -> str:
    """A thin pack with a file that is made of one that is not in it: all of that, and one letter more."""
    known = b"published"
    content = known if name == object_id(BLOB, known) else SECRET
    size = len(content)
    delta = bytes([size, size + 1, 0x90, size, 1]) + b"!"
    made = object_id(BLOB, content + b"!")
    tree = Object(TREE, b"100644 x\0" + bytes.fromhex(made))
    commit = Commit(tree.id, (stage.commit,), who.user, 1_700_000_000, "Edit\n").encode()
    whole = packed([tree, commit])[12:-20]
    entry = bytes([7 << 4 | len(delta)]) + bytes.fromhex(name) + zlib.compress(delta)
    raw = b"PACK" + struct.pack(">II", 2, 3) + whole + entry
    return pushed_by_git(stage, who, commit.id, raw + hashlib.sha1(raw).digest())


def through_the_agent(stage: Stage, who: Subject, commit: str, pack: bytes) -> str:
    event = Push(project=stage.id, checkout=stage.checkouts[who.user], commit=commit)
    found = apply_push(stage.centre.centre, who.user, event, pack)
    return f"{found.status} {found.code} {found.message} {found.conflicts}"


def agent_names_a_file(stage: Stage, who: Subject, name: str) -> str:
    return through_the_agent(stage, who, *tree_naming(stage, who, name, b"100644"))


def agent_names_a_folder(stage: Stage, who: Subject, name: str) -> str:
    return through_the_agent(stage, who, *tree_naming(stage, who, name, b"40000"))


def agent_names_a_link(stage: Stage, who: Subject, name: str) -> str:
    return through_the_agent(stage, who, *tree_naming(stage, who, name, b"120000"))


def agent_builds_on(stage: Stage, who: Subject, name: str) -> str:
    return through_the_agent(stage, who, *at_rest(stage, who, snapshot(name, FILES, who.user)))


def agent_builds_on_and_breaks(stage: Stage, who: Subject, name: str) -> str:
    """What is wrong besides must not be found out first."""
    commit = Commit(new_id() + "0" * 8, (name,), who.user, 1_700_000_000, "Edit\n").encode()
    return through_the_agent(stage, who, *at_rest(stage, who, [commit]))


PUSHES: dict[str, Door] = {
    "git: a tree names a file": names_a_file,
    "git: a tree names a folder": names_a_folder,
    "git: the commit itself": the_commit_itself,
    "git: the commit itself without a pack": the_commit_itself_without_a_pack,
    "git: a parent": is_parent,
    "git: the tree of a commit": is_tree,
    "git: the base of a thin pack": is_base,
    "agent: a tree names a file": agent_names_a_file,
    "agent: a tree names a folder": agent_names_a_folder,
    "agent: a tree names a link": agent_names_a_link,
    "agent: builds on it": agent_builds_on,
    "agent: builds on it, and is broken": agent_builds_on_and_breaks,
}


def asking(method: str, path: str, json: dict[str, object] | None = None) -> Door:
    def door(stage: Stage, who: Subject, name: str) -> str:
        values = {"full": stage.full, "id": stage.id, "name": name, "first": stage.first, "newest": stage.commit}
        body = {key: name if value == "{name}" else value for key, value in json.items()} if json else None
        answer = stage.api(who.token, method, path.format(**values), json=body)
        return f"{answer.status_code} {answer.text}"

    return door


REQUESTS: dict[str, Door] = {
    "the update from it": asking("GET", "/packs/{id}/{name}/{newest}"),
    "the update to it": asking("GET", "/packs/{id}/{first}/{name}"),
    "contents of it": asking("POST", "/packs/{id}", {"commit": "{name}", "paths": ["a.txt"]}),
    "a file of it": asking("GET", "/projects/{full}/file?path=a.txt&version={name}"),
    "its folder": asking("GET", "/projects/{full}/tree?version={name}"),
    "an entry of it": asking("GET", "/projects/{full}/entry?path=a.txt&version={name}"),
    "an archive of it": asking("GET", "/projects/{full}/archive?version={name}"),
    "going back to it": asking("POST", "/projects/{full}/versions/{name}/restore", {"confirmed": True}),
}


def told(door: Door, stage: Stage, who: Subject, name: str) -> str:
    """What is told, without the name, and without the ids of what was made around it."""
    words = re.sub(f"{name}|{name.upper()}|{name[:10]}", "X", door(stage, who, name))
    return re.sub(r"[0-9a-f]{40}", "Y", words)


@pytest.mark.parametrize("what", ["commit", "tree", "blob"])
@pytest.mark.parametrize("door", (FETCHES | PUSHES | REQUESTS).values(), ids=FETCHES | PUSHES | REQUESTS)
def test_what_was_never_published_is_as_good_as_not_there(stage: Stage, door: Door, what: str) -> None:
    who = stage["writer"]
    before = git(stage.repository(), "rev-parse", "main")
    secret = told(door, stage, who, kept(stage)[what])
    assert secret == told(door, stage, who, hashlib.sha1(new_id().encode()).hexdigest())
    assert SECRET.decode() not in secret
    assert git(stage.repository(), "rev-parse", "main") == before, "it was published"


@pytest.mark.parametrize("door", [want_2, have_0, have_2, shallow_2, names_a_file, agent_names_a_file, is_base])
def test_what_is_published_is_told_otherwise(stages: Stages, door: Door) -> None:
    """The play above would notice."""
    stage = stages.new()
    who = stage["writer"]
    repository = stage.centre.centre.repositories.open(stage.id)
    tree = repository.tree(repository.commit(stage.commit).tree)
    name = stage.commit if door in (have_0, have_2, shallow_2, want_2) else read_tree(tree)["a.txt"][1]
    assert told(door, stage, who, name) != told(door, stage, who, hashlib.sha1(new_id().encode()).hexdigest())


def test_the_side_that_lost_is_in_no_clone_though_the_rest_of_the_push_is(stages: Stages) -> None:
    stage = stages.new()
    who = stage["writer"]
    objects = snapshot(stage.first, {"a.txt": b"mine alone", "new.txt": b"for all"}, who.user)
    event = Push(project=stage.id, checkout=stage.checkouts[who.user], commit=objects[-1].id)
    outcome = apply_push(stage.centre.centre, who.user, event, packed(objects))
    assert outcome.status == "conflict" and [found["path"] for found in outcome.conflicts] == ["a.txt"]
    clone = stage.repository().with_name(f"{new_id()}.clone")
    git(stage.repository().parent, "clone", "-q", "--no-local", "--bare", str(stage.repository()), str(clone))
    assert git(clone, "show", "main:new.txt") == b"for all"
    names = git(clone, "rev-list", "--objects", "--no-object-names", "main").decode().split()
    assert object_id(BLOB, b"for all") in names and object_id(BLOB, b"mine alone") not in names
    # The person has it all the same.
    with stage.centre.centre.database.read():
        mine = stage.api(who.token, "GET", "/conflicts").json()["items"]
    found = [one["id"] for one in mine if one["checkout"] == event.checkout and one["path"] == "a.txt"]
    assert stage.api(who.token, "GET", f"/conflicts/{found[0]}/ours").content == b"mine alone"
    # Nor is it there for somebody else, by the id of the conflict.
    assert stage.api(stage["admin"].token, "GET", f"/conflicts/{found[0]}/ours").status_code == 404


def test_whoever_pushed_a_snapshot_goes_on_from_it_and_nobody_else(stages: Stages) -> None:
    """As an agent does that cannot fetch what its push met."""
    stage = stages.new()
    who, other = stage["writer"], stage["admin"]

    def push(by: Subject, parent: str, files: dict[str, bytes]) -> PublishOutcome:
        *objects, last = snapshot(parent, files, by.user)
        made = decode_commit(last.data)
        named = replace(made, message=f"Edit\n\nHubShare-Checkout: {stage.checkouts[by.user]}\n").encode()
        event = Push(project=stage.id, checkout=stage.checkouts[by.user], commit=named.id, confirmed=True)
        pushed[by.user] = named.id
        return apply_push(stage.centre.centre, by.user, event, packed([*objects, named], known))

    pushed, known = dict[str, str](), set[str]()
    assert push(who, stage.first, {"a.txt": b"mine alone", "new.txt": b"for all"}).status == "conflict"
    mine = pushed[who.user]
    known.add(object_id(BLOB, b"mine alone"))
    files = {"a.txt": b"mine alone", "new.txt": b"newer", "more.txt": b"m"}
    assert push(other, mine, files).message == "The snapshot's parent is not in this project."
    found = push(who, mine, files)
    assert found.status == "merged"
    assert git(stage.repository(), "show", "main:new.txt") == b"newer"
    names = git(stage.repository(), "rev-list", "--objects", "--no-object-names", "main").decode().split()
    assert object_id(BLOB, b"mine alone") not in names and pushed[who.user] not in names
    for have in (mine, pushed[who.user]):
        where = f"/packs/{stage.id}/{have}/{found.commit}"
        assert stage.api(who.token, "GET", where).status_code in (200, 202)
        assert stage.api(other.token, "GET", where).status_code == 404


def test_files_that_are_moved_copied_or_brought_back_need_not_be_sent(stages: Stages) -> None:
    """What is published, now or before, is at hand for all who may push."""
    stage = stages.new()
    who, at = stage["writer"], stage.commit
    old = object_id(BLOB, b"published")
    for files in (
        {"moved.txt": (0o100644, old), "sub": FILES["sub"]},
        {"sub": FILES["sub"]},
        {"back.txt": (0o100644, old), "sub": FILES["sub"], "copy": FILES["sub"]},
    ):
        objects = snapshot(at, files, who.user)
        sent = packed([objects[-2], objects[-1]])
        event = Push(project=stage.id, checkout=stage.checkouts[who.user], commit=objects[-1].id, settled=["a.txt"])
        outcome = apply_push(stage.centre.centre, who.user, event.model_copy(update={"confirmed": True}), sent)
        assert (outcome.status, outcome.message) == ("applied", "")
        at = outcome.commit or ""
    assert git(stage.repository(), "show", "main:back.txt") == b"published"
    assert at != NOTHING
