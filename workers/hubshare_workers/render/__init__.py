"""Turns pushed content into HTML: one file for each kind, run by a process of its own that may do nothing else.

`renderer.py` is the workers' side. It starts `forker.py`, a process that has all libraries imported, and which forks a
child for each rendering. The child gives up what it may do (`sandbox.py`), reads its input, calls the function of the
kind (`kinds.py`) and writes the result. What the functions give is cleaned by `clean.py`, or escaped.
"""
