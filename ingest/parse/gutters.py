"""Bands of fragments across a page, and the vertical gaps (gutters) that bands leave free together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from ingest.parse.fragments import Fragment

INFINITY = float("inf")
_GUTTER = 0.75

Gap = tuple[float, float]


def bands_of(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Groups of fragments that overlap vertically; a third of each box's height is left out above and below."""
    bands: list[list[Fragment]] = []
    lowest = -INFINITY
    for fragment in sorted(fragments, key=lambda item: item.y0 + 0.3 * item.height):
        if fragment.y0 + 0.3 * fragment.height > lowest:
            bands.append([])
        bands[-1].append(fragment)
        lowest = max(lowest, fragment.y1 - 0.3 * fragment.height)
    return bands


def gaps_of(band: Sequence[Fragment]) -> list[Gap]:
    """The horizontal intervals that no fragment of the band covers."""
    gaps: list[Gap] = []
    reached = -INFINITY
    for fragment in sorted(band, key=lambda item: item.x0):
        if fragment.x0 > reached:
            gaps.append((reached, fragment.x0))
        reached = max(reached, fragment.x1)
    return [*gaps, (reached, INFINITY)]


def common_gaps(first: Sequence[Gap], second: Sequence[Gap], smallest: float) -> list[Gap]:
    """Where gaps of both overlap by at least `smallest` points."""
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)
    return [gap for gap in both if gap[1] - gap[0] >= smallest]


@dataclass(slots=True)
class Run:
    """Bands one below the other, and the gaps that all of them leave free.

    `leftmost` is the smallest right end and `rightmost` the largest left end of their fragments.
    """

    bands: list[list[Fragment]] = field(default_factory=list)
    free: list[Gap] = field(default_factory=lambda: [(-INFINITY, INFINITY)])
    leftmost: float = INFINITY
    rightmost: float = -INFINITY

    @property
    def fragments(self) -> list[Fragment]:
        """All fragments."""
        return [fragment for band in self.bands for fragment in band]

    @property
    def gutters(self) -> list[Gap]:
        """The free gaps that have text on both sides."""
        return [gap for gap in self.free if self.leftmost <= gap[0] + 1 and self.rightmost >= gap[1] - 1]

    def add(self, band: list[Fragment], free: list[Gap]) -> None:
        """Take a band in; `free` is what is left of the gaps."""
        self.bands.append(band)
        self.free = free
        self.leftmost = min(self.leftmost, *(fragment.x1 for fragment in band))
        self.rightmost = max(self.rightmost, *(fragment.x0 for fragment in band))


def runs_of(bands: Sequence[list[Fragment]]) -> list[Run]:
    """Split bands into runs that leave the same gutters free; a run without gutters holds plain lines."""
    smallest = _GUTTER * median(fragment.size for band in bands for fragment in band)
    runs = [Run()]
    for band in bands:
        gaps = gaps_of(band)
        current, alone, longer = runs[-1], Run(), Run()
        alone.add(band, gaps)
        longer.leftmost, longer.rightmost = current.leftmost, current.rightmost
        longer.add(band, common_gaps(current.free, gaps, smallest))
        fits = bool(longer.gutters) if current.gutters else not (longer.gutters or alone.gutters)
        if fits or not current.bands:
            current.add(band, longer.free)
        else:
            runs.append(alone)
    return runs


def split_columns(fragments: Sequence[Fragment], gutters: Sequence[Gap]) -> list[list[Fragment]]:
    """The fragments between the gutters, column by column, empty columns left out."""
    columns: list[list[Fragment]] = [[] for _ in range(len(gutters) + 1)]
    for fragment in fragments:
        columns[column_of(fragment, gutters)].append(fragment)
    return [column for column in columns if column]


def column_of(fragment: Fragment, gutters: Sequence[Gap]) -> int:
    """The number of gutters to the left of a fragment."""
    return sum(fragment.x0 >= gutter[1] - 1 for gutter in gutters)
