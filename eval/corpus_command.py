"""`footnote eval corpus`: its options. What it does is in `eval.corpus`, which is loaded when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Collections, Documents, FileTypes, Json, Tags, filters
from app.cli.output import Output
from app.cli.session import session
from eval.retrieval_command import Setting

Questions = Annotated[int, typer.Option("--questions", min=1, max=10_000, help="How many questions to make and ask.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Decides which chunks are drawn.")]
Search = Annotated[Setting, typer.Option("--setting", help="How to search.")]
Lost = Annotated[int, typer.Option("--never-found", min=0, help="Look into at most so many chunks that nothing found.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the results (else a new one in the home).")]


def corpus(
    context: typer.Context,
    questions: Questions = 200,
    seed: Seed = 0,
    setting: Search = Setting.DEFAULT,
    never_found: Lost = 1_000,
    document: Documents = None,
    collection: Collections = None,
    file_type: FileTypes = None,
    tag: Tags = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure what is found in your own documents, with questions made from them."""
    from eval.corpus.run import Request, measure_corpus

    where = filters(document, collection, file_type, tag, None, None)
    request = Request(questions, seed, setting.value, never_found, where, out)
    measure_corpus(session(context), request, Output(as_json))
