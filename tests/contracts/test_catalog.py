"""The contract of `Intake` and `VersionWriter`."""

import numpy as np
import pytest

from ingest.model import Box, Page, Region, VersionStatus
from retrieval.model import Filters
from tests.contracts.stores import ME, Store, chunk, directions, first_axis


def texts_found(store: Store, question: str) -> list[str]:
    hits = store.lexical.search(question, ME, Filters(), 10)
    return [one.text for one in store.passages.passages([hit.chunk_id for hit in hits], ME)]


def test_a_new_upload_is_version_one_and_waits(store: Store) -> None:
    receipt = store.upload("handbook.pdf", tags=["hr", "2024", "hr"])
    version = store.writer.version(receipt.version_id)
    assert version is not None
    assert (receipt.version, receipt.unchanged) == (1, False)
    assert (version.name, version.collection, version.file_type) == ("handbook.pdf", "default", "pdf")
    assert version.tags == ("2024", "hr")
    assert version.status is VersionStatus.QUEUED
    assert version.uploaded_at.tzinfo is not None


def test_the_same_content_again_changes_nothing(store: Store) -> None:
    first = store.upload(content="a")
    again = store.upload(content="a")
    assert again.unchanged
    assert (again.document_id, again.version_id, again.version) == (first.document_id, first.version_id, 1)


def test_other_content_under_the_same_name_is_the_next_version(store: Store) -> None:
    first, second = store.upload(content="a"), store.upload(content="b")
    assert second.document_id == first.document_id
    assert (second.version, second.unchanged) == (2, False)


def test_going_back_to_an_older_content_is_a_new_version(store: Store) -> None:
    store.upload(content="a")
    store.upload(content="b")
    assert store.upload(content="a").version == 3


def test_the_same_name_in_another_collection_is_another_document(store: Store) -> None:
    assert store.upload(collection="one").document_id != store.upload(collection="two").document_id


def test_a_failed_version_is_tried_again_by_uploading_again(store: Store) -> None:
    first = store.upload(content="a")
    store.writer.fail(first.version_id, "The file is damaged.")
    again = store.upload(content="a")
    assert (again.version, again.unchanged) == (2, False)


def test_tags_stay_unless_the_upload_names_new_ones(store: Store) -> None:
    store.upload(content="a", tags=["hr"])
    kept = store.writer.version(store.upload(content="b").version_id)
    changed = store.writer.version(store.upload(content="c", tags=["it"]).version_id)
    assert kept is not None
    assert changed is not None
    assert (kept.tags, changed.tags) == (("hr",), ("it",))


def test_progress_is_a_status_and_a_count_of_pages(store: Store) -> None:
    version_id = store.upload().version_id
    store.writer.start(version_id, 0)
    store.writer.start(version_id, 7)
    store.writer.advance(version_id, 3)
    version = store.writer.version(version_id)
    assert version is not None
    assert (version.status, version.pages, version.pages_done) == (VersionStatus.WORKING, 7, 3)


def test_a_failure_keeps_its_words(store: Store) -> None:
    version_id = store.upload().version_id
    store.writer.start(version_id, 0)
    store.writer.fail(version_id, "The PDF has no pages.")
    version = store.writer.version(version_id)
    assert version is not None
    assert (version.status, version.error) == (VersionStatus.FAILED, "The PDF has no pages.")


def test_a_completed_version_is_found_and_read_back_exactly(store: Store) -> None:
    version_id = store.upload().version_id
    chunks = [chunk(0, "Twelve days of casual leave.", ("Leave", "Casual leave")), chunk(1, "Nothing else.")]
    pages = [Page(1, 595.28, 841.8898, "first"), Page(2, 0.0, 0.0, "")]
    store.writer.complete(version_id, "Handbook", pages, chunks, directions(2))
    version = store.writer.version(version_id)
    assert version is not None
    assert (version.status, version.title, version.pages, version.pages_done, version.chunks) == (
        VersionStatus.INDEXED, "Handbook", 2, 2, 2,
    )  # fmt: skip
    assert store.library.chunks(version_id, ME) == chunks
    assert [store.library.page(version_id, number, ME) for number in (1, 2)] == pages
    assert texts_found(store, "casual") == [chunks[0].text]
    assert len(store.vectors.search(first_axis(), ME, Filters(), 10)) == 2


