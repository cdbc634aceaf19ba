"""A world and the people in it for the tests in this folder."""

from tests.helpers.checkouts import alice, bob, carol, world  # noqa: F401
