"""What the page shows of a source, ready for the browser."""

import base64
import re
from dataclasses import dataclass
from typing import Protocol

from app.ui.notes import page_label
from app.ui.source import Source, boxes_on, quoted_pages
from ingest.errors import FootnoteError, NotFound
from ingest.model import Box, Page, Version

SCALE = 2.0
GONE = "This page is no longer there: the document was replaced or deleted after the answer was given."
_WORD = re.compile(r"\w+")


class Pages(Protocol):
    """The part of the application that shows pages."""

    def version(self, version_id: int) -> Version:
        """One version. Raises: NotFound."""
        ...

    def page(self, version_id: int, number: int) -> Page:
        """One page's size and text. Raises: NotFound."""
        ...

    def page_image(self, version_id: int, number: int, *, scale: float = ...) -> bytes | None:
        """The page as PNG; `None` for formats without geometry. Raises: NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of a page's text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class PageView:
    """A page: a picture with boxes in points, or (without a picture) its text in parts."""

    number: int
    width: float
    height: float
    image: str
    boxes: tuple[Box, ...]
    parts: tuple[TextPart, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """An opened source. `previous` and `next` are page numbers, 0 where there is none."""

    anchor: str
    label: str
    document: str
    where: str
    quote: str
    pages: tuple[PageView, ...]
    previous: int
    next: int
    away: bool
    error: str


def source_view(application: Pages, source: Source) -> SourceView:
    """Fetch the pages of a source; a document deleted meanwhile gives a view with `error` in words."""
    try:
        total = application.version(source.version_id).pages
        pages = tuple(_page_view(application, source, number) for number in source.pages)
    except NotFound:
        return _view(source, (), 0, GONE)
    except FootnoteError as error:
        return _view(source, (), 0, str(error))
    return _view(source, pages, total, "")


def mark_quote(text: str, quote: str) -> tuple[TextPart, ...]:
    """Cut a text into parts with the quote marked.

    Words must agree; what stands between them (line breaks, Markdown signs, spaces) may differ. A quote that does not
    occur leaves the text in one unmarked part.
    """
    words = _WORD.findall(quote)
    pattern = r"[\W_]+".join(re.escape(word) for word in words)
    found = re.search(rf"(?<!\w){pattern}(?!\w)[.!?]?", text) if words else None
    if found is None:
        return (TextPart(text, False),)
    pieces = ((text[: found.start()], False), (found.group(), True), (text[found.end() :], False))
    return tuple(TextPart(piece, marked) for piece, marked in pieces if piece)


def _page_view(application: Pages, source: Source, number: int) -> PageView:
    page = application.page(source.version_id, number)
    picture = application.page_image(source.version_id, number, scale=SCALE)
    if picture is None:
        return PageView(number, 0.0, 0.0, "", (), mark_quote(page.text, source.quote))
    image = "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
    return PageView(number, page.width, page.height, image, boxes_on(source, number), ())


def _view(source: Source, pages: tuple[PageView, ...], total: int, error: str) -> SourceView:
    first, last = source.pages[0], source.pages[-1]
    of = f" of {total}" if total else ""
    version = f" · version {source.version}" if source.version > 1 else ""
    return SourceView(
        anchor=source.anchor,
        label=source.label,
        document=source.document,
        where=page_label(source.pages) + of + version,
        quote=source.quote,
        pages=pages,
        previous=first - 1,
        next=last + 1 if last < total else 0,
        away=not set(source.pages) & set(quoted_pages(source.regions)),
        error=error,
    )
