"""Which part of a server's collection a row lies in: a search reads only the parts that its scope needs.

They are named by the writer. Milvus' own partition key does the same by itself, but servers before 2.4 put rows that
are upserted into other parts than the key says, and without upserts two writers of one chunk leave it there twice.
"""

from collections.abc import Iterable, Mapping, Sequence

from infra.milvus.vectors import Row

COUNT = 16


def names() -> list[str]:
    """All of them."""
    return [_name(number) for number in range(COUNT)]


def of(collections: Iterable[int]) -> list[str]:
    """Those that hold the chunks of some collections."""
    return [_name(number) for number in sorted({one % COUNT for one in collections})]


def split(written: Sequence[Row]) -> Mapping[str, list[Row]]:
    """The rows of each part."""
    parts: dict[str, list[Row]] = {}
    for row in written:
        parts.setdefault(_name(_number(row)), []).append(row)
    return parts


def moved(written: Sequence[Row], there: Sequence[Row]) -> list[int]:
    """The ids of chunks that lie in another part than the one that they are written to.

    Args:
        written: Rows to write.
        there: What is stored of the same chunks: `chunk_id` and `collection_id`.
    """
    wanted = {row["chunk_id"]: _number(row) for row in written}
    return [int(str(row["chunk_id"])) for row in there if wanted[row["chunk_id"]] != _number(row)]


def _number(row: Row) -> int:
    return int(str(row["collection_id"])) % COUNT


def _name(number: int) -> str:
    return f"collections_{number}"
