"""Where Milvus is, and how it indexes vectors."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from ingest.errors import Permanent
from retrieval.indexes import IndexChoice

Kind = Literal["HNSW", "IVF_FLAT", "IVF_PQ", "IVF_SQ8", "AUTOINDEX"]
KINDS: tuple[Kind, ...] = get_args(Kind)

URI = "uri"
SERVER_WITHOUT_SCHEME = re.compile(r"[\w.-]+:\d+|\[[0-9a-fA-F:]+\]:\d+")
MOST_EF = 32_768
BOUNDS = {
    "links": (2, 2_048),
    "ef_construction": (1, 4_096),
    "nlist": (1, 65_536),
    "pq_parts": (1, 32_768),
    "pq_bits": (1, 16),
    "ef": (1, MOST_EF),
    "nprobe": (1, 65_536),
}


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """How vectors are indexed. `ef` and `nprobe` may change at any time; all others need a new collection.

    Attributes:
        kind: Type of the index; `AUTOINDEX` leaves the choice to the server.
        links: HNSW's `M`: links of a vector in each layer of the graph, 2 to 2,048.
        ef_construction: HNSW's candidate list while building, 1 to 4,096.
        nlist: IVF's number of cells, 1 to 65,536.
        pq_parts: IVF_PQ's `m`: parts that a vector is cut into, a divisor of the dimension; `None` for the largest one
            up to an eighth of the dimension.
        pq_bits: IVF_PQ's `nbits`: bits that a part is stored in, 1 to 16.
        ef: HNSW's candidate list while searching, 1 to 32,768; at least the number of hits wanted is used.
        nprobe: How many of IVF's cells a search reads, 1 to 65,536; at most `nlist` is used.

    Raises:
        Permanent: A value is out of its bounds.
    """

    kind: Kind = "HNSW"
    links: int = 16
    ef_construction: int = 200
    nlist: int = 128
    pq_parts: int | None = None
    pq_bits: int = 8
    ef: int = 512
    nprobe: int = 64

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Permanent(f"There is no Milvus index type {self.kind!r}. Choose one of: {', '.join(KINDS)}.")
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise Permanent(f"The setting {name} of the Milvus index is {value}; it must be {least} to {most}.")

    @classmethod
    def of(cls, choice: IndexChoice) -> Self:
        """The settings of a choice. Raises: Permanent: No such kind or setting, or a value is out of its bounds."""
        settings = {name: value for name, value in choice.own if name != URI}
        for name, value in settings.items():
            if name not in BOUNDS:
                raise Permanent(f"A Milvus index has no setting {name!r}. It has: {', '.join([URI, *BOUNDS])}.")
            if not isinstance(value, int):
                raise Permanent(f"The setting {name} of the Milvus index must be a whole number.")
        return cls(kind=choice.kind, **settings)  # type: ignore[arg-type]

    def parts(self, dimension: int) -> int:
        """Into how many parts IVF_PQ cuts vectors. Raises: Permanent where they would not be of equal size."""
        if self.pq_parts is None:
            return max(parts for parts in range(1, max(1, dimension // 8) + 1) if dimension % parts == 0)
        if dimension % self.pq_parts:
            raise Permanent(f"The setting pq_parts of the Milvus index is {self.pq_parts}; it must divide {dimension}.")
        return self.pq_parts

    def build_parameters(self, dimension: int) -> dict[str, int]:
        """Milvus' own names and values for building. Raises: Permanent where they don't fit the dimension."""
        if self.kind == "HNSW":
            return {"M": self.links, "efConstruction": self.ef_construction}
        if self.kind == "IVF_PQ":
            return {"nlist": self.nlist, "m": self.parts(dimension), "nbits": self.pq_bits}
        return {} if self.kind == "AUTOINDEX" else {"nlist": self.nlist}

    def search_parameters(self, limit: int) -> dict[str, int]:
        """Milvus' own names and values for a search of `limit` hits."""
        if self.kind in ("HNSW", "AUTOINDEX"):
            return {"ef": min(MOST_EF, max(limit, self.ef))}
        return {"nprobe": min(self.nprobe, self.nlist)}


@dataclass(frozen=True, slots=True)
class Address:
    """Where Milvus is.

    Attributes:
        uri: `http://host:port` or `https://host:port` of a server or cluster, or a folder for Milvus Lite.
        token: `user:password` or an API key; empty for none.
        ca_certificate: File with the certificates (PEM) that vouch for the server, where the system's do not.
        server_name: The name in the server's certificate, where the address has another one.
        database: Milvus' database; empty for its default.

    Raises:
        Permanent: It cannot be an address.
    """

    uri: str
    token: str = ""
    ca_certificate: Path | None = None
    server_name: str = ""
    database: str = ""

    def __post_init__(self) -> None:
        if SERVER_WITHOUT_SCHEME.fullmatch(self.uri):
            raise Permanent(
                f"The address of Milvus lacks its beginning. Write http://{self.uri} or https://{self.uri}."
            )
        scheme = urlsplit(self.uri).scheme if "://" in self.uri else ""
        if not self.uri or ("://" in self.uri and scheme not in ("http", "https")):
            raise Permanent("The address of Milvus must be http://host:port, https://host:port, or a folder.")
        if scheme and "@" in urlsplit(self.uri).netloc:
            raise Permanent(
                "The address of Milvus holds a user or a password. Leave them out of it, and set"
                " FOOTNOTE_MILVUS_TOKEN=user:password."
            )
        if (self.ca_certificate or self.server_name) and scheme != "https":
            raise Permanent(
                "A certificate or server name for Milvus is set, but its address does not begin with https://."
            )
        if self.ca_certificate and not self.ca_certificate.is_file():
            raise Permanent(f"There is no certificate file {self.ca_certificate} for Milvus.")

    def __repr__(self) -> str:
        return f"Address({self.uri})"

    @property
    def folder(self) -> Path | None:
        """Milvus Lite's folder; `None` for a server."""
        return None if "://" in self.uri else Path(self.uri)
