"""The pages of webhooks: set up by somebody with a browser, looked at, and managed."""

from __future__ import annotations

import re

from hubshare.testing.centre import TestCentre
from tests.helpers.page_visitors import Browser, Shared, closing, follow, needs_assets, words  # noqa: F401

pytestmark = needs_assets
_BOX = '<input class="form-check-input" type="checkbox" name="kind" value="{}" id="kind-{}"{}>'
_AT = "projects/hanna/with-hooks/webhooks"


def test_a_webhook_is_set_up_shows_its_secret_once_and_is_managed(centre: TestCentre) -> None:
    Shared(centre, "hanna", "with-hooks")
    hanna = Browser(centre, "hanna")
    assert "/webhooks" in hanna.get("projects/hanna/with-hooks/settings").text
    assert "No webhooks" in words(hanna.get(_AT))
    refused = hanna.post(_AT, {"url": "ftp://example.org/<b>", "called": "mine"})
    assert refused.status_code == 422 and "https://" in refused.text and "&lt;b&gt;" in refused.text
    assert 'value="mine"' in refused.text
    made = hanna.post(_AT, {"url": "https://192.0.2.1/hook", "called": "Site <builder>"})
    secret = re.search(r"whsec_[\w+/=]+", made.text)
    assert made.status_code == 200 and secret and "Site &lt;builder&gt;" in made.text
    found = re.search(r"webhooks/([0-9a-f]{32})", hanna.get(_AT).text)
    assert found
    page = f"webhooks/{found[1]}"
    assert "whsec_" not in hanna.get(page).text
    assert "Paused" in words(follow(hanna, hanna.post(page, {"act": "pause"})))
    assert "Paused" not in words(follow(hanna, hanna.post(page, {"act": "go on"})))
    follow(hanna, hanna.post(page, {"act": "test"}))
    assert "webhook test" in words(hanna.get(page))
    renewed = re.search(r"whsec_[\w+/=]+", hanna.post(page, {"act": "secret"}).text)
    assert renewed and renewed[0] != secret[0]
    assert hanna.client.post(page, data={"act": "delete"}).status_code == 403, "without the token of the page"
    assert "No webhooks" in words(follow(hanna, hanna.post(page, {"act": "delete"})))
    assert hanna.get(page).status_code == 404


def test_a_person_has_notifications_sent_and_says_which(centre: TestCentre) -> None:
    olga = Browser(centre, "olga")
    assert "/settings/webhooks" in olga.get("settings/notifications").text
    empty = olga.get("settings/webhooks")
    assert "No webhooks yet" in words(empty) and _box("job", " checked") in empty.text
    refused = olga.post("settings/webhooks", {"url": "none", "kind": "job"})
    assert refused.status_code == 422
    assert _box("job", " checked") in refused.text and _box("conflict", "") in refused.text
    made = olga.post("settings/webhooks", {"url": "https://192.0.2.1/hook?key=hidden", "kind": "conflict"})
    secret = re.search(r"whsec_[\w+/=]+", made.text)
    assert made.status_code == 200 and secret and _box("conflict", " checked") in made.text
    assert _box("job", "") in made.text
    found = re.search(r"webhooks/([0-9a-f]{32})", olga.get("settings/webhooks").text)
    assert found
    page = f"webhooks/{found[1]}"
    assert secret[0] not in olga.get(page).text
    changed = follow(olga, olga.post(page, {"act": "change", "url": "https://192.0.2.1/", "called": "", "kind": "job"}))
    assert _box("job", " checked") in changed.text and _box("conflict", "") in changed.text
    assert "in your inbox only" in words(follow(olga, olga.post(page, {"act": "pause"})))
    # Neither others nor admins of the Hub learn of it.
    assert (
        Browser(centre, "root%2Bhubadmin").get(page).status_code
        == 404
        == Browser(centre, "hanna").get(page).status_code
    )
    assert olga.client.post("settings/webhooks", data={"url": "https://192.0.2.1/"}).status_code == 403, "no token"
    assert olga.client.post(page, data={"act": "delete"}).status_code == 403, "without the token of the page"
    assert "No webhooks yet" in words(follow(olga, olga.post(page, {"act": "delete"})))


def _box(kind: str, checked: str) -> str:
    return _BOX.format(kind, kind, checked)
