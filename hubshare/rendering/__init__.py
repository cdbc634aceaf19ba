"""What service and workers share of how files are shown."""
