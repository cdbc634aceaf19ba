"""The job of mail, for both sides.

| job         | tries again | time limit | what happens when it is dead                                             |
|-------------|-------------|------------|--------------------------------------------------------------------------|
| `send_mail` | never       | 10 min     | logged; a mail that was begun is sent again five minutes after it began  |
"""

from __future__ import annotations

from hubshare.jobs import Job
from hubshare.jobs.payloads import Nothing

#: One job for everybody's mails, in a thread of its own: a slow mail server holds up nothing else.
SEND = Job(
    "send_mail",
    "mail",
    Nothing,
    run="hubshare.features.mail.worker:send",
    key=lambda _: "all",
    max_retries=0,
    at_once=1,
)
JOBS = (SEND,)
