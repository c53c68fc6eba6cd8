"""How FAISS indexes vectors and searches them."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from ingest.errors import Permanent
from retrieval.indexes import IndexChoice

Kind = Literal["exact", "HNSW", "IVF-PQ"]
KINDS: tuple[Kind, ...] = get_args(Kind)

PQ_CENTROIDS = 256
# FAISS warns where a centroid is trained on fewer vectors.
LEAST_PER_CENTROID = 39
SAMPLE_PER_CENTROID = 80
# Codes of these sizes can be searched on a GPU too, so they are chosen where they are not much shorter.
GPU_PARTS = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)
BOUNDS = {
    "links": (2, 512),
    "ef_construction": (1, 4_096),
    "nlist": (1, 65_536),
    "pq_parts": (1, 4_096),
    "nprobe": (1, 65_536),
    "ef": (1, 32_768),
    "depth": (1, 100_000),
    "few": (0, 100_000_000),
    "grown": (1, 10_000_000),
    "threads": (1, 512),
    "build_threads": (1, 512),
}
SWITCHES = ("gpu", "verify")
# What a base is not made with.
AT_SEARCH = ("nprobe", "ef", "depth", "few", "grown", "threads", "build_threads", *SWITCHES)


@dataclass(frozen=True, slots=True)
class FaissSettings:
    """How vectors are indexed and searched.

    `nprobe`, `ef`, `depth`, `few` and `threads` count from the next search; the others from the next base.

    Attributes:
        kind: `exact` compares with every vector; `HNSW` walks a graph; `IVF-PQ` reads the nearest cells of compressed
            vectors. The last two compare their best candidates exactly.
        links: HNSW's `M`: links of a vector in each layer of the graph.
        ef_construction: HNSW's candidate list while building.
        nlist: IVF-PQ's number of cells; `None` for about twice the square root of the number of vectors.
        pq_parts: IVF-PQ's bytes a vector, a divisor of the dimension; `None` for about an eighth of the dimension.
        nprobe: How many cells a search reads.
        ef: HNSW's candidate list while searching.
        depth: How many candidates are compared exactly; four times the number of hits wanted where that is more.
        few: Where a filter admits at most so many vectors, all of them are compared exactly.
        grown: After so many changes, or a tenth of the base where that is more, a new base is due.
        threads: For one search; more than one is slower below some hundred thousand vectors.
        build_threads: For a new base. With more than one, HNSW's graph differs from build to build.
        gpu: Search on a GPU where there is one.
        verify: Compare the checksums of all files when a base is opened; without it only their sizes.

    Raises:
        Permanent: A value is out of its bounds.
    """

    kind: Kind = "IVF-PQ"
    links: int = 16
    ef_construction: int = 100
    nlist: int | None = None
    pq_parts: int | None = None
    nprobe: int = 128
    ef: int = 128
    depth: int = 200
    few: int = 20_000
    grown: int = 5_000
    threads: int = 1
    build_threads: int = 1
    gpu: bool = True
    verify: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Permanent(f"There is no FAISS index type {self.kind!r}. Choose one of: {', '.join(KINDS)}.")
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise Permanent(f"The setting {name} of the FAISS index is {value}; it must be {least:,} to {most:,}.")

    @classmethod
    def of(cls, choice: IndexChoice) -> Self:
        """The settings of a choice. Raises: Permanent: No such kind or setting, or a value is out of its bounds."""
        for name, value in choice.own:
            if name not in BOUNDS and name not in SWITCHES:
                known = ", ".join([*BOUNDS, *SWITCHES])
                raise Permanent(f"A FAISS index has no setting {name!r}. It has: {known}.")
            if not isinstance(value, int) or (name in SWITCHES and value not in (0, 1)):
                wanted = "0 or 1" if name in SWITCHES else "a whole number"
                raise Permanent(f"The setting {name} of the FAISS index must be {wanted}.")
        settings = {name: bool(value) if name in SWITCHES else value for name, value in choice.own}
        return cls(kind=choice.kind, **settings)  # type: ignore[arg-type]

    def parts(self, dimension: int) -> int:
        """Into how many bytes IVF-PQ turns a vector. Raises: Permanent where they are not of equal size."""
        if self.pq_parts is None:
            most = max(1, dimension // (8 if dimension >= 64 else 2))
            best = max(parts for parts in range(1, most + 1) if dimension % parts == 0)
            on_gpu = max(parts for parts in GPU_PARTS if parts <= best and dimension % parts == 0)
            return on_gpu if 2 * on_gpu >= best else best
        if dimension % self.pq_parts:
            raise Permanent(
                f"The setting pq_parts of the FAISS index is {self.pq_parts}; it must divide the dimension {dimension}."
            )
        return self.pq_parts

    def cells(self, count: int) -> int:
        """How many cells IVF-PQ makes for a number of vectors: a power of two where it chooses."""
        if self.nlist is not None:
            return self.nlist
        wished = max(1, min(2 * count**0.5, count / LEAST_PER_CENTROID))
        return int(min(2 ** (int(wished).bit_length() - 1), BOUNDS["nlist"][1]))

    @property
    def trainable(self) -> int:
        """With fewer vectors than this IVF-PQ cannot be trained."""
        return LEAST_PER_CENTROID * max(PQ_CENTROIDS, self.nlist or 0)

    def built(self, count: int) -> Kind:
        """The kind that a base of a number of vectors gets: exact where there are too few to train."""
        return "exact" if not count or (self.kind == "IVF-PQ" and count < self.trainable) else self.kind

    def sample(self, count: int) -> int:
        """How many vectors IVF-PQ is trained on."""
        return min(count, SAMPLE_PER_CENTROID * max(PQ_CENTROIDS, self.cells(count)))
