"""Any other model by hub id or path, run by sentence-transformers (on a GPU where there is one).

Only safetensors weights are loaded, and no code from a model's repository.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers.utils import logging as transformers_logging

from ingest.errors import Permanent
from ingest.ports import Vectors

BATCH = 32
LONGEST_REASON = 200
DOCUMENT_PROMPTS = ("document", "passage", "corpus")


class TransformerEmbedder:
    """A sentence-transformers bi-encoder.

    Args:
        model: Hub id or folder.
        query_prefix: Put in front of questions; `None` takes the model's own "query" prompt where it has one.
        threads: Threads on the CPU; 0 for all.

    Raises:
        Permanent: There is no such model, or it cannot be loaded.
    """

    def __init__(self, model: str, query_prefix: str | None = None, threads: int = 0) -> None:
        with _loading("embedding", model, threads):
            self._model = SentenceTransformer(model, trust_remote_code=False, model_kwargs={"use_safetensors": True})
        # Counting turns truncation off, which must not happen while another thread embeds.
        self._counter = deepcopy(self._model.tokenizer)
        self._name = model
        prompts = self._model.prompts
        self._prefix = query_prefix if query_prefix is not None else prompts.get("query") or ""
        self._document_prefix = next((prompts[name] for name in DOCUMENT_PROMPTS if prompts.get(name)), "")

    @property
    def model_name(self) -> str:
        """Hub id or folder."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens."""
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        encoded = self._counter(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages with the model's own "document" prompt: float32, shape (len(texts), dimension), unit rows."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = [self._document_prefix + text for text in texts[start : start + BATCH]]
            vectors[start : start + BATCH] = self._encode(batch)
            if progress:
                progress(start + len(batch))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Embed a question: float32, shape (dimension,), unit length."""
        return np.asarray(self._encode([self._prefix + text])[0], np.float32)

    def _encode(self, texts: list[str]) -> Vectors:
        encoded = self._model.encode(
            texts, batch_size=BATCH, prompt="", normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(encoded, np.float32)


class TransformerReranker:
    """A sentence-transformers cross-encoder with one output.

    Args:
        model: Hub id or folder.
        threads: Threads on the CPU; 0 for all.
        role: What it is for, as the person knows it.

    Raises:
        Permanent: There is no such model, it cannot be loaded, or it has not one output.
    """

    def __init__(self, model: str, threads: int = 0, role: str = "reranker") -> None:
        with _loading(role, model, threads):
            self._model = CrossEncoder(model, trust_remote_code=False, model_kwargs={"use_safetensors": True})
        _check_ranks(self._model, model)

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One relevance logit a text, in order."""
        if not texts:
            return []
        scores = self._model.predict(
            [(question, text) for text in texts],
            batch_size=BATCH,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        return [float(score) for score in scores]


def _check_ranks(encoder: CrossEncoder, model: str) -> None:
    """See that the model has an output of its own: an embedding model would be given a random one."""
    architectures = encoder.config.architectures or []
    if encoder.num_labels != 1 or not any("For" in one for one in architectures):
        raise Permanent(f"The model {model!r} is not a cross-encoder with one output.")


@contextmanager
def _loading(kind: str, model: str, threads: int) -> Iterator[None]:
    """Load without a progress bar; what goes wrong becomes one line for the person."""
    if not model.strip():
        raise Permanent(f"The name of the {kind} model is empty.")
    transformers_logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        yield
    except (ImportError, OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise Permanent(_explained(kind, model, error)) from error


def _explained(kind: str, model: str, error: Exception) -> str:
    reason = " ".join(str(error).partition("\n")[0].split())[:LONGEST_REASON]
    if Path(model).is_dir():
        return f"The {kind} model in {model} cannot be loaded: {reason}"
    if "couldn't connect" in reason:
        return f"The {kind} model {model!r} is not on this machine, and the model hub cannot be reached."
    return f"The {kind} model {model!r} could not be loaded: it is neither packaged, nor a folder, nor a hub id."
