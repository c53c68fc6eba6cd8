"""Draws a page of a PDF as a picture."""

import io
from pathlib import Path

from ingest.errors import NotFound
from ingest.parse.pdfium import LOCK, open_page, open_pdf

_LONGEST_SIDE = 4_000


def render_page(path: Path, number: int, scale: float) -> bytes:
    """A page as PNG.

    Args:
        path: The PDF.
        number: The page, from 1.
        scale: Pixels per point; made smaller where a side would be longer than 4,000 pixels.

    Raises:
        NotFound: There is no such page.
        Damaged: The page cannot be drawn.
    """
    with open_pdf(path) as document:
        with LOCK:
            if not 1 <= number <= len(document):
                raise NotFound(f"The document has no page {number}.")
        with open_page(document, number - 1) as page:
            longest = max(page.get_size())
            bitmap = page.render(scale=min(scale, (_LONGEST_SIDE - 1) / max(longest, 1.0)))
            image = bitmap.to_pil().copy()
            bitmap.close()
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()
