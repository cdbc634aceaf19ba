"""The agent's own socket: what can be asked of the agent, by the groups of `hubshare.wire.socket`.

What a command does is said by the model of its arguments there; here is what carries it out.
"""
