"""Reads ``handbook.md``: a small Markdown dialect with numbered clauses, captions and page marks.

The dialect knows a front matter (``key: value``), headings (``#`` to ``###``), clauses (a paragraph
that starts with a number such as ``5.3.2``), bullet lists, pipe tables under a ``Table N: caption``
line, plain paragraphs and page marks (``<!-- two columns -->``). A blank line ends every block.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

CLAUSE = re.compile(r"(?P<number>(?:\d+|[A-Z])\.\d+\.\d+) (?P<text>.+)")
CAPTION = re.compile(r"Table [A-Z\d.]+: .+")


class Mark(StrEnum):
    """A change of the page layout."""

    TWO_COLUMNS = "<!-- two columns -->"
    NEXT_COLUMN = "<!-- next column -->"
    ONE_COLUMN = "<!-- one column -->"


@dataclass(frozen=True)
class Heading:
    """A heading with its number; level 1 is a chapter, level 2 a section, level 3 a question."""

    level: int
    text: str


@dataclass(frozen=True)
class Clause:
    """A numbered paragraph, the unit that people cite."""

    number: str
    text: str


@dataclass(frozen=True)
class Plain:
    """A paragraph without a number."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A bullet list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Caption:
    """The line above a table."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table; the first row holds the column titles and every row has the same length."""

    rows: tuple[tuple[str, ...], ...]


Block = Heading | Clause | Plain | Bullets | Caption | Grid | Mark


@dataclass(frozen=True)
class Handbook:
    """The parsed source: the facts on the cover and the blocks in reading order."""

    title: str
    company: str
    tagline: str
    edition: str
    effective: str
    issuer: str
    keywords: str
    blocks: tuple[Block, ...]


def parse_handbook(source: str) -> Handbook:
    """Parse the whole source.

    Raises:
        ValueError: The front matter is missing or a table is ragged.
        TypeError: The front matter lacks a key or has one too many.
    """
    _, front, body = source.split("---\n", 2)
    facts = dict(line.split(": ", 1) for line in front.strip().splitlines())
    chunks = (chunk.strip() for chunk in re.split(r"\n\s*\n", body))
    return Handbook(**facts, blocks=tuple(parse_block(chunk) for chunk in chunks if chunk))


def parse_block(chunk: str) -> Block:
    """Parse one block of lines; what nothing else claims is a plain paragraph."""
    if chunk in list(Mark):
        return Mark(chunk)
    if chunk.startswith("#"):
        marks, text = chunk.split(" ", 1)
        return Heading(len(marks), text)
    if chunk.startswith("|"):
        return parse_grid(chunk)
    if chunk.startswith("- "):
        return Bullets(tuple(join_lines(item) for item in re.split(r"^- ", chunk, flags=re.M)[1:]))
    return parse_text(join_lines(chunk))


def parse_text(text: str) -> Clause | Caption | Plain:
    """Tell the three kinds of paragraph apart."""
    if clause := CLAUSE.fullmatch(text):
        return Clause(clause["number"], clause["text"])
    return Caption(text) if CAPTION.fullmatch(text) else Plain(text)


def parse_grid(chunk: str) -> Grid:
    """Parse a pipe table, leaving out the line of dashes below the column titles.

    Raises:
        ValueError: The rows differ in length.
    """
    lines = [line for line in chunk.splitlines() if not set(line) <= set("|-: ")]
    rows = tuple(tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"A table is ragged: {lines[0]}")
    return Grid(rows)


def join_lines(text: str) -> str:
    """Undo the line breaks of the source inside one paragraph."""
    return " ".join(text.split())
