"""Typed settings, read from `HUBSHARE_…` by entry points only."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

KIB = 1024
MIB = 1024 * KIB


class Limits(BaseSettings):
    """What is accepted, the same for agents, workers and the service."""

    model_config = SettingsConfigDict(env_prefix="HUBSHARE_")

    max_file_bytes: int = Field(
        100 * MIB, description="Largest file that is shared; larger ones are named and left out."
    )
    max_push_bytes: int = Field(2048 * MIB, description="Largest pack, and largest unpacked size, of one push.")
    max_push_objects: int = Field(1_000_000, description="Most git objects in one push.")
    max_event_bytes: int = Field(256 * KIB, description="Largest event on a user's outbox.")
    inline_push_bytes: int = Field(64 * KIB, description="Up to this size a pack travels inside the push event.")
    inline_update_bytes: int = Field(16 * KIB, description="Up to this size a pack travels inside each update.")
    brake_deletions: int = Field(500, description="Deleting more files than this at once waits for a confirmation.")


class CentreSettings(Limits):
    """Settings of the service and the workers."""

    data: Path = Field(Path("data"), description="Folder of repositories, packs, uploads and the SQLite database.")
    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="Redis or Valkey, with the rights to manage ACL users."
    )
    agent_redis_url: str = Field("", description="Address of Redis for agents, without credentials; the same if empty.")
    database_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy address; SQLite in the data folder if empty."
    )
    metrics_open: bool = Field(
        False, description="Whether `/metrics` is shown to whoever asks, and not only to those who run the Hub."
    )
    session_seconds: int = Field(900, description="How long an agent's Redis credentials last.")
    outbox_entries: int = Field(1000, description="An outbox longer than this is a flood: its sessions are closed.")
    outbox_bytes: int = Field(64 * MIB, description="An outbox that holds more than this is a flood, too.")
    inbox_entries: int = Field(
        200, description="About how many messages an inbox keeps; older ones are caught up over HTTP."
    )
    render_seconds: int = Field(
        20, description="Most seconds of processor that showing one file may take; by the clock three times as many."
    )
    render_memory_bytes: int = Field(1024 * MIB, description="Most memory that showing one file may take.")
    render_output_bytes: int = Field(64 * MIB, description="Largest rendering of one file.")
    render_idle_seconds: int = Field(
        300, description="The rendering process of a worker ends after this time without work."
    )
    rendered_days: int = Field(30, description="Renderings that nobody looked at for this long are deleted.")
    rendered_bytes: int = Field(
        4096 * MIB,
        description="Most bytes of renderings that are kept; those that nobody looked at for longest go first.",
    )
    rendered_project_bytes: int = Field(512 * MIB, description="Most bytes of renderings of one project.")
    packs_bytes: int = Field(
        20 * 1024 * MIB,
        description="Most bytes of packs that are kept; those that nobody asked for for longest go first.",
    )
    renderings_each: int = Field(
        8, ge=1, description="Renderings that are made for one user, or one address of visitors, at a time."
    )
    service_processes: int = Field(
        0, ge=0, description="Processes of the service; 0 for as many as there are cores, up to 4."
    )
    worker_processes: int = Field(
        0,
        ge=0,
        description="Worker processes; 0 for as many as there are cores, up to 4; several get one more for dear work.",
    )
    worker_threads: int = Field(8, description="Jobs that one worker process runs at a time.")
    hub_cache_seconds: int = Field(2, description="How long the Hub's answer about a token is believed.")
    git_push_seconds: float = Field(300, description="How long `git push` waits for the workers before it gives up.")

    proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses and networks of the Hub's proxy: only these are believed who says for whom a request is.",
    )
    requests_at_once: int = Field(
        32, ge=2, description="Requests that a process of the service works on at a time, each in a thread."
    )
    requests_each: int = Field(8, ge=1, description="Most of them of one user, or of one address of visitors.")
    downloads_at_once: int = Field(128, ge=2, description="Downloads that a process of the service sends at a time.")
    downloads_each: int = Field(8, ge=1, description="Most of them of one user, or of one address of visitors.")
    archives_at_once: int = Field(8, ge=2, description="Archives that a process of the service makes at a time.")
    archives_each: int = Field(2, ge=1, description="Most of them of one user, or of one address of visitors.")
    packs_at_once: int = Field(4, ge=2, description="Packs that a process of the service makes at a time.")
    packs_each: int = Field(2, ge=1, description="Most of them for one user, or for one address of visitors.")
    clones_at_once: int = Field(16, ge=2, description="Fetches by git that a process of the service answers at a time.")
    clones_each: int = Field(4, ge=1, description="Most of them of one user, or of one address of visitors.")
    pushes_at_once: int = Field(32, ge=2, description="Pushes by git that a process of the service takes in at a time.")
    pushes_each: int = Field(4, ge=1, description="Most of them of one user.")
    uploads_at_once: int = Field(
        64, ge=2, description="Pieces of uploads that a process of the service takes at a time."
    )
    uploads_each: int = Field(4, ge=1, description="Most of them of one user.")
    streams_at_once: int = Field(2000, ge=2, description="Event streams that a process of the service keeps open.")
    streams_each: int = Field(32, ge=1, description="Most of them of one user, or of one address of visitors.")

    max_projects: int = Field(1000, description="Most projects that one user or team owns.")
    max_checkouts: int = Field(5000, ge=1, description="Most checkouts of one user.")
    max_teams: int = Field(50, description="Most teams that one user has created.")
    max_owner_bytes: int = Field(
        0, description="Most bytes that all projects of one user or team hold together; 0 for no limit."
    )
    max_kept_bytes: int = Field(
        8192 * MIB,
        description="Most bytes of one user's pushes that are kept from conflicts without being published; 0 for no limit.",
    )
    max_audit_bytes: int = Field(
        1024 * MIB, description="Most bytes that the audit log holds of what one user did; 0 for no limit."
    )
    max_project_bytes: int = Field(
        32 * 1024 * MIB, description="Most bytes that a project takes on the disk of a checkout; 0 for no limit."
    )
    max_project_files: int = Field(1_000_000, description="Most files of a project.")
    pushes_per_minute: int = Field(1200, description="Most pushes of one user in a minute; later ones wait.")
    max_cost_seconds: float = Field(
        120,
        description="What a user's work costs, in seconds of a processor, one of which is forgiven each second; more waits.",
    )
    team_pushes_per_minute: int = Field(6000, description="Most pushes to all projects of one team in a minute.")
    writes_per_minute: int = Field(600, description="Most requests of one user in a minute that change something.")
    trash_days: float = Field(30, description="How long a deleted project can be restored.")
    former_address_days: int = Field(
        365, description="How long an address that a project had leads to it, if nobody takes it before."
    )
    audit_days: int = Field(730, description="How long the audit log is kept.")
    notification_days: int = Field(
        90, ge=1, description="How long people find in their inbox what they were told, if it is not told again."
    )
    job_days: int = Field(30, ge=1, description="How long it is kept what became of each job.")
    max_jobs: int = Field(1_000_000, ge=1000, description="Most jobs of which it is kept; the oldest go first.")
    max_jobs_each: int = Field(
        100_000, ge=100, description="Most jobs of one user of which it is kept; the user's oldest go first."
    )
    browser_hours: float = Field(336, description="After this time one signs in with a browser again.")
    group_seconds: float = Field(1.0, description="How often the Hub is asked who is in the groups that have grants.")

    fetch_max_bytes: int = Field(
        4096 * MIB, description="Most bytes that one import fetches from the internet, as they come in."
    )
    fetch_seconds: float = Field(1800, description="Longest time that one import, or one push to a mirror, may take.")
    fetch_idle_seconds: float = Field(
        60, description="A source or mirror that takes and sends nothing for so long, or next to nothing, is given up."
    )
    fetch_http: bool = Field(
        True,
        description="Whether imports follow addresses that begin with http://, which anybody on the way can change.",
    )
    fetch_allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="Networks, divided by commas, that imports, mirrors and webhooks may reach although they are not public.",
    )
    fetch_mirrors: dict[str, str] = Field(
        {},
        description='Sites that imports fetch from another place, as JSON: `{"https://github.com": "https://mirror"}`.',
    )
    max_webhooks: int = Field(
        20, description="Most webhooks of one project, of one team, of one person, and of the whole Hub."
    )
    max_webhooks_each: int = Field(100, description="Most webhooks that one user has set up.")
    max_mirrors: int = Field(5, description="Most mirrors of one project; 0 for no new ones at all.")
    max_mirrors_each: int = Field(50, description="Most mirrors that one user has set up.")
    webhook_log_days: int = Field(
        7, description="How long the log of a webhook is kept, of each at most the newest 200 deliveries."
    )

    smtp_host: str = Field("", description="Mail server that takes notifications by mail; without it none are sent.")
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` only for a server on the same machine."
    )
    smtp_user: str = Field("", description="Who signs in at the mail server; nobody if empty.")
    smtp_password_file: Path | None = Field(None, description="File with the password of that user.")
    mail_from: str = Field("", description="Sender of mails: `HubShare <hubshare@example.org>`.")
    mail_url: str = Field(
        "",
        description="Address of HubShare in people's browsers, for links in mails: `https://HUB/services/hubshare/`.",
    )
    mail_minutes: float = Field(30, gt=0, description="One person is sent at most one mail in so many minutes.")
    mail_first_seconds: float = Field(
        60, ge=0, description="What is new is mailed after so many seconds at the earliest."
    )
    mails_each_day: int = Field(50, ge=1, description="Most mails to one person in a day.")
    mails_an_hour: int = Field(2000, ge=1, description="Most mails to everybody together in an hour.")

    server_shares: bool = Field(
        False, description="Whether people may ask for access to each other's servers; set by `configure`."
    )

    @field_validator("fetch_allowed_networks", mode="before")
    @classmethod
    def _divided(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def repositories(self) -> Path:
        return self.data / "repositories"

    @property
    def packs(self) -> Path:
        return self.data / "packs"

    @property
    def uploads(self) -> Path:
        return self.data / "uploads"

    @property
    def rendered(self) -> Path:
        return self.data / "rendered"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def git_locks(self) -> Path:
        return self.data / "git-locks"

    @property
    def database(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{(self.data / 'hubshare.sqlite').absolute()}"


class AgentSettings(Limits):
    """Settings of the agent in a single-user server."""

    url: str = Field("", description="Address of the HubShare service, given by the Hub's configuration.")
    jupyterhub_api_token: SecretStr = Field(SecretStr(""), validation_alias="JUPYTERHUB_API_TOKEN")
    jupyterhub_public_hub_url: str = Field(
        "",
        validation_alias="JUPYTERHUB_PUBLIC_HUB_URL",
        description="Address of the Hub in people's browsers, for links that are sent to others.",
    )
    state: Path = Field(
        default_factory=lambda: _state_home() / "hubshare", description="Where the agent keeps its own state."
    )
    settle_ms: int = Field(15, description="For how long what is new or gone may become another change.")
    deadline_ms: int = Field(400, description="What is still being written is looked at after this time.")
    rescan_seconds: int = Field(300, description="How often a watched folder is compared in full; watching is a hint.")
    reconcile_seconds: int = Field(300, description="How often the agent compares its checkouts with the centre.")
    resend_seconds: float = Field(5.0, description="First wait before an unanswered push is sent again; it doubles.")
    kept_days: int = Field(90, description="How long replaced local versions can be restored.")


def _state_home() -> Path:
    import os

    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
