"""`footnote ingest`."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import DONE, FAILED
from app.cli.files import collect
from app.cli.options import Json
from app.cli.output import Output
from app.cli.own_worker import OwnWorker
from app.cli.session import session
from app.cli.shapes import IngestShape
from app.cli.uploads import Uploads
from ingest.errors import Permanent

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, or folders to search for them.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the files can be asked about.")]
Collection = Annotated[str, typer.Option("--collection", "-c", help="Collection that the documents go into.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Tag of the documents (repeatable).")]


def ingest(
    context: typer.Context,
    paths: Paths,
    wait: Wait = False,
    collection: Collection = "default",
    tag: Tag = None,
    as_json: Json = False,
) -> None:
    """Add PDF, Word, Markdown and text files to the library."""
    files = collect(paths)
    if not files:
        raise Permanent("There are no PDF, Word (.docx), Markdown or text files in there.")
    output = Output(as_json)
    failed = False
    with session(context).application() as application, OwnWorker(application) as worker:
        uploads = Uploads(application, output, collection, tuple(tag or ()))
        for shape in uploads.run(files, worker if wait else None):
            output.result(shape, _words(shape))
            failed |= shape["status"] == "failed"
    raise typer.Exit(FAILED if failed else DONE)


def _words(shape: IngestShape) -> str:
    path = shape["path"]
    if shape["status"] == "failed":
        return f"failed     {path}: {shape['error']}"
    if shape["status"] == "queued":
        return f"queued     {path} (version {shape['version']}); see: footnote documents list"
    counts = f"{shape['pages']} pages, {shape['chunks']} chunks"
    took = f" in {shape['seconds']:.1f} s" if shape["status"] == "indexed" else ""
    return f"{shape['status']:<9}  {path} (version {shape['version']}): {counts}{took}"
