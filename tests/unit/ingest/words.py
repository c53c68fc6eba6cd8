"""Blocks of printed lines, and a tokenizer for which every word is a token."""

import re
from array import array
from collections.abc import Sequence

from ingest.model import Block, BlockKind, Box, Line, Page, ParsedDocument, Span

WIDTH = 5.0


class WordTokenizer:
    """The `Tokenizer` port."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """White-space-separated words of each text."""
        return [len(re.findall(r"\S+", text)) for text in texts]


def block(
    *printed: str,
    kind: BlockKind = BlockKind.PARAGRAPH,
    page: int = 1,
    level: int = 0,
    top: float = 0.0,
    table_header: str = "",
) -> Block:
    """A block printed in these lines, five points a character, ten points a line."""
    lines, offset = [], 0
    for number, text in enumerate(printed):
        edges = array("f", [WIDTH * place for place in range(len(text) + 1)])
        box = Box(0.0, top + 10 * number, WIDTH * len(text), top + 10 * number + 10)
        lines.append(Line(Span(offset, offset + len(text)), page, box, edges))
        offset += len(text) + 1
    return Block(kind, " ".join(printed), tuple(lines), level, table_header)


def table(*rows: str, page: int = 1, top: float = 0.0) -> list[Block]:
    """Rows of one line, the first of which names the columns."""
    return [
        block(
            row,
            kind=BlockKind.TABLE_ROW,
            page=page,
            top=top + 10 * number,
            table_header=rows[0] if number else "",
        )
        for number, row in enumerate(rows)
    ]


def heading(text: str, level: int = 1, page: int = 1) -> Block:
    """A heading."""
    return block(text, kind=BlockKind.HEADING, level=level, page=page)


def document(*blocks: Block) -> ParsedDocument:
    """A document of these blocks."""
    last = max((line.page for one in blocks for line in one.lines), default=1)
    pages = tuple(Page(number, 595.0, 842.0, "") for number in range(1, last + 1))
    return ParsedDocument("Handbook", pages, blocks)