def test_completing_twice_stores_once(store: Store) -> None:
    version_id = store.upload().version_id
    store.complete(version_id, ["leave days", "travel costs"])
    before = store.vectors.search(first_axis(), ME, Filters(), 10)
    store.complete(version_id, ["leave days", "travel costs"])
    assert store.vectors.search(first_axis(), ME, Filters(), 10) == before
    assert len(before) == 2
    assert len(store.library.chunks(version_id, ME)) == 2


def test_completing_a_version_that_never_was_stores_nothing(store: Store) -> None:
    store.complete(4_711, ["leave days"])
    assert store.vectors.search(first_axis(), ME, Filters(), 10) == []


def test_the_older_version_is_found_until_the_newer_one_is_ready(store: Store) -> None:
    old = store.upload(content="a").version_id
    store.complete(old, ["twelve days of leave"])
    new = store.upload(content="b").version_id
    store.writer.start(new, 1)
    assert texts_found(store, "leave") == ["twelve days of leave"]
    store.complete(new, ["fifteen days of leave"])
    assert texts_found(store, "leave") == ["fifteen days of leave"]
    assert len(store.vectors.search(first_axis(), ME, Filters(), 10)) == 1
    assert [one.text for one in store.library.chunks(old, ME)] == ["twelve days of leave"]


def test_a_failed_newer_version_leaves_the_older_one_in_place(store: Store) -> None:
    store.complete(store.upload(content="a").version_id, ["twelve days of leave"])
    store.writer.fail(store.upload(content="b").version_id, "The file is damaged.")
    assert texts_found(store, "leave") == ["twelve days of leave"]


def test_an_older_version_that_comes_late_stores_nothing(store: Store) -> None:
    old, new = store.upload(content="a").version_id, store.upload(content="b").version_id
    store.complete(new, ["fifteen days of leave"])
    store.complete(old, ["twelve days of leave"])
    version = store.writer.version(old)
    assert version is not None
    assert version.status is VersionStatus.FAILED
    assert "newer version" in version.error
    assert texts_found(store, "leave") == ["fifteen days of leave"]
    assert store.library.chunks(old, ME) == []


def test_what_is_indexed_cannot_be_undone_by_a_late_worker(store: Store) -> None:
    version_id = store.upload().version_id
    store.complete(version_id, ["leave days"])
    store.writer.start(version_id, 0)
    store.writer.advance(version_id, 0)
    store.writer.fail(version_id, "too late")
    version = store.writer.version(version_id)
    assert version is not None
    assert (version.status, version.pages_done, version.error) == (VersionStatus.INDEXED, 1, "")


@pytest.mark.parametrize(
    "name", ["Überstunden & 'Ruhe'.pdf", '"quoted".pdf', "100%s_%(x)s.pdf", "休暇😀.pdf", "a\\b;--.pdf"]
)
def test_any_name_is_kept(store: Store, name: str) -> None:
    receipt = store.add(name, ["leave days"])
    assert store.library.find(name, ME).id == receipt.version_id
    assert len(store.lexical.search("leave", ME, Filters(documents=(name,)), 5)) == 1


def test_sentences_without_geometry_are_kept(store: Store) -> None:
    version_id = store.upload().version_id
    one = chunk(0, "leave days")
    assert one.sentences[0].regions[1] == Region(2)
    assert one.sentences[0].regions[0].boxes[0] == Box(72.0, 100.25, 300.5, 112.75)
    store.writer.complete(version_id, "", [], [one], np.eye(1, 8, dtype=np.float32))
    assert store.library.chunks(version_id, ME)[0].sentences == one.sentences
