"""What cuts across all jobs: one class a file."""

from hubshare_workers.middleware.cancelling import CancelledJobs
from hubshare_workers.middleware.counting import Counting
from hubshare_workers.middleware.dead_letter import DeadLetter
from hubshare_workers.middleware.heartbeat import Heartbeat
from hubshare_workers.middleware.job_log import JobLog
from hubshare_workers.middleware.journal import NoteJobs
from hubshare_workers.middleware.metering import Metering
from hubshare_workers.middleware.running import RunningJobs
from hubshare_workers.middleware.traced import Traced

__all__ = [
    "CancelledJobs",
    "Counting",
    "DeadLetter",
    "Heartbeat",
    "JobLog",
    "Metering",
    "NoteJobs",
    "RunningJobs",
    "Traced",
]
