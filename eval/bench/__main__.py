"""Prints speed and memory on this machine: `make bench`, or `python -m eval.bench`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from app.application import Application
from app.settings import Settings
from app.wiring import open_application
from eval import pages, sample
from eval.ann.command import ann
from eval.bench import ask, ingest, memory
from eval.bench.processes import cpu_seconds, database_memory, peak_memory
from eval.report import write_json
from eval.variants import settings_for, shown
from infra.models.loading import load_embedder

PROJECT = Path(__file__).parents[2]
CONTOSO = PROJECT.parent / "shared" / "data" / "contoso_hr"
WARM_UP = PROJECT / "app" / "sample" / "handbook.md"


@dataclass(frozen=True, slots=True)
class Workload:
    """What is ingested and asked."""

    files: Sequence[Path]
    questions: Sequence[str]


def workload(folder: Path) -> Workload:
    """A page-level collection, or the sample handbook where the folder is absent."""
    if folder.is_dir():
        questions = [one.question for one in pages.load_questions(folder)]
        return Workload(sorted((folder / "pdfs").glob("*.pdf")), questions)
    print(f"There is no {folder}: measuring the sample handbook, which is too small for the targets to apply.")
    return Workload([sample.HANDBOOK], [one.question for one in sample.load_questions(sample.QUESTIONS)])


def bench(home: Path, work: Workload, runs: int) -> dict[str, Any]:
    """Everything, on one home; prints each part as soon as it is known."""
    settings = settings_for(home, {})
    peaks: dict[str, int | None] = {}
    with open_application(settings) as application:
        ingested = bench_ingest(application, settings, work, runs, peaks)
        print(ingest.show(ingested) + "\n", flush=True)
        timings, commands = ask.ask(application, work.questions), ask.command(home, work.questions)
        asked = ask.summary(timings, [seconds for seconds, _ in commands])
        searched = {name: ask.middle_and_high(one) for name, one in ask.searches(settings, work.questions).items()}
        print(ask.show(asked, searched) + "\n", flush=True)
        peaks["command `footnote ask`"] = max(peak for _, peak in commands)
        peaks["web page, one question asked"] = memory.page_memory(settings, work.questions[0])
        peaks["largest Postgres process"] = database_memory(home)
        print(memory.show(peaks) + "\n", flush=True)
    return {"settings": shown(settings), "ingest": ingested, "ask": asked, "search_ms": searched, "peak_bytes": peaks}


def bench_ingest(
    application: Application, settings: Settings, work: Workload, runs: int, peaks: dict[str, int | None]
) -> dict[str, Any]:
    """Floor and product in turn, after one run of each that does not count."""
    record = settings.home / "stages.jsonl"
    embedder = load_embedder(settings.embedding_model, settings.query_prefix, settings.threads)
    with ingest.timed_worker(application, settings.home, record, WARM_UP) as worker:
        subject = ingest.IngestBench(application, work.files, record, lambda: cpu_seconds(settings.home, worker.pid))
        subject.ingest()
        texts = ingest.texts(application, settings.home)
        embedder.embed_documents(texts.alone[:16])
        measured = [(ingest.floor(work.files, texts, embedder), subject.ingest()) for _ in range(runs)]
        peaks["worker"] = peak_memory(worker.pid)
    count = sum(one.pages for one in application.library())
    return ingest.summary([one for one, _ in measured], [one for _, one in measured], count, len(texts.alone))


def load() -> str:
    """How busy the machine is: the kernel's load average over a minute, and the number of cores."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Prints speed and memory on this machine.")
    parser.add_argument("--data", type=Path, default=CONTOSO, help="folder with pdfs/ and qa/ground_truth.jsonl")
    parser.add_argument("--runs", type=int, default=3, help="how often floor and product are measured in turn")
    parser.add_argument("--out", type=Path, help="write the result as JSON")
    parser.add_argument("--skip-indexes", action="store_true", help="leave out the vector indexes (half an hour)")
    arguments = parser.parse_args()
    before, begun = load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        result = bench(Path(folder) / "home", workload(arguments.data), arguments.runs)
    print(f"{before} at the start, {load()} at the end, {time.monotonic() - begun:.0f} s")
    write_json(arguments.out, {"load": [before, load()], **result})
    if not arguments.skip_indexes:
        _check_indexes()


def _check_indexes() -> None:
    """Recall, speed and loading of the vector indexes; ends the program with 1 where less than promised is reached."""
    try:
        ann(bars=True)
    except typer.Exit as missed:
        sys.exit(missed.exit_code)


if __name__ == "__main__":
    main()
