"""Uploads of people with a browser: files in a zip, and which of them are published where."""
