"""The command `hubshare`, also as `python -m hubshare`: what the extra `agents` brings, or what to install for it."""

from __future__ import annotations

from hubshare.extras import require


def main() -> None:
    """Run the command."""
    require("agents")
    from hubshare_agents.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
