"""From printed lines to paragraphs, list items and table rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ingest.model import BlockKind
from ingest.parse.drafts import Draft, PrintedLine
from ingest.parse.fragments import SOFT_HYPHEN, Fragment, Turned
from ingest.parse.labels import has_bullet, starts_item
from ingest.parse.rows import join_row
from ingest.parse.zone import Zone

_WIDER_PITCH = 1.22
OTHER_SIZE = 0.07
OTHER_SIZE_UNEVEN = 0.4


def zone_drafts(zone: Zone, page: int, turned: Turned, other_size: float = OTHER_SIZE) -> Iterator[Draft]:
    """The blocks of one zone: table rows, or paragraphs and list items.

    Args:
        zone: What is divided.
        page: Its page number.
        turned: Where its layout coordinates stand on the page.
        other_size: Share by which the font sizes of two lines of one paragraph may differ.
    """
    if zone.rows:
        yield from _row_drafts(zone, page, turned)
        return
    for group in _pitch_groups(zone.lines, other_size):
        right = max(line.x1 for line in group)
        yield from _group_drafts([PrintedLine.of(line, page, turned, right) for line in group])


def join_broken(drafts: Iterable[Draft]) -> list[Draft]:
    """Join paragraphs and list items that run on in the next column or on the next page."""
    joined: list[Draft] = []
    for draft in drafts:
        if joined and _runs_on(joined[-1], draft):
            joined[-1].lines += draft.lines
        else:
            joined.append(draft)
    return joined


def _runs_on(above: Draft, below: Draft) -> bool:
    flowing = above.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) and below.kind is BlockKind.PARAGRAPH
    last, first = above.last, below.first
    elsewhere = first.page != last.page or first.y0 < last.y0
    if not (flowing and elsewhere and first.page <= last.page + 1 and _same_style(last, first)):
        return False
    if last.ends_sentence or (len(above.lines) == 1 and last.bold):
        return False
    if last.text.endswith(("-", SOFT_HYPHEN, ",")) or first.text[:1].islower():
        return True
    return len(above.lines) > 1 and not last.leaves_room_for(first)


def _same_style(one: PrintedLine, other: PrintedLine) -> bool:
    return abs(one.size - other.size) <= OTHER_SIZE * max(one.size, other.size)


def _pitch_groups(lines: Sequence[Fragment], other_size: float) -> Iterator[list[Fragment]]:
    """Split a column where the distance between lines or the font size changes."""
    pitch = _usual_pitch(lines, other_size)
    group: list[Fragment] = []
    for line in lines:
        if group and _apart(group[-1], line, pitch, other_size):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _usual_pitch(lines: Sequence[Fragment], other_size: float) -> float:
    """The line distance in units of font size that most single-spaced lines of the column have."""
    ratios = [
        (below.middle - above.middle) / above.size
        for above, below in pairwise(lines)
        if abs(above.size - below.size) <= other_size * above.size
    ]
    sensible = [ratio for ratio in ratios if 0.8 <= ratio <= 2.6]
    return float(np.quantile(sensible, 0.25)) if len(sensible) >= 3 else 1.25


def _apart(above: Fragment, below: Fragment, pitch: float, other_size: float) -> bool:
    if abs(above.size - below.size) > other_size * max(above.size, below.size):
        return True
    distance = (below.middle - above.middle) / max(above.size, 0.1)
    return distance > max(pitch, 1.0) * _WIDER_PITCH


def _group_drafts(lines: Sequence[PrintedLine]) -> Iterator[Draft]:
    current: Draft | None = None
    for line in lines:
        if current is not None and not _starts_block(current, line):
            current.lines.append(line)
            continue
        if current is not None:
            yield current
        item = starts_item(line.text) or line.is_entry
        current = Draft(BlockKind.LIST_ITEM if item else BlockKind.PARAGRAPH, [line], is_entry=line.is_entry)
    if current is not None:
        yield current


def _starts_block(current: Draft, line: PrintedLine) -> bool:
    """Whether a line that follows closely starts a new block all the same."""
    last = current.last
    if last.is_entry:
        return True
    short = last.leaves_room_for(line)
    if starts_item(line.text):
        return has_bullet(line.text) or short or current.kind is BlockKind.LIST_ITEM or last.ends_sentence
    if last.bold != line.bold and (short or all(above.bold for above in current.lines)):
        return True
    if line.starts_bold and current.first.starts_bold and last.ends_sentence and not last.bold:
        return True
    if short and not (line.text[:1].islower() and not last.ends_sentence):
        return True
    indent = line.x0 - last.x0
    if current.kind is BlockKind.LIST_ITEM:
        return line.x0 < current.first.x0 - 0.5 * line.size
    return indent > 0.8 * line.size and last.ends_sentence


def _row_drafts(zone: Zone, page: int, turned: Turned) -> Iterator[Draft]:
    header: Draft | None = None
    for number, row in enumerate(zone.rows):
        cells = [[PrintedLine.of(line, page, turned, zone.right) for line in cell] for cell in row]
        cells = [cell for cell in cells if cell]
        lines = [line for cell in cells for line in cell]
        draft = Draft(BlockKind.TABLE_ROW, lines, cells=[len(cell) for cell in cells], header=header)
        yield draft
        if number == 0 and _is_header(zone.rows):
            header = draft


def _is_header(rows: Sequence[Sequence[Sequence[Fragment]]]) -> bool:
    """Whether the first row names the columns: it alone is bold, or it alone has no numbers."""
    if len(rows) < 2:
        return False
    first = [join_row(cell) for cell in rows[0] if cell]
    below = [join_row(cell) for row in rows[1:] for cell in row if cell]
    if all(cell.bold for cell in first):
        return not all(cell.bold for cell in below)
    without = not any(character.isdigit() for cell in first for character in cell.text)
    numeric = sum(any(character.isdigit() for character in cell.text) for cell in below)
    return without and len(first) > 1 and numeric >= (len(rows) - 1) * 0.6
