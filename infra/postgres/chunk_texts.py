"""The `ChunkTexts` port on Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.postgres.rows import sentences_from_json
from infra.postgres.server import Database
from infra.postgres.statements import query
from retrieval.tuning.questions import ChunkText


@dataclass(frozen=True, slots=True)
class PgChunkTexts:
    """Chunks of current versions."""

    database: Database

    def drawn(self, most: int, seed: int) -> Sequence[ChunkText]:
        """At most so many chunks at random, the same for the same seed and chunks."""
        with self.database.transaction() as connection:
            rows = connection.execute(query("drawn_chunks"), {"most": most, "seed": seed}).fetchall()
        return [ChunkText(title, tuple(path), _cut(text, sentences)) for title, path, text, sentences in rows]


def _cut(text: str, sentences: object) -> tuple[str, ...]:
    found = sentences_from_json(sentences)  # type: ignore[arg-type]
    return tuple(" ".join(text[one.span.start : one.span.end].split()) for one in found) or (text,)
