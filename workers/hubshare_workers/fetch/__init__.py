"""Guarded fetching from the internet, in one place: addresses are checked and pinned, and all of it is bounded."""
