"""Writes to a Milvus collection, and waits until searches see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.milvus import partitions
from infra.milvus.connection import Client
from infra.milvus.expressions import chunks
from infra.milvus.search import BOUNDED, READ_S, groups
from infra.milvus.vectors import Row, batches

WRITE_S = 60.0
MOST_IDS = 10_000
STRONG = "Strong"


@dataclass(frozen=True, slots=True)
class Writer:
    """One write; what a failure leaves undone is done by the same write again.

    Attributes:
        client: Of the server.
        name: Of the collection, which is loaded.
        dimension: Of its vectors.
        parts: Does it have partitions?
    """

    client: Client
    name: str
    dimension: int
    parts: bool

    def upsert(self, written: Sequence[Row]) -> None:
        """Store rows of different chunks, replacing those with the same chunk ids."""
        if self.parts:
            for group in groups(written, MOST_IDS):
                self._remove_moved(group)
            for part, rows in partitions.split(written).items():
                self._send(rows, part)
        else:
            self._send(written)
        self._await_readers()

    def delete(self, expressions: Sequence[str]) -> None:
        """Remove what one of these admits."""
        for expression in expressions:
            self.client.delete(self.name, filter=expression, timeout=WRITE_S)
        self._await_readers()

    def _remove_moved(self, written: Sequence[Row]) -> None:
        """An upsert replaces what is in its own partition only."""
        there = self.client.query(
            self.name,
            filter=chunks(int(str(row["chunk_id"])) for row in written),
            output_fields=["chunk_id", "collection_id"],
            consistency_level=BOUNDED,
            timeout=READ_S,
        )
        if moved := partitions.moved(written, there):
            self.client.delete(self.name, filter=chunks(moved), timeout=WRITE_S)

    def _send(self, written: Sequence[Row], part: str = "") -> None:
        for group in batches(written, self.dimension):
            self.client.upsert(self.name, group, partition_name=part, timeout=WRITE_S)

    def _await_readers(self) -> None:
        """Wait until readers see what was written before."""
        self.client.query(
            self.name, filter=chunks([0]), output_fields=["chunk_id"], consistency_level=STRONG, timeout=WRITE_S
        )
