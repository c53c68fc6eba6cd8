"""Chooses the adapter for a model setting: packaged weights, else a hub id or a path."""

from importlib import import_module
from typing import cast

from infra.models.onnx import OnnxEmbedder, OnnxReranker
from infra.models.packaged import EMBEDDERS, RERANKERS
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
        Permanent: There is no such model.
    """
    packaged = EMBEDDERS.get(model)
    if packaged:
        prefix = packaged.query_prefix if query_prefix is None else query_prefix
        return OnnxEmbedder(model, packaged.directory(), prefix, threads)
    try:
        return cast(Embedder, import_module(HEAVY).TransformerEmbedder(model, query_prefix))
    except ImportError as error:
        raise Permanent(NEEDS_HUB) from error
    except (OSError, ValueError) as error:
        raise _missing("embedding", model) from error


def load_reranker(model: str, threads: int) -> Reranker:
    """The cross-encoder for a setting. Raises: Permanent where there is no such model."""
    packaged = RERANKERS.get(model)
    if packaged:
        return OnnxReranker(packaged.directory(), threads)
    try:
        return cast(Reranker, import_module(HEAVY).TransformerReranker(model))
    except ImportError as error:
        raise Permanent(NEEDS_HUB) from error
    except (OSError, ValueError) as error:
        raise _missing("reranker", model) from error


def _missing(kind: str, model: str) -> Permanent:
    return Permanent(
        f"The {kind} model {model!r} could not be loaded: it is neither packaged, nor a folder, nor a hub id."
    )
