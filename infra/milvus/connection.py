"""A connection that outlives restarts of the server."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeVar

from infra.milvus import partitions
from infra.milvus.errors import NEEDS_CLIENT, Away, translated
from infra.milvus.lite import LiteServer
from infra.milvus.settings import Address
from ingest.errors import Permanent, Transient

Client = Any
Result = TypeVar("Result")

CONNECT_S = 5.0


class Connection:
    """Runs operations with a client; where the connection is lost, it is made anew and the operation is run once more.

    So an operation must be one that may run twice. Milvus Lite's server is started where it does not run.

    Args:
        address: Where Milvus is.

    Raises:
        Permanent: A package is missing, or the address, token or certificate is wrong.
        Transient: Milvus Lite does not start.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lite = LiteServer(address.folder) if address.folder else None
        self._client: Client | None = None
        self._lock = threading.Lock()

    @property
    def parts(self) -> list[str]:
        """The partitions of collections there; none in Milvus Lite, which finds deleted rows in them again."""
        return [] if self._lite else partitions.names()

    def run(self, operation: Callable[[Client], Result]) -> Result:
        """What the operation returns.

        Raises:
            Away: Milvus cannot be reached. Transient, Permanent: It says so.
        """
        known, client = self._client is not None, None
        try:
            with translated():
                client = self._connected()
                return operation(client)
        except Away:
            self._disconnect(client)
            if self._lite:
                self._lite.revive()
            elif not known:
                raise
        except (Transient, Permanent):
            # Another thread lost the connection meanwhile and closed the client that this one used.
            if client is None or client is self._client:
                raise
        with translated():
            return operation(self._connected())

    def close(self) -> None:
        """Let go; the last process to do so ends Milvus Lite's server. A second call does nothing."""
        self._disconnect(self._client)
        if self._lite:
            self._lite.close()

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Client:
        """Connections are not shared between clients: pymilvus would share them whatever their certificates."""
        address = self._address
        return _client_class()(
            uri=self._lite.uri if self._lite else address.uri,
            token=address.token,
            db_name=address.database,
            timeout=CONNECT_S,
            dedicated=True,
            # pymilvus calls the authorities' certificates so; its `ca_pem_path` counts for mutual TLS only.
            server_pem_path=str(address.ca_certificate or ""),
            server_name=address.server_name,
        )

    def _disconnect(self, client: Client | None) -> None:
        """Close a client, unless another thread has already put another one in its place."""
        with self._lock:
            if client is self._client:
                self._client = None
        if client is not None:
            with suppress(Exception):
                client.close()


def _client_class() -> Callable[..., Client]:
    """Pymilvus' client; its own log repeats with a traceback what is raised."""
    try:
        found: Callable[..., Client] = import_module("pymilvus").MilvusClient
    except ImportError as error:
        raise Permanent(NEEDS_CLIENT) from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return found
