"""How each verb of a door is played, as somebody on a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.git import pktline
from hubshare.git.objects import read_tree
from hubshare.store.access.actions import Action
from hubshare.store.import_tables import Import
from hubshare.store.models import Offer, Origin, Project, Release, Team
from hubshare.store.offers import offer_place
from hubshare.store.origins import begin_fork, begin_import, write_taken
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject
from tests.helpers.zips import zipped

#: Does what a play is about, as somebody on a stage; gives the status.
Act = Callable[[Stage, Subject], int]


class Play(NamedTuple):
    """One verb of a door.

    Attributes:
        verb: method and path as the service declares them, or a type of event; words behind `#` tell several apart.
        action: what the design says that it is; written down here, and not read from the service.
        act: does it.
        changes: whether it changes something, so that whoever passes leaves a used stage behind.
        deleted: whether it is about a project in the trash.
        own: whether it is about something of the person's own, which somebody who is not signed in does not have.
    """

    verb: str
    action: Action
    act: Act
    changes: bool = False
    deleted: bool = False
    own: bool = False

    @property
    def door(self) -> str:
        """What leads to it: git's door, a page, the API, or an agent's stream."""
        if " " not in self.verb:
            return "stream"
        path = self.verb.partition(" ")[2]
        return "git" if "/git/" in path else "page" if path.startswith("/services/") else "API"


def firsts(plays: Sequence[Play]) -> set[str]:
    """Return the verbs of those that come first among the plays of the same action through the same door."""
    found: dict[tuple[Action, str], str] = {}
    for play in plays:
        found.setdefault((play.action, play.door), play.verb)
    return {*found.values()}


def call(method: str, path: str, changes: Callable[[Stage, Subject], dict[str, Any]] | None = None, **more: Any) -> Act:
    """A request to the API.

    Args:
        path: with names of the stage in braces.
        changes: gives further arguments for a person on a stage.
        more: arguments of the request.
    """

    def act(stage: Stage, who: Subject) -> int:
        values = {
            "owner": stage.owner,
            "name": stage.name,
            "id": stage.id,
            "first": stage.first,
            "newest": stage.commit,
            "team": stage.team,
            "secret": stage.secret,
            "invitation": stage.invitation,
            "webhook": stage.webhook,
            "mirror": stage.mirror,
            "delivery": stage.delivery,
            "reader": stage["reader"].user,
            "member": stage["member"].user,
            "checkout": stage.checkouts.get(who.user, new_id()),
            "conflict": stage.conflicts.get(who.user) or stage.conflicts[stage["reader"].user],
            "new": new_id(),
        }
        arguments = more | (changes(stage, who) if changes else {})
        return stage.api(who.token, method, path.format(**values), **arguments).status_code

    # Where names of the stage stand in it, for those who put others there.
    act.path = path  # type: ignore[attr-defined]
    return act


def be_fork(stage: Stage) -> None:
    """Have a stage's project be one that was begun from another one: who may read that is tested elsewhere."""
    with stage.centre.centre.database.begin() as session:
        if _is_to_be(session, stage, outside=False):
            begin_fork(session, stage.id, stage.id)
            session.flush()
            write_taken(session, stage.id, stage.first, 0, {})


def _prepared(asked: Act, prepare: Callable[[Stage], None]) -> Act:
    """The same request, to a project that is made ready for it first."""

    def act(stage: Stage, who: Subject) -> int:
        prepare(stage)
        return asked(stage, who)

    act.path = asked.path  # type: ignore[attr-defined]
    return act


def of_fork(method: str, path: str, **more: Any) -> Act:
    """A request to the API about a project that was begun from another one."""
    return _prepared(call(method, path, **more), be_fork)


def be_released(stage: Stage) -> None:
    """Have a version of a stage's project be named `exam`."""
    with stage.centre.centre.database.begin() as session:
        if session.get(Project, stage.id) and not session.get(Release, (stage.id, "exam")):
            session.add(Release(project_id=stage.id, name="exam", version=1, creator=stage["owner"].user))


def of_release(method: str, **more: Any) -> Act:
    """A request to the API about a release that there is."""
    return _prepared(call(method, RELEASE_PATH, **more), be_released)


def be_import(stage: Stage, state: str) -> None:
    """Have a stage's project be one that comes from the internet; nothing can be fetched from there.

    Args:
        state: of the last fetch.
    """
    with stage.centre.centre.database.begin() as session:
        if _is_to_be(session, stage, outside=True):
            begin_import(session, stage.id, new_id(), "https://192.0.2.1/course.zip", history=False)
            source = "https://192.0.2.1/course.zip"
            session.merge(Import(project_id=stage.id, source=source, user="nobody", run=new_id(), state=state))


def _is_to_be(session: Session, stage: Stage, outside: bool) -> bool:
    """Return whether a stage's project has no origin of a kind yet; one of the other kind is taken away."""
    found = session.get(Origin, stage.id)
    if found is not None and bool(found.address) is not outside:
        session.delete(found)
        session.flush()
        found = None
    return found is None and session.get(Project, stage.id) is not None


