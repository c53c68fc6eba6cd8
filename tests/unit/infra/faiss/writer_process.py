"""Writes batches of three chunks for ever, or so many: `writer_process.py FOLDER FIRST [BATCHES]`.

Says the number of each batch once its call has returned; compacts now and then.
"""

import itertools
import sys
from pathlib import Path

from infra.faiss.index import FaissIndex
from tests.unit.infra.faiss.samples import DIMENSION, entry, random_vectors


def main(folder: Path, first: int, batches: int | None) -> None:
    """Chunk ids are three times the number of the batch, and the two that follow."""
    index = FaissIndex(folder, DIMENSION)
    for number in itertools.islice(itertools.count(first), batches):
        chunks = [entry(3 * number + place, document_id=number) for place in range(3)]
        index.upsert(chunks, random_vectors(3, seed=number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number % 7 == 0:
            index.compact()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
