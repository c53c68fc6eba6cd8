"""Reading order: a page's fragments become zones, each one column of text lines or one table.

The page is cut from top to bottom into bands of fragments that overlap vertically (the horizontal cuts of an XY-cut,
Nagy & Seth 1984). Bands in a row that leave the same vertical gap free form a run; a run is read column by column
when its columns hold prose, row by row when they hold cells. Columns are cut again in the same way.
"""

from collections.abc import Sequence
from statistics import median

from ingest.parse.fragments import Fragment
from ingest.parse.gutters import bands_of, runs_of, split_columns
from ingest.parse.labels import is_label
from ingest.parse.rows import join_row, rows_of
from ingest.parse.tables import is_table, tables
from ingest.parse.zone import Zone

_DEEPEST = 4
_FEWEST_LINES = 3
_LABEL_GAP = 5.0


def zones(fragments: Sequence[Fragment]) -> list[Zone]:
    """The zones of a page in reading order."""
    return _zones(_join_labels(fragments), 0) if fragments else []


def _join_labels(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Join bullets and clause numbers with the text that they label, so that no column is seen between them."""
    if not any(is_label(fragment.text) for fragment in fragments):
        return list(fragments)
    joined: list[Fragment] = []
    for row in rows_of(fragments):
        row.sort(key=lambda item: item.x0)
        while row:
            first = row.pop(0)
            if row and is_label(first.text) and row[0].x0 - first.x1 < _LABEL_GAP * first.size:
                first = join_row((first, row.pop(0)))
            joined.append(first)
    return joined


def _zones(fragments: Sequence[Fragment], depth: int) -> list[Zone]:
    left, right = min(item.x0 for item in fragments), max(item.x1 for item in fragments)
    found: list[Zone] = []
    for run in runs_of(bands_of(fragments)):
        members = run.fragments
        columns = split_columns(members, run.gutters)
        table = len(columns) > 1 and not _is_prose(columns) and is_table(columns)
        if table:
            found += tables(run, left, right)
        elif len(columns) > 1 and depth < _DEEPEST and min(map(len, columns)) >= _FEWEST_LINES:
            for column in columns:
                found += _zones(column, depth + 1)
        else:
            found.append(Zone(left, right, lines=[join_row(row) for row in rows_of(members)]))
    return _merge_text(found)


def _merge_text(found: list[Zone]) -> list[Zone]:
    merged: list[Zone] = []
    for zone in found:
        last = merged[-1] if merged else None
        if last and not last.rows and not zone.rows and (last.left, last.right) == (zone.left, zone.right):
            last.lines.extend(zone.lines)
        else:
            merged.append(zone)
    return merged


def _is_prose(columns: Sequence[Sequence[Fragment]]) -> bool:
    """Whether every column holds running text: long lines, one under the other, mostly filling the column."""
    return all(_prose_column([join_row(row) for row in rows_of(column)]) for column in columns)


def _prose_column(lines: Sequence[Fragment]) -> bool:
    if len(lines) < 4:
        return False
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    letters = median(len(line.text) for line in lines)
    full = sum(line.x1 - line.x0 > 0.8 * width for line in lines) / len(lines)
    inked = sum(line.height for line in lines) / (lines[-1].y1 - lines[0].y0 or 1.0)
    return letters >= 18 and full >= 0.4 and inked >= 0.5
