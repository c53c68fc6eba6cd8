"""`footnote eval ann`: its options. What it does is in `eval.ann.work`, which is loaded when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Json
from app.cli.output import Output

Sizes = Annotated[str, typer.Option("--size", help="Numbers of vectors, such as 10k,100k,1m.")]
Dimensions = Annotated[str, typer.Option("--dimension", help="Numbers in a vector, such as 384,768.")]
Indexes = Annotated[str, typer.Option("--index", help="Such as pgvector-halfvec,faiss-ivfpq; else all that can be.")]
Hits = Annotated[int, typer.Option("--k", min=1, max=100, help="How many hits a search is for.")]
Queries = Annotated[int, typer.Option("--queries", min=1, max=100_000, help="How many different questions.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, max=1_000, help="How often each is asked.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the vectors.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Cache = Annotated[Path | None, typer.Option("--cache", help="Folder that keeps vectors and exact neighbours.")]
Uri = Annotated[str | None, typer.Option("--milvus-uri", help="Of a Milvus server, such as http://127.0.0.1:19530.")]
Bars = Annotated[bool, typer.Option("--bars", help="Check what must be reached over 100k vectors instead.")]


def ann(
    size: Sizes = "10k",
    dimension: Dimensions = "384",
    index: Indexes = "",
    k: Hits = 10,
    queries: Queries = 200,
    rounds: Rounds = 2,
    seed: Seed = 0,
    out: Out = Path("ann"),
    cache: Cache = None,
    milvus_uri: Uri = None,
    bars: Bars = False,
    as_json: Json = False,
) -> None:
    """Measure vector indexes on drawn vectors: recall against exact search, latency, build time, bytes, memory."""
    from platformdirs import user_cache_path

    from eval.ann.run import Plan
    from eval.ann.work import Request, check_bars, measure, sizes

    names = [one.strip() for one in index.split(",") if one.strip()]
    kept = cache or user_cache_path("footnote") / "ann"
    plan = Plan(sizes(size), _dimensions(dimension), names, k, queries, rounds, seed, kept, milvus_uri)
    request, output = Request(plan, out), Output(as_json)
    if not bars:
        measure(request, output)
    elif not check_bars(request, output):
        raise typer.Exit(1)


def _dimensions(said: str) -> list[int]:
    try:
        found = [int(one) for one in said.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{said!r} is not a list of numbers.", param_hint="--dimension") from error
    if not all(32 <= one <= 4_000 for one in found):
        raise typer.BadParameter("A vector has 32 to 4,000 numbers.", param_hint="--dimension")
    return found
