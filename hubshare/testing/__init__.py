"""Fakes and helpers for tests, ours and those of people who build on HubShare."""
