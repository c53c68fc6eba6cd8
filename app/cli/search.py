"""`footnote search`."""

from typing import Annotated

import typer

from app.cli import render
from app.cli.options import (
    Collections,
    Documents,
    FileTypes,
    Json,
    Question,
    Tags,
    UploadedFrom,
    UploadedTo,
    filters,
)
from app.cli.output import Output
from app.cli.session import session
from app.cli.shapes import search_shape

Count = Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")]


def search(
    context: typer.Context,
    question: Question,
    k: Count = 10,
    document: Documents = None,
    collection: Collections = None,
    file_type: FileTypes = None,
    tag: Tags = None,
    uploaded_from: UploadedFrom = None,
    uploaded_to: UploadedTo = None,
    as_json: Json = False,
) -> None:
    """Find the passages that a question is about, best first."""
    where = filters(document, collection, file_type, tag, uploaded_from, uploaded_to)
    with session(context).application() as application:
        hits = application.search(question, filters=where, k=k)
    Output(as_json).result(search_shape(hits), render.hits_text(hits))
