"""How long a question takes without a language model, and the two searches behind it."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.application import Application
from app.settings import Settings
from eval.bench.processes import finish
from eval.metrics import median, percentile
from eval.report import table
from infra.models.loading import load_embedder
from infra.postgres.access import PgAccess
from infra.postgres.search import Bm25Index
from infra.postgres.server import open_database
from infra.postgres.vector_index import PgVectorIndex
from ingest.model import Scope
from retrieval.dense import DenseSearch
from retrieval.model import Filters

WARM_UP = 3
COMMANDS = 5
CANDIDATES = 100
TARGET_MS = 1_500.0


def ask(application: Application, questions: Sequence[str]) -> list[dict[str, float]]:
    """The answer's own timings and this process's processor time, in milliseconds by stage, one a question."""
    for question in questions[:WARM_UP]:
        application.ask(question)
    return [_asked(application, question) for question in questions]


def _asked(application: Application, question: str) -> dict[str, float]:
    begun = time.process_time()
    timings = application.ask(question).timings_ms
    return {**timings, "processor time": 1e3 * (time.process_time() - begun)}


def command(home: Path, questions: Sequence[str]) -> list[tuple[float, int]]:
    """Seconds and peak memory in bytes of the whole command `footnote ask`, with the database running."""
    chosen = [questions[number % len(questions)] for number in range(COMMANDS)]
    return [finish([sys.executable, "-P", "-m", "app.cli", "ask", one, "--json"], home) for one in chosen]


def searches(settings: Settings, questions: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of embedding the question, of the vector search and of the BM25 search, one a question."""
    embedder = load_embedder(settings.embedding_model, settings.query_prefix, settings.threads)
    scope, filters = Scope(), Filters()
    with open_database(settings.home, None) as database:
        vectors = DenseSearch(PgAccess(database), PgVectorIndex(database, embedder.dimension))
        lexical = Bm25Index(database)
        vectors.search(embedder.embed_query(questions[0]), scope, filters, CANDIDATES)
        lexical.search(questions[0], scope, filters, CANDIDATES)
        embedded = {one: embedder.embed_query(one) for one in questions}
        return {
            "embed the question": _timed(questions, embedder.embed_query),
            "vector search": _timed(questions, lambda one: vectors.search(embedded[one], scope, filters, CANDIDATES)),
            "BM25 search": _timed(questions, lambda one: lexical.search(one, scope, filters, CANDIDATES)),
        }


def _timed(questions: Sequence[str], do: Callable[[str], object]) -> list[float]:
    taken = []
    for question in questions:
        begun = time.perf_counter()
        do(question)
        taken.append(1e3 * (time.perf_counter() - begun))
    return taken


def summary(timings: Sequence[dict[str, float]], seconds: Sequence[float]) -> dict[str, Any]:
    """Median and 95th percentile by stage, in milliseconds."""
    names = dict.fromkeys(name for one in timings for name in one)
    stages = {name: [one[name] for one in timings if name in one] for name in names}
    return {
        "questions": len(timings),
        "target_ms": TARGET_MS,
        "stages_ms": {name: middle_and_high(values) for name, values in stages.items()},
        "command_ms": middle_and_high([1e3 * one for one in seconds]),
        "commands": len(seconds),
    }


def middle_and_high(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"median": median(values), "p95": percentile(values, 95)}


def show(result: dict[str, Any], latencies: dict[str, dict[str, float]]) -> str:
    """The figures for people."""
    named = {**result["stages_ms"], f"footnote ask, whole command ({result['commands']})": result["command_ms"]}
    header = [f"Ask without a language model, {result['questions']} questions, ms", "median", "95 %"]
    target = f"target: total at most {result['target_ms']:.0f} ms at the median"
    return "\n".join([table(header, _rows(named)), target, table(["Search, ms", "median", "95 %"], _rows(latencies))])


def _rows(named: dict[str, dict[str, float]]) -> list[list[str]]:
    return [[name, f"{one['median']:.1f}", f"{one['p95']:.1f}"] for name, one in named.items()]
