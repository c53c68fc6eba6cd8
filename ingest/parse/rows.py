"""Printed lines: which fragments stand on one, and joining them."""

from collections.abc import Sequence

import numpy as np

from ingest.parse.fragments import Fragment


def join_row(row: Sequence[Fragment]) -> Fragment:
    """Join fragments of one printed line, left to right."""
    parts = sorted(row, key=lambda fragment: fragment.x0)
    if len(parts) == 1:
        return parts[0]
    longest = max(parts, key=lambda fragment: len(fragment.text))
    text, edges = parts[0].text, parts[0].edges
    for part in parts[1:]:
        touching = part.x0 - edges[-1] < 0.15 * longest.size
        text = f"{text}{part.text}" if touching else f"{text} {part.text}"
        edges = np.concatenate((edges[:-1], part.edges)) if touching else np.concatenate((edges, part.edges))
    return Fragment(
        text,
        min(part.x0 for part in parts),
        longest.y0,
        max(part.x1 for part in parts),
        longest.y1,
        longest.size,
        all(part.bold for part in parts if len(part.text) > 2) and longest.bold,
        parts[0].starts_bold,
        edges,
    )


def rows_of(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Group fragments that stand on the same printed line, top to bottom."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda item: (item.middle, item.x0)):
        if rows and _same_line(rows[-1], fragment):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return rows


def _same_line(row: list[Fragment], fragment: Fragment) -> bool:
    other = row[0]
    overlap = min(other.y1, fragment.y1) - max(other.y0, fragment.y0)
    return overlap >= 0.5 * min(other.height, fragment.height)
