"""Maintenance: what is done from time to time, and behind what is published."""
