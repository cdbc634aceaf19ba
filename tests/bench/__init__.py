"""Measurements over a running stack; run with `make bench`."""
