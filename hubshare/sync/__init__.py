"""The sync engine: pure functions on trees. What is decided here is the same for agents and for the centre."""
