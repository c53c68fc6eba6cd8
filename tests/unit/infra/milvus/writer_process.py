"""A process that writes the same rows to an index until it is killed: `writer_process ADDRESS NAME`."""

import sys

from infra.milvus import vectors
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import Address
from tests.unit.infra.milvus.material import DIMENSION, drawn, entry

ROWS = 3_000


def main() -> None:
    """Say "writing", and write."""
    vectors.MOST_ROWS = 50
    index = MilvusIndex(Connection(Address(sys.argv[1])), sys.argv[2], DIMENSION)
    sys.stdout.write("writing\n")
    sys.stdout.flush()
    while True:
        index.upsert([entry(number, document=2) for number in range(ROWS)], drawn(ROWS, seed=2))


if __name__ == "__main__":
    main()
