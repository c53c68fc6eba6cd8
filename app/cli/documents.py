"""`footnote documents list|show|delete`."""

from typing import Annotated

import typer

from app.cli import render
from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from app.cli.shapes import DocumentsShape, delete_shape, document_shape

Name = Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document's name or id.")]


def list_documents(context: typer.Context, as_json: Json = False) -> None:
    """List all documents, newest upload first."""
    with session(context).application() as application:
        versions = application.library()
    shape = DocumentsShape(documents=[document_shape(version) for version in versions])
    Output(as_json).result(shape, render.versions_table(versions))


def show(context: typer.Context, document: Name, as_json: Json = False) -> None:
    """Show one document: status, pages, size, and why it failed if it did."""
    with session(context).application() as application:
        version = application.find(document)
    Output(as_json).result(document_shape(version), render.version_text(version))


def delete(context: typer.Context, document: Name, as_json: Json = False) -> None:
    """Delete a document with all its versions, at once and without asking."""
    with session(context).application() as application:
        receipt = application.delete(application.find(document).document_id)
    text = f"Deleted {receipt.document}: {receipt.versions} versions, {receipt.pages} pages, {receipt.chunks} chunks."
    Output(as_json).result(delete_shape(receipt), text)


def commands() -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="List, show and delete documents.", no_args_is_help=True)
    group.command("list")(list_documents)
    group.command()(show)
    group.command()(delete)
    return group
