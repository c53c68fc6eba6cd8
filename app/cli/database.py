"""`footnote db migrate|status|rebuild-index`."""

import typer

from app.cli import render
from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from app.cli.shapes import status_shape


def migrate(context: typer.Context, as_json: Json = False) -> None:
    """Bring the database's schema up to date (every start does this too)."""
    with session(context).application() as application:
        applied = application.migrate()
    text = f"Applied {len(applied)}: {', '.join(applied)}" if applied else "The schema is up to date."
    Output(as_json).result({"applied": applied}, text)


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show what the database holds."""
    with session(context).application() as application:
        current = application.status()
    Output(as_json).result(status_shape(current), render.status_text(current))


def rebuild_index(context: typer.Context, as_json: Json = False) -> None:
    """Build the vector index anew from what the database holds."""
    with session(context).application() as application:
        vectors = application.rebuild_index()
    Output(as_json).result({"vectors": vectors}, f"Rebuilt the index of {vectors:,} vectors.")


def commands() -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Look after the database.", no_args_is_help=True)
    group.command()(migrate)
    group.command()(status)
    group.command("rebuild-index")(rebuild_index)
    return group
