"""Uploads, deletions and sweeps of the same content at once: a recorded file is always there."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import pytest

from infra.blobs import FileBlobStore
from infra.postgres.catalog import Catalog
from infra.postgres.errors import Away
from infra.postgres.library import PgLibrary
from infra.postgres.server import Database
from ingest.model import Receipt, Upload
from tests.contracts.stores import ME, digest, postgres_store

CONTENT = b"the same content in every upload"


@pytest.fixture
def two(new_database: Callable[[], str]) -> Iterator[tuple[Database, Database]]:
    """The pools of two processes on one database."""
    url = new_database()
    with ExitStack() as stack:
        yield stack.enter_context(Database(url)), stack.enter_context(Database(url))


def upload(database: Database, store: FileBlobStore, name: str) -> Receipt:
    with store.stage(io.BytesIO(CONTENT), 1_000) as staged:
        return Catalog(database).add(Upload(name, "default", "txt", (), staged.blob), staged.place)


def test_whatever_the_order_a_recorded_file_is_there_and_no_other(
    two: tuple[Database, Database], tmp_path: Path
) -> None:
    first, second = two
    ours, theirs = FileBlobStore(tmp_path), FileBlobStore(tmp_path)
    library = PgLibrary(second)
    old = upload(first, ours, "0.txt")
    for number in range(1, 60):
        start = Barrier(2)

        def delete(document_id: int = old.document_id, start: Barrier = start) -> None:
            start.wait()
            library.delete(document_id, ME, theirs.delete)
            for one in tmp_path.glob("??/*"):
                library.release(one.name, theirs.delete)

        with ThreadPoolExecutor(1) as pool:
            deletion = pool.submit(delete)
            start.wait()
            old = upload(first, ours, f"{number}.txt")
            deletion.result(30)
        (version,) = library.versions(ME)
        assert ours.path(version.blob.sha256).read_bytes() == CONTENT
    library.delete(old.document_id, ME, theirs.delete)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_sweep_takes_the_file_that_no_version_refers_to(database: Database, tmp_path: Path) -> None:
    library, kept = PgLibrary(database), postgres_store(database).upload(content="kept")
    removed: list[str] = []
    assert kept.version == 1
    assert not library.release(digest("kept"), removed.append)
    assert library.release(digest("left over"), removed.append)
    assert removed == [digest("left over")]


def test_a_deletion_counts_even_when_its_file_must_wait(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = postgres_store(database)
    document_id = store.upload().document_id

    def away(*_: object) -> bool:
        raise Away

    monkeypatch.setattr("infra.postgres.library.is_unused", away)
    assert store.library.delete(document_id, ME).blobs == ()
    assert store.library.versions(ME) == []
