"""Collects the blocks of formats without geometry and divides them into pages."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.errors import NoText
from ingest.model import CELL_SEPARATOR, Block, BlockKind, Line, ParsedDocument, Span
from ingest.parse.pages import choose_title, make_pages

_PAGE_CHARACTERS = 3_000


class Flow:
    """Blocks in order. Pages are those the file names; where it names none, one ends about every 3,000 characters."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._page = 1

    def add(self, kind: BlockKind, text: str, level: int = 0, header: str = "") -> None:
        """Add a block; nothing happens when it is blank. A form feed in `text` starts a new page."""
        start = self._page
        parts = [(start + number, " ".join(part.split())) for number, part in enumerate(text.split("\f"))]
        self._page += len(parts) - 1
        parts = [(page, part) for page, part in parts if part]
        if not parts:
            return
        lines, length = [], 0
        for page, part in parts:
            lines.append(Line(Span(length, length + len(part)), page))
            length += len(part) + 1
        joined = " ".join(part for _, part in parts)
        self._blocks.append(Block(kind, joined, tuple(lines), level, header))

    def add_row(self, cells: Sequence[str], header: str = "") -> str:
        """Add a table row and return its text."""
        text = CELL_SEPARATOR.join(" ".join(cell.split()) for cell in cells)
        if text.replace("|", "").strip():
            self.add(BlockKind.TABLE_ROW, text, header=header)
        return text

    def break_page(self) -> None:
        """Start a new page."""
        self._page += 1

    def document(self, title: str, name: str) -> ParsedDocument:
        """The whole document.

        Raises:
            NoText: No letter or digit was added.
        """
        if not any(character.isalnum() for block in self._blocks for character in block.text):
            raise NoText
        blocks = tuple(self._blocks if self._page > 1 else _divided(self._blocks))
        last = max(line.page for block in blocks for line in block.lines)
        sizes = dict.fromkeys(range(1, last + 1), (0.0, 0.0))
        return ParsedDocument(choose_title(title, blocks, name), make_pages(blocks, sizes), blocks)


def _divided(blocks: Sequence[Block]) -> list[Block]:
    divided, page, length = [], 1, 0
    for block in blocks:
        if length >= _PAGE_CHARACTERS:
            page, length = page + 1, 0
        divided.append(replace(block, lines=tuple(replace(line, page=page) for line in block.lines)))
        length += len(block.text)
    return divided
