"""Reads PDF files: text with the place of every character, in reading order."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.errors import NeedsOcr, NoText
from ingest.model import ParsedDocument
from ingest.parse.drafts import Draft
from ingest.parse.fragments import Turned, fragments_by_direction
from ingest.parse.furniture import drop_furniture
from ingest.parse.glyphs import GlyphReader, page_frame
from ingest.parse.grouping import OTHER_SIZE, OTHER_SIZE_UNEVEN, join_broken, zone_drafts
from ingest.parse.headings import EVEN, mark_headings
from ingest.parse.joining import Joiner
from ingest.parse.layout import zones
from ingest.parse.pages import choose_title, make_pages
from ingest.parse.pdfium import LOCK, open_page, open_pdf

_PAGES_LOOKED_AT_FOR_IMAGES = 50


class PdfParser:
    """Parses PDFs that have a text layer."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Read the PDF at `path`, uploaded under `name`.

        Raises:
            Damaged: It cannot be read. PasswordProtected: It needs a password. NoPages: It has no page.
            NeedsOcr: Its pages are pictures without text. NoText: It yields no text.
        """
        with open_pdf(path) as document:
            sizes, pages = _read_pages(document)
            title = _stated_title(document)
            if not any(turned.fragments for page in pages for turned in page):
                raise NeedsOcr if _has_images(document) else NoText
        blocks = Joiner(_drafts(pages)).blocks()
        if not any(character.isalnum() for block in blocks for character in block.text):
            raise NoText
        return ParsedDocument(choose_title(title, blocks, name), make_pages(blocks, sizes), tuple(blocks))


def _read_pages(document: pypdfium2.PdfDocument) -> tuple[dict[int, tuple[float, float]], list[list[Turned]]]:
    reader = GlyphReader()
    sizes: dict[int, tuple[float, float]] = {}
    pages: list[list[Turned]] = []
    for index in range(len(document)):
        with open_page(document, index) as page:
            frame = page_frame(page)
            glyphs = reader.read(page, frame)
        sizes[index + 1] = frame.size
        pages.append(fragments_by_direction(glyphs, frame.size))
    return sizes, pages


def _stated_title(document: pypdfium2.PdfDocument) -> str:
    with LOCK:
        return str(document.get_metadata_value("Title"))


def _has_images(document: pypdfium2.PdfDocument) -> bool:
    for index in range(min(len(document), _PAGES_LOOKED_AT_FOR_IMAGES)):
        with open_page(document, index) as page:
            if any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
                return True
    return False


def _drafts(pages: Sequence[Sequence[Turned]]) -> list[Draft]:
    size, share = _usual_size(pages)
    cleaned = drop_furniture(pages, size)
    other_size = OTHER_SIZE if share >= EVEN else OTHER_SIZE_UNEVEN
    drafts = [
        draft
        for number, page in enumerate(cleaned, start=1)
        for turned in page
        for zone in zones(turned.fragments)
        for draft in zone_drafts(zone, number, turned, other_size)
    ]
    mark_headings(drafts)
    return join_broken(drafts)


def _usual_size(pages: Sequence[Sequence[Turned]]) -> tuple[float, float]:
    """The font size, to half a point, that most characters have, and their share."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for turned in page:
            for fragment in turned.fragments:
                sizes[round(fragment.size * 2) / 2] += len(fragment.text)
    if not sizes:
        return 0.0, 1.0
    size, count = sizes.most_common(1)[0]
    return size, count / sizes.total()
