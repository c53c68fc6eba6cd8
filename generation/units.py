"""The units of a passage that can be quoted: a clause, a table row with its header, a list with its introduction.

A clause is the run of sentences of one paragraph or list item. It is quoted whole while it is short, because its
second sentence tends to hold the condition or the exception of its first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.model import Box, Region
from retrieval.model import Passage

CELL = " | "
LONGEST_LIST = 12
LEAST_WORDS = 3
CLAUSE_WORDS = 60
QUESTION_WORDS = 30


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote.

    Attributes:
        text: As it stands in the document.
        context: What to read it with: the nearest heading, and the question or introduction that it follows.
        first: Position of its first sentence in the passage.
        last: Position of its last sentence.
        regions: Where it stands.
    """

    text: str
    context: str
    first: int
    last: int
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class _Clause:
    """Sentences `first` to `last` of a passage, which stand in one paragraph, list item or table row."""

    text: str
    first: int
    last: int


def units(passage: Passage) -> Iterator[Unit]:
    """Everything in a passage that can be quoted, in reading order; headings, questions and scraps are left out."""
    heading = passage.heading_path[-1] if passage.heading_path else ""
    clauses = _clauses(passage)
    lead = ""
    for position, clause in enumerate(clauses):
        if CELL in clause.text:
            yield from _row(passage, clauses, position, heading)
        elif _asks(clause) and position + 1 < len(clauses):
            lead = clause.text
        elif clause.text.endswith(":") and (items := _items(passage, clauses, position)):
            lead = clause.text
            yield _unit(passage, [clause, *items], heading)
        else:
            if not _follows(passage, clauses, position):
                lead = lead if lead.endswith("?") else ""
            context = " ".join(part for part in (heading, lead) if part)
            for piece in _pieces(passage, clause):
                if len(piece.text.split()) >= LEAST_WORDS:
                    yield _unit(passage, [piece], context)


def merge_regions(regions: Sequence[Region]) -> tuple[Region, ...]:
    """One region a page, boxes in order, without repeats."""
    pages: dict[int, dict[Box, None]] = {}
    for region in regions:
        pages.setdefault(region.page, {}).update(dict.fromkeys(region.boxes))
    return tuple(Region(page, tuple(boxes)) for page, boxes in sorted(pages.items()))


def _clauses(passage: Passage) -> list[_Clause]:
    """Runs of sentences without a line break between them."""
    runs: list[list[int]] = []
    for position, sentence in enumerate(passage.sentences):
        before = passage.sentences[position - 1].span.end if position else 0
        if position and "\n" not in passage.text[before : sentence.span.start]:
            runs[-1].append(position)
        else:
            runs.append([position])
    return [_clause(passage, run[0], run[-1]) for run in runs]


def _clause(passage: Passage, first: int, last: int) -> _Clause:
    start, end = passage.sentences[first].span.start, passage.sentences[last].span.end
    return _Clause(passage.text[start:end].strip(), first, last)


def _pieces(passage: Passage, clause: _Clause) -> Iterator[_Clause]:
    """The clause, or where it is long, runs of its sentences of at most `CLAUSE_WORDS` words."""
    first, words = clause.first, 0
    for position in range(clause.first, clause.last + 1):
        own = len(_clause(passage, position, position).text.split())
        if words and words + own > CLAUSE_WORDS:
            yield _clause(passage, first, position - 1)
            first, words = position, 0
        words += own
    yield _clause(passage, first, clause.last)


def _asks(clause: _Clause) -> bool:
    return clause.text.endswith("?") and len(clause.text.split()) <= QUESTION_WORDS


def _gap(passage: Passage, first: _Clause, second: _Clause) -> str:
    return passage.text[passage.sentences[first.last].span.end : passage.sentences[second.first].span.start]


def _follows(passage: Passage, clauses: Sequence[_Clause], position: int) -> bool:
    """Does a clause stand right below the one before, as a list item does?"""
    if position == 0:
        return False
    before = clauses[position - 1]
    return before.text.endswith(":") or "\n\n" not in _gap(passage, before, clauses[position])


def _items(passage: Passage, clauses: Sequence[_Clause], start: int) -> list[_Clause]:
    """The items of the list that a clause introduces."""
    end = start
    while end + 1 < len(clauses) and end - start < LONGEST_LIST and _follows(passage, clauses, end + 1):
        end += 1
    return list(clauses[start + 1 : end + 1])


def _row(passage: Passage, clauses: Sequence[_Clause], position: int, heading: str) -> Iterator[Unit]:
    """A table row with the first row of its table in front; the first row itself only where it stands alone."""
    top = position
    while top > 0 and CELL in clauses[top - 1].text:
        top -= 1
    alone = position + 1 == len(clauses) or CELL not in clauses[position + 1].text
    if top < position:
        yield _unit(passage, [clauses[top], clauses[position]], heading, first=clauses[position].first)
    elif alone:
        yield _unit(passage, [clauses[position]], heading)


def _unit(passage: Passage, clauses: Sequence[_Clause], context: str, first: int | None = None) -> Unit:
    sentences = [one for clause in clauses for one in passage.sentences[clause.first : clause.last + 1]]
    return Unit(
        text="\n".join(clause.text for clause in clauses),
        context=context,
        first=clauses[0].first if first is None else first,
        last=clauses[-1].last,
        regions=merge_regions([region for sentence in sentences for region in sentence.regions]),
    )
