"""Prints speed and memory on this machine: `make bench`, or `python -m eval.bench`."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from app.wiring import open_application
from eval.bench import ingest
from eval.report import write_json
from eval.variants import settings_for
from infra.models.loading import load_embedder

PROJECT = Path(__file__).parents[2]
CONTOSO = PROJECT.parent / "shared" / "data" / "contoso_hr"
SAMPLE = PROJECT / "app" / "sample"


def bench_ingest(home: Path, files: list[Path], runs: int) -> dict[str, Any]:
    """Alternate floor and product."""
    settings = settings_for(home, {})
    record = home / "stages.jsonl"
    with open_application(settings) as application, ingest.timed_worker(
        application, home, record, SAMPLE / "handbook.md"
    ):
        bench = ingest.IngestBench(application, files, record)
        bench.ingest()
        embedded = ingest.texts(application, home)
        embedder = load_embedder(settings.embedding_model, settings.query_prefix, settings.threads)
        embedder.embed_documents(embedded.alone[:16])
        measured = [(ingest.floor(files, embedded, embedder), bench.ingest()) for _ in range(runs)]
        pages = sum(one.pages for one in application.library())
    floors, products = [one for one, _ in measured], [one for _, one in measured]
    return ingest.summary(floors, products, pages, len(embedded.alone))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=CONTOSO)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    files = sorted((arguments.data / "pdfs").glob("*.pdf"))
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        result = bench_ingest(Path(folder) / "home", files, arguments.runs)
    print(ingest.show(result))
    write_json(arguments.out, result)


if __name__ == "__main__":
    main()
