"""The stack of `make run` and the story of `make demo`; not in the wheel."""
