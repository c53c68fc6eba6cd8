"""`footnote version`."""

from importlib.metadata import version as installed_version

from app.cli.options import Json
from app.cli.output import Output


def version(as_json: Json = False) -> None:
    """Print the version."""
    number = installed_version("footnote")
    Output(as_json).result({"version": number}, f"Footnote {number}")
