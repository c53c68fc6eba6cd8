"""Turns drafts into blocks: joins lines, mends hyphenated words, keeps the place of every character."""

import re
from array import array
from collections.abc import Sequence
from functools import cached_property

from ingest.model import CELL_SEPARATOR, Block, BlockKind, Box, Line, Span
from ingest.parse.drafts import Draft, PrintedLine
from ingest.parse.fragments import SOFT_HYPHEN

_RULES = " .\u2026_-\u2013\u2014=*|~"
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_DASH_IN_WORD = re.compile(r"[^\W_][-/\u2010]$")
_LINES_TO_JUDGE = 100
_HYPHENATED_SHARE = 0.02


class Joiner:
    """Joins the lines of drafts; the document's own words tell a hyphenated word from a compound."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._drafts = drafts

    def blocks(self) -> list[Block]:
        """All blocks but those that are nothing but rules and leaders."""
        return [block for block in map(self._block, self._drafts) if block.text.strip(_RULES)]

    def _block(self, draft: Draft) -> Block:
        header = self._block(draft.header).text if draft.header else ""
        text, lines = self._join(draft)
        return Block(draft.kind, text, lines, draft.level, header)

    def _join(self, draft: Draft) -> tuple[str, tuple[Line, ...]]:
        ends_of_cells = _ends(draft.cells) if draft.kind is BlockKind.TABLE_ROW else frozenset()
        text, lines = "", []
        for position, line in enumerate(draft.lines):
            following = draft.lines[position + 1] if position + 1 < len(draft.lines) else None
            if following is not None and position in ends_of_cells:
                piece, glue = line.text.rstrip(SOFT_HYPHEN), CELL_SEPARATOR
            else:
                piece, glue = self._piece(line.text, following.text if following else None)
            lines.append(_placed(line, len(text), len(piece)))
            text += piece + glue
        return text, tuple(lines)

    def _piece(self, text: str, following: str | None) -> tuple[str, str]:
        """The line's text as it enters the block, and what joins it to the next line."""
        if following is None:
            return text.rstrip(SOFT_HYPHEN), ""
        if text.endswith(SOFT_HYPHEN):
            return text.rstrip(SOFT_HYPHEN), ""
        head, tail = _BROKEN.search(text), _FIRST_WORD.match(following)
        if head is None or tail is None:
            return text, "" if _DASH_IN_WORD.search(text) and following[:1].isalnum() else " "
        return (text[:-1], "") if self._is_one_word(head.group(1), tail.group()) else (text, "")

    def _is_one_word(self, head: str, tail: str) -> bool:
        words = self._words
        whole, compound = f"{head}{tail}".casefold(), f"{head}-{tail}".casefold()
        if whole in words or compound in words:
            return whole in words
        if not tail[0].islower() or not self._hyphenates:
            return False
        return not (head.casefold() in words and tail.casefold() in words)

    @cached_property
    def _hyphenates(self) -> bool:
        """Whether the document breaks words at line ends; where that is rare, such hyphens belong to compounds."""
        lines = [line.text for draft in self._drafts for line in draft.lines[:-1]]
        broken = sum(_BROKEN.search(text) is not None for text in lines)
        return len(lines) < _LINES_TO_JUDGE or broken >= _HYPHENATED_SHARE * len(lines)

    @cached_property
    def _words(self) -> frozenset[str]:
        texts = (line.text for draft in self._drafts for line in draft.lines)
        return frozenset(word for text in texts for word in _whole_words(text))


def _whole_words(text: str) -> list[str]:
    words = _WORD.findall(text.casefold())
    return words[:-1] if text.endswith(("-", SOFT_HYPHEN)) else words


def _ends(cells: Sequence[int]) -> frozenset[int]:
    total, ends = 0, []
    for count in cells:
        total += count
        ends.append(total - 1)
    return frozenset(ends)


def _placed(line: PrintedLine, start: int, length: int) -> Line:
    edges = line.edges[: length + 1]
    x1 = float(edges[-1]) if length < len(line.text) else line.x1
    box = Box(*line.turned.displayed((line.x0, line.y0, x1, line.y1)))
    kept: array[float] = array("f")
    if line.turned.direction == 0:
        kept.frombytes(edges.astype("<f4").tobytes())
    return Line(Span(start, start + length), line.page, box, kept)
