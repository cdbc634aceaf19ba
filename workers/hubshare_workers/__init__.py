"""The central workers: they take events in, apply them to canonical repositories and fan updates out."""
