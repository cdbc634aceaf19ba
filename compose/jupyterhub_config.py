"""The Hub on one machine: `jupyterhub -f compose/jupyterhub_config.py`, or simply `make run`."""

from demo.hub_config import local_hub

local_hub(get_config())  # type: ignore[name-defined]  # noqa: F821
