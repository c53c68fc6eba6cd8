"""The characters of a PDF page with their boxes, read from pdfium in bulk.

Several calls a character would dominate the cost of ingestion, so each property is read for a whole page by one
C-level `map` into an array, and font properties only where the text object changes.
"""

import ctypes
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ODD_DIRECTION = -1
_ASCENT, _DESCENT = 0.8, 0.2
_FORCE_BOLD = 1 << 18
_HYPHEN, _HYPHEN_IN_TEXT = (
    2,
    0xFFFE,
)  # what pdfium gives for a hyphen at a line's end, character by character and in bulk


class Frame(NamedTuple):
    """The displayed page: its crop box in PDF space and its clockwise rotation in degrees."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def size(self) -> tuple[float, float]:
        """Displayed width and height in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The printed characters of a page, n of them, in the order of the content stream.

    Attributes:
        codes: uint32 (n,), Unicode code points.
        boxes: float32 (n, 4), x0, y0, x1, y1 in points from the displayed page's top left.
        sizes: float32 (n,), font size in points as displayed.
        bold: bool (n,).
        directions: int16 (n,), where the text runs on the displayed page: 0 to the right, 90 upwards, 180, 270
            downwards, `ODD_DIRECTION` for any other angle.
        spaced: bool (n,), white space stands between the previous character and this one.
    """

    codes: NDArray[np.uint32]
    boxes: Floats
    sizes: Floats
    bold: NDArray[np.bool_]
    directions: NDArray[np.int16]
    spaced: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Calls:
    """pdfium functions with plain integers for handles and addresses, so that `map` can drive them."""

    unicode: Callable[..., Any]
    text_object: Callable[..., Any]
    loose_box: Callable[..., Any]


def _calls() -> _Calls:
    def retype(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
        address = ctypes.cast(function, ctypes.c_void_p).value
        return ctypes.CFUNCTYPE(result, *arguments)(address or 0)

    pointer, integer = ctypes.c_void_p, ctypes.c_int
    return _Calls(
        unicode=retype(pdfium.FPDFText_GetUnicode, ctypes.c_uint, pointer, integer),
        text_object=retype(pdfium.FPDFText_GetTextObject, ctypes.c_size_t, pointer, integer),
        loose_box=retype(pdfium.FPDFText_GetLooseCharBox, integer, pointer, integer, pointer),
    )


def page_frame(page: pypdfium2.PdfPage) -> Frame:
    """The page's displayed rectangle and rotation."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page.raw, box):
        width, height = page.get_size()
        return Frame(0.0, 0.0, width, height, 0)
    return Frame(box.left, box.bottom, box.right, box.top, page.get_rotation())


class GlyphReader:
    """Reads pages; keeps the retyped pdfium functions. Call it under the pdfium lock."""

    def __init__(self) -> None:
        self._calls = _calls()

    def read(self, page: pypdfium2.PdfPage, frame: Frame) -> Glyphs:
        """All printed characters of a page."""
        text = page.get_textpage()
        try:
            count = max(0, text.count_chars())
            return self._read(text.raw, count, frame)
        finally:
            text.close()

    def _read(self, text: Any, count: int, frame: Frame) -> Glyphs:
        handle = ctypes.cast(text, ctypes.c_void_p).value
        codes = self._codes(text, handle, count)
        objects = np.fromiter(map(self._calls.text_object, repeat(handle), range(count)), np.uint64, count)
        boxes = np.zeros((count, 4), np.float32)
        base = boxes.ctypes.data
        addresses = range(base, base + 16 * count, 16)
        deque(map(self._calls.loose_box, repeat(handle), range(count), addresses), maxlen=0)
        codes = _usable(codes)
        blank = (codes <= 32) & (codes != _HYPHEN)
        printed = np.flatnonzero(~blank & (objects != 0))
        styles = _Styles(text, frame.rotation)
        sizes, bold, angles = styles.of(objects[printed], printed)
        # pdfium gives left, top, right, bottom with y growing upwards
        placed = _upright_boxes(boxes[printed])
        placed = _mend(placed, text, printed, sizes, angles)
        return Glyphs(
            codes=codes[printed],
            boxes=_displayed(placed, frame),
            sizes=sizes,
            bold=bold,
            directions=_directions(angles, frame.rotation),
            spaced=_spaced(blank, printed),
        )

    def _codes(self, text: Any, handle: int | None, count: int) -> NDArray[np.uint32]:
        """The code points, by one call where text and characters correspond one to one, else by one call each."""
        buffer = np.zeros(count + 1, np.uint16)
        address = buffer.ctypes.data_as(ctypes.POINTER(ctypes.c_ushort))
        written = pdfium.FPDFText_GetText(text, 0, count, address) if count else 1
        codes = buffer[:count]
        if written == count + 1 and codes.all() and not ((codes >= 0xD800) & (codes < 0xE000)).any():
            return np.where(codes == _HYPHEN_IN_TEXT, _HYPHEN, codes).astype(np.uint32)
        return np.fromiter(map(self._calls.unicode, repeat(handle), range(count)), np.uint32, count)


