"""The part of the composition root that tunes what searches, and remembers what is asked."""

from collections.abc import Callable
from contextlib import ExitStack

from app.settings import Settings
from app.vectors import VectorIndexes
from infra.postgres.query_log import PgQueryLog
from infra.postgres.server import Database
from ingest.ports import Embedder
from retrieval.ports import VectorRanking
from retrieval.tuning.model import TuneReport, TuneRequest
from retrieval.tuning.noted import NotedRanking

Tune = Callable[[TuneRequest, Callable[[str], None]], TuneReport]


def noted(settings: Settings, database: Database, ranking: VectorRanking, resources: ExitStack) -> VectorRanking:
    """The ranking, with what it is asked remembered where the settings say so."""
    if settings.query_log == "off":
        return ranking
    log = PgQueryLog(database)
    resources.callback(log.close)
    return NotedRanking(ranking, log)


def tuning(indexes: VectorIndexes, embedder: Callable[[], Embedder]) -> Tune:
    """Tunes the active index; the model is loaded when it is needed."""

    def tune(request: TuneRequest, tell: Callable[[str], None]) -> TuneReport:
        return indexes.tuner(embedder().embed_query, tell).tune(request)

    return tune
