"""What ingestion needs from outside; adapters live in `infra`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.model import Blob, Chunk, Page, ParsedDocument, Receipt, Upload, Version

Vectors = NDArray[np.float32]


def nothing(*_: object) -> None:
    """Does nothing: for catalog entries without a file."""


class Parser(Protocol):
    """Reads one file format."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Read the file at `path`, uploaded under `name`.

        Raises:
            Permanent: One of its subclasses, with words for the person, when the file cannot be used.
        """
        ...


class Tokenizer(Protocol):
    """Counts in the embedder's own tokens."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        ...


class Embedder(Tokenizer, Protocol):
    """Turns texts into unit vectors."""

    @property
    def model_name(self) -> str:
        """Identifies model and weights; stored beside the vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens, special tokens included; longer input is cut."""
        ...

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages.

        Args:
            texts: Passages.
            progress: Called with the number of texts done so far, after each batch.

        Returns:
            float32 array of shape (len(texts), dimension), rows of unit length, in the order of `texts`.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Embed a question: float32 array of shape (dimension,), of unit length."""
        ...


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that has been copied but cannot be found yet.

    Attributes:
        blob: Its hash and size.
        place: Makes it durable under its hash, whether or not there is such a file; call it once, while nobody can
            remove what has this hash (`Intake.add` sees to that).
    """

    blob: Blob
    place: Callable[[], None]


class BlobStore(Protocol):
    """Keeps uploaded files by content hash."""

    def stage(self, stream: BinaryIO, limit: int) -> AbstractContextManager[Staged]:
        """Copy a stream; what has not been placed when the context ends is removed.

        Raises:
            TooLarge: More than `limit` bytes. EmptyFile: none. DiskFull: no space; nothing is left behind.
        """
        ...

    def path(self, sha256: str) -> Path:
        """A local path to read the file from.

        Raises:
            NotFound: No such blob.
        """
        ...

    def delete(self, sha256: str) -> None:
        """Remove a blob; nothing happens when it is absent."""
        ...


class VersionWriter(Protocol):
    """The job's side of the catalog. Every method is one transaction."""

    def version(self, version_id: int) -> Version | None:
        """The version, or `None` when it has been deleted meanwhile."""
        ...

    def start(self, version_id: int, pages: int) -> None:
        """Mark the version as working on `pages` pages (0 while unknown)."""
        ...

    def advance(self, version_id: int, pages_done: int) -> None:
        """Record progress in pages."""
        ...

    def complete(
        self, version_id: int, title: str, pages: Sequence[Page], chunks: Sequence[Chunk], vectors: Vectors
    ) -> None:
        """Store everything found and make this version the searchable one, replacing the one before; idempotent.

        Args:
            version_id: The version; nothing is stored when it has been deleted or superseded by a newer indexed one.
            title: The document's title.
            pages: Its pages.
            chunks: Its chunks.
            vectors: float32 array of shape (len(chunks), dimension), row i for chunk i.
        """
        ...

    def fail(self, version_id: int, message: str) -> None:
        """Mark the version as failed with words for the person."""
        ...


class Intake(Protocol):
    """The uploader's side of the catalog."""

    def add(self, upload: Upload, place: Callable[[], None] = nothing) -> Receipt:
        """In one transaction: collection and document rows where they are new, the version row, and its job.

        The same content as the document's newest version (unless that one failed) adds nothing: `Receipt.unchanged`.

        Args:
            upload: The file.
            place: Puts it under its hash. Until the transaction has ended no deletion removes what has this hash.
        """
        ...
