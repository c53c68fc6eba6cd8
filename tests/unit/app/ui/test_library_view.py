from datetime import UTC, datetime

import pytest

from app.ui.library_view import (
    deletion_words,
    document_view,
    in_progress,
    parse_tags,
    plural,
    progress_words,
    summary,
    upload_words,
)
from ingest.model import Receipt, VersionStatus
from retrieval.library import DeleteReceipt
from tests.unit.app.ui.samples import version


def test_a_document_being_read_shows_its_pages() -> None:
    view = document_view(version(VersionStatus.WORKING))
    assert (view.status, view.status_words, view.progress) == ("working", "Being read", 35)
    assert view.progress_words == "12 of 34 pages"
    assert not any("passage" in detail for detail in view.details)


def test_a_ready_document_shows_what_it_holds() -> None:
    view = document_view(version(tags=("hr",), collection="people", number=3))
    assert view.details[:3] == ("34 pages", "50 passages", "version 3")
    assert view.details[3].startswith("uploaded 4 Mar 2026")
    assert view.labels == ("PDF", "people", "#hr")
    assert (view.progress, view.progress_words, view.error) == (-1, "", "")


def test_a_failed_document_says_why() -> None:
    view = document_view(version(VersionStatus.FAILED, error="It needs OCR.", pages=0))
    assert (view.status_words, view.error, view.progress) == ("Failed", "It needs OCR.", -1)


def test_an_error_of_an_earlier_try_is_not_shown_once_ready() -> None:
    assert document_view(version(error="old")).error == ""


@pytest.mark.parametrize(
    ("status", "pages", "words"),
    [
        (VersionStatus.QUEUED, 0, "waiting for a worker"),
        (VersionStatus.WORKING, 0, "opening the file"),
        (VersionStatus.WORKING, 34, "12 of 34 pages"),
        (VersionStatus.INDEXED, 34, ""),
    ],
)
def test_progress_in_words(status: VersionStatus, pages: int, words: str) -> None:
    assert progress_words(version(status, pages=pages)) == words


def test_what_is_in_progress() -> None:
    busy = [status for status in VersionStatus if in_progress(version(status))]
    assert busy == [VersionStatus.QUEUED, VersionStatus.WORKING]


def test_upload_and_deletion_in_words() -> None:
    assert upload_words("a.pdf", Receipt(1, 1, 1, True)) == "a.pdf: unchanged, already in the library."
    assert upload_words("a.pdf", Receipt(1, 1, 1, False)) == "a.pdf: uploaded."
    assert "version 2" in upload_words("a.pdf", Receipt(1, 2, 2, False))
    receipt = DeleteReceipt("a.pdf", 2, 1, 1204, 1204, ("x",), datetime.now(UTC))
    assert deletion_words(receipt) == (
        "a.pdf was deleted: 2 versions, 1 page, 1,204 passages, 1,204 vectors and 1 stored file removed."
    )


def test_small_words() -> None:
    assert parse_tags(" hr, 2026 ,,hr") == ("hr", "2026")
    assert plural(0, "page") == "0 pages"
    versions = [version(), version(VersionStatus.QUEUED, pages=0)]
    assert summary(versions) == "2 documents · 34 pages · 1 in progress"
