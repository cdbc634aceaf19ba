"""HubShare: sharing for JupyterHub."""

__version__ = "0.2.0"
