"""Finds out whether a server really builds a type of index: some accept types that they never build."""

import logging
import math
import re
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from infra.milvus import collection
from infra.milvus.connection import Client
from infra.milvus.errors import Away, translated
from infra.milvus.settings import KINDS, IndexSettings
from infra.milvus.vectors import batches, rows
from ingest.errors import DiskFull, FootnoteError, Permanent
from ingest.ports import Vectors
from retrieval.model import IndexEntry

logger = logging.getLogger(__name__)

# Servers build no index for a segment of fewer than 1,024 rows; IVF_PQ learns from at least 2 ** pq_bits of them.
ROWS = 1_200
CELLS = 16
PQ_BITS = 8
# Compressed vectors are learned part by part, each of which takes seconds on a busy server.
PQ_PARTS = 4
PREFIX = "footnote_probe_"
LEFT_OVER = re.compile(rf"{PREFIX}(\d+)_[0-9a-f]+")
LEFT_OVER_S = 3_600


@dataclass(frozen=True, slots=True)
class Probe:
    """Builds small throw-away indexes.

    Attributes:
        client: Of the server.
        dimension: Of the vectors.
        clock: Seconds, monotonic.
        now: Seconds since 1970.
        sleep: Waits a number of seconds.
    """

    client: Client
    dimension: int
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def require(self, settings: IndexSettings) -> None:
        """Raises: Permanent: The server does not build this type; the message names those that it does build.

        Transient: It cannot be found out now.
        """
        self._sweep()
        reason = self.refusal(settings)
        if reason is None:
            return
        others = [IndexSettings(kind=kind) for kind in KINDS if kind != settings.kind]
        built = [other.kind for other in others if self.refusal(other) is None]
        raise Permanent(
            f"This Milvus server does not build {settings.kind} indexes: {reason}. "
            f"It does build: {', '.join(built) or 'none'}."
        )

    def refusal(self, settings: IndexSettings) -> str | None:
        """Why the server does not build such an index; `None` where it does. Raises: Transient: It cannot say now."""
        name = f"{PREFIX}{int(self.now())}_{uuid.uuid4().hex}"
        parts = math.gcd(settings.parts(self.dimension), PQ_PARTS) if settings.kind == "IVF_PQ" else settings.pq_parts
        small = replace(
            settings, nlist=min(settings.nlist, CELLS), pq_parts=parts, pq_bits=min(settings.pq_bits, PQ_BITS)
        )
        try:
            with translated():
                return self._build(name, small)
        except (Away, DiskFull):
            raise
        except FootnoteError as error:
            return str(error).removesuffix(".")
        finally:
            with suppress(Exception):
                self.client.drop_collection(name, timeout=collection.MANAGE_S)

    def _build(self, name: str, settings: IndexSettings) -> str | None:
        vectors = _vectors(self.dimension)
        collection.make(self.client, name, self.dimension)
        for group in batches(rows([_entry(number) for number in range(ROWS)], vectors), self.dimension):
            self.client.upsert(name, group, timeout=collection.MANAGE_S)
        # Milvus Lite builds in the background while it flushes, and a load would read what is half written.
        self.client.flush(name, timeout=collection.MANAGE_S)
        collection.index(self.client, name, self.dimension, settings)
        if not collection.built(self.client, name, ROWS, self.clock, self.sleep):
            return "it failed to"
        # Milvus Lite builds when it loads, and says only then what it cannot build.
        self.client.release_collection(name, timeout=collection.MANAGE_S)
        collection.load(self.client, name)
        if settings.kind.startswith("IVF") and settings.nlist > 1 and self._finds_all(name, vectors[0]):
            return "it accepts them, but searches without"
        return None

    def _finds_all(self, name: str, vector: Vectors) -> bool:
        """Does a search in one cell of many find everything? Then there are no cells."""
        hits = self.client.search(
            name,
            [vector],
            limit=ROWS,
            search_params={"metric_type": collection.METRIC, "params": {"nprobe": 1}},
            consistency_level="Strong",
            timeout=collection.MANAGE_S,
        )[0]
        return len(hits) >= ROWS

    def _sweep(self) -> None:
        """Drop what probes left that were killed."""
        with translated():
            names = self.client.list_collections(timeout=collection.MANAGE_S)
            for name in names:
                made = LEFT_OVER.fullmatch(name)
                if made and int(made.group(1)) < self.now() - LEFT_OVER_S:
                    self.client.drop_collection(name, timeout=collection.MANAGE_S)


def _vectors(dimension: int) -> Vectors:
    drawn: Vectors = np.random.default_rng(0).normal(size=(ROWS, dimension)).astype(np.float32)
    return drawn


def _entry(number: int) -> IndexEntry:
    return IndexEntry(number, 1, 1, "txt", (), datetime(2000, 1, 1, tzinfo=UTC))
