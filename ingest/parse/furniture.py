"""Finds running headers, footers and page numbers: what stands at the same place on many pages."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.parse.fragments import Fragment, Turned
from ingest.parse.rows import join_row, rows_of

_FEWEST_PAGES = 3
_EDGE_ROWS = 3
_EDGE_SHARE = 0.14
_SAME_PLACE = 4.0
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Candidate:
    page: int
    text: str
    place: float
    size: float
    fragments: tuple[Fragment, ...]


def drop_furniture(pages: Sequence[Sequence[Turned]], body_size: float) -> list[list[Turned]]:
    """The pages without their furniture; documents of one or two pages stay as they are.

    A line at the edge of the page is furniture when at least three pages have it at the same height, word for word or
    with a number that counts with the pages.
    """
    if len(pages) < _FEWEST_PAGES:
        return [list(page) for page in pages]
    groups: dict[tuple[int, str], list[_Candidate]] = defaultdict(list)
    for number, page in enumerate(pages):
        for turned in page:
            for candidate in _candidates(number, turned):
                groups[turned.direction, _NUMBER.sub("#", candidate.text.casefold())].append(candidate)
    dropped = {
        id(fragment)
        for group in groups.values()
        for candidate in _repeated(group, len(pages), body_size)
        for fragment in candidate.fragments
    }
    return [[_without(turned, dropped) for turned in page] for page in pages]


def _without(turned: Turned, dropped: set[int]) -> Turned:
    kept = [fragment for fragment in turned.fragments if id(fragment) not in dropped]
    return Turned(turned.direction, turned.width, turned.height, kept)


def _candidates(page: int, turned: Turned) -> list[_Candidate]:
    """The rows at the page's top and bottom; of text that runs another way than the page's, all."""
    height = turned.width if turned.direction in (90, 270) else turned.height
    upright = turned.direction == 0
    near = [
        fragment
        for fragment in turned.fragments
        if not upright or fragment.middle < _EDGE_SHARE * height or fragment.middle > (1 - _EDGE_SHARE) * height
    ]
    rows = rows_of(near)
    top = [row for row in rows if row[0].middle < height / 2][:_EDGE_ROWS]
    bottom = [row for row in rows if row[0].middle >= height / 2][-_EDGE_ROWS:]
    return [_candidate(page, row) for row in (top + bottom if upright else rows)]


def _candidate(page: int, row: Sequence[Fragment]) -> _Candidate:
    line = join_row(row)
    return _Candidate(page, line.text, line.middle, line.size, tuple(row))


def _repeated(group: Sequence[_Candidate], pages: int, body_size: float) -> list[_Candidate]:
    """Those of a group of like lines that stand at one height and repeat as furniture does."""
    found: list[_Candidate] = []
    ordered = sorted(group, key=lambda candidate: candidate.place)
    start = 0
    for end in range(1, len(ordered) + 1):
        if end == len(ordered) or ordered[end].place - ordered[end - 1].place > _SAME_PLACE:
            cluster = ordered[start:end]
            start = end
            if _is_furniture(cluster, pages, body_size):
                found += cluster
    return found


def _is_furniture(cluster: Sequence[_Candidate], pages: int, body_size: float) -> bool:
    seen = {candidate.page for candidate in cluster}
    fewest = max(_FEWEST_PAGES, 0.6 * pages) if cluster[0].size > 1.2 * body_size else _FEWEST_PAGES
    if len(seen) < fewest:
        return False
    texts = {candidate.text for candidate in cluster}
    return len(texts) <= len(cluster) / 2 or _counts_pages(cluster)


def _counts_pages(cluster: Sequence[_Candidate]) -> bool:
    """Whether a number in the line grows by one from page to page."""
    offsets: dict[tuple[int, int], int] = defaultdict(int)
    for candidate in cluster:
        for position, digits in enumerate(_DIGITS.findall(candidate.text)):
            offsets[position, int(digits[:9]) - candidate.page] += 1
    if not offsets:
        return all(_NUMBER.fullmatch(candidate.text.casefold()) for candidate in cluster)
    return max(offsets.values()) >= max(_FEWEST_PAGES, 0.5 * len(cluster))
