"""`footnote eval retrieval`: its options. What it does is in `eval.retrieval`, which is loaded when it runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Json
from app.cli.output import Output

DEPTH = 100


class Setting(StrEnum):
    """How to search: `default` is the product as it is set up; only it and `rerank` may use the cross-encoder."""

    LEXICAL = "lexical"
    DENSE = "dense"
    RRF = "rrf"
    BLEND = "blend"
    RERANK = "rerank"
    DEFAULT = "default"


Dataset = Annotated[Path, typer.Argument(help="A folder in BEIR's layout, or of PDFs with their right pages.")]
Settings = Annotated[list[Setting] | None, typer.Option("--setting", help="How to search (repeatable).")]
Depth = Annotated[int, typer.Option("-k", "--k", min=1, max=DEPTH, help="How many hits to ask for.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Ask only the first so many questions.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the results (else a new one in the home).")]
Against = Annotated[Path | None, typer.Option("--compare", help="The run.json of an earlier run.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="A setting, NAME=VALUE (repeatable).")]
Home = Annotated[Path | None, typer.Option("--home", help="Keep what was ingested under this folder.")]


def retrieval(
    dataset: Dataset,
    setting: Settings = None,
    k: Depth = DEPTH,
    limit: Limit = None,
    out: Out = None,
    against: Against = None,
    changes: Changes = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Measure what is found on a test set whose right documents or pages are known."""
    from eval.retrieval import Request, measure_retrieval

    names = tuple(dict.fromkeys(one.value for one in setting or [Setting.DEFAULT]))
    request = Request(dataset, names, k, limit, out, against, tuple(changes or ()), home)
    measure_retrieval(request, Output(as_json))
