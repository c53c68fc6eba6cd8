"""What can be tuned of the indexes on FAISS."""

from infra.faiss.settings import FaissSettings
from retrieval.indexes import Knob

# 100 candidates are asked for at least, of which FAISS looks at four times as many: smaller values are all the same.
WIDTHS = (128, 500, 630, 800, 1_000, 1_400, 2_000)
DEPTHS = (200, 600, 1_200)
PROBES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256)


def knobs(settings: FaissSettings, dimension: int) -> tuple[Knob, ...]:
    """For HNSW its width, for IVF-PQ the cells read and the candidates compared exactly; none for an exact index."""
    if settings.kind == "HNSW":
        return (
            Knob("ef", WIDTHS, FaissSettings().ef),
            Knob("links", (16, 32), FaissSettings().links, builds=True),
            Knob("ef_construction", (100, 200), FaissSettings().ef_construction, builds=True),
        )
    if settings.kind == "exact":
        return ()
    parts = FaissSettings("IVF-PQ").parts(dimension)
    finer = tuple(many for many in (parts, 2 * parts) if dimension % many == 0)
    return (
        Knob("nprobe", PROBES, FaissSettings().nprobe),
        Knob("depth", DEPTHS, FaissSettings().depth),
        Knob("pq_parts", finer, parts, builds=True),
    )
