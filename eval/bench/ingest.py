"""Ingestion beside its floor: what reading the same files and embedding the same texts takes at least."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pypdfium2

from app.application import Application
from eval.bench.processes import running, wait_until
from eval.bench.worker import STAGES
from eval.metrics import median
from eval.report import table
from infra.postgres.library import PgLibrary
from infra.postgres.server import open_database
from ingest.context import contextual_text
from ingest.model import Scope, VersionStatus
from ingest.ports import Embedder

MOST_SECONDS = 900.0
TARGET = 1.25


@dataclass(frozen=True, slots=True)
class Texts:
    """What is embedded: the chunks with their context, and the chunks alone."""

    with_context: list[str]
    alone: list[str]


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds of text extraction, of embedding what the product embeds, and of embedding the chunks alone.

    `cpu` is the processor time of the first two.
    """

    read: float
    embed: float
    embed_alone: float
    cpu: float

    @property
    def total(self) -> float:
        """Seconds at least."""
        return self.read + self.embed

    @property
    def total_alone(self) -> float:
        """Seconds at least, if no context were embedded."""
        return self.read + self.embed_alone


@dataclass(frozen=True, slots=True)
class Ingested:
    """Seconds from the first upload to the last document being searchable, and the split by stage.

    `cpu` is the processor time of the worker, the database and the uploader.
    """

    total: float
    stages: dict[str, float]
    cpu: float


@dataclass(frozen=True, slots=True)
class IngestBench:
    """Ingests files again and again through the queue of a running worker.

    Attributes:
        application: Takes the uploads.
        files: What is ingested.
        record: The file that the worker adds its stages to.
        cpu: Processor time of worker and database so far, in seconds.
    """

    application: Application
    files: Sequence[Path]
    record: Path
    cpu: Callable[[], float]

    def ingest(self) -> Ingested:
        """Delete everything, upload all files, wait until they are searchable."""
        for version in self.application.library():
            self.application.delete(version.document_id)
        before, cpu = len(self._jobs()), self.cpu() + time.process_time()
        begun = time.perf_counter()
        for file in self.files:
            self.application.upload_path(file)
        wait_until(self._all_indexed, MOST_SECONDS, "all files are indexed", pause=0.02)
        total = time.perf_counter() - begun
        cpu = self.cpu() + time.process_time() - cpu
        wait_until(lambda: len(self._jobs()) == before + len(self.files), 10.0, "the worker's record")
        jobs = self._jobs()[before:]
        stages = {stage: sum(job.get(stage, 0.0) for job in jobs) for stage in STAGES}
        return Ingested(total, {**stages, "upload and queue": total - sum(stages.values())}, cpu)

    def _all_indexed(self) -> bool:
        versions = self.application.library()
        failed = [one for one in versions if one.status is VersionStatus.FAILED]
        if failed:
            raise RuntimeError(f"{failed[0].name}: {failed[0].error}")
        return all(one.status is VersionStatus.INDEXED for one in versions)

    def _jobs(self) -> list[dict[str, float]]:
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        return [json.loads(line) for line in lines]


@contextmanager
def timed_worker(application: Application, home: Path, record: Path, warm_up: Path) -> Iterator[Popen[bytes]]:
    """A worker process that has its models loaded and has done one document."""
    command = [sys.executable, "-P", "-m", "eval.bench.worker", str(record)]
    with running(command, home, home / "logs" / "bench-worker.log") as process:
        IngestBench(application, [warm_up], record, lambda: 0.0).ingest()
        yield process


def texts(application: Application, home: Path) -> Texts:
    """The texts of all stored chunks."""
    with open_database(home, None) as database:
        library = PgLibrary(database)
        found = [
            (version.title, chunk) for version in application.library() for chunk in library.chunks(version.id, Scope())
        ]
    return Texts(
        [contextual_text(title, chunk.heading_path, chunk.text) for title, chunk in found],
        [chunk.text for _, chunk in found],
    )


def floor(files: Sequence[Path], embedded: Texts, embedder: Embedder) -> Floor:
    """Time pypdfium2's text extraction and the embedding in order of length, with nothing around them."""
    begun, cpu = time.perf_counter(), time.process_time()
    for file in files:
        _read(file)
    read = time.perf_counter()
    embedder.embed_documents(sorted(embedded.with_context, key=len))
    both, cpu = time.perf_counter(), time.process_time() - cpu
    embedder.embed_documents(sorted(embedded.alone, key=len))
    return Floor(read - begun, both - read, time.perf_counter() - both, cpu)


def _read(file: Path) -> None:
    document = pypdfium2.PdfDocument(file)
    for page in document:
        text_page = page.get_textpage()
        text_page.get_text_bounded()
        text_page.close()
        page.close()
    document.close()


def summary(floors: Sequence[Floor], products: Sequence[Ingested], pages: int, chunks: int) -> dict[str, Any]:
    """Medians and their ratios."""
    least, alone = median([one.total for one in floors]), median([one.total_alone for one in floors])
    total = median([one.total for one in products])
    names = products[0].stages
    return {
        "pages": pages,
        "chunks": chunks,
        "seconds": total,
        "pages_per_second": pages / total,
        "floor_seconds": least,
        "floor_read_seconds": median([one.read for one in floors]),
        "floor_embed_seconds": median([one.embed for one in floors]),
        "floor_without_context_seconds": alone,
        "ratio": total / least,
        "ratio_without_context": total / alone,
        "ratio_of_processor_time": median([one.cpu for one in products]) / median([one.cpu for one in floors]),
        "target_ratio": TARGET,
        "stages": {name: median([one.stages[name] for one in products]) for name in names},
        "runs": {"floor": [asdict(one) for one in floors], "product": [asdict(one) for one in products]},
    }


def show(result: dict[str, Any]) -> str:
    """The summary for people."""
    floors, products = result["runs"]["floor"], result["runs"]["product"]
    rows = [
        _row(f"run {number}", least["read"] + least["embed"], product["total"], least["cpu"], product["cpu"])
        for number, (least, product) in enumerate(zip(floors, products, strict=True), 1)
    ]
    cpu = [median([one["cpu"] for one in runs]) for runs in (floors, products)]
    rows.append(_row("median", result["floor_seconds"], result["seconds"], *cpu))
    return "\n".join(
        [
            f"Ingest: {result['pages']} pages, {result['chunks']} chunks, {result['pages_per_second']:.1f} pages/s",
            table(["seconds", "floor", "product", "ratio", "floor CPU", "product CPU", "ratio"], rows),
            f"ratio of medians {result['ratio']:.3f} (target: at most {result['target_ratio']});"
            f" floor = {result['floor_read_seconds']:.2f} s reading + {result['floor_embed_seconds']:.2f} s embedding;"
            f" against embedding the chunks without their context {result['ratio_without_context']:.3f}",
            "If other programs are busy, trust the ratio of processor times rather than that of seconds.",
            table(["stage", "seconds"], [[name, f"{seconds:.2f}"] for name, seconds in result["stages"].items()]),
        ]
    )


def _row(name: str, floor_seconds: float, seconds: float, floor_cpu: float, cpu: float) -> list[str]:
    wall = [f"{floor_seconds:.2f}", f"{seconds:.2f}", f"{seconds / floor_seconds:.3f}"]
    return [name, *wall, f"{floor_cpu:.2f}", f"{cpu:.2f}", f"{cpu / floor_cpu:.3f}"]
