"""Tables: what tells them from columns of prose, their rows and their cells."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.parse.fragments import Fragment
from ingest.parse.gutters import Gap, Run, column_of, common_gaps, gaps_of, runs_of, split_columns
from ingest.parse.rows import join_row, rows_of
from ingest.parse.zone import Zone

_CELL_GAP = 1.0


def is_table(columns: Sequence[Sequence[Fragment]]) -> bool:
    """Whether lines of the sparsest column stand beside lines of the others."""
    sparsest = min(columns, key=len)
    others = sorted(item.middle for column in columns if column is not sparsest for item in column)
    beside = sum(_has_near(others, fragment.middle, 0.25 * fragment.size) for fragment in sparsest)
    return beside >= 2 and beside >= 0.65 * len(sparsest)


def _has_near(ordered: Sequence[float], place: float, tolerance: float) -> bool:
    position = bisect_left(ordered, place - tolerance)
    return position < len(ordered) and ordered[position] <= place + tolerance


def tables(run: Run, left: float, right: float) -> Iterator[Zone]:
    """The tables of a run, which is cut at lines that stand apart in its first column, and the lines between them."""
    start = min(fragment.x0 for fragment in run.fragments)
    parts: list[list[list[Fragment]]] = [[run.bands[0]]]
    for above, band in pairwise(run.bands):
        if _stands_apart(above, band, start):
            parts += [[band], []]
        else:
            parts[-1].append(band)
    for part in filter(None, parts):
        for group in runs_of(part):
            gutters = _cell_gaps(group)
            columns = split_columns(group.fragments, gutters)
            if len(columns) > 1 and is_table(columns):
                yield Zone(left, right, rows=_table_rows(group.fragments, gutters))
            else:
                yield Zone(left, right, lines=[join_row(row) for row in rows_of(group.fragments)])


def _stands_apart(above: Sequence[Fragment], band: Sequence[Fragment], start: float) -> bool:
    gap = band[0].y0 - max(fragment.y1 for fragment in above)
    return len(band) == 1 and band[0].x0 - start < band[0].size and gap > 0.45 * band[0].size


def _cell_gaps(run: Run) -> list[Gap]:
    """All gutters of the run; between cells they may be narrower than between columns of prose."""
    narrow = Run()
    for band in run.bands:
        narrow.add(band, common_gaps(narrow.free, gaps_of(band), _CELL_GAP))
    return narrow.gutters


def _table_rows(members: Sequence[Fragment], gutters: Sequence[Gap]) -> list[list[list[Fragment]]]:
    """Rows of cells.

    A printed line continues the row above when it follows closely and its first column is empty, or when only its
    first column is filled and the text there is plainly unfinished.
    """
    rows: list[list[list[list[Fragment]]]] = []
    bottom = 0.0
    for printed in rows_of(members):
        cells = [[cell] if cell else [] for cell in _cells(printed, gutters)]
        close = min(item.y0 for item in printed) - bottom < 0.5 * printed[0].size
        bottom = max(item.y1 for item in printed)
        if rows and close and _continues(rows[-1], cells):
            for cell, more in zip(rows[-1], cells, strict=True):
                cell.extend(more)
        else:
            rows.append(cells)
    return [_final(row) for row in rows]


def _continues(row: Sequence[Sequence[Sequence[Fragment]]], cells: Sequence[Sequence[Sequence[Fragment]]]) -> bool:
    if not cells[0]:
        return True
    filled = sum(bool(cell) for cell in row)
    return bool(row[0]) and filled > 1 and not any(cells[1:]) and not cells[0][0][0].text[:1].isupper()


def _final(row: Sequence[Sequence[Sequence[Fragment]]]) -> list[list[Fragment]]:
    """A cell's lines, each joined; in a row of one printed line, text set apart by wide gaps is in cells of its own."""
    if all(len(cell) <= 1 for cell in row):
        return [[fragment] for cell in row for line in cell for fragment in line] or [[]]
    return [[join_row(line) for line in cell] for cell in row]


def _cells(printed: Sequence[Fragment], gutters: Sequence[Gap]) -> list[list[Fragment]]:
    cells: list[list[Fragment]] = [[] for _ in range(len(gutters) + 1)]
    for fragment in sorted(printed, key=lambda item: item.x0):
        cells[column_of(fragment, gutters)].append(fragment)
    return cells
