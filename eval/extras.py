"""Packages that only evaluation needs: imported when they are used, with one clear message where they are absent."""

from importlib import import_module
from typing import Any

from ingest.errors import Permanent

NEEDED = "Evaluation needs {package}. Run: .venv/bin/pip install -e '.[eval]'"


def ir_measures() -> Any:
    """The measures. Raises: Permanent where they are not installed."""
    return needed("ir_measures", "ir-measures")


def needed(module: str, package: str) -> Any:
    """Import a module of an optional package.

    Raises:
        Permanent: It is not installed; the message says what to run.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise Permanent(NEEDED.format(package=package)) from error


def check_extra() -> None:
    """See that everything is there before work begins. Raises: Permanent."""
    needed("ir_measures", "ir-measures")
    needed("matplotlib", "matplotlib")
