"""The bus: everything that goes through Redis, but jobs."""
