"""Reads the SQL files of this folder."""

from importlib.resources import files
from typing import LiteralString, cast


def query(name: str) -> LiteralString:
    """The text of `queries/<name>.sql`; part of the program, so it is trusted like a literal."""
    return cast(LiteralString, (files(__package__) / "queries" / f"{name}.sql").read_text(encoding="utf-8"))


def migrations() -> list[tuple[int, str, LiteralString]]:
    """Number, name and text of each migration, in order."""
    found = sorted(
        (one for one in (files(__package__) / "migrations").iterdir() if one.name.endswith(".sql")),
        key=lambda one: one.name,
    )
    return [
        (int(one.name.split("_")[0]), one.name.removesuffix(".sql"), cast(LiteralString, one.read_text(encoding="utf-8")))
        for one in found
    ]
