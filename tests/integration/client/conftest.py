"""Clients of both kinds for the tests in this folder."""

from tests.helpers.clients import clients, wire  # noqa: F401
