"""What can be tuned of pgvector's graphs."""

from infra.postgres.index_settings import PgIndexSettings
from retrieval.indexes import Knob

# Each about a third more than the one before: the time of a search grows more slowly than that.
WIDTHS = (20, 30, 40, 60, 80, 100, 130, 180, 250, 350, 500, 700, 1_000)
DEPTHS = (50, 75, 100, 150, 200, 300, 400, 600, 800, 1_200, 2_000, 4_000)


def knobs(settings: PgIndexSettings) -> tuple[Knob, ...]:
    """For a search one knob, for building `m` and `ef_construction`.

    A `bit` graph is searched as widely as candidates are wanted of it, so there the depth is the only knob.
    """
    default = PgIndexSettings(settings.kind)
    if settings.kind == "bit":
        search = Knob("rescore_depth", DEPTHS, default.rescore_depth)
    else:
        search = Knob("ef_search", WIDTHS, default.ef_search)
    return (
        search,
        Knob("m", (16, 32), default.m, builds=True),
        Knob("ef_construction", (200, 400), default.ef_construction, builds=True),
    )
