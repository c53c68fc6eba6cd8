"""The command `footnote`: puts the commands together and ends every one of them in the same way."""

import signal
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import typer
from typer.main import get_command

from app.cli import ask, database, doctor, documents, ingest, search, size, tune, up, version, worker
from app.cli.failures import DONE, INTERRUPTED, describe
from app.cli.output import Output
from app.cli.session import Session
from ingest.errors import FootnoteError

GROUPS = "footnote.commands"
"""Entry points of this name each make a group of commands: a function without arguments that returns a `Typer`."""


def run() -> None:
    """The console script. A polite request to end is treated like Ctrl-C, so that everything is closed in order."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str], session: Session | None = None) -> int:
    """Run one command.

    Args:
        arguments: What stands after `footnote` on the command line.
        session: The doors to the rest; by default the real ones.

    Returns:
        0 done, 1 failed, 2 wrong usage or settings, 130 stopped by Ctrl-C.
    """
    doors = session or Session()
    output = Output("--json" in arguments)
    try:
        code = get_command(command_line()).main(list(arguments), "footnote", standalone_mode=False, obj=doors)
    except Exception as error:  # noqa: BLE001 (the process ends here: whatever it was, the person reads one line)
        failure = describe(error, _home(doors))
        output.error(failure.kind, failure.message)
        return failure.exit_code
    if code == INTERRUPTED:
        output.note("\nStopped.")
    return code if isinstance(code, int) else DONE


def command_line() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        help="Ask your documents. Every sentence of the answer carries a footnote that was checked against its page.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for command in (
        up.up,
        worker.worker,
        ingest.ingest,
        search.search,
        ask.ask,
        tune.tune,
        size.size,
        doctor.doctor,
        version.version,
    ):
        app.command()(command)
    app.add_typer(documents.commands(), name="documents")
    app.add_typer(database.commands(), name="db")
    for group in sorted(entry_points(group=GROUPS), key=lambda one: one.name):
        app.add_typer(group.load()(), name=group.name)
    return app


def _home(session: Session) -> Path | None:
    try:
        return session.settings().home
    except (FootnoteError, ValueError):
        return None
