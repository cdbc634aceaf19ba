"""The pages of conflicts in one's own checkouts."""
