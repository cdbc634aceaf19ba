"""Mirrors: repositories on the internet that a project's history is pushed to."""