def _usable(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Code points that cannot be decoded become U+FFFD; every kind of space becomes a space."""
    bad = ((codes >= 0xD800) & (codes < 0xE000)) | (codes > 0x10FFFF)
    codes = np.where(bad, np.uint32(0xFFFD), codes)
    spaces = (codes == 0xA0) | ((codes >= 0x2000) & (codes <= 0x200F)) | np.isin(codes, (0x202F, 0x3000, 0xFEFF, 0x7F))
    return np.where(spaces, np.uint32(32), codes).astype(np.uint32)


def _spaced(blank: NDArray[np.bool_], printed: NDArray[np.intp]) -> NDArray[np.bool_]:
    before = np.concatenate(([0], np.cumsum(blank)))[printed]
    return np.diff(before, prepend=before[:1] if len(before) else 0) > 0


def _upright_boxes(boxes: Floats) -> Floats:
    x0, x1 = np.minimum(boxes[:, 0], boxes[:, 2]), np.maximum(boxes[:, 0], boxes[:, 2])
    y0, y1 = np.minimum(boxes[:, 1], boxes[:, 3]), np.maximum(boxes[:, 1], boxes[:, 3])
    return np.stack((x0, y0, x1, y1), axis=1)


class _Styles:
    """Font size, weight and angle of text objects, looked up once for each run of one object."""

    def __init__(self, text: Any, rotation: int) -> None:
        self._text = text
        self._rotation = rotation
        self._bold: dict[int, bool] = {}
        self._matrix = pdfium.FS_MATRIX()

    def of(self, objects: NDArray[np.uint64], printed: NDArray[np.intp]) -> tuple[Floats, NDArray[np.bool_], Floats]:
        if not len(objects):
            return np.zeros(0, np.float32), np.zeros(0, np.bool_), np.zeros(0, np.float32)
        starts = np.flatnonzero(np.diff(objects, prepend=objects[0] + np.uint64(1)))
        lengths = np.diff(starts, append=len(objects))
        rows = [self._run(int(index)) for index in printed[starts]]
        sizes, bold, angles = zip(*rows, strict=True)
        return (
            np.repeat(np.array(sizes, np.float32), lengths),
            np.repeat(np.array(bold, np.bool_), lengths),
            np.repeat(np.array(angles, np.float32), lengths),
        )

    def _run(self, index: int) -> tuple[float, bool, float]:
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._text, index, matrix)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = pdfium.FPDFText_GetFontSize(self._text, index) * scale
        angle = math.degrees(math.atan2(matrix.b, matrix.a))
        return min(max(size, 0.5), 500.0), self._is_bold(index), angle

    def _is_bold(self, index: int) -> bool:
        font = pdfium.FPDFTextObj_GetFont(pdfium.FPDFText_GetTextObject(self._text, index))
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        if key not in self._bold:
            self._bold[key] = bool(key) and _bold_font(font)
        return self._bold[key]


def _bold_font(font: Any) -> bool:
    buffer = ctypes.create_string_buffer(256)
    length = pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = buffer.raw[: max(0, min(length, len(buffer)) - 1)].decode("utf-8", "replace").lower()
    if any(word in name for word in ("bold", "black", "heavy", "-bd", "demi")):
        return True
    return bool(pdfium.FPDFFont_GetFlags(font) & _FORCE_BOLD)


def _mend(boxes: Floats, text: Any, printed: NDArray[np.intp], sizes: Floats, angles: Floats) -> Floats:
    """Rebuild boxes that pdfium's font metrics do not fit: turned text, Type 3 fonts, fonts without metrics."""
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    turned = np.abs(angles) > 1.0
    wrong = turned | (height < 0.3 * sizes) | (height > 2.5 * sizes) | (width <= 0) | (width > 4 * sizes)
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    for position in np.flatnonzero(wrong):
        index = int(printed[position])
        pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top)
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        tight = (left.value, bottom.value, right.value, top.value)
        boxes[position] = _built(tight, (x.value, y.value), float(sizes[position]), float(angles[position]))
    return boxes


def _built(
    tight: tuple[float, float, float, float], origin: tuple[float, float], size: float, angle: float
) -> tuple[float, float, float, float]:
    """A box as long as the ink and as high as the font, for text turned by quarter turns."""
    x0, y0, x1, y1 = tight
    x, y = origin
    turn = round(angle / 90) % 4
    if abs(angle - round(angle / 90) * 90) > 8:
        return tight
    if turn == 0:
        return x0, y - _DESCENT * size, x1, y + _ASCENT * size
    if turn == 2:
        return x0, y - _ASCENT * size, x1, y + _DESCENT * size
    if turn == 1:
        return x - _ASCENT * size, y0, x + _DESCENT * size, y1
    return x - _DESCENT * size, y0, x + _ASCENT * size, y1


def _displayed(boxes: Floats, frame: Frame) -> Floats:
    """From PDF space (y up) to the displayed page (y down, rotated)."""
    x0, y0, x1, y1 = boxes.T
    left, bottom, right, top, rotation = frame
    columns = {
        0: (x0 - left, top - y1, x1 - left, top - y0),
        90: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
        180: (right - x1, y0 - bottom, right - x0, y1 - bottom),
        270: (top - y1, right - x1, top - y0, right - x0),
    }[rotation]
    return np.stack(columns, axis=1).astype(np.float32)


def _directions(angles: Floats, rotation: int) -> NDArray[np.int16]:
    seen = angles - rotation
    quarter = np.round(seen / 90) * 90
    odd = np.abs(seen - quarter) > 8
    return np.where(odd, ODD_DIRECTION, quarter % 360).astype(np.int16)
