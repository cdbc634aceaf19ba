"""States and kinds of jobs, as pages call them."""

from __future__ import annotations

#: States as people say them.
STATES = {
    "queued": "queued",
    "running": "running",
    "waiting": "waiting",
    "done": "done",
    "refused": "refused",
    "failed": "failed",
    "cancelled": "cancelled",
    "lost": "outcome unknown",
    "retried": "retried",
}
#: Kinds as people say them.
KINDS = {
    "push": "Push",
    "pull": "Receipt of an update",
    "sync": "Check for updates",
    "apply_event": "Message from a server",
    "apply_git": "Push by git",
    "edit": "Edit",
    "upload": "Upload",
    "pull_origin": "Update from the origin",
    "render": "Rendering",
    "fetch_source": "Import",
    "push_mirror": "Push to a mirror",
    "webhook_follow": "Webhook check",
    "webhook_inboxes": "Webhook check for notifications",
    "send_mail": "Mail",
    "webhook_deliver": "Delivery to a webhook",
    "index": "Change index",
    "act_on_jobs": "Bulk action",
    "housekeeping": "Housekeeping",
}
