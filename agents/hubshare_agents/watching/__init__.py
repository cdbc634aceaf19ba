"""Watching folders: what is reported is a hint, and full scans are the truth."""
