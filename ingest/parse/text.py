"""Reads plain text: form feeds end pages, blank lines end paragraphs."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from ingest.errors import Damaged
from ingest.model import BlockKind, ParsedDocument
from ingest.parse.encoding import decode_text
from ingest.parse.flow import Flow
from ingest.parse.labels import has_bullet, outline_depth, starts_item

_UNDERLINE = re.compile(r"\s*(=|-|~|\*|#|_)\1{2,}\s*")
_CELL_GAP = re.compile(r"\t+|(?<=\S) {3,}(?=\S)")
_LONGEST_HEADING = 80
_HEADING_WORDS = 12
_LINES_TO_JUDGE = 3
_WRAPPED_WIDTH = 50


class TextParser:
    """Parses plain text."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Read the text file at `path`, uploaded under `name`.

        Raises:
            Damaged: It is not text. NoText: It holds none.
        """
        source = decode_text(path.read_bytes())
        if source is None:
            raise Damaged
        flow = Flow()
        for number, page in enumerate(source.split("\f")):
            if number:
                flow.break_page()
            for paragraph in _paragraphs(page):
                _add(flow, paragraph)
        return flow.document("", name)


def _paragraphs(page: str) -> Iterator[list[str]]:
    """Groups of lines without a blank one between them."""
    group: list[str] = []
    for line in page.replace("\v", "\n").splitlines():
        if line.strip():
            group.append(line.rstrip())
        elif group:
            yield group
            group = []
    if group:
        yield group


def _add(flow: Flow, lines: list[str]) -> None:
    if len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) and _may_be_heading(lines[0]):
        flow.add(BlockKind.HEADING, lines[0], 1 if "=" in lines[1] else 2)
        lines = lines[2:]
    lines = [line for line in lines if not _UNDERLINE.fullmatch(line)]
    if len(lines) == 1 and (level := _heading_level(lines[0])):
        flow.add(BlockKind.HEADING, lines[0], level)
    elif _is_table(lines):
        for line in lines:
            flow.add_row(_CELL_GAP.split(line.strip()))
    else:
        for kind, text in _items(lines):
            flow.add(kind, text)


def _may_be_heading(line: str) -> bool:
    text = line.strip()
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(text) <= _LONGEST_HEADING and not text.endswith((".", ",", ";")) and not has_bullet(text)


def _heading_level(line: str) -> int:
    """Level of a line that stands alone between blank lines: in capitals, or numbered and titled; else 0."""
    text = line.strip()
    if not _may_be_heading(text) or len(text.split()) > _HEADING_WORDS or text.endswith((":", "?", "!", "|")):
        return 0
    depth = outline_depth(text)
    letters = [character for character in text if character.isalpha()]
    if len(letters) >= 3 and all(character.isupper() for character in letters):
        return max(1, depth)
    title = text.split(maxsplit=1)[-1]
    titled = title[:1].isupper() and len(title.split()) <= 8
    return depth if depth and titled and not starts_item(text.replace(".", "", depth - 1)) else 0


def _is_table(lines: Sequence[str]) -> bool:
    """Whether all lines have the same number of cells, two or more, set apart by tabs or wide gaps."""
    counts = {len(_CELL_GAP.split(line.strip())) for line in lines}
    return len(lines) > 1 and len(counts) == 1 and counts.pop() > 1


def _items(lines: Sequence[str]) -> Iterator[tuple[BlockKind, str]]:
    """Divide a paragraph at its list items."""
    width = max(len(line) for line in lines) if len(lines) >= _LINES_TO_JUDGE else 0
    starts = [
        position
        for position in range(len(lines))
        if position == 0 or _item_at(lines, position) or _ends_paragraph(lines, position - 1, width)
    ]
    for start, end in pairwise([*starts, len(lines)]):
        kind = BlockKind.LIST_ITEM if starts_item(lines[start].strip()) else BlockKind.PARAGRAPH
        yield kind, _joined(lines[start:end])


def _item_at(lines: Sequence[str], position: int) -> bool:
    line = lines[position].strip()
    if not starts_item(line):
        return False
    above = lines[position - 1].strip()
    return has_bullet(line) or above.endswith((".", ":", ";", "!", "?", ",")) or starts_item(above)


def _ends_paragraph(lines: Sequence[str], position: int, width: int) -> bool:
    """Whether a line of wrapped text stops well before the others do, at the end of a sentence or of a title."""
    line, following = lines[position].strip(), lines[position + 1].strip()
    if width < _WRAPPED_WIDTH or following[:1].islower():
        return False
    room = width - len(line) - len(following.split(maxsplit=1)[0])
    return room > 2 and (line.endswith((".", "!", "?", ":")) or len(line) < 0.5 * width)


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines)
