"""The server extension of Jupyter."""
