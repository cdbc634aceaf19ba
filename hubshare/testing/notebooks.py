"""Small notebooks, as Jupyter writes them."""

from __future__ import annotations

import json
from typing import Any


def notebook(*sources: str, output: str = "") -> str:
    """A notebook of code cells.

    Args:
        sources: one for each cell.
        output: what each cell has printed about its source; "" where the notebook was not run.
    """
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": number if output else None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": [f"{output} of {source}"]}]
            if output
            else [],
            "source": [source],
        }
        for number, source in enumerate(sources, 1)
    ]
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
