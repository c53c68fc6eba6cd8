"""What a person can do with Footnote, as one object that every entry point (CLI, UI, worker) uses."""

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self

from app.watched import Watched
from app.workshop import Workshop
from generation.answer import Answerer
from generation.model import Answer, Evidence
from generation.writing import NOBODY, Audience
from ingest.errors import InvalidQuestion, Permanent
from ingest.model import Page, Receipt, Scope, Upload, Version
from ingest.parse.detect import detect_type
from ingest.parse.render import render_page
from ingest.ports import BlobStore, Intake, nothing
from retrieval.indexes import IndexChoice
from retrieval.library import DeleteReceipt, Library, Maintenance, StoreStatus
from retrieval.model import Filters, Hit, Query
from retrieval.search import Retriever, one_a_page
from retrieval.switch import SwitchReport
from retrieval.tuning.model import TuneReport, TuneRequest
from retrieval.window import windows

logger = logging.getLogger(__name__)

HEAD = 64 * 1024
SHOWN_HITS = 10
LONGEST_NAME = 200
EVERYBODY = Scope()
NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted: bytes of an upload, characters of a question."""

    upload_bytes: int
    question_characters: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The adapters behind the use cases; models are loaded when they are first asked for.

    `index_choice` is what searches the vectors, `indexed` counts what it holds, `index_bytes` its files; `switch_index`
    makes another choice search, built anew where that is needed, or in any case when its second argument is true;
    `tune` has it searched as cheaply as a recall target allows (its second argument is told how far it is). `reembed`
    queues every document whose vectors come from another model than the one set, and says how many.
    """

    blobs: BlobStore
    intake: Intake
    library: Library
    maintenance: Maintenance
    retriever: Callable[[], Retriever]
    answerer: Callable[[], Answerer]
    workshop: Callable[[], Workshop]
    index_choice: Callable[[], IndexChoice]
    indexed: Callable[[], int]
    index_bytes: Callable[[], int | None]
    switch_index: Callable[[IndexChoice, bool], SwitchReport]
    tune: Callable[[TuneRequest, Callable[[str], None]], TuneReport]
    reembed: Callable[[], int]
    limits: Limits
    window_hits: int
    clock: Callable[[], float]


