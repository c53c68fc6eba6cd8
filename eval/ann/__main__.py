"""`python -m eval.ann`: the same as `footnote eval ann`."""

import sys

import typer

from eval.ann.command import ann
from ingest.errors import FootnoteError


def main() -> None:
    """Run the command; an expected failure is one line."""
    try:
        typer.run(ann)
    except FootnoteError as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        sys.exit(1)


if __name__ == "__main__":
    main()
