"""The methods of both clients, made from the descriptions of the calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from hubshare.client import calls
from hubshare.client.call import Call, Download, Listening, Listing, Steps
from hubshare.client.stream import Told

if TYPE_CHECKING:
    from hubshare.client.asynchronous import AsyncClient
    from hubshare.client.synchronous import Client

P = ParamSpec("P")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
Now = TypeVar("Now", covariant=True)
Later = TypeVar("Later", covariant=True)

Coro = Coroutine[Any, Any, Answer]


class Method(Generic[P, Now, Later]):
    """A method that takes the arguments of a description and carries out what it describes.

    Its answer is `Now` from a `Client` and `Later` from an `AsyncClient`; of the class itself it gives the description.
    """

    def __init__(self, describe: Callable[P, Any]) -> None:
        self._describe = describe

    @overload
    def __get__(self, client: None, owner: type) -> Callable[P, Any]: ...

    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, Now]: ...

    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[P, Later]: ...

    def __get__(self, client: Client | AsyncClient | None, owner: type) -> Callable[P, Any]:
        if client is None:
            return self._describe
        carry_out: Callable[[Any], Any] = client.carry_out

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return carry_out(self._describe(*args, **kwargs))

        return update_wrapper(method, self._describe)


@overload
def _method(describe: Callable[P, Call[Answer]]) -> Method[P, Answer, Coro[Answer]]: ...


@overload
def _method(describe: Callable[P, Steps[Answer]]) -> Method[P, Answer, Coro[Answer]]: ...


@overload
def _method(describe: Callable[P, Download]) -> Method[P, None, Coro[None]]: ...


@overload
def _method(describe: Callable[P, Listing[Item]]) -> Method[P, Iterator[Item], AsyncIterator[Item]]: ...


@overload
def _method(describe: Callable[P, Listening[Told]]) -> Method[P, Iterator[Told], AsyncIterator[Told]]: ...


def _method(describe: Callable[P, Any]) -> Any:
    return Method(describe)


class Methods:
    """What both clients can do; each method is documented with its description in `hubshare.client.calls`."""

    me = _method(calls.hub.me)
    people = _method(calls.hub.people)
    cost = _method(calls.hub.cost)
    ready = _method(calls.hub.ready)
    health = _method(calls.hub.health)

    projects = _method(calls.projects.projects)
    find_projects = _method(calls.projects.find_projects)
    project = _method(calls.projects.project)
    create_project = _method(calls.projects.create_project)
    change_project = _method(calls.projects.change_project)
    rename_project = _method(calls.projects.rename_project)
    transfer_project = _method(calls.projects.transfer_project)
    archive_project = _method(calls.projects.archive_project)
    delete_project = _method(calls.projects.delete_project)
    restore_project = _method(calls.projects.restore_project)

    fork_project = _method(calls.forks.fork_project)
    origin = _method(calls.forks.origin)
    origin_entry = _method(calls.forks.origin_entry)
    download_origin_file = _method(calls.forks.download_origin_file)
    plan_origin = _method(calls.forks.plan_origin)
    pull_origin = _method(calls.forks.pull_origin)

    import_project = _method(calls.imports.import_project)
    read_link = _method(calls.imports.read_link)
    get_import = _method(calls.imports.get_import)
    fetch_import = _method(calls.imports.fetch_import)
    cancel_import = _method(calls.imports.cancel_import)
    change_import = _method(calls.imports.change_import)

    versions = _method(calls.contents.versions)
    change_files = _method(calls.contents.change_files)
    publish_upload = _method(calls.contents.publish_upload)
    upload_zip = _method(calls.contents.upload_zip)
    releases = _method(calls.releases.releases)
    create_release = _method(calls.releases.create_release)
    release = _method(calls.releases.release)
    pin_release = _method(calls.releases.pin_release)
    delete_release = _method(calls.releases.delete_release)
    restore_version = _method(calls.contents.restore_version)
    tree = _method(calls.contents.tree)
    entry = _method(calls.contents.entry)
    file = _method(calls.contents.file)
    download_file = _method(calls.contents.download_file)
    download_archive = _method(calls.contents.download_archive)

    who = _method(calls.access.who)
    grants = _method(calls.access.grants)
    grant = _method(calls.access.grant)
    revoke = _method(calls.access.revoke)
    invitations = _method(calls.access.invitations)
    invite = _method(calls.access.invite)
    withdraw_invitation = _method(calls.access.withdraw_invitation)
    accept_invitation = _method(calls.access.accept_invitation)
    notifications = _method(calls.notifications.notifications)
    read_notification = _method(calls.notifications.read_notification)
    read_notifications = _method(calls.notifications.read_notifications)
    mail = _method(calls.mail.mail)
    ask_mail = _method(calls.mail.ask_mail)
    change_mail = _method(calls.mail.change_mail)
    forget_mail = _method(calls.mail.forget_mail)
    offers = _method(calls.offers.offers)
    accept_offer = _method(calls.offers.accept_offer)
    decline_offer = _method(calls.offers.decline_offer)

    ask_for_server = _method(calls.servers.ask_for_server)
    server_requests = _method(calls.servers.server_requests)
    decline_server_request = _method(calls.servers.decline_server_request)
    shared_servers = _method(calls.servers.shared_servers)
    server_shares = _method(calls.servers.server_shares)
    end_server_share = _method(calls.servers.end_server_share)

    teams = _method(calls.teams.teams)
    team = _method(calls.teams.team)
    create_team = _method(calls.teams.create_team)
    create_team_project = _method(calls.teams.create_team_project)
    change_team = _method(calls.teams.change_team)
    delete_team = _method(calls.teams.delete_team)
    put_member = _method(calls.teams.put_member)
    remove_member = _method(calls.teams.remove_member)
    leave_team = _method(calls.teams.leave_team)

    mirrors = _method(calls.mirrors.mirrors)
    create_mirror = _method(calls.mirrors.create_mirror)
    mirror = _method(calls.mirrors.mirror)
    change_mirror = _method(calls.mirrors.change_mirror)
    delete_mirror = _method(calls.mirrors.delete_mirror)
    push_mirror = _method(calls.mirrors.push_mirror)

    webhooks = _method(calls.webhooks.webhooks)
    create_webhook = _method(calls.webhooks.create_webhook)
    webhook = _method(calls.webhooks.webhook)
    change_webhook = _method(calls.webhooks.change_webhook)
    delete_webhook = _method(calls.webhooks.delete_webhook)
    rotate_webhook_secret = _method(calls.webhooks.rotate_webhook_secret)
    test_webhook = _method(calls.webhooks.test_webhook)
    webhook_deliveries = _method(calls.webhooks.webhook_deliveries)
    redeliver = _method(calls.webhooks.redeliver)
    redeliver_failed = _method(calls.webhooks.redeliver_failed)

    checkouts = _method(calls.checkouts.checkouts)
    project_checkouts = _method(calls.checkouts.project_checkouts)
    create_checkout = _method(calls.checkouts.create_checkout)
    delete_checkout = _method(calls.checkouts.delete_checkout)
    conflicts = _method(calls.checkouts.conflicts)
    conflict = _method(calls.checkouts.conflict)
    conflict_file = _method(calls.checkouts.conflict_file)
    pick_ours = _method(calls.checkouts.pick_ours)
    pick_theirs = _method(calls.checkouts.pick_theirs)

    project_audit = _method(calls.hub.project_audit)
    team_audit = _method(calls.hub.team_audit)
    hub_audit = _method(calls.hub.hub_audit)
    costs = _method(calls.hub.costs)
    own_jobs = _method(calls.jobs.own_jobs)
    own_job = _method(calls.jobs.own_job)
    all_jobs = _method(calls.jobs.all_jobs)
    job = _method(calls.jobs.job)
    own_tokens = _method(calls.tokens.own_tokens)
    own_token = _method(calls.tokens.own_token)
    used_tokens = _method(calls.tokens.used_tokens)
    tokens_of = _method(calls.tokens.tokens_of)
    token_of = _method(calls.tokens.token_of)
    revoke_own_token = _method(calls.tokens.revoke_own_token)
    revoke_token_of = _method(calls.tokens.revoke_token_of)
    cancel_job = _method(calls.jobs.cancel_job)
    retry_job = _method(calls.jobs.retry_job)
    preview_job_act = _method(calls.job_acts.preview_job_act)
    begin_job_act = _method(calls.job_acts.begin_job_act)
    job_acts = _method(calls.job_acts.job_acts)
    job_act = _method(calls.job_acts.job_act)
    cancel_job_act = _method(calls.job_acts.cancel_job_act)
    events = _method(calls.hub.events)
    project_events = _method(calls.hub.project_events)
    subscribe = _method(calls.hub.subscribe)
    subscribe_hub = _method(calls.hub.subscribe_hub)

    overview = _method(calls.ops.overview)
    history = _method(calls.ops.history)
    workers = _method(calls.ops.workers)
    order_workers = _method(calls.ops.order_workers)
    waiting_projects = _method(calls.ops.waiting_projects)
    queues = _method(calls.ops.queues)
    pause_jobs = _method(calls.ops.pause_jobs)
    resume_jobs = _method(calls.ops.resume_jobs)

    report_usage = _method(calls.usage.report_usage)
    own_servers = _method(calls.usage.own_servers)
    own_server_history = _method(calls.usage.own_server_history)
    all_servers = _method(calls.usage.all_servers)
    server_history = _method(calls.usage.server_history)

    open_session = _method(calls.agents.open_session)
    place_in_line = _method(calls.agents.place_in_line)
    download_update = _method(calls.agents.download_update)
    download_contents = _method(calls.agents.download_contents)
    upload_size = _method(calls.agents.upload_size)
    append_upload = _method(calls.agents.append_upload)
    finish_upload = _method(calls.agents.finish_upload)
    upload = _method(calls.agents.upload)
