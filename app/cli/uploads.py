"""Uploads files and waits until each has been read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import Output
from app.cli.own_worker import OwnWorker
from app.cli.shapes import IngestShape
from ingest.errors import FootnoteError, NotFound
from ingest.model import Receipt, Version, VersionStatus

if TYPE_CHECKING:
    from app.application import Application

POLL_SECONDS = 0.2
FINAL = (VersionStatus.INDEXED, VersionStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Uploads:
    """One call of `footnote ingest`.

    Attributes:
        application: Takes the files.
        output: Shows progress.
        collection: Where the documents go.
        tags: What they are marked with.
    """

    application: Application
    output: Output
    collection: str
    tags: tuple[str, ...]

    def run(self, files: Sequence[Path], worker: OwnWorker | None) -> Iterator[IngestShape]:
        """Upload all files, then yield one shape a file in their order, each as soon as it is known.

        Args:
            files: The files.
            worker: Works where nobody else does; `None` to wait for nothing.
        """
        receipts = [(file, self._upload(file)) for file in files]
        for place, (file, receipt) in enumerate(receipts, 1):
            yield self._outcome(file, receipt, worker, f"{place} of {len(files)}")

    def _upload(self, file: Path) -> Receipt | FootnoteError:
        try:
            return self.application.upload_path(file, collection=self.collection, tags=self.tags)
        except FootnoteError as error:
            return error

    def _outcome(
        self, file: Path, receipt: Receipt | FootnoteError, worker: OwnWorker | None, place: str
    ) -> IngestShape:
        if isinstance(receipt, FootnoteError):
            return _failed(file, None, str(receipt))
        try:
            version = self._read(receipt.version_id, worker, f"{file.name} ({place})")
        except NotFound:
            return _failed(file, receipt.version, "The document was deleted before it was read.")
        if version.status is VersionStatus.FAILED:
            return _failed(file, version.number, version.error)
        return _read_or_queued(file, version, receipt.unchanged)

    def _read(self, version_id: int, worker: OwnWorker | None, label: str) -> Version:
        version = self.application.version(version_id)
        while worker and version.status not in FINAL:
            worker.attend()
            self.output.progress(f"Reading {label}{_pages(version)}")
            time.sleep(POLL_SECONDS)
            version = self.application.version(version_id)
        self.output.progress("")
        return version


def _pages(version: Version) -> str:
    return f": {version.pages_done} of {version.pages} pages" if version.pages else ""


def _failed(file: Path, version: int | None, error: str) -> IngestShape:
    return IngestShape(
        path=str(file),
        document=file.name,
        version=version,
        status="failed",
        pages=0,
        chunks=0,
        seconds=0.0,
        error=error,
    )


def _read_or_queued(file: Path, version: Version, unchanged: bool) -> IngestShape:
    done = version.status is VersionStatus.INDEXED
    return IngestShape(
        path=str(file),
        document=version.name,
        version=version.number,
        status="unchanged" if unchanged else "indexed" if done else "queued",
        pages=version.pages,
        chunks=version.chunks,
        seconds=version.seconds,
        error=None,
    )
