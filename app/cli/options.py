"""Options that several commands share."""

from datetime import datetime
from typing import Annotated

import typer

from retrieval.model import Filters

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs (docs/cli.md).")]
Question = Annotated[str, typer.Argument(help="The question, in quotes.")]
Documents = Annotated[list[str] | None, typer.Option("--document", "-d", help="Only in this document (repeatable).")]
Collections = Annotated[
    list[str] | None, typer.Option("--collection", "-c", help="Only in this collection (repeatable).")
]
FileTypes = Annotated[list[str] | None, typer.Option("--type", help="Only in pdf, docx, md or txt files (repeatable).")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", "-t", help="Only in documents with this tag (repeatable: all).")
]
UploadedFrom = Annotated[
    datetime | None, typer.Option("--from", help="Only in documents uploaded at or after this time.")
]
UploadedTo = Annotated[datetime | None, typer.Option("--to", help="Only in documents uploaded before this time.")]


def filters(
    documents: list[str] | None,
    collections: list[str] | None,
    file_types: list[str] | None,
    tags: list[str] | None,
    uploaded_from: datetime | None,
    uploaded_to: datetime | None,
) -> Filters:
    """Options as filters; times without a zone are local times."""
    return Filters(
        documents=tuple(documents or ()),
        collections=tuple(collections or ()),
        file_types=tuple(file_types or ()),
        tags=tuple(tags or ()),
        uploaded_from=uploaded_from.astimezone() if uploaded_from else None,
        uploaded_to=uploaded_to.astimezone() if uploaded_to else None,
    )
