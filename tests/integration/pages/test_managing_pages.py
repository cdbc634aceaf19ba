"""The managing pages, as people with browsers use them: forms without scripts, reasons, receipts, invitations, settings."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx

from hubshare.testing.centre import PREFIX, TestCentre
from hubshare.testing.notebooks import notebook
from tests.helpers.centre_fixture import published
from tests.helpers.page_visitors import Browser, Shared, doors, forms, needs_assets, send, words

pytestmark = needs_assets

HOSTILE = "<img src=x onerror=alert(1)>"


# teams


def test_a_team_is_made_filled_and_left(centre: TestCentre) -> None:
    mia, noa = Browser(centre, "mia"), Browser(centre, "noa")
    assert "You are not in a team yet" in words(mia.get("teams"))
    said = words(send(mia, "teams", "teams", name="physics", role="writer"))
    assert "Members publish changes to the team’s projects" in said and "mia (you)" in said
    wanted, token = {"name": "lab", "owner": "physics"}, {"Authorization": "token mia"}
    httpx.post(f"{centre.url}api/v1/projects", headers=token, json=wanted).raise_for_status()
    said = words(send(mia, "teams/physics", "/members", user="noa"))
    assert "noa invited as member" in said and "has not answered" in said
    assert noa.get("teams/physics").status_code == 404
    home = noa.get("")
    assert "mia invites you to join team physics as member" in words(home)
    [offer] = re.findall(r"offers/([0-9a-f]{32})", home.text)
    assert noa.post(f"offers/{offer}", {"answer": "yes"}).headers["location"].endswith("/teams/physics")
    assert "invites you" not in words(noa.get(""))
    said = words(mia.get("projects/physics/lab/access"))
    assert "noa writer through team physics" in said and "mia (you) owner through team physics" in said
    assert "physics member" not in words(mia.get("teams")) and "member" in words(noa.get("teams"))
    said = words(send(mia, "teams/physics", "/members", {"user": "noa", "role": "maintainer"}))
    assert "noa maintainer" in said
    send(mia, "teams/physics", "/members", {"user": "noa", "role": "member"})
    noa_api = {"Authorization": "token noa"}
    httpx.post(
        f"{centre.url}api/v1/checkouts", headers=noa_api, json={"project": "physics/lab", "folder": "/home/noa/lab"}
    ).raise_for_status()
    said = words(send(mia, "teams/physics", "/members/remove", {"user": "noa"}))
    assert "noa was removed from physics" in said and "physics/lab : was writer, no longer has access" in said
    assert "checkout default server: /home/noa/lab" in said
    assert noa.get("projects/physics/lab").status_code == 404
    assert ("team.manage", "page") in doors(centre, user="mia") and "removed: noa" in words(
        mia.get("teams/physics/audit")
    )


def test_the_only_maintainer_cannot_leave_and_is_told_why(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    send(mia, "teams", "teams", name="alone", role="reader")
    answer = send(mia, "teams/alone", "/leave")
    assert answer.status_code == 409 and "is the only maintainer" in html.unescape(answer.text)
    answer = send(mia, "teams/alone", "/settings", name="NOT a name", role="reader")
    assert answer.status_code == 422 and "cannot name a team" in html.unescape(answer.text)
    said = words(send(mia, "teams/alone", "/settings", name="alone-2", role="writer"))
    assert "alone-2" in said and "publish changes to" in said
    assert send(mia, "teams/alone-2", "/delete", typed="alone").status_code == 422
    assert "alone-2" not in words(send(mia, "teams/alone-2", "/delete", typed="alone-2"))


def test_names_are_only_names(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    send(mia, "teams", "teams", name="odd", role="writer")
    page = send(mia, "teams/odd", "/members", user=HOSTILE)
    assert HOSTILE not in page.text and HOSTILE in words(page)
    assert HOSTILE in words(send(mia, "teams/odd", "/members/remove", {"user": HOSTILE}))
    made = Shared(centre, "mia", "odd", description=HOSTILE)
    page = send(mia, f"{made.page}/access", "/grants", {}, kind="user", to=HOSTILE, role="reader")
    assert HOSTILE not in page.text and f"{HOSTILE} reader, granted directly" in words(page)
    centre.hub.groups[HOSTILE] = ["mia", "zed"]
    page = send(mia, f"{made.page}/access", "/grants", {}, kind="group", to=HOSTILE, role="writer")
    assert f"zed writer through group {HOSTILE}" in words(page) and HOSTILE not in page.text
    for path in ("audit", "settings", "access"):
        page = mia.get(f"{made.page}/{path}")
        assert HOSTILE not in page.text and HOSTILE in words(page)
    page = send(mia, f"{made.page}/access", "/revoke", {"subject": f"group:{HOSTILE}"})
    assert HOSTILE not in page.text and "zed" in words(page)
    answer = mia.get(f"teams/{httpx.QueryParams({'': HOSTILE})}".replace("=", ""))
    assert answer.status_code == 404 and HOSTILE not in answer.text


# access


def test_a_role_is_given_changed_and_taken_away(centre: TestCentre) -> None:
    mia, ren = Browser(centre, "mia"), Browser(centre, "ren")
    made = Shared(centre, "mia", "given")
    page = f"{made.page}/access"
    said = words(send(mia, page, "/grants", to="ren", role="writer"))
    assert "ren writer, granted directly" in said and "mia (you) owner owner" in said
    said = words(ren.get(page))
    assert "ren (you)" in said and "Remove" not in said and "Create link" not in said
    assert ren.post(f"{page}/grants", {"to": "ren", "role": "admin"}).status_code == 403
    assert ren.get(f"{made.page}/settings").status_code == 403 and ren.get(f"{made.page}/audit").status_code == 403
    send(mia, page, "/grants", {"to": "ren"}, role="reader")
    assert ren.get(page).status_code == 403, "readers do not see who else has access"
    answer = send(mia, page, "/grants", to="nobody", kind="team", role="reader")
    assert answer.status_code == 404 and 'value="nobody"' in answer.text
    assert answer.text.count('role="alert"') == 1 and "There is no team" in answer.text
    said = words(send(mia, page, "/revoke", {"subject": "user:ren"}))
    assert "mia/given : was reader, no longer has access" in said
    assert ren.get(made.page).status_code == 404
    found = doors(centre, user="mia", project_id=made.id)
    assert found.count(("project.grant", "page")) == 3
    said = words(mia.get(f"{made.page}/audit"))
    assert "mia project.grant of: ren just now · page" in said


def test_a_mistyped_name_is_asked_about_before_it_is_let_in(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "asked")
    send(mia, "teams", "teams", name="asked-team", role="writer")
    centre.hub.strangers.add("bbo")
    for page, action, typed in (
        (f"{made.page}/access", "/grants", {"to": " bbo ", "role": "writer"}),
        ("teams/asked-team", "/members", {"user": "bbo", "role": "maintainer"}),
    ):
        answer = send(mia, page, action, **typed)
        assert answer.status_code == 422 and "The Hub knows no user" in html.unescape(answer.text)
        assert re.search(r'<button[^>]* name="meant" value="bbo">', answer.text)
        assert f'value="{typed["role"]}" selected' in answer.text, "what was chosen is still there"
        assert "bbo writer" not in words(mia.get(page)) and "bbo maintainer" not in words(mia.get(page))
        assert send(mia, page, action, meant="another", **typed).status_code == 422, "confirmed was another name"
        assert re.search("bbo (writer|invited as maintainer)", words(send(mia, page, action, meant="bbo", **typed)))
    centre.hub.strangers.clear()


def test_visibility_says_what_it_means(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "seen")
    page = f"{made.page}/access"
    assert "Whoever is signed in can look at it" in words(mia.get(page))
    assert Browser(centre, "zoe").get(made.page).status_code == 404
    send(mia, page, "/visibility", visibility="hub")
    assert Browser(centre, "zoe").get(made.page).status_code == 200
    assert Browser(centre).get(made.page).status_code == 303
    send(mia, page, "/visibility", visibility="public")
    assert Browser(centre).get(made.page).status_code == 200
    assert Browser(centre).get(page).status_code == 303


def test_nothing_is_done_without_the_token_of_the_page_or_by_looking(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "forged", grants={"ren": "reader"})
    send(mia, "teams", "teams", name="forged-team", role="writer")
    pages = [f"{made.page}/access", f"{made.page}/settings", "teams", "teams/forged-team"]
    addresses = {address for page in pages for address, _ in forms(mia.get(page)) if address != "logout"}
    assert len(addresses) >= 11
    for address in addresses:
        assert mia.client.post(address, data={"csrf": "0" * 64, "typed": "forged"}).status_code == 403, address
        assert mia.get(address).status_code in (200, 404, 405), address
    assert ("project.grant", "page") not in doors(centre, project_id=made.id)


# invitations


def link_of(answer: httpx.Response) -> str:
    """The link that the page shows once, below the service."""
    found = re.search(r'<code id="invitation-link">http://[^/]+([^<]+)</code>', answer.text)
    assert found
    return found[1].removeprefix(PREFIX)


def test_somebody_is_invited_and_accepts(centre: TestCentre) -> None:
    mia, kit = Browser(centre, "mia"), Browser(centre)
    made = Shared(centre, "mia", "open-day", description="For all who want to see it")
    page = f"{made.page}/access"
    answer = send(mia, page, "/invitations", role="writer", days="3", uses="1")
    link = link_of(answer)
    assert "it is not shown again" in words(answer) and link.rpartition("/")[2] not in mia.get(page).text
    assert "writer · 1 use left by mia" in words(mia.get(page))
    sent = kit.get(link)
    assert sent.status_code == 303 and "login?next=" in sent.headers["location"], "one signs in first"
    assert kit.sign_in("kit", PREFIX + link).headers["location"] == PREFIX + link
    for _ in range(2):
        said = words(kit.get(link))
        assert "mia invites you to mia/open-day" in said and "As writer" in said and "Accept as kit" in said
    assert kit.get(made.page).status_code == 404, "looking accepts nothing"
    assert kit.client.post(link).status_code == 403 and kit.get(made.page).status_code == 404
    said = words(send(kit, link, link))
    assert "open-day" in said and "You already have access to mia/open-day" in words(kit.get(link))
    assert ("me.accept-invitation", "page") in doors(centre, user="kit")
    late = Browser(centre, "late").get(link)
    assert late.status_code == 404 and "not valid any more" in late.text and "open-day" not in late.text


def test_an_invitation_is_withdrawn(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "closed-day")
    link = link_of(send(mia, f"{made.page}/access", "/invitations", role="reader", days="1", uses="5"))
    assert "No active links" in words(send(mia, f"{made.page}/access", "/withdraw"))
    assert Browser(centre, "kit").get(link).status_code == 404


# settings


def test_a_project_is_described_renamed_archived_deleted_and_restored(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "moving")
    page = f"{made.page}/settings"
    assert "All <b>about" in words(send(mia, page, "/description", description="All <b>about\r\nit"))
    answer = send(mia, page, "/description", description="\x01")
    assert answer.status_code == 422 and "control characters" in answer.text
    assert send(mia, page, "/rename", called="No Name").status_code == 422
    said = words(send(mia, page, "/rename", called="moved"))
    assert "mia / moved" in said and "moved" in words(mia.get(made.page)), "the earlier address leads there"
    page = "projects/mia/moved/settings"
    said = words(send(mia, page, "/archive"))
    assert "This project is archived" in said and "Description" not in said
    assert "This project is archived" not in words(send(mia, page, "/archive"))
    answer = send(mia, page, "/delete", typed="moving")
    assert answer.status_code == 422 and "type its name moved" in html.unescape(answer.text)
    assert "mia/moved deleted" in words(send(mia, page, "/delete", typed="moved"))
    assert mia.get("projects/mia/moved").status_code == 404
    assert "mia/moved" not in words(Browser(centre, "ren").get("trash"))
    assert "mia / moved" in words(send(mia, "trash", "/mia/moved/settings/restore"))
    done = {action for action, door in doors(centre, project_id=made.id) if door == "page"}
    assert {
        "project.configure",
        "project.rename",
        "project.archive",
        "project.delete",
        "project.restore",
    } <= done


def test_a_project_is_given_to_a_team_and_to_a_person(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "handed")
    send(mia, "teams", "teams", name="heirs", role="writer")
    answer = send(mia, f"{made.page}/settings", "/transfer", to="ren", kind="user")
    assert answer.status_code == 403 and "has to be an admin" in answer.text
    assert "heirs / handed" in words(send(mia, f"{made.page}/settings", "/transfer", to="heirs", kind="team"))
    assert "heirs/handed" in words(mia.get("teams/heirs"))


def test_an_admin_of_the_hub_sees_what_is_there_and_gives_nobody_a_role(centre: TestCentre) -> None:
    made = Shared(centre, "mia", "overseen")
    root = Browser(centre, "root%2Bhubadmin")
    assert "mia owner" in words(root.get(f"{made.page}/access"))
    assert "Grant role" not in root.get(f"{made.page}/access").text
    said = words(root.get(f"{made.page}/settings"))
    assert "Archive the project" in said and "Rename" not in said


def test_a_project_has_a_brake_of_its_own(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "braked")
    files: dict[str | bytes, Any] = {f"{number}.txt": b"x" for number in range(4)}
    made.push(files)
    page = f"{made.page}/settings"
    answer = send(mia, page, "/brake", brake="1000000")
    assert answer.status_code == 422 and "more are stopped on this Hub in any case" in answer.text
    assert 'value="2"' in send(mia, page, "/brake", brake="2").text
    made.push({})
    asked = mia.post(f"{made.page}/versions/0/restore", {"path": ""})
    assert asked.status_code == 303, "there is nothing to delete"
    mia.post(f"{made.page}/versions/1/restore", {"path": ""})
    answer = mia.post(f"{made.page}/versions/0/restore", {"path": ""})
    assert answer.status_code == 409 and "This deletes 4 files" in answer.text


def test_outputs_are_left_out_of_what_is_pushed_and_restored(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "stripping")
    made.push({"n.ipynb": notebook("x", output="7").encode()})
    page = f"{made.page}/settings"
    assert "Leave them out" in words(mia.get(page))
    assert mia.post(f"{page}/outputs", {"outputs": "sometimes"}).status_code == 422
    assert re.search('value="strip"[^>]* checked', send(mia, page, "/outputs", outputs="strip").text)
    made.push({"n.ipynb": notebook("x = 1").encode()})
    assert mia.post(f"{made.page}/versions/1/restore", {"path": "n.ipynb"}).status_code == 303
    assert published(centre, "mia/stripping") == {"n.ipynb": notebook("x").encode()}
    assert "outputs: strip" in words(mia.get(f"{made.page}/audit"))


def test_ignore_rules_are_tried_and_published(centre: TestCentre) -> None:
    mia = Browser(centre, "mia")
    made = Shared(centre, "mia", "ignoring", grants={"ren": "reader"})
    made.push({"a.log": b"x", "b.txt": b"x", "sub": {"c.log": b"x"}})
    page = f"{made.page}/ignore"
    assert "0 published files caught" in words(mia.get(page))
    said = words(send(mia, page, "/ignore", rules="*.log\r\n!a.log", do="try"))
    assert "1 published file caught" in said and "sub/c.log *.log" in said and "version 1 matches" not in said
    answer = send(mia, page, "/ignore", rules="*.log\r\n</textarea>", do="publish")
    assert "Change the ignore rules" in words(answer)
    assert mia.get(f"{made.page}/raw/latest/.hubshareignore").text == "*.log\n</textarea>\n"
    assert words(mia.get(page)).count("*.log </textarea>") == 1 and "2 published files caught" in words(mia.get(page))
    stale = mia.post(page, {"rules": "x", "seen": "0" * 40, "do": "publish"})
    assert stale.status_code == 409 and "was published anew" in stale.text
    assert mia.post(page, {"rules": "a\n" * 300, "do": "try"}).status_code == 422
    ren = Browser(centre, "ren")
    assert "Publish rules" not in ren.get(page).text and ren.post(page, {"rules": ""}).status_code == 403
