"""A report of paragraphs, tables and figures, written as Markdown (figures beside it) and as one page of HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.figures import png, svg
from eval.files import write_bytes, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1, h2 { line-height: 1.2; } table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
th:first-child, td:first-child, td.words { text-align: left; } figure { margin: 1rem 0; overflow-x: auto; }
svg { max-width: 100%; height: auto; } figcaption { color: #555; font-size: .9rem; }
"""
LONGEST_NUMBER = 24


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second level."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first column names the row."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: the stem of its file, and what it shows."""

    name: str
    caption: str
    figure: Figure


Part = Heading | Paragraph | Table | Picture


def write_report(folder: Path, title: str, parts: Sequence[Part]) -> Path:
    """Write `report.md`, `report.html` and the figures; returns the page. Raises: Permanent, DiskFull."""
    write_text(folder / "report.md", "\n\n".join([f"# {title}", *map(_markdown, parts)]) + "\n")
    body = "\n".join(map(_html, parts))
    page = folder / "report.html"
    write_text(
        page,
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body>\n</html>\n",
    )
    for part in parts:
        if isinstance(part, Picture):
            write_bytes(folder / f"{part.name}.png", png(part.figure))
    return page


def _markdown(part: Part) -> str:
    match part:
        case Heading(text):
            return f"## {text}"
        case Paragraph(text):
            return text
        case Picture(name, caption, _):
            return f"![{caption}]({name}.png)"
        case Table(header, rows):
            dashes = ["---", *["---:"] * (len(header) - 1)]
            return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in [header, dashes, *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _html(part: Part) -> str:
    match part:
        case Heading(text):
            return f"<h2>{html.escape(text)}</h2>"
        case Paragraph(text):
            return f"<p>{html.escape(text)}</p>"
        case Picture(_, caption, figure):
            return f"<figure>{svg(figure)}<figcaption>{html.escape(caption)}</figcaption></figure>"
        case Table(header, rows):
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
            lines = "\n".join(f"<tr>{''.join(map(_data, row))}</tr>" for row in rows)
            return f"<table>\n<tr>{head}</tr>\n{lines}\n</table>"


def _data(cell: str) -> str:
    words = ' class="words"' if len(cell) > LONGEST_NUMBER else ""
    return f"<td{words}>{html.escape(cell)}</td>"
