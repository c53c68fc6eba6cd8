"""Embeddings that are kept between runs: one SQLite file for each model, by the hash of what was embedded."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.errors import Permanent, Transient
from ingest.ports import Embedder, Vectors

AT_ONCE = 256
WAIT_S = 60.0
TABLE = "CREATE TABLE IF NOT EXISTS vectors (text_sha256 TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
SELECT = "SELECT text_sha256, vector FROM vectors WHERE text_sha256 IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class EmbeddingCache:
    """Vectors of texts by one model. SQLite sees to it that two runs at once, or a killed one, leave no half rows.

    Attributes:
        file: Where they are; its folder is made when it is needed.
        dimension: Length of a vector.
    """

    file: Path
    dimension: int

    def load(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Those of the texts that are known: float32 arrays of shape (dimension,) by text."""
        wanted = {_key(text): text for text in texts}
        with self._connection() as connection:
            rows = connection.execute(SELECT, [json.dumps(list(wanted))]).fetchall()
        found = {wanted[key]: np.frombuffer(data, np.float32) for key, data in rows}
        return {text: vector for text, vector in found.items() if vector.shape == (self.dimension,)}

    def save(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, row i for text i, all in one transaction. Raises: Transient, Permanent."""
        rows = [(_key(text), vector.tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._connection() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=WAIT_S)) as connection:
                connection.execute(TABLE)
                yield connection
        except sqlite3.OperationalError as error:
            raise Transient(f"The kept embeddings in {self.file} cannot be used now: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise Permanent(f"The kept embeddings in {self.file} are damaged. Delete the file.") from error
        except OSError as error:
            raise Permanent(f"No embeddings can be kept in {self.file.parent}: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class CachedEmbedder:
    """An embedder that looks up what it embedded before. Only documents are kept: a question is embedded anew.

    Attributes:
        embedder: Makes the vectors.
        cache: Keeps them; `None` to keep nothing.
    """

    embedder: Embedder
    cache: EmbeddingCache | None

    @property
    def model_name(self) -> str:
        """Identifies model and weights."""
        return self.embedder.model_name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.embedder.dimension

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens."""
        return self.embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        return self.embedder.count_tokens(texts)

    def embed_query(self, text: str) -> Vectors:
        """Embed a question: float32 array of shape (dimension,), of unit length."""
        return self.embedder.embed_query(text)

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages, those that are not known yet in groups that are kept as soon as they are done.

        Returns:
            float32 array of shape (len(texts), dimension), rows of unit length, in the order of `texts`.
        """
        known = self.cache.load(texts) if self.cache else {}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(missing), AT_ONCE):
            group = missing[start : start + AT_ONCE]
            vectors = self.embedder.embed_documents(group)
            if self.cache:
                self.cache.save(group, vectors)
            known.update(zip(group, vectors, strict=True))
            if progress:
                progress(min(len(known), len(texts) - 1))
        if progress and texts:
            progress(len(texts))
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)


def cached(embedder: Embedder, folder: Path | None) -> CachedEmbedder:
    """The embedder with the cache of its model in a folder; `None` to keep nothing."""
    if folder is None:
        return CachedEmbedder(embedder, None)
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", embedder.model_name)[-60:]
    named = f"{readable}-{hashlib.sha256(embedder.model_name.encode()).hexdigest()[:8]}-{embedder.dimension}"
    return CachedEmbedder(embedder, EmbeddingCache(folder / f"{named}.sqlite", embedder.dimension))


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
