"""What can be tuned of the indexes on Milvus."""

from infra.milvus.settings import IndexSettings
from retrieval.dense import LEAST_CANDIDATES
from retrieval.indexes import CANDIDATES, Knob

WIDTHS = (64, 96, 128, 192, 256, 384, 512, 768, 1_024, 2_048)
PROBES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
DEPTHS = (50, 100, 200, 400, 800)


def knobs(settings: IndexSettings, dimension: int) -> tuple[Knob, ...]:
    """HNSW's width or the number of cells read; for IVF_PQ also how many candidates are re-scored by Postgres."""
    default = IndexSettings()
    if settings.kind in ("HNSW", "AUTOINDEX"):
        building = (
            Knob("links", (16, 32), default.links, builds=True),
            Knob("ef_construction", (200, 400), default.ef_construction, builds=True),
        )
        return (Knob("ef", WIDTHS, default.ef), *(building if settings.kind == "HNSW" else ()))
    cells = Knob("nprobe", tuple(one for one in PROBES if one <= settings.nlist), default.nprobe)
    if settings.kind != "IVF_PQ":
        return (cells,)
    parts = settings.parts(dimension)
    finer = tuple(many for many in (parts, 2 * parts) if dimension % many == 0)
    return (cells, Knob(CANDIDATES, DEPTHS, LEAST_CANDIDATES), Knob("pq_parts", finer, parts, builds=True))
