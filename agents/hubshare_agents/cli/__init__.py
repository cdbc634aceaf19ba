"""One-line commands for people in a terminal."""
