"""HubShare on one machine, with nothing but Python: embedded Redis, and a whole JupyterHub to try it."""
