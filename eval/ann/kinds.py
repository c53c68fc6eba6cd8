"""The indexes that can be measured, and the settings that each is searched with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.errors import Permanent
from retrieval.indexes import IndexChoice, Setting

Knobs = Mapping[str, int]

WIDTHS: Sequence[Knobs] = tuple({"ef_search": one} for one in (40, 70, 100, 200, 400, 800))
DEPTHS: Sequence[Knobs] = tuple({"rescore_depth": one} for one in (50, 100, 200, 400, 800, 1_600))
ONCE: Sequence[Knobs] = ({},)
# With 40 candidates an index is asked for no more than four for each of ten hits; the product's default is 200.
FEW, MORE, MANY = {"candidates": 40}, {"candidates": 100}, {"candidates": 400}
GRAPH: Sequence[Knobs] = (*({**FEW, "ef": one} for one in (64, 128, 256, 512, 1_024)), {**MORE, "ef": 512})
CELLS: Sequence[Knobs] = tuple({**FEW, "nprobe": one} for one in (4, 8, 16, 32, 64, 128))
CODES: Sequence[Knobs] = (
    *({**FEW, "nprobe": one} for one in (8, 16, 32, 64)),
    *({**MORE, "nprobe": one} for one in (16, 32, 64, 128, 256)),
    *({**MANY, "nprobe": one} for one in (32, 64, 128)),
)
# From so many vectors on, IVF's cells are made smaller than the product's default of 128 cells.
LARGE = 300_000
MANY_CELLS = 1_024


@dataclass(frozen=True, slots=True)
class Kind:
    """An index that can be measured.

    Attributes:
        store: As in `IndexChoice`.
        type: The store's own name.
        points: The settings of searching that are tried.
        lite: It is for Milvus Lite, in a folder, not for a server.
    """

    store: str
    type: str
    points: Sequence[Knobs]
    lite: bool = False

    def choice(self, rows: int) -> IndexChoice:
        """What is built for so many vectors: the product's defaults, but for more cells of a large IVF on Milvus."""
        cells: tuple[tuple[str, Setting], ...] = ()
        if self.store == "milvus" and self.type.startswith("IVF") and rows >= LARGE and not self.lite:
            cells = (("nlist", MANY_CELLS),)
        return IndexChoice(self.store, self.type, cells)


KINDS: Mapping[str, Kind] = {
    "pgvector-halfvec": Kind("pgvector", "halfvec", WIDTHS),
    "pgvector-vector": Kind("pgvector", "vector", WIDTHS),
    "pgvector-bit": Kind("pgvector", "bit", DEPTHS),
    "faiss-exact": Kind("faiss", "exact", ONCE),
    "faiss-hnsw": Kind("faiss", "HNSW", GRAPH),
    "faiss-ivfpq": Kind("faiss", "IVF-PQ", CODES),
    "milvus-lite-hnsw": Kind("milvus", "HNSW", GRAPH, lite=True),
    "milvus-lite-ivfflat": Kind("milvus", "IVF_FLAT", CELLS, lite=True),
    "milvus-hnsw": Kind("milvus", "HNSW", GRAPH),
    "milvus-ivfflat": Kind("milvus", "IVF_FLAT", CELLS),
    "milvus-ivfsq8": Kind("milvus", "IVF_SQ8", CELLS),
    "milvus-ivfpq": Kind("milvus", "IVF_PQ", CODES),
}


def chosen(names: Sequence[str]) -> dict[str, Kind]:
    """Kinds by name. Raises: Permanent where there is none of a name."""
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise Permanent(f"There is no index {unknown[0]!r}. Choose from: {', '.join(KINDS)}.")
    return {name: KINDS[name] for name in names}


def needs_server(name: str) -> bool:
    """Is it measured on a Milvus server?"""
    return KINDS[name].store == "milvus" and not KINDS[name].lite
