"""`footnote eval`: the group of commands; each loads what it needs when it runs."""

import typer

from eval.ann.command import ann
from eval.corpus_command import corpus
from eval.retrieval_command import retrieval


def commands() -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Measure how well things are found.", no_args_is_help=True)
    group.command()(retrieval)
    group.command()(corpus)
    group.command()(ann)
    return group
