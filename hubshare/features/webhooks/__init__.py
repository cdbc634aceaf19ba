"""Webhooks: addresses of other programs, which are told of what happens. At least once, in order by project, and durably:
what is still to be told follows from the versions that are published, never from a queue."""
