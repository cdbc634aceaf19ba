"""HubShare: sharing for JupyterHub."""

__version__ = "0.1.0"
