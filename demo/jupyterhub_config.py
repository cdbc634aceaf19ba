"""The Hub of `make run`, also as `jupyterhub -f demo/jupyterhub_config.py`."""

from demo.hub_config import local_hub

local_hub(get_config())  # type: ignore[name-defined]  # noqa: F821
