"""The file that `jupyterhub -f` reads for the Hub on one machine."""

from demo.hub_config import local_hub

local_hub(get_config())  # type: ignore[name-defined]  # noqa: F821
