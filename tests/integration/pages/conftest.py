"""Browsers of the tests in this folder are closed after each file."""

from tests.helpers.page_visitors import closing  # noqa: F401