def of_import(method: str, path: str, state: str = "done", **more: Any) -> Act:
    """A request to the API about a project that comes from the internet."""
    return _prepared(call(method, path, **more), lambda stage: be_import(stage, state))


def listen(path: str) -> Act:
    return lambda stage, who: stage.api.listens(
        who.token, path.format(owner=stage.owner, name=stage.name, team=stage.team)
    )


def git_refs(service: str) -> Act:
    def act(stage: Stage, who: Subject) -> int:
        answer = stage.api.git(who.token, "GET", f"{stage.full}.git/info/refs", params={"service": service})
        assert (stage.commit in answer.text) == (answer.status_code == 200)
        return answer.status_code

    return act


def git_fetch(stage: Stage, who: Subject) -> int:
    wants = pktline.line(f"want {stage.commit}\n".encode()) + pktline.FLUSH + pktline.line(b"done\n")
    headers = {"Content-Type": "application/x-git-upload-pack-request"}
    answer = stage.api.git(who.token, "POST", f"{stage.full}.git/git-upload-pack", content=wants, headers=headers)
    assert (b"PACK" in answer.content) == (answer.status_code == 200)
    return answer.status_code


def git_push(stage: Stage, who: Subject) -> int:
    commit, pack = stage.snapshot(who.user or "nobody")
    head = f"{stage.commit} {commit} refs/heads/main\0report-status".encode()
    content = pktline.line(head) + pktline.FLUSH + pack
    headers = {"Content-Type": "application/x-git-receive-pack-request"}
    answer = stage.api.git(who.token, "POST", f"{stage.full}.git/git-receive-pack", content=content, headers=headers)
    assert ("ok refs/heads/main" in answer.text) == (answer.status_code == 200), answer.text
    return answer.status_code


def finish_upload(stage: Stage, who: Subject) -> int:
    upload = new_id()
    if who.user:
        stage.centre.centre.uploads.append(who.user, upload, 0, b"x")
    return stage.api(who.token, "POST", f"/uploads/{upload}/finish").status_code


def publish_upload(stage: Stage, who: Subject) -> int:
    upload = new_id()
    if who.user:
        stage.centre.centre.uploads.append(who.user, upload, 0, zipped({"uploaded.txt": b"x"}))
        stage.centre.centre.uploads.finish(who.user, upload)
    path = f"/projects/{stage.owner}/{stage.name}/uploads"
    return stage.api(who.token, "POST", path, json={"upload": upload}).status_code


def offered(stage: Stage, who: Subject) -> str:
    """The id of a place in the stage's team that its maintainer has offered to somebody just now."""
    with stage.centre.centre.database.begin() as session:
        team = session.get_one(Team, stage.team_id)
        offer_place(session, team, who.user or "nobody", "member", stage["maintainer"].user)
        return session.scalars(
            select(Offer.id).where(Offer.team_id == team.id, Offer.user == (who.user or "nobody"))
        ).one()


def answer_offer(path: str, **body: Any) -> Act:
    """The answer to an offer of a place in the stage's team."""
    return lambda stage, who: (
        stage.api(who.token, "POST", f"/offers/{offered(stage, who)}/{path}", json=body).status_code
    )


def sides(stage: Stage, who: Subject) -> dict[str, Any]:
    """A pick, of what both sides of the conflict hold."""
    repository = stage.centre.centre.repositories.open(stage.id)
    found = {}
    for side, commit in (("ours", stage.template.kept), ("theirs", stage.commit)):
        tree = repository.tree(repository.commit(commit).tree)
        found[side] = read_tree(tree)["a.txt"][1]
    return {"json": found}


FILE = {"params": {"path": "a.txt"}}
WEBHOOK_PATH, WEBHOOK = "/webhooks/{webhook}", {"url": "https://192.0.2.1/hook"}
PROJECT = "/projects/{owner}/{name}"
#: One that waits until somebody asks.
MIRROR = {"url": "https://192.0.2.1/new.git", "push_on": "manual"}
MIRROR_PATH = PROJECT + "/mirrors/{mirror}"
RELEASE_PATH = PROJECT + "/releases/exam"


def settled(verb: str, action: Action, path: str, **more: Any) -> Play:
    """A request that changes something."""
    return Play(verb, action, call(verb.partition(" ")[0], path, **more), changes=True)


def knock(stage: Stage, who: Subject, path: str) -> int:
    headers = {"Authorization": f"token {who.token}"} if who.user else {}
    return stage.api.client.get(f"{stage.api.root}{path}", headers=headers).status_code


def pause_for_a_moment(stage: Stage, who: Subject) -> int:
    """Pause a kind of jobs, and let it go on at once: others use the same queue."""
    found = call("PUT", "/ops/pauses/kind:index", json={})(stage, who)
    stage.api("root+hubadmin", "DELETE", "/ops/pauses/kind:index")
    return found
