"""Where the commands' words go: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True)
class Output:
    """Prints for a person, or for a program.

    Attributes:
        as_json: One JSON value a line on standard output, errors too.
    """

    as_json: bool = False

    def result(self, shape: Mapping[str, object], text: str) -> None:
        """Print a result: its shape, or the text for a person."""
        typer.echo(json.dumps(shape, ensure_ascii=False) if self.as_json else text)

    def text(self, text: str) -> None:
        """Print a part of a result that a program gets in the whole shape only."""
        if not self.as_json:
            typer.echo(text)

    def note(self, text: str) -> None:
        """Tell a person what happens meanwhile."""
        if not self.as_json:
            typer.echo(text, err=True)

    def progress(self, text: str) -> None:
        """Show a line that the next one replaces, on a terminal only; an empty one clears it."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()

    def error(self, kind: str, message: str) -> None:
        """Print an error: `{"error": {"kind", "message"}}`, or the message for a person."""
        if self.as_json:
            typer.echo(json.dumps({"error": {"kind": kind, "message": message}}, ensure_ascii=False))
        else:
            typer.secho(message, err=True, fg=typer.colors.RED)
