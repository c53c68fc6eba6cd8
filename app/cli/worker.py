"""`footnote worker`."""

from typing import Annotated

import typer

from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from app.logs import log_to_stderr

UntilIdle = Annotated[bool, typer.Option("--until-idle", help="Stop when no job is left.")]


def worker(context: typer.Context, until_idle: UntilIdle = False, as_json: Json = False) -> None:
    """Read uploaded documents until stopped; any number of workers may run, on any machine."""
    here = session(context)
    log_to_stderr(here.settings().log_level)
    with here.application() as application:
        Output(as_json).note("The worker is ready; Ctrl-C stops it.")
        application.run_worker(until_idle=until_idle)
