"""What a person can do with Footnote, as one object that every entry point (CLI, UI, worker) uses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from retrieval.library import DeleteReceipt
from generation.model import Answer, AnswerSentence
from ingest.model import Page, Receipt, Region, Scope, Version
from retrieval.model import Filters, Hit


class Application:
    """The use cases. Made by `app.wiring.open_application`; close it (or use it as a context manager)."""

    def upload(
        self,
        stream: BinaryIO,
        name: str,
        *,
        collection: str = "default",
        tags: Sequence[str] = (),
        scope: Scope = Scope(),
    ) -> Receipt:
        """Check and store a file and queue its ingestion; returns at once.

        Raises:
            Permanent: Empty, too large, or not a supported format. Transient: Disk full, database away.
        """
        ...

    def upload_path(
        self, path: Path, *, collection: str = "default", tags: Sequence[str] = (), scope: Scope = Scope()
    ) -> Receipt:
        """Upload a local file. Raises also: ChangedWhileReading."""
        ...

    def library(self, scope: Scope = Scope()) -> list[Version]:
        """The newest version of every document, newest upload first."""
        ...

    def version(self, version_id: int, scope: Scope = Scope()) -> Version:
        """One version with status and progress. Raises: NotFound."""
        ...

    def find(self, name: str, scope: Scope = Scope()) -> Version:
        """By document name or id. Raises: NotFound."""
        ...

    def delete(self, document_id: int, scope: Scope = Scope()) -> DeleteReceipt:
        """Delete a document and everything made from it. Raises: NotFound."""
        ...

    def search(self, question: str, *, filters: Filters = Filters(), k: int = 10, scope: Scope = Scope()) -> list[Hit]:
        """Ranked hits. Raises: InvalidQuestion."""
        ...

    def ask(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        scope: Scope = Scope(),
        on_sentence: Callable[[AnswerSentence], None] | None = None,
    ) -> Answer:
        """Answer with verified, cited sentences, or abstain.

        Args:
            question: 1 to `Settings.question_limit` characters.
            filters: Where to look.
            scope: Who asks.
            on_sentence: Called with each sentence as soon as it is verified.

        Raises:
            InvalidQuestion: Empty or too long.
        """
        ...

    def page(self, version_id: int, number: int, scope: Scope = Scope()) -> Page:
        """One page's size and text. Raises: NotFound."""
        ...

    def page_image(self, version_id: int, number: int, *, scale: float = 2.0, scope: Scope = Scope()) -> bytes | None:
        """The page rendered to PNG, `scale` pixels a point; `None` for formats without geometry. Raises: NotFound."""
        ...

    def run_worker(self, *, until_idle: bool = False) -> None:
        """Work on queued jobs until stopped (or until none is left)."""
        ...
