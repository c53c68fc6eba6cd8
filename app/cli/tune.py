"""`footnote tune`."""

from typing import Annotated

import typer

from app.cli.failures import DONE, FAILED
from app.cli.measured import tune_shape, tune_text
from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from retrieval.tuning.model import TuneRequest

Recall = Annotated[
    float, typer.Option("--recall", min=0.5, max=0.9999, help="Share of the nearest passages that must be found.")
]
Count = Annotated[int, typer.Option("-k", "--k", min=1, max=1000, help="How many nearest passages count.")]
Queries = Annotated[
    int | None, typer.Option("--queries", min=1, max=100_000, help="Queries to try; by default as many as are needed.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31, help="Which queries and filters are drawn.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Try indexes that are built in other ways too; takes longer.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Measure only; change nothing.")]


def tune(
    context: typer.Context,
    recall: Recall = 0.98,
    k: Count = 10,
    rebuild: Rebuild = False,
    queries: Queries = None,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Search the vector index as cheaply as a recall target allows, with and without filters."""
    request = TuneRequest(recall, k, queries, seed, rebuild, dry_run)
    output = Output(as_json)
    with session(context).application() as application:
        report = application.tune(request, output.progress)
    output.progress("")
    output.result(tune_shape(report), tune_text(report, dry_run))
    raise typer.Exit(DONE if report.reached else FAILED)
