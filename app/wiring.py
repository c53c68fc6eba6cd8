"""The one place that knows both the stages and the adapters."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from app.application import Application, Limits, Parts
from app.caretaker import Caretaker
from app.once import once
from app.settings import Settings
from app.stores import stores
from app.tuning import noted, tuning
from app.vectors import VectorIndexes
from app.workshop import Workshop
from app.writers import drafters
from generation.answer import Answerer
from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings
from generation.ports import Reader
from generation.quotes import QuoteDrafter
from generation.routing import EasyQuestions
from generation.verify import GroundingVerifier
from infra.blobs import FileBlobStore
from infra.models.loading import load_embedder, load_reader, load_reranker
from infra.postgres.catalog import Catalog
from infra.postgres.jobs import Stopping, Worker
from infra.postgres.library import PgLibrary, PgMaintenance
from infra.postgres.search import Bm25Index, PassageTable
from infra.postgres.server import Database, open_database
from ingest.job import IngestJob
from ingest.parse.registry import parsers
from ingest.ports import Embedder
from retrieval.indexes import IndexChoice
from retrieval.ports import Reranker, VectorRanking
from retrieval.search import Retriever, SearchSettings
from retrieval.switch import SwitchReport


def open_application(settings: Settings) -> Application:
    """Open the database, bring it up to date, and put the parts together.

    Args:
        settings: What to open.

    Raises:
        Transient: The database cannot be reached. Permanent: It does not fit this version or these models.
    """
    resources = ExitStack()
    try:
        return Application(_parts(settings, resources), resources)
    except BaseException:
        resources.close()
        raise


def _parts(settings: Settings, resources: ExitStack) -> Parts:
    url = settings.database_url.get_secret_value() if settings.database_url else None
    settings.home.mkdir(parents=True, exist_ok=True)
    database = resources.enter_context(open_database(settings.home, url))
    maintenance = PgMaintenance(database)
    maintenance.migrate()
    blobs = FileBlobStore(settings.home / "blobs")
    indexes = VectorIndexes(database, stores(settings, database))
    caretaker = Caretaker(indexes)
    resources.callback(caretaker.close)

    @once
    def model() -> Embedder:
        return load_embedder(settings.embedding_model, settings.query_prefix, settings.threads)

    @once
    def embedder() -> Embedder:
        loaded = model()
        maintenance.ensure_embedding(loaded.model_name, loaded.dimension)
        return loaded

    @once
    def reranker() -> Reranker:
        return load_reranker(settings.reranker_model, settings.threads)

    @once
    def reader() -> Reader:
        return load_reader(settings.reader_model, settings.threads)

    @once
    def ranking() -> VectorRanking:
        found = resources.enter_context(indexes.steady_ranking())
        return noted(settings, database, found, resources)

    def switch_index(choice: IndexChoice, rebuild: bool) -> SwitchReport:
        embedder()
        return indexes.switched(choice, rebuild)

    return Parts(
        blobs=blobs,
        intake=Catalog(database),
        library=PgLibrary(database),
        maintenance=maintenance,
        retriever=once(lambda: _retriever(settings, database, ranking(), embedder(), reranker)),
        answerer=once(lambda: _answerer(settings, reader(), resources)),
        workshop=once(lambda: _workshop(settings, database, caretaker, blobs, embedder())),
        index_choice=indexes.choice,
        indexed=indexes.count,
        index_bytes=indexes.bytes,
        switch_index=switch_index,
        tune=tuning(indexes, embedder),
        reembed=lambda: maintenance.reembed(model().model_name, model().dimension),
        limits=Limits(settings.upload_limit_mb * 1_000_000, settings.question_limit),
        window_hits=settings.evidence_hits,
        clock=time.monotonic,
    )


def _retriever(
    settings: Settings,
    database: Database,
    vectors: VectorRanking,
    embedder: Embedder,
    reranker: Callable[[], Reranker],
) -> Retriever:
    return Retriever(
        embedder=embedder,
        vectors=vectors,
        lexical=Bm25Index(database),
        passages=PassageTable(database),
        reranker=reranker() if settings.rerank else None,
        settings=SearchSettings(
            fusion=settings.fusion,
            dense_weight=settings.dense_weight,
            candidates=settings.candidates,
            rerank_candidates=settings.rerank_candidates,
            rerank_weight=settings.rerank_weight,
            rerank_budget_s=settings.rerank_budget_ms / 1_000,
        ),
        clock=time.monotonic,
    )


def _answerer(settings: Settings, reader: Reader, resources: ExitStack) -> Answerer:
    drafter, small = drafters(settings, resources)
    return Answerer(
        reader=reader,
        drafter=drafter,
        fallback=QuoteDrafter(),
        verifier=GroundingVerifier(),
        model=AnswerabilityModel(),
        threshold=settings.answer_threshold,
        evidence=EvidenceSettings(hits=settings.evidence_hits),
        clock=time.monotonic,
        small=small,
        easy=EasyQuestions(least_confidence=settings.llm_small_confidence),
    )


def _workshop(
    settings: Settings, database: Database, caretaker: Caretaker, blobs: FileBlobStore, embedder: Embedder
) -> Workshop:
    catalog, library = Catalog(database), PgLibrary(database)
    blobs.sweep(library.blobs(), library.release)
    job = IngestJob(catalog, blobs, parsers(), embedder, settings.chunk_tokens)

    stopping = threading.Event()

    def checkpoint() -> None:
        if stopping.is_set():
            raise Stopping

    handle = partial(job.run, checkpoint=checkpoint)
    worker = Worker(database, handle, catalog.fail, settings.worker_concurrency, stopping, upkeep=caretaker.round)
    return Workshop(worker.run, stopping.set)
