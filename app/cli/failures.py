"""Turns whatever ended a command into an exit code and words for a person."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import ValidationError

from app.logs import log_to_file, where
from ingest.errors import FootnoteError

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command ended. `kind` is the error's name in snake case."""

    exit_code: int
    kind: str
    message: str


def describe(error: Exception, home: Path | None) -> Failure:
    """What to tell the person; what nobody foresaw goes to the log with its traceback.

    Args:
        error: What was raised.
        home: Where the log is kept, `None` while the settings are not known.
    """
    if isinstance(error, FootnoteError):
        return Failure(FAILED, snake_case(type(error).__name__), str(error))
    if isinstance(error, typer.TyperException):
        return Failure(error.exit_code, "usage", error.format_message())
    if isinstance(error, ValidationError):
        return Failure(USAGE, "settings", settings_message(error))
    return Failure(FAILED, "unexpected", _unexpected(error, home))


def settings_message(error: ValidationError) -> str:
    """Which settings are wrong, by the names of their environment variables."""
    faults = [
        f"FOOTNOTE_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
        if fault["loc"]
        else fault["msg"].removeprefix("Value error, ")
        for fault in error.errors()
    ]
    return "\n".join(["A setting is wrong.", *faults, "All settings: docs/settings.md"])


def snake_case(name: str) -> str:
    """`InvalidQuestion` becomes `invalid_question`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _unexpected(error: Exception, home: Path | None) -> str:
    words = f"Something unexpected went wrong ({type(error).__name__}: {error})."
    try:
        if home:
            (home / "logs").mkdir(parents=True, exist_ok=True)
            log_to_file(home / "logs" / "cli.log", "INFO")
        logger.error("unexpected error", exc_info=error)
    except OSError as unwritable:
        return f"{words} The log in {home} could not be written: {unwritable.strerror}."
    return f"{words} Details: {where()}" if where() else words
