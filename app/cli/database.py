"""`footnote db migrate|status|rebuild-index|switch-index`."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import render
from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from app.cli.shapes import status_shape, switch_shape
from retrieval.indexes import IndexChoice, Setting

Store = Annotated[str, typer.Argument(help="pgvector, milvus or faiss.")]
Kind = Annotated[
    str,
    typer.Argument(help="The type of index there; by default halfvec in pgvector, HNSW in milvus, IVF-PQ in faiss."),
]
Uri = Annotated[
    str | None,
    typer.Option("--uri", help="Where Milvus is: http://HOST:PORT, https://HOST:PORT, or a folder for Milvus Lite."),
]
Settings = Annotated[list[str] | None, typer.Option("--set", help="A knob of the index, NAME=VALUE (repeatable).")]


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


def switch_index(
    context: typer.Context,
    store: Store,
    kind: Kind = "",
    uri: Uri = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Let another index search: built beside the old one, checked, then switched to; nothing is embedded anew."""
    named = dict(_setting(one) for one in settings or ())
    if uri is not None:
        named["uri"] = uri if "://" in uri else str(Path(uri).absolute())
    choice = IndexChoice(store, kind, tuple(sorted(named.items())))
    with session(context).application() as application:
        report = application.switch_index(choice)
    Output(as_json).result(switch_shape(report), render.switch_text(report))


def _setting(said: str) -> tuple[str, Setting]:
    """`NAME=VALUE`, a number where it is one."""
    name, equals, value = said.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"{said!r} is not NAME=VALUE.", param_hint="--set")
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value


def commands() -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Look after the database.", no_args_is_help=True)
    group.command()(migrate)
    group.command()(status)
    group.command("rebuild-index")(rebuild_index)
    group.command("switch-index")(switch_index)
    return group
