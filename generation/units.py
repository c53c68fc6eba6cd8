"""The units of a passage that can be quoted: a sentence, a table row with its header, a list with its introduction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.model import Box, Region, Sentence
from retrieval.model import Passage

CELL = " | "
LONGEST_LIST = 12
LEAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote.

    Attributes:
        text: As it stands in the document.
        context: What to read it with: the nearest heading, and the sentence that introduces a list item.
        first: Position of its first sentence in the passage.
        last: Position of its last sentence.
        regions: Where it stands.
    """

    text: str
    context: str
    first: int
    last: int
    regions: tuple[Region, ...]


def units(passage: Passage) -> Iterator[Unit]:
    """Everything in a passage that can be quoted, in reading order; headings and scraps are left out."""
    sentences = passage.sentences
    heading = passage.heading_path[-1] if passage.heading_path else ""
    introduction = -1
    for position, sentence in enumerate(sentences):
        text = _text(passage, sentence)
        if CELL in text:
            yield from _row(passage, position, heading)
            continue
        if introduction >= 0 and not _same_run(passage, position - 1, position):
            introduction = -1
        last = _list_end(passage, position) if text.endswith(":") else position
        if last > position:
            introduction = position
            yield _joined(passage, range(position, last + 1), heading)
        elif len(text.split()) >= LEAST_WORDS:
            lead = _text(passage, sentences[introduction]) if introduction >= 0 else ""
            yield _joined(passage, [position], " ".join(part for part in (heading, lead) if part))


def merge_regions(regions: Sequence[Region]) -> tuple[Region, ...]:
    """One region a page, boxes in order, without repeats."""
    pages: dict[int, dict[Box, None]] = {}
    for region in regions:
        pages.setdefault(region.page, {}).update(dict.fromkeys(region.boxes))
    return tuple(Region(page, tuple(boxes)) for page, boxes in sorted(pages.items()))


def _text(passage: Passage, sentence: Sentence) -> str:
    return passage.text[sentence.span.start : sentence.span.end].strip()


def _gap(passage: Passage, first: int, second: int) -> str:
    return passage.text[passage.sentences[first].span.end : passage.sentences[second].span.start]


def _same_run(passage: Passage, first: int, second: int) -> bool:
    """Do two neighbouring sentences belong together, as an introduction and its items do?"""
    introduces = _text(passage, passage.sentences[first]).endswith(":")
    return introduces or "\n\n" not in _gap(passage, first, second)


def _list_end(passage: Passage, start: int) -> int:
    """The last sentence of the list that the sentence at `start` introduces; `start` where there is none."""
    end = start
    while end + 1 < len(passage.sentences) and end - start < LONGEST_LIST and _same_run(passage, end, end + 1):
        end += 1
    return end


def _row(passage: Passage, position: int, heading: str) -> Iterator[Unit]:
    """A table row with the first row of its table in front; the first row itself only where it stands alone."""
    rows = [position]
    while rows[0] > 0 and _is_row(passage, rows[0] - 1):
        rows.insert(0, rows[0] - 1)
    if len(rows) > 1:
        yield replace(_joined(passage, [rows[0], position], heading), first=position)
    elif position + 1 == len(passage.sentences) or not _is_row(passage, position + 1):
        yield _joined(passage, [position], heading)


def _is_row(passage: Passage, position: int) -> bool:
    return CELL in _text(passage, passage.sentences[position])


def _joined(passage: Passage, positions: Sequence[int], context: str) -> Unit:
    chosen = [passage.sentences[position] for position in positions]
    return Unit(
        text="\n".join(_text(passage, sentence) for sentence in chosen),
        context=context,
        first=positions[0],
        last=positions[-1],
        regions=merge_regions([region for sentence in chosen for region in sentence.regions]),
    )
