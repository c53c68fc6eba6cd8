"""From characters to fragments: stretches of text on one line without a wide gap (a line, a column's line, a cell)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.parse.glyphs import ODD_DIRECTION, Floats, Glyphs

SOFT_HYPHEN = "\u00ad"
_GAP = 1.2
_BACKWARD = -0.6
_REPLACED = {
    0x02: 0x2D,
    0xF0B7: 0x2022,
    0xF0A7: 0x25AA,
    0xF0D8: 0x25B8,
    0xF0FC: 0x2713,
    0xF076: 0x25C6,
    0xF06E: 0x25A0,
    0xF0A8: 0x25CB,
}
_LEADER = re.compile(r"\s*(?:[.\u2026_]\s?){5,}")
_SPECIAL = re.compile("[\u00ad\ufb00-\ufb06]")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of text in layout coordinates: the page turned so that the text runs to the right.

    `edges` has `len(text) + 1` x coordinates; `size` is the font size; `bold` holds for nearly all characters,
    `starts_bold` for the first.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    starts_bold: bool
    edges: Floats

    @property
    def middle(self) -> float:
        """The y coordinate of the middle."""
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        """Height of the box."""
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Turned:
    """The fragments of one text direction on a page whose displayed size is `width` by `height`."""

    direction: int
    width: float
    height: float
    fragments: list[Fragment]

    def displayed(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """From layout coordinates back to the displayed page."""
        x0, y0, x1, y1 = box
        if self.direction == 90:
            return y0, self.height - x1, y1, self.height - x0
        if self.direction == 180:
            return self.width - x1, self.height - y1, self.width - x0, self.height - y0
        if self.direction == 270:
            return self.width - y1, x0, self.width - y0, x1
        return x0, y0, x1, y1


def fragments_by_direction(glyphs: Glyphs, size: tuple[float, float]) -> list[Turned]:
    """Group a page's characters into fragments, the prevailing direction of text first."""
    directions, counts = np.unique(glyphs.directions, return_counts=True)
    order = sorted(zip(counts.tolist(), directions.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1]))
    found = []
    for _, direction in order:
        chosen = np.flatnonzero(glyphs.directions == direction)
        boxes = _turn(glyphs.boxes[chosen], direction, size)
        found.append(Turned(direction, *size, list(_fragments(glyphs, chosen, boxes, direction == ODD_DIRECTION))))
    return found


def _turn(boxes: Floats, direction: int, size: tuple[float, float]) -> Floats:
    x0, y0, x1, y1 = boxes.T
    width, height = size
    columns: dict[int, tuple[Floats, ...]] = {
        90: (height - y1, x0, height - y0, x1),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (y0, width - x1, y1, width - x0),
    }
    return np.stack(columns[direction], axis=1) if direction in columns else boxes


