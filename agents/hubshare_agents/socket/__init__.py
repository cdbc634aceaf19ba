"""The agent's own socket: what can be asked of the agent, by the groups of `hubshare.wire.socket`."""
