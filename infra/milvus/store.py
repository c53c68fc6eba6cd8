"""The `VectorStore` port on Milvus."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.knobs import knobs
from infra.milvus.search import READ_S
from infra.milvus.settings import SERVER_WITHOUT_SCHEME, URI, Address, IndexSettings
from infra.usage import folder_bytes
from retrieval.indexes import IndexChoice, IndexRecord, Knob
from retrieval.ports import VectorIndex


@dataclass(frozen=True, slots=True)
class MilvusStore:
    """Collections in a folder (Milvus Lite), on a server, or on a cluster.

    Attributes:
        home: Where a folder is that is named by a relative path.
        uri: Where indexes are whose choice names no other place: a folder or a server.
        token: As in `Address`, for any server; so are the other attributes.
    """

    home: Path
    uri: str
    token: str = ""
    ca_certificate: Path | None = None
    server_name: str = ""
    database: str = ""

    @property
    def external(self) -> bool:
        """It must be told of changes."""
        return True

    def default_kind(self, dimension: int) -> str:
        """HNSW."""
        del dimension
        return IndexSettings().kind

    def check(self, choice: IndexChoice, dimension: int) -> None:
        """See that such an index can be made. Raises: Permanent."""
        IndexSettings.of(choice).build_parameters(dimension)
        self._address(choice)

    def reach(self, choice: IndexChoice) -> None:
        """Ask the server for something. Raises: Permanent, Transient."""
        connection = Connection(self._address(choice))
        try:
            connection.run(lambda client: client.list_collections(timeout=READ_S))
        finally:
            connection.close()

    def searches_only(self, old: IndexChoice, new: IndexChoice) -> bool:
        """Do two choices differ in `ef`, `nprobe` and the number of candidates only?"""
        before, after = IndexSettings.of(old), IndexSettings.of(new)
        same_place = self._address(old) == self._address(new)
        return same_place and replace(before, ef=after.ef, nprobe=after.nprobe) == after

    def knobs(self, choice: IndexChoice, dimension: int) -> Sequence[Knob]:
        """How the index is searched and built."""
        return knobs(IndexSettings.of(choice), dimension)

    def create(self, record: IndexRecord) -> None:
        """Make an empty collection, after a trial that the server builds such indexes. Raises: Transient, Permanent."""
        with self._opened(record) as index:
            index.create()

    @contextmanager
    def open(self, record: IndexRecord) -> Iterator[VectorIndex]:
        """The index. Raises: Transient, Permanent."""
        with self._opened(record) as index:
            yield index

    def bytes(self, record: IndexRecord) -> int | None:
        """The folder's of Milvus Lite; `None` of a server."""
        folder = self._address(record.choice).folder
        return folder_bytes(folder) if folder else None

    def drop(self, record: IndexRecord) -> None:
        """Remove the collection; nothing where it is absent. Raises: Transient, Permanent."""
        with self._opened(record) as index:
            index.drop()

    @contextmanager
    def _opened(self, record: IndexRecord) -> Iterator[MilvusIndex]:
        settings = IndexSettings.of(record.choice)
        connection = Connection(self._address(record.choice))
        try:
            yield MilvusIndex(connection, record.name, record.dimension, settings)
        finally:
            connection.close()

    def _address(self, choice: IndexChoice) -> Address:
        """Raises: Permanent: It is none."""
        uri = str(dict(choice.settings).get(URI, self.uri))
        if uri and "://" not in uri and not SERVER_WITHOUT_SCHEME.fullmatch(uri):
            return Address(str(self.home / uri))
        return Address(uri, self.token, self.ca_certificate, self.server_name, self.database)