class Application:
    """The use cases. Made by `app.wiring.open_application`; close it (or use it as a context manager)."""

    def __init__(self, parts: Parts, resources: ExitStack) -> None:
        self._parts = parts
        self._resources = resources

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and of the model server."""
        self._resources.close()

    def upload(
        self,
        stream: BinaryIO,
        name: str,
        *,
        collection: str = "default",
        tags: Sequence[str] = (),
        scope: Scope = EVERYBODY,
    ) -> Receipt:
        """Check and store a file and queue its ingestion; returns at once.

        Args:
            stream: The file, seekable, at its start.
            name: Its name; folders in front of it are dropped.
            collection: Where it goes; made when it is new.
            tags: Words to filter by.
            scope: Who uploads.

        Raises:
            Permanent: Empty, too large, or not a supported format. Transient: Disk full, database away.
        """
        del scope  # everybody may upload until collections have writers
        named = _file_name(name)
        file_type = detect_type(stream.read(HEAD), named)
        stream.seek(0)
        labels = tuple(sorted({tag.strip()[:LONGEST_NAME] for tag in tags if tag.strip()}))
        shelf = collection.strip()[:LONGEST_NAME] or "default"
        with self._parts.blobs.stage(stream, self._parts.limits.upload_bytes) as staged:
            return self._parts.intake.add(Upload(named, shelf, file_type, labels, staged.blob), staged.place)

    def upload_path(
        self, path: Path, *, collection: str = "default", tags: Sequence[str] = (), scope: Scope = EVERYBODY
    ) -> Receipt:
        """Upload a local file. Raises also: ChangedWhileReading."""
        try:
            with path.open("rb") as stream:
                before = os.fstat(stream.fileno())
                watched = Watched(stream, before)
                return self.upload(watched, path.name, collection=collection, tags=tags, scope=scope)  # type: ignore[arg-type]
        except IsADirectoryError as error:
            raise Permanent(f"{path} is a folder, not a file.") from error
        except FileNotFoundError as error:
            raise Permanent(f"There is no file {path}.") from error
        except PermissionError as error:
            raise Permanent(f"The file {path} cannot be read: permission denied.") from error

    def library(self, scope: Scope = EVERYBODY) -> list[Version]:
        """The newest version of every document, newest upload first."""
        return self._parts.library.versions(scope)

    def version(self, version_id: int, scope: Scope = EVERYBODY) -> Version:
        """One version with status and progress. Raises: NotFound."""
        return self._parts.library.version(version_id, scope)

    def find(self, name: str, scope: Scope = EVERYBODY) -> Version:
        """By document name or id. Raises: NotFound."""
        return self._parts.library.find(name, scope)

    def delete(self, document_id: int, scope: Scope = EVERYBODY) -> DeleteReceipt:
        """Delete a document and everything made from it. Raises: NotFound."""
        return self._parts.library.delete(document_id, scope, self._parts.blobs.delete)

    def search(
        self, question: str, *, filters: Filters = NO_FILTERS, k: int = 10, scope: Scope = EVERYBODY
    ) -> list[Hit]:
        """Ranked hits, one from a page. Raises: InvalidQuestion."""
        return self._parts.retriever().search(Query(self._checked(question), scope, filters, k))

    def ask(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        scope: Scope = EVERYBODY,
        audience: Audience = NOBODY,
    ) -> Answer:
        """Answer with verified, cited sentences, or abstain.

        Args:
            question: 1 to `Settings.question_limit` characters.
            filters: Where to look.
            scope: Who asks.
            audience: Who waits: told of each sentence as soon as it is verified, and when those so far are void.

        Raises:
            InvalidQuestion: Empty or too long. Stopped: Nobody waits any more.
        """
        asked = self._checked(question)
        answerer = self._parts.answerer()
        begun = self._parts.clock()
        ranked, around = self._read(asked, filters, scope)
        found = self._parts.clock()
        answer = answerer.answer(asked, around, audience)
        timings = {
            "search": 1e3 * (found - begun),
            **answer.timings_ms,
            "total": 1e3 * (self._parts.clock() - begun),
        }
        shown = tuple(one_a_page(ranked)[:SHOWN_HITS])
        return replace(answer, hits=shown, timings_ms={name: round(value, 1) for name, value in timings.items()})

    def evidence(self, question: str, *, filters: Filters = NO_FILTERS, scope: Scope = EVERYBODY) -> list[Evidence]:
        """What an answer would rest on, best first, whether or not it is enough for one."""
        asked = self._checked(question)
        _, around = self._read(asked, filters, scope)
        return self._parts.answerer().weigh(asked, around)

    def page(self, version_id: int, number: int, scope: Scope = EVERYBODY) -> Page:
        """One page's size and text. Raises: NotFound."""
        return self._parts.library.page(version_id, number, scope)

    def page_image(self, version_id: int, number: int, *, scale: float = 2.0, scope: Scope = EVERYBODY) -> bytes | None:
        """The page rendered to PNG, `scale` pixels a point; `None` for formats without geometry. Raises: NotFound."""
        version = self._parts.library.version(version_id, scope)
        if version.file_type != "pdf":
            return None
        return render_page(self._parts.blobs.path(version.blob.sha256), number, scale)

    def retriever(self) -> Retriever:
        """The search with its parts, for measuring them."""
        return self._parts.retriever()

    def warm_up(self) -> None:
        """Load the models now, so that the first question need not wait for them."""
        self._parts.retriever()
        self._parts.answerer()

    def status(self) -> StoreStatus:
        """The state of the database and its indexes."""
        status = self._parts.maintenance.status()
        size = self._parts.index_bytes() if status.bytes_a_vector is None else None
        return replace(status, bytes_a_vector=round(size / status.vectors)) if size and status.vectors else status

    def migrate(self) -> list[str]:
        """Apply missing migrations; returns their names."""
        return self._parts.maintenance.migrate()

    def indexed(self) -> int:
        """How many vectors the index that searches holds. Raises: Transient, Permanent: Its store cannot be used."""
        return self._parts.indexed()

    def rebuild_index(self) -> int:
        """Build the vector index anew; returns the number of vectors.

        After a change of the embedding model every document is embedded anew first, which takes its time.
        """
        chosen = self._parts.index_choice()
        if self._parts.reembed():
            self.run_worker(until_idle=True)
        return self._parts.switch_index(chosen, True).vectors

    def switch_index(self, choice: IndexChoice) -> SwitchReport:
        """Let another index search the vectors: built beside the old one, checked, and then switched to.

        Raises:
            Permanent: There is no such index, or it does not find enough; the old one stays. Transient: Not now.
        """
        return self._parts.switch_index(choice, False)

    def tune(self, request: TuneRequest, tell: Callable[[str], None] = nothing) -> TuneReport:
        """Find and store the cheapest way of searching the vector index that reaches a recall target.

        Args:
            request: The target.
            tell: Told how far it is, in words.

        Raises:
            Permanent: Nothing is indexed, or the queries are too few. Transient: Not now.
        """
        return self._parts.tune(request, tell)

    def run_worker(self, *, until_idle: bool = False) -> None:
        """Work on queued jobs until stopped (or until none is left)."""
        self._parts.workshop().run(until_idle)

    def stop_worker(self) -> None:
        """Make `run_worker` in another thread return within seconds; what it was doing is done again later."""
        self._parts.workshop().stop()

    def _read(self, asked: str, filters: Filters, scope: Scope) -> tuple[list[Hit], list[Hit]]:
        """Hits, best first, and the leading ones with what stands around them."""
        retriever = self._parts.retriever()
        ranked = retriever.rank(Query(asked, scope, filters, SHOWN_HITS))
        return ranked, windows(ranked[: self._parts.window_hits], retriever.passages, scope)

    def _checked(self, question: str) -> str:
        asked = " ".join(question.replace("\x00", " ").split())
        limit = self._parts.limits.question_characters
        if not asked:
            raise InvalidQuestion("Ask a question: it is empty.")
        if len(question) > limit:
            raise InvalidQuestion(f"The question has {len(question):,} characters; at most {limit:,} are possible.")
        return asked


def _file_name(name: str) -> str:
    """The last part of a path of any system, without control characters, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(one for one in last if one.isprintable()).strip()
    if not shown:
        raise Permanent("The file has no name.")
    stem, suffix = PurePath(shown).stem, PurePath(shown).suffix
    return shown if len(shown) <= LONGEST_NAME else (stem[: max(0, LONGEST_NAME - len(suffix))] + suffix)[:LONGEST_NAME]
