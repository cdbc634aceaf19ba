"""What travels between agents, centre and clients."""
