"""How pgvector indexes vectors."""

from dataclasses import dataclass, replace
from typing import Literal, LiteralString, Self, get_args

from psycopg.sql import SQL, Composed
from psycopg.sql import Literal as Number

from ingest.errors import Permanent
from retrieval.indexes import IndexChoice

Kind = Literal["halfvec", "vector", "bit"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_EF_SEARCH = 1_000
BOUNDS = {"m": (2, 100), "ef_construction": (4, 1_000), "ef_search": (1, MOST_EF_SEARCH), "rescore_depth": (1, 100_000)}
MOST_DIMENSIONS = {"halfvec": 4_000, "vector": 2_000, "bit": 64_000}
BYTES = {"halfvec": 2.0, "vector": 4.0, "bit": 0.125}
LINK_BYTES, ROW_BYTES = 20, 250
EXPRESSIONS: dict[Kind, LiteralString] = {
    "halfvec": "embedding",
    "vector": "(embedding::vector({dimension}))",
    "bit": "(binary_quantize(embedding)::bit({dimension}))",
}
OPERATORS: dict[Kind, LiteralString] = {
    "halfvec": "halfvec_cosine_ops",
    "vector": "vector_cosine_ops",
    "bit": "bit_hamming_ops",
}
DISTANCES: dict[Kind, LiteralString] = {
    "halfvec": "embedding <=> %(vector)s::halfvec({dimension})",
    "vector": "embedding::vector({dimension}) <=> %(vector)s::halfvec({dimension})::vector({dimension})",
    "bit": "binary_quantize(embedding)::bit({dimension})"
    " <~> binary_quantize(%(vector)s::halfvec({dimension}))::bit({dimension})",
}


@dataclass(frozen=True, slots=True)
class PgIndexSettings:
    """An HNSW graph (Malkov and Yashunin, 2018) over the stored vectors.

    `ef_search` and `rescore_depth` may change at any time; all others need a new index.

    Attributes:
        kind: What the graph holds: `halfvec` the vectors as they are stored (16 bits a number), `vector` 32 bits a
            number, `bit` the sign of each number, compared by Hamming distance and then re-scored exactly.
        m: Links of a vector in each layer of the graph, 2 to 100.
        ef_construction: Size of the candidate list while building, 4 to 1,000, at least twice `m`.
        ef_search: Size of the candidate list while searching, 1 to 1,000; at least the number of candidates is used.
        rescore_depth: How many candidates of a `bit` index are re-scored, at least the number of hits wanted.

    Raises:
        Permanent: A value is out of its bounds.
    """

    kind: Kind = "halfvec"
    m: int = 16
    ef_construction: int = 200
    ef_search: int = 250
    rescore_depth: int = 400

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Permanent(f"There is no pgvector index of the kind {self.kind!r}. Choose one of: {', '.join(KINDS)}.")
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise Permanent(f"The setting {name} of the pgvector index is {value}; it must be {least} to {most}.")
        if self.ef_construction < 2 * self.m:
            raise Permanent("The setting ef_construction of the pgvector index must be at least twice m.")

    @classmethod
    def of(cls, choice: IndexChoice) -> Self:
        """The settings of a choice. Raises: Permanent: No such kind or setting, or a value is out of its bounds."""
        for name, value in choice.settings:
            if name not in BOUNDS:
                raise Permanent(f"A pgvector index has no setting {name!r}. It has: {', '.join(BOUNDS)}.")
            if not isinstance(value, int):
                raise Permanent(f"The setting {name} of the pgvector index must be a whole number.")
        return cls(kind=choice.kind, **dict(choice.settings))  # type: ignore[arg-type]

    def check(self, dimension: int) -> None:
        """Raises: Permanent where pgvector cannot index vectors of so many numbers in this way."""
        most = MOST_DIMENSIONS[self.kind]
        if dimension > most:
            raise Permanent(
                f"A pgvector index of the kind {self.kind} holds vectors of at most {most:,} numbers;"
                f" the embedding model's have {dimension:,}."
            )

    def fitting(self, dimension: int) -> "PgIndexSettings":
        """The same, of another kind where this one does not hold vectors of so many numbers."""
        if dimension <= MOST_DIMENSIONS[self.kind]:
            return self
        return replace(self, kind="halfvec" if dimension <= MOST_DIMENSIONS["halfvec"] else "bit")

    def megabytes(self, rows: int, dimension: int) -> int:
        """Memory that building needs: each row's vector, its links, and what pgvector notes of it."""
        numbers = BYTES[self.kind] * dimension
        return int(rows * (numbers + 2 * self.m * LINK_BYTES + ROW_BYTES) * 1.15 / 1e6) + 8

    @property
    def label(self) -> str:
        """Store and index type for people."""
        return f"pgvector HNSW ({self.kind})"

    def candidates(self, k: int, spare: int) -> int:
        """How many the graph is asked for where `k` hits are wanted."""
        return max(self.rescore_depth if self.kind == "bit" else 0, k + spare)

    def width(self, candidates: int) -> int:
        """The candidate list's size for so many candidates."""
        return min(MOST_EF_SEARCH, max(candidates, self.ef_search))

    def distance(self, dimension: int) -> Composed:
        """What the graph orders by, as SQL with the parameter `vector`."""
        return SQL(DISTANCES[self.kind]).format(dimension=Number(dimension))

    def method(self, dimension: int) -> Composed:
        """The part of `CREATE INDEX` behind the table's name."""
        return SQL("USING hnsw ({expression} {operators}) WITH (m = {m}, ef_construction = {ef_construction})").format(
            expression=SQL(EXPRESSIONS[self.kind]).format(dimension=Number(dimension)),
            operators=SQL(OPERATORS[self.kind]),
            m=Number(self.m),
            ef_construction=Number(self.ef_construction),
        )
