"""The jobs, thin: each takes its arguments apart and calls the part that does the work."""