def _fragments(glyphs: Glyphs, chosen: NDArray[np.intp], boxes: Floats, odd: bool) -> Iterator[Fragment]:
    if not len(chosen):
        return
    codes, spaced, sizes, bold = glyphs.codes[chosen], glyphs.spaced[chosen], glyphs.sizes[chosen], glyphs.bold[chosen]
    codes = _replaced(codes)
    breaks = np.zeros(len(chosen), np.bool_) if odd else _breaks(boxes, sizes)
    breaks[0] = True
    starts = np.flatnonzero(breaks)
    ends = np.append(starts[1:], len(chosen))
    x0, y0 = np.minimum.reduceat(boxes[:, :2], starts).T.tolist()
    x1, y1 = np.maximum.reduceat(boxes[:, 2:], starts).T.tolist()
    heavy = (np.add.reduceat(bold.astype(np.int32), starts) >= 0.9 * (ends - starts)).tolist()
    leads = bold[starts].tolist()
    samples = [starts + (ends - starts) * tenth // 10 for tenth in (1, 3, 5, 7, 9)]
    typical = np.median(sizes[np.stack(samples)], axis=0).tolist()
    text, edges, right, begins, stops = _spread(codes, boxes, spaced & ~breaks, starts, ends)
    for row, (begin, stop) in enumerate(zip(begins, stops, strict=True)):
        line_edges = np.append(edges[begin:stop], right[row])
        box = (x0[row], y0[row], x1[row], y1[row])
        yield Fragment(text[begin:stop], *box, typical[row], heavy[row], leads[row], line_edges)


def _replaced(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    special = (codes < 0x20) | (codes >= 0xE000)
    if not special.any():
        return codes
    codes = codes.copy()
    for position in np.flatnonzero(special):
        code = int(codes[position])
        codes[position] = _REPLACED.get(code, 0xFFFD if code < 0x20 else code)
    return codes


def _breaks(boxes: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """Where a new fragment starts: another line, a wide gap, or a jump backwards."""
    x0, y0, x1, y1 = boxes.T
    overlap = np.minimum(y1[1:], y1[:-1]) - np.maximum(y0[1:], y0[:-1])
    lower = np.minimum(y1[1:] - y0[1:], y1[:-1] - y0[:-1])
    gap = (x0[1:] - x1[:-1]) / np.maximum(sizes[1:], sizes[:-1])
    return np.concatenate(([True], (overlap < 0.5 * lower) | (gap > _GAP) | (gap < _BACKWARD)))


def _spread(
    codes: NDArray[np.uint32],
    boxes: Floats,
    spaced: NDArray[np.bool_],
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
) -> tuple[str, Floats, list[float], list[int], list[int]]:
    """Put one space where white space was, and say where each fragment begins and stops in the result."""
    target = np.arange(len(codes)) + np.cumsum(spaced)
    length = int(target[-1]) + 1
    out = np.full(length, 32, "<u4")
    out[target] = codes
    edges = np.empty(length, np.float32)
    edges[target] = boxes[:, 0]
    gaps = np.flatnonzero(spaced)
    edges[target[gaps] - 1] = boxes[gaps - 1, 2]
    right = boxes[ends - 1, 2].tolist()
    text = out.tobytes().decode("utf-32-le")
    return text, edges, right, target[starts].tolist(), (target[ends - 1] + 1).tolist()


def has_leader(text: str) -> bool:
    """Whether the text holds a row of leader dots."""
    return text.count(".") + text.count("_") + text.count("\u2026") >= 5 and _LEADER.search(text) is not None


def _without_leaders(text: str, edges: Floats) -> tuple[str, Floats]:
    """Each row of leader dots, as in a table of contents, becomes one space."""
    kept = np.ones(len(text), np.bool_)
    for found in _LEADER.finditer(text):
        kept[found.start() + 1 : found.end()] = False
        text = f"{text[: found.start()]} {text[found.start() + 1 :]}"
    short = "".join(character for character, keep in zip(text, kept.tolist(), strict=True) if keep)
    return short, np.append(edges[:-1][kept], edges[-1])


def clean(text: str, edges: Floats) -> tuple[str, Floats]:
    """Expand ligatures and remove soft hyphens inside a line; a soft hyphen at its end stays to be mended.

    Returns:
        The text and its edges, one longer than the text and never decreasing.
    """
    edges = np.maximum.accumulate(edges)
    if has_leader(text):
        text, edges = _without_leaders(text, edges)
    if text.isascii() or not _SPECIAL.search(text):
        return text, edges
    parts: list[str] = []
    places: list[float] = []
    for position, character in enumerate(text):
        new = _LIGATURES.get(ord(character), character)
        if character == SOFT_HYPHEN and position + 1 < len(text):
            continue
        left, right = float(edges[position]), float(edges[position + 1])
        parts.append(new)
        places += [left + (right - left) * step / len(new) for step in range(len(new))]
    return "".join(parts), np.array([*places, edges[-1]], np.float32)
