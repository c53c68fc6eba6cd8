"""Measures the home that the settings name, and reports."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.application import EVERYBODY
from app.cli.output import Output
from app.cli.session import Session
from app.settings import Settings
from eval.corpus.measure import CorpusMeasure, Found
from eval.corpus.model import ModelQuestions
from eval.corpus.report import Context, result_json, screen, write
from eval.extras import check_extra
from eval.variants import LONGEST_BUDGET_MS, RUNS, shown
from infra.postgres.access import PgAccess
from infra.postgres.server import open_database
from infra.postgres.stored_vectors import PgStoredVectors
from ingest.model import Scope
from retrieval.model import Filters, Passage


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for; see `eval.corpus_command`."""

    questions: int = 200
    seed: int = 0
    setting: str = "default"
    never_found: int = 1_000
    filters: Filters = Filters()
    out: Path | None = None
    scope: Scope = EVERYBODY


def measure_corpus(doors: Session, request: Request, output: Output) -> None:
    """Measure, write and print.

    Raises:
        Permanent: There is nothing to measure, or packages are missing. Transient: Something is away.
    """
    check_extra()
    installed = doors.settings()
    settings = _measured(installed, RUNS[request.setting])
    url = settings.database_url.get_secret_value() if settings.database_url else None
    with ExitStack() as open_until_the_end:
        application = open_until_the_end.enter_context(doors.open(settings))
        database = open_until_the_end.enter_context(open_database(settings.home, url))
        model = _model(settings, request.seed, open_until_the_end)
        measure = CorpusMeasure(
            application,
            PgAccess(database),
            PgStoredVectors(database),
            request.scope,
            request.filters,
            request.seed,
            output.progress,
        )
        found: Found = measure.run(request.questions, request.never_found, model)
        status = application.status()
    output.progress("")
    context = Context(request.setting, request.seed, status.index_kind, shown(settings))
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    folder = request.out or installed.home / "eval" / "corpus" / stamp
    page = write(folder, found, context)
    output.result(result_json(found, context, page), f"{screen(found, context)}\n\nWritten to {page}")


def _measured(installed: Settings, changes: dict[str, Any]) -> Settings:
    """As installed, but without a time limit for reranking, and without remembering the questions as a person's."""
    return installed.model_copy(update={**changes, "rerank_budget_ms": LONGEST_BUDGET_MS, "query_log": "off"})


def _model(settings: Settings, seed: int, resources: ExitStack) -> Callable[[Passage], str | None] | None:
    if not settings.llm_url:
        return None
    return resources.enter_context(ModelQuestions(settings, seed)).question
