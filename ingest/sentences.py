"""Sentences of a text, and where a stretch of a block stands on the page.

The splitting is `sentencex`' (MIT, rules for some 300 languages, about 20 million characters a second). It treats all
between two quotation marks as one sentence, so quotation marks and brackets are hidden from it; what it cuts too
finely after that (labels, abbreviations of policies, text in brackets) is joined again here.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from ingest.model import Block, BlockKind, Box, Line, Region, Span

_QUOTES = "\"'\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a"
_HIDDEN = str.maketrans(dict.fromkeys(f"{_QUOTES}()[]{{}}", "\u02ee"))
_CLOSING = "\"'\u201d\u2019\u00bb\u203a)]}"
_LABEL = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)\]]{1,2}")
_OPEN_ABBREVIATION = re.compile(
    r"\b(?:approx|incl|excl|esp|resp|vol|nos?|arts?|paras?|secs?|subsecs?|figs?|tabs?|chs?|chap|cls?|ref|eds?|"
    r"pp|cf|viz|ca|min|max|avg|est|ext|tel|e\.g|i\.e|a\.k\.a)\.$",
    re.I,
)
_NUMBER_NEXT = re.compile(r"[(\[]?[\d$€£#§]")
_LETTERED = re.compile(
    r"\b(?:Appendix|Annex|Schedule|Plan|Part|Option|Section|Table|Exhibit|Form|Grade|Band|Class|Tier|Group|Level)"
    r" [A-Z]\. (?=[A-Z])"
)
_NEVER_CLOSED = 400


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text, in order, without the white space around them; together they cover all else."""
    sentences: list[Span] = []
    for start, end in _pieces(text):
        span = _stripped(text, start, end)
        if span.start == span.end:
            continue
        if sentences and _belongs_to(text[sentences[-1].start : sentences[-1].end], text[span.start : span.end]):
            sentences[-1] = Span(sentences[-1].start, span.end)
        else:
            sentences.append(span)
    return sentences


def regions(block: Block, span: Span) -> tuple[Region, ...]:
    """Where a range of a block's characters is printed: one region a page, one box a printed line.

    Args:
        block: A block.
        span: Characters of `block.text`.

    Returns:
        The regions in reading order; a region has no boxes where the format has no geometry.
    """
    boxes: dict[int, list[Box]] = {}
    for line in block.lines:
        if line.span.start < span.end and span.start < line.span.end:
            boxes.setdefault(line.page, [])
            if line.box is not None:
                boxes[line.page].append(_cut(line, line.box, span))
    return tuple(Region(page, tuple(found)) for page, found in boxes.items())


def block_sentences(block: Block) -> list[Span]:
    """The sentences of a block; a heading or a table row is one."""
    if block.kind in (BlockKind.HEADING, BlockKind.TABLE_ROW):
        return [Span(0, len(block.text))] if block.text else []
    return split_sentences(block.text)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """What sentencex finds, cut once more after "Appendix A." and moved behind closing quotes and brackets."""
    start = 0
    ends = {int(found["end_index"]) for found in get_sentence_boundaries("en", text.translate(_HIDDEN))}
    ends |= {match.end() for match in _LETTERED.finditer(text)}
    for end in sorted(ends | {len(text)}):
        while end < len(text) and text[end] in _CLOSING and not text[end - 1].isspace():
            end += 1
        if end > start:
            yield start, end
            start = end


def _stripped(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return Span(start + lead, start + lead + len(piece.strip())) if piece.strip() else Span(start, start)


def _belongs_to(sentence: str, following: str) -> bool:
    """Whether the cut before `following` was too fine."""
    if following[0].islower() or not any(character.isalnum() for character in following):
        return True
    if _LABEL.fullmatch(sentence):
        return True
    if _OPEN_ABBREVIATION.search(sentence):
        return following[0].isdigit() or _NUMBER_NEXT.match(following) is not None
    opened = sentence.count("(") - sentence.count(")")
    return opened > 0 and len(sentence) < _NEVER_CLOSED and ")" in following


def _cut(line: Line, box: Box, span: Span) -> Box:
    """The part of a line's box that a range of characters covers; all of it for a line without edges."""
    first, last = max(span.start, line.span.start), min(span.end, line.span.end)
    if not line.edges or (first, last) == (line.span.start, line.span.end):
        return box
    left, right = line.edges[first - line.span.start], line.edges[last - line.span.start]
    return Box(left, box.y0, right, box.y1) if left <= right else box
