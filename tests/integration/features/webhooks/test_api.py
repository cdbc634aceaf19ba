"""Webhooks with the client, over the real service and real workers: from setting one up to what arrives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from hubshare.client import Client
from hubshare.errors import BadName, HubShareError, Invalid, NotFound, OverQuota
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.receivers import Receiver, says


@pytest.fixture
def client(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "hookowner") as made:
        yield made


@contextmanager
def project(client: Client, name: str) -> Iterator[str]:
    full = client.create_project(name).name
    yield full
    client.delete_project(full)


def test_from_setting_it_up_to_what_arrives(centre: TestCentre, client: Client, receiver: Receiver) -> None:
    with project(client, "hooked") as full:
        hook = client.create_webhook(full, f"{receiver.url}story?token=hidden", name="builder")
        assert hook.secret and client.webhook(hook.id).secret is None and client.webhook(hook.id).of == full
        client.test_webhook(hook.id)
        wait_until(lambda: receiver.received, "something arrives")
        assert receiver.received[0].event["type"] == "org.jupyter.hubshare.webhook.test.v1"
        assert receiver.received[0].verified(hook.secret)
        receiver.received.clear()
        client.change_files(full, write={"a.txt": "one"}, base=0)
        wait_until(lambda: receiver.received, "something arrives")
        (one,) = receiver.received
        assert one.event["data"]["changed"] == [{"path": "a.txt", "change": "added"}]
        assert one.event["source"] == centre.url and one.event["subject"] == full
        # Both secrets are good while the new one is put in place.
        renewed = client.rotate_webhook_secret(hook.id)
        assert renewed.secret and renewed.secret != hook.secret
        wait_until(lambda: next(client.webhook_deliveries(hook.id)).state == "delivered", "it is in the log")
        delivery = next(client.webhook_deliveries(hook.id))
        assert delivery.status == 204 and "a.txt" in delivery.request and delivery.project == full
        client.redeliver(hook.id, delivery.id)
        wait_until(lambda: len(receiver.received) == 2, "it arrives again")
        again = receiver.received[1]
        assert again.body == one.body and again.headers["webhook-id"] == one.headers["webhook-id"]
        assert again.verified(renewed.secret) and again.verified(hook.secret)
        log = [entry.details for entry in client.project_audit(full) if entry.action == "project.webhooks"]
        assert log and "hidden" not in str(log) and hook.secret not in str(log)


def test_what_failed_since_a_moment_is_delivered_again_and_a_pause_loses_nothing(
    client: Client, receiver: Receiver
) -> None:
    receiver.received.clear()
    receiver.answers["/gone"] = says(410)
    with project(client, "paused") as full:
        hook = client.create_webhook(full, f"{receiver.url}gone")
        client.change_files(full, write={"a.txt": "one"}, base=0)
        wait_until(lambda: client.webhook(hook.id).disabled, "it is disabled")
        client.change_files(full, write={"b.txt": "two"}, base=1)
        del receiver.answers["/gone"]
        receiver.received.clear()
        on = client.change_webhook(hook.id, paused=False)
        assert on.disabled is None
        assert client.redeliver_failed(hook.id, datetime.now(UTC) - timedelta(hours=1)).deliveries == 1
        # What waited is sent at once; what had failed comes when it is asked for, before or behind it.
        wait_until(lambda: sorted(receiver.numbers("/gone")) == [1, 2], "both arrive")
        client.delete_webhook(hook.id)
        with pytest.raises(NotFound):
            client.webhook(hook.id)
        assert list(client.webhooks(full)) == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://exa mple.org/",
        "javascript:alert(1)",
        "https://[::1/",
    ],
)
def test_addresses_to_which_nothing_can_be_sent_are_refused(client: Client, centre: TestCentre, url: str) -> None:
    full = next((one.name for one in client.projects() if one.name.endswith("/addresses")), None)
    full = full or client.create_project("addresses").name
    with pytest.raises(HubShareError) as refused:
        client.create_webhook(full, url)
    assert isinstance(refused.value, Invalid | BadName)
    assert list(client.webhooks(full)) == []


def test_there_are_no_more_than_may_be(centre: TestCentre, client: Client) -> None:
    with project(client, "many") as full:
        for number in range(centre.settings.max_webhooks):
            client.change_webhook(client.create_webhook(full, f"https://example.org/{number}").id, paused=True)
        with pytest.raises(OverQuota):
            client.create_webhook(full, "https://example.org/more")
