"""`footnote worker` with a stopwatch on its stages: one line of JSON a job is added to the file named first.

python -m eval.bench.worker FILE
"""

import json
import sys
from pathlib import Path

from app.cli.main import execute
from eval.bench.stopwatch import Stopwatch
from infra.models.onnx import OnnxEmbedder
from infra.postgres.catalog import Catalog
from ingest import job
from ingest.parse.registry import parsers

STAGES = ("parse", "chunk", "embed", "store", "progress", "rest of the job")


def watch(stopwatch: Stopwatch) -> None:
    """Put the stopwatch on the stages of ingestion in this process."""
    for parser in {type(one) for one in parsers().values()}:
        stopwatch.wrap(parser, "parse", "parse")
    stopwatch.wrap(job, "chunk_document", "chunk")
    stopwatch.wrap(OnnxEmbedder, "embed_documents", "embed")
    stopwatch.wrap(Catalog, "complete", "store")
    for method in ("version", "start", "advance", "fail"):
        stopwatch.wrap(Catalog, method, "progress")
    stopwatch.wrap(job.IngestJob, "run", "rest of the job")


def main() -> None:
    """Work on the queue until stopped."""
    record = Path(sys.argv[1])

    def finished(seconds: dict[str, float]) -> None:
        if "rest of the job" in seconds:
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(seconds) + "\n")

    watch(Stopwatch(finished=finished))
    sys.exit(execute(["worker"]))


if __name__ == "__main__":
    main()
