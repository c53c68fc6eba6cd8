"""Reads the SQL files of this folder."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def query(name: str) -> LiteralString:
    """The text of `queries/<name>.sql`; part of the program, so it is trusted like a literal."""
    return (files(__package__) / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def migrations() -> list[tuple[int, str, LiteralString]]:
    """Number, name and text of each migration, in order."""
    found = sorted(
        (one for one in (files(__package__) / "migrations").iterdir() if one.name.endswith(".sql")),
        key=lambda one: one.name,
    )
    texts = [one.read_text(encoding="utf-8") for one in found]
    names = [one.name.removesuffix(".sql") for one in found]
    return [(int(name.split("_")[0]), name, text) for name, text in zip(names, texts, strict=True)]
