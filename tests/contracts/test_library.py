"""The contract of `Library`."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from ingest.errors import NotFound
from ingest.model import Receipt, Scope
from retrieval.library import DeleteReceipt
from tests.contracts.stores import ME, Store, digest


def test_the_newest_version_of_each_document_newest_first(store: Store) -> None:
    store.upload("a.pdf", content="1")
    store.upload("b.pdf", content="2")
    store.upload("a.pdf", content="3")
    assert [(one.name, one.number) for one in store.library.versions(ME)] == [("a.pdf", 2), ("b.pdf", 1)]


def test_an_empty_library(store: Store) -> None:
    assert store.library.versions(ME) == []


def test_documents_are_found_by_name_and_by_id(store: Store) -> None:
    store.upload("a.pdf", content="1")
    receipt = store.upload("a.pdf", content="2")
    assert store.library.find("a.pdf", ME).id == receipt.version_id
    assert store.library.find(str(receipt.document_id), ME).id == receipt.version_id


def test_a_name_of_digits_goes_before_an_id(store: Store) -> None:
    first = store.upload("a.pdf", content="1")
    named = store.upload(str(first.document_id), content="2")
    assert store.library.find(str(first.document_id), ME).id == named.version_id


@pytest.mark.parametrize("name", ["nothing", "", "999999", "9" * 40, "\x00", "²"])
def test_an_unknown_name_is_not_found(store: Store, name: str) -> None:
    with pytest.raises(NotFound):
        store.library.find(name, ME)


def test_what_is_out_of_scope_does_not_exist(store: Store) -> None:
    receipt = store.add("a.pdf", ["text"], collection="hr")
    store.restrict("hr", ["user:ann"])
    calls: list[Callable[[], object]] = [
        lambda: store.library.version(receipt.version_id, ME),
        lambda: store.library.find("a.pdf", ME),
        lambda: store.library.page(receipt.version_id, 1, ME),
        lambda: store.library.chunks(receipt.version_id, ME),
        lambda: store.library.delete(receipt.document_id, ME),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert store.library.versions(ME) == []
    assert [one.id for one in store.library.versions(Scope("ann"))] == [receipt.version_id]


def test_a_missing_page_is_not_found(store: Store) -> None:
    receipt = store.add("a.pdf", ["text"])
    assert store.library.page(receipt.version_id, 1, ME).text == "text"
    for number in (0, 2, -1):
        with pytest.raises(NotFound):
            store.library.page(receipt.version_id, number, ME)


def test_a_deletion_counts_what_it_removed(store: Store) -> None:
    old = store.upload(content="a")
    store.complete(old.version_id, ["one", "two"])
    new = store.upload(content="b")
    store.complete(new.version_id, ["one", "two", "three"])
    receipt = store.library.delete(new.document_id, ME)
    assert (receipt.document, receipt.versions) == ("handbook.pdf", 2)
    assert (receipt.pages, receipt.chunks, receipt.vectors) == (5, 5, 3)
    assert receipt.blobs == ("61".ljust(64, "0"), "62".ljust(64, "0"))
    assert receipt.deleted_at.tzinfo is not None
    with pytest.raises(NotFound):
        store.library.delete(new.document_id, ME)
    assert store.writer.version(new.version_id) is None


def test_a_file_that_another_document_has_too_is_kept(store: Store) -> None:
    first = store.upload("a.pdf", content="same")
    second = store.upload("b.pdf", content="same")
    assert store.library.delete(first.document_id, ME).blobs == ()
    assert store.library.delete(second.document_id, ME).blobs == (b"same".hex().ljust(64, "0"),)


def test_only_files_that_nobody_refers_to_are_removed(store: Store) -> None:
    removed: list[str] = []
    first = store.upload("a.pdf", content="same")
    second = store.upload("b.pdf", content="same")
    store.library.delete(first.document_id, ME, removed.append)
    assert removed == []
    store.library.delete(second.document_id, ME, removed.append)
    assert removed == [digest("same")]


def test_a_file_whose_upload_is_being_recorded_is_not_removed(store: Store) -> None:
    old = store.upload("old.pdf", content="same")
    with ThreadPoolExecutor(1) as pool:
        removed: list[str] = []
        deletions: list[Future[DeleteReceipt]] = []

        def place() -> None:
            deletions.append(pool.submit(store.library.delete, old.document_id, ME, removed.append))
            with suppress(TimeoutError):
                deletions[0].result(0.5)

        store.upload("new.pdf", content="same", place=place)
        assert deletions[0].result(10).blobs == ()
    assert removed == []
    assert [one.name for one in store.library.versions(ME)] == ["new.pdf"]


def test_an_upload_during_a_removal_puts_the_file_back_afterwards(store: Store) -> None:
    old = store.upload("old.pdf", content="same")
    done: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        uploads: list[Future[Receipt]] = []

        def remove(sha256: str) -> None:
            place = partial(done.append, "placed")
            uploads.append(pool.submit(lambda: store.upload("new.pdf", content="same", place=place)))
            with suppress(TimeoutError):
                uploads[0].result(0.5)
            done.append("removed")

        assert store.library.delete(old.document_id, ME, remove).blobs == (digest("same"),)
        uploads[0].result(10)
    assert done == ["removed", "placed"]


def test_of_two_documents_deleted_at_once_no_file_is_left(store: Store) -> None:
    for _ in range(10):
        documents = [store.upload(name, content="same").document_id for name in ("a.pdf", "b.pdf")]
        removed: list[str] = []
        with ThreadPoolExecutor(2) as pool:
            receipts = list(pool.map(partial(store.library.delete, scope=ME, remove=removed.append), documents))
        assert set(removed) == {digest("same")}
        assert sorted(blob for one in receipts for blob in one.blobs) == removed


def test_a_job_that_runs_during_a_deletion_stores_nothing(store: Store) -> None:
    receipt = store.upload()
    store.writer.start(receipt.version_id, 3)
    store.library.delete(receipt.document_id, ME)
    store.writer.advance(receipt.version_id, 1)
    store.complete(receipt.version_id, ["text"])
    store.writer.fail(receipt.version_id, "too late")
    assert store.writer.version(receipt.version_id) is None
    assert store.library.versions(ME) == []


def test_a_deleted_name_begins_anew(store: Store) -> None:
    first = store.upload(content="a")
    store.library.delete(first.document_id, ME)
    again = store.upload(content="a")
    assert (again.version, again.unchanged) == (1, False)
    assert again.document_id != first.document_id
