"""Ignore rules that others change: what was left out here until then is not shared before the person of the folder says so."""

from __future__ import annotations

from functools import lru_cache

from hubshare.sync.ignore import RULES_FILE, Ignore
from hubshare.sync.plan import Plan
from hubshare.sync.trees import ancestors
from hubshare_agents.checkout.local_checkout import LocalCheckout


def keep_own_rules(checkout: LocalCheckout, made: Plan) -> None:
    """Remember the rules that hold here, before a plan puts those of others in their place.

    Whoever checks a project out takes its rules as they are.
    """
    changes = RULES_FILE in made.write or RULES_FILE in made.delete
    if changes and checkout.state.own_rules is None and checkout.index.has_agreed():
        # As text in which each byte is a letter: the rules need not be in any encoding.
        checkout.become(checkout.state.rules_kept(checkout.scanner.rules().decode("latin-1")))


def accept_rules(checkout: LocalCheckout, made: Plan) -> bool:
    """Take an edit of the rules here for the person's word on all of them; return whether one was waited for."""
    waited = checkout.state.own_rules is not None and RULES_FILE in made.outgoing
    if waited:
        checkout.become(checkout.state.rules_kept(None))
    return waited


def hold_what_was_left_out(checkout: LocalCheckout, made: Plan) -> None:
    """Take out of a plan what is new to the project and was left out by the rules that held here before."""
    if checkout.state.own_rules is None:
        return
    for path in [path for path, (agreed, _) in made.outgoing.items() if agreed is None]:
        if why := left_out_before(checkout, path):
            del made.outgoing[path]
            made.held[path] = why


def left_out_before(checkout: LocalCheckout, path: str) -> str:
    """Why a file that is new to the project waits for the person's word on rules of others, or ""."""
    if checkout.state.own_rules is None:
        return ""
    ignore = _parsed(checkout.state.own_rules)
    rules = (ignore.rule(folder, folder=True) for folder in ancestors(path))
    found: object = next((rule for rule in rules if rule), None) or ignore.rule(path)
    if found is None:
        environment = checkout.scanner.shareable.environment(path)
        if environment is None or ignore.takes_back(environment):
            return ""
        found = f"being a Python environment ({environment}/)"
    return f"{found} left it out until others changed {RULES_FILE}: edit that file here, in any way, to share it"


@lru_cache(8)
def _parsed(rules: str) -> Ignore:
    return Ignore(rules.encode("latin-1"))
