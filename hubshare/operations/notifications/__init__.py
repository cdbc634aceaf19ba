"""Notifications: what needs a person, in words, and what the person does with it."""
