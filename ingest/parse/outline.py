"""Heading levels from the rank of styles and from outline numbers."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from ingest.parse.drafts import Draft
from ingest.parse.labels import outline_depth

_DEEPEST = 6
_SAME_SIZE = 0.6

Style = tuple[float, bool]


def style_of(draft: Draft) -> Style:
    """Font size rounded to half points, and weight."""
    return round(draft.first.size * 2) / 2, draft.first.bold


def set_levels(headings: Sequence[Draft]) -> None:
    """Give each heading its level.

    Where at least three headings are numbered and each style stands for one depth, numbers decide. Else the styles
    that are used more than once are ranked by size. A style used once takes the level of the next smaller one, so that
    a title or a cover line does not push the chapters down.
    """
    levels = _levels_by_number(headings) or _levels_by_size(headings)
    shallowest: dict[Style, int] = {}
    for draft in headings:
        if depth := outline_depth(draft.first.text):
            style = style_of(draft)
            shallowest[style] = min(depth, shallowest.get(style, depth))
    for draft in headings:
        style, depth = style_of(draft), outline_depth(draft.first.text)
        draft.level = min(_DEEPEST, levels[style] + (depth - shallowest[style] if depth else 0))


def _levels_by_number(headings: Sequence[Draft]) -> dict[Style, int]:
    """Levels from outline numbers; empty where numbers and styles do not agree."""
    depths: dict[Style, Counter[int]] = defaultdict(Counter)
    for draft in headings:
        if depth := outline_depth(draft.first.text):
            depths[style_of(draft)][depth] += 1
    if sum(counts.total() for counts in depths.values()) < 3:
        return {}
    known = {style: min(counts) for style, counts in depths.items() if counts.total() >= 2}
    ordered = [known[style] for style in sorted(known, reverse=True)]
    if not known or ordered != sorted(ordered) or min(ordered) != 1:
        return {}
    return _filled({style_of(draft) for draft in headings}, known)


def _levels_by_size(headings: Sequence[Draft]) -> dict[Style, int]:
    uses = Counter(style_of(draft) for draft in headings)
    repeated = [style for style in sorted(uses, reverse=True) if uses[style] > 1]
    ranked = repeated or sorted(uses, reverse=True)
    known: dict[Style, int] = {}
    level, size = 0, float("inf")
    for style in ranked:
        if size - style[0] >= _SAME_SIZE:
            level += 1
        known[style] = level
        size = style[0]
    return _filled(set(uses), known)


def _filled(styles: set[Style], known: dict[Style, int]) -> dict[Style, int]:
    """Levels for all styles: an unknown one takes that of the next smaller known one, or one below the deepest."""
    levels: dict[Style, int] = {}
    for style in styles:
        smaller = [other for other in known if other <= style]
        levels[style] = known[max(smaller)] if smaller else min(_DEEPEST, max(known.values()) + 1)
    return levels
