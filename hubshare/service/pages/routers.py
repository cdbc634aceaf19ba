"""The routes of all pages; a new file of them is named here."""

from __future__ import annotations

from hubshare.service.pages import (
    access,
    assets,
    beginning,
    beginning_upload,
    home,
    hub_home,
    invite,
    job_acts,
    jobs,
    notifications,
    offers,
    ops,
    search,
    servers,
    settings,
    signing_in,
    teams,
    tokens,
)
from hubshare.service.pages.conflicts import cells, inbox, side_by_side
from hubshare.service.pages.project import (
    difference,
    editing,
    files,
    forking,
    history,
    ignore,
    overview,
    releases,
    uploading,
    version,
)

ROUTERS = (
    # First what people look at most: each router is asked in turn, and most others have many routes.
    overview.router,
    files.router,
    assets.router,
    signing_in.router,
    home.router,
    hub_home.router,
    search.router,
    jobs.router,
    job_acts.router,
    notifications.router,
    tokens.router,
    beginning.router,
    beginning_upload.router,
    editing.router,
    forking.router,
    uploading.router,
    history.router,
    version.router,
    difference.router,
    releases.router,
    access.router,
    invite.router,
    offers.router,
    ops.router,
    teams.router,
    inbox.router,
    side_by_side.router,
    cells.router,
    settings.router,
    ignore.router,
)
#: Where servers are shared.
OF_SERVERS = (servers.router,)
