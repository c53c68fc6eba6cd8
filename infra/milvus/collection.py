"""The Milvus collection that holds an index: its fields, and what must be true of one that exists already."""

import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from infra.milvus.connection import Client
from infra.milvus.settings import IndexSettings
from infra.milvus.vectors import MOST_TAG_BYTES, MOST_TAGS, MOST_TYPE_BYTES
from ingest.errors import Permanent, StoreMismatch, Transient

Sleep = Callable[[float], None]

METRIC = "COSINE"
MANAGE_S = 60.0
LOAD_S = 600.0
# A server builds the index of a segment of some 100,000 vectors at a time and tells nothing in between.
BUILD_S = 3_600.0


def make(client: Client, name: str, dimension: int, parts: Sequence[str] = ()) -> None:
    """Make an empty collection of these partitions, without an index."""
    kinds = import_module("pymilvus").DataType
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("chunk_id", kinds.INT64, is_primary=True)
    for field in ("document_id", "collection_id", "uploaded_at"):
        schema.add_field(field, kinds.INT64)
    schema.add_field("file_type", kinds.VARCHAR, max_length=MOST_TYPE_BYTES)
    schema.add_field("tags", kinds.ARRAY, element_type=kinds.VARCHAR, max_capacity=MOST_TAGS, max_length=MOST_TAG_BYTES)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
    client.create_collection(name, schema=schema, consistency_level="Bounded", timeout=MANAGE_S)
    complete(client, name, parts)


def complete(client: Client, name: str, parts: Sequence[str]) -> None:
    """Make those partitions that are missing."""
    missing = set(parts) - set(client.list_partitions(name, timeout=MANAGE_S) if parts else ())
    for part in sorted(missing):
        client.create_partition(name, part, timeout=MANAGE_S)


def index(client: Client, name: str, dimension: int, settings: IndexSettings) -> None:
    """Give a collection its vector index; nothing where it has one."""
    if described(client, name):
        return
    parameters = client.prepare_index_params()
    parameters.add_index(
        "vector", index_type=settings.kind, metric_type=METRIC, params=settings.build_parameters(dimension)
    )
    client.create_index(name, parameters, timeout=MANAGE_S)


def load(client: Client, name: str) -> None:
    """Bring a collection into memory and wait for it; nothing where it is there."""
    client.load_collection(name, timeout=LOAD_S)


def described(client: Client, name: str) -> Mapping[str, Any]:
    """What the server says of a collection's vector index; empty where there is none."""
    found: Mapping[str, Any] = client.describe_index(name, "vector", timeout=MANAGE_S) or {}
    return found


def built(
    client: Client, name: str, rows: int, clock: Callable[[], float] = time.monotonic, sleep: Sleep = time.sleep
) -> bool:
    """Wait until a flushed collection of at least so many rows is indexed, or has failed to be.

    Raises:
        Transient: For an hour nothing changed.
    """
    deadline = clock() + BUILD_S
    before: Mapping[str, Any] = {}
    while clock() < deadline:
        said = described(client, name)
        if said != before:
            deadline, before = clock() + BUILD_S, said
        if said.get("state") == "Failed":
            return False
        if int(said.get("total_rows", 0)) >= rows and not int(said.get("pending_index_rows", 0)):
            return True
        sleep(0.2)
    raise Transient("Milvus takes too long to build the index. Try again later.")


def taken_over(
    client: Client, name: str, rows: int, clock: Callable[[], float] = time.monotonic, sleep: Sleep = time.sleep
) -> bool:
    """Wait until the server searches every loaded segment of at least so many rows with the index that it built.

    Between building and that it searches with an index of its own, which finds less. It takes some seconds; where it
    takes longer than `LOAD_S`, the answer is no.
    """
    deadline = clock() + LOAD_S
    while clock() < deadline:
        loaded = client.list_loaded_segments(name, timeout=MANAGE_S)
        if all(one.index_id for one in loaded if one.num_rows >= rows):
            return True
        sleep(0.2)
    return False


def check(client: Client, name: str, dimension: int, settings: IndexSettings) -> None:
    """Raises: StoreMismatch: It holds vectors of another dimension. Permanent: It is indexed in another way."""
    fields = {field["name"]: field for field in client.describe_collection(name, timeout=MANAGE_S)["fields"]}
    if int(fields.get("vector", {}).get("params", {}).get("dim", 0)) != dimension:
        raise StoreMismatch
    reported = described(client, name)
    wanted = {"index_type": settings.kind, **settings.build_parameters(dimension)}
    other = {
        key: reported[key] for key, value in wanted.items() if key in reported and str(reported[key]) != str(value)
    }
    if other:
        found = ", ".join(f"{key}={value}" for key, value in other.items())
        raise Permanent(f"The Milvus index was built with other settings ({found}). Run: footnote db switch-index")
