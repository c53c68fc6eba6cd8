"""The result as one web page that needs nothing else."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

PLACE = "/*RESULT*/null"


def page(result: Mapping[str, Any]) -> str:
    """HTML with the result in it: a plot with the figures of each point, and all figures as a table.

    Args:
        result: As `eval.ann.run` returns it.
    """
    template = (files(__package__) / "page.html").read_text(encoding="utf-8")
    data = json.dumps(result, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return template.replace(PLACE, data)
