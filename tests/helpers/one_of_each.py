"""Settings of a whole Hub that is looked at from outside: one process of the service, and one of the workers."""

from __future__ import annotations

#: Several are tested apart, and by the stories: to start and feed them takes processors that browsers need at the same time.
ONE_OF_EACH = {"HUBSHARE_SERVICE_PROCESSES": "1", "HUBSHARE_WORKER_PROCESSES": "1"}
