"""Opening PDFs with pdfium: one lock, errors in the project's words, objects closed in order."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.errors import Damaged, NoPages, PasswordProtected

LOCK: Final = RLock()
"""pdfium is one C library with global state of its own and is not thread-safe. Whoever calls it holds this lock.
It is the only object shared by parsing and rendering; it guards the library, not data of ours."""

_PASSWORD_ERRORS = frozenset({pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY})


@contextmanager
def open_pdf(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF, trying the empty password, and close it afterwards. Hold `LOCK` around each use of the document.

    Raises:
        PasswordProtected: It opens only with a password.
        Damaged: pdfium cannot read it.
        NoPages: It has no page.
    """
    with LOCK:
        document = _open(path)
    try:
        yield document
    finally:
        with LOCK:
            document.close()


def _open(path: Path) -> pypdfium2.PdfDocument:
    # not by PdfDocument(path): it takes pdfium's last error, which may be an older one, for the cause of "no pages"
    handle = pdfium.FPDF_LoadDocument(os.fsencode(path), b"")
    if not handle:
        raise PasswordProtected if pdfium.FPDF_GetLastError() in _PASSWORD_ERRORS else Damaged
    if pdfium.FPDF_GetPageCount(handle) < 1:
        pdfium.FPDF_CloseDocument(handle)
        raise NoPages
    return pypdfium2.PdfDocument(handle)


@contextmanager
def open_page(document: pypdfium2.PdfDocument, index: int) -> Iterator[pypdfium2.PdfPage]:
    """Load one page while holding `LOCK` and close it afterwards.

    Raises:
        Damaged: The page cannot be loaded, or pdfium fails to work on it within the `with` block.
    """
    with LOCK:
        try:
            page = document[index]
            try:
                yield page
            finally:
                page.close()
        except pypdfium2.PdfiumError as error:
            raise Damaged from error
