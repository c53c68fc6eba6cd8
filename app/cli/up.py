"""`footnote up`."""

import typer

from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session
from app.logs import log_to_file


def up(context: typer.Context, as_json: Json = False) -> None:
    """Start everything on this machine: the database, a worker and the web page."""
    from app.home import check_space, prepare
    from app.supervisor import Supervisor

    here = session(context)
    settings = here.settings()
    prepare(settings.home)
    check_space(settings.home)
    log_to_file(settings.home / "logs" / "up.log", settings.log_level)
    output = Output(as_json)
    supervisor = Supervisor(settings, here.open, lambda text: output.result({"message": text}, text))
    supervisor.run()
