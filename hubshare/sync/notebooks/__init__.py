"""Notebooks, taken apart: cells and outputs."""
