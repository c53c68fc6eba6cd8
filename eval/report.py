"""How results are shown to people and written for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in plain text: the first column flush left, the others flush right.

    >>> print(table(["name", "n"], [["a", "1"], ["bcdef", "23"]]))
    name    n
    a       1
    bcdef  23
    """
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    return "\n".join(_line(row, widths) for row in [header, *rows])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join([first, *others]).rstrip()


def write_json(path: Path | None, result: dict[str, Any]) -> None:
    """Write a result where a path is given; its folder is made."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {path}")
