"""Chooses the adapter for a model setting: packaged weights, else a hub id or a path."""

from importlib import import_module
from typing import cast

from generation.ports import Reader
from infra.models.onnx import OnnxCrossEncoder, OnnxEmbedder
from infra.models.packaged import EMBEDDERS, READERS, RERANKERS, PackagedModel
from ingest.errors import Permanent
from ingest.ports import Embedder
from retrieval.ports import Reranker

NEEDS_HUB = "Models other than the packaged ones need sentence-transformers and PyTorch. Run: make hub"
HEAVY = "infra.models.sentence_transformer"


def load_embedder(model: str, query_prefix: str | None, threads: int) -> Embedder:
    """The embedder for a setting.

    Args:
        model: A packaged model's name, a hub id, or a folder.
        query_prefix: Put in front of questions; `None` for the model's own.
        threads: Threads on the CPU; 0 for all.

    Raises:
        Permanent: There is no such model, or it cannot be loaded.
    """
    packaged = EMBEDDERS.get(model)
    if packaged:
        prefix = packaged.query_prefix if query_prefix is None else query_prefix
        return OnnxEmbedder(model, packaged.directory(), prefix, threads)
    try:
        return cast(Embedder, import_module(HEAVY).TransformerEmbedder(model, query_prefix, threads))
    except ImportError as error:
        raise Permanent(NEEDS_HUB) from error


def load_reranker(model: str, threads: int) -> Reranker:
    """The cross-encoder for a setting. Raises: Permanent where there is no such model."""
    return _cross_encoder("reranker", model, RERANKERS.get(model), threads)


def load_reader(model: str, threads: int) -> Reader:
    """The reader for a setting. Raises: Permanent where there is no such model."""
    return _cross_encoder("reader", model, READERS.get(model), threads)


def _cross_encoder(role: str, model: str, packaged: PackagedModel | None, threads: int) -> Reranker:
    if packaged:
        return OnnxCrossEncoder(packaged.directory(), threads, packaged.weights)
    try:
        return cast(Reranker, import_module(HEAVY).TransformerReranker(model, threads, role))
    except ImportError as error:
        raise Permanent(NEEDS_HUB) from error
