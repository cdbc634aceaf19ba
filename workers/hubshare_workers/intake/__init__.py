"""Intake: from the outboxes to the queue, and from an entry to the part that answers it."""
