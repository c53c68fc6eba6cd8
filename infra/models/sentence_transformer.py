"""Any other model by hub id or path, run by sentence-transformers (on a GPU where there is one)."""

from collections.abc import Callable, Sequence

import numpy as np
from sentence_transformers import CrossEncoder, SentenceTransformer

from ingest.ports import Vectors

BATCH = 32


class TransformerEmbedder:
    """A sentence-transformers bi-encoder. Only safetensors weights; remote code is never run.

    Args:
        model: Hub id or folder.
        query_prefix: Put in front of questions; `None` takes the model's own "query" prompt where it has one.
    """

    def __init__(self, model: str, query_prefix: str | None = None) -> None:
        self._name = model
        self._model = SentenceTransformer(model, trust_remote_code=False, model_kwargs={"use_safetensors": True})
        self._prefix = query_prefix if query_prefix is not None else self._model.prompts.get("query") or ""

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
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages: float32, shape (len(texts), dimension), unit rows."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            vectors[start : start + BATCH] = self._encode(list(texts[start : start + BATCH]))
            if progress:
                progress(min(start + BATCH, len(texts)))
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
    """A sentence-transformers cross-encoder with one output."""

    def __init__(self, model: str) -> None:
        self._model = CrossEncoder(model, trust_remote_code=False, model_kwargs={"use_safetensors": True})

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One relevance logit a text, in order."""
        if not texts:
            return []
        pairs = [(question, text) for text in texts]
        return [float(score) for score in self._model.predict(pairs, batch_size=BATCH, show_progress_bar=False)]
