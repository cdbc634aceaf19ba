"""Who signs in to the pages and how, and what no other site can have done."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from hubshare.testing.centre import PREFIX, TestCentre
from tests.helpers.page_visitors import Browser, Shared, needs_assets, until

pytestmark = needs_assets

#: A name that an address has to quote.
ODD = "#hash?query%20.txt"


@pytest.fixture(scope="module")
def ann(centre: TestCentre) -> Browser:
    return Browser(centre, "ann")


@pytest.fixture(scope="module")
def course(centre: TestCentre) -> Shared:
    made = Shared(centre, "ann", "signing-in", grants={"ben": "writer", "eve": "reader"})
    made.push({"README.md": b"# Hello\n", ODD: b"odd"})
    return made


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(centre: TestCentre, course: Shared) -> None:
    browser = Browser(centre)
    wanted = f"{PREFIX}{course.page}/files/v1/{quote(ODD)}?view=source"
    sent = browser.get(wanted.removeprefix(PREFIX))
    assert sent.status_code == 303
    there = urlsplit(sent.headers["location"])
    assert there.path == f"{PREFIX}login" and parse_qs(there.query)["next"] == [wanted]
    assert browser.sign_in("ann", wanted).headers["location"] == wanted
    assert "odd" in until(browser, wanted.removeprefix(PREFIX), "odd")


@pytest.mark.parametrize(
    "bad",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/user/eve/x",
        f"{PREFIX}../../user/eve/",
        f"{PREFIX}%2e%2e/%2e%2e/user/eve/",
        f"{PREFIX}x\\..\\y",
        "javascript:alert(1)",
        f"{PREFIX}a\tb",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(centre: TestCentre, bad: str) -> None:
    assert Browser(centre).sign_in("ann", bad).headers["location"] == PREFIX


def test_the_cookie_is_out_of_reach_of_others(centre: TestCentre) -> None:
    browser = Browser(centre)
    cookie = next(one for one in browser.sign_in("ann").headers.get_list("set-cookie") if "session" in one)
    assert {"HttpOnly", f"Path={PREFIX}", "SameSite=lax"} <= set(cookie.split("; ")) and "Secure" not in cookie
    sent = browser.get("login", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in sent.headers["set-cookie"]


def test_a_sign_in_that_another_browser_began_is_refused(centre: TestCentre) -> None:
    mine, theirs = Browser(centre), Browser(centre)
    sent = theirs.get("login")
    state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
    answer = mine.get(f"oauth_callback?state={state}&code=eve")
    assert answer.status_code == 422 and "set-cookie" not in answer.headers
    assert mine.get(f"oauth_callback?state={state}").status_code == 422
    assert theirs.get(f"oauth_callback?state={state}&code=wrong").status_code == 403
    assert theirs.get(f"oauth_callback?state={state}&error=access_denied").status_code == 403


def test_what_the_hub_does_not_accept_any_more_is_nobodys(centre: TestCentre, course: Shared) -> None:
    browser = Browser(centre, "ben")
    assert browser.get(course.page).status_code == 200
    centre.tokens.revoked.add("ben")
    try:
        assert browser.get(course.page).status_code == 303
    finally:
        centre.tokens.revoked.clear()


def test_the_table_of_sign_ins_opens_nothing(centre: TestCentre) -> None:
    from sqlalchemy import select

    from hubshare.store.models import BrowserSession

    browser = Browser(centre, "secretive-person")
    secret = browser.client.cookies["hubshare-session"]
    with centre.centre.database.read() as session:
        rows = [vars(row) for row in session.scalars(select(BrowserSession))]
    mine = [row for row in rows if row["user"] == "secretive-person"]
    assert len(mine) == 1 and secret not in str(rows)
    assert "secretive-person" not in str([row["token"] for row in mine]) and b"secretive".hex() not in str(mine)


def test_who_signs_out_is_out_here_and_at_the_hub(centre: TestCentre) -> None:
    browser = Browser(centre, "ann")
    secret = browser.client.cookies["hubshare-session"]
    answer = browser.post("logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/hub/logout")
    browser.client.cookies.set("hubshare-session", secret)
    assert browser.get("").status_code == 303, "the secret has come to its end"


# what only pages of ours can do


def test_what_changes_something_needs_the_token_of_the_page(centre: TestCentre, course: Shared, ann: Browser) -> None:
    path, data = f"{course.page}/releases", {"called": "forged", "version": "v1"}
    for brought in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": Browser(centre, "ann").csrf}):
        assert ann.client.post(path, data=data | brought).status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ann.post(path, data, headers=headers).status_code == 403
    assert ann.client.post("logout").status_code == 403
    assert ann.get("").status_code == 200
    assert "forged" not in ann.get(path).text


def test_the_api_takes_the_cookie_and_for_changes_the_token_too(centre: TestCentre, course: Shared) -> None:
    browser = Browser(centre, "ben")
    assert browser.get("api/v1/me").json()["name"] == "ben"
    assert browser.client.post("api/v1/teams", json={"name": "by-cookie"}).status_code == 403
    headers = {"X-CSRF-Token": browser.csrf}
    assert browser.client.post("api/v1/teams", json={"name": "by-cookie"}, headers=headers).status_code == 201
    assert browser.client.delete("api/v1/teams/by-cookie").status_code == 403
    assert browser.client.delete("api/v1/teams/by-cookie", headers=headers).status_code == 204
    # Git sends a password, never a cookie.
    assert browser.get(f"git/{course.full}.git/info/refs?service=git-upload-pack").status_code == 401
