"""Where log records go: set up once by each entry point."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST_BYTES = 1_000_000
OLD_FILES = 3
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FieldFormatter(logging.Formatter):
    """One line a record: time, level, logger, message, then the record's extra fields as `key=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without a traceback."""
        fields = {key: value for key, value in vars(record).items() if key not in STANDARD}
        return " ".join([super().formatMessage(record), *(f"{key}={value!r}" for key, value in fields.items())])


def log_to_file(path: Path, level: str) -> None:
    """Send all records to a file that is never larger than `LARGEST_BYTES`, with `OLD_FILES` older ones beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _use(rotating(path), level)


def log_to_stderr(level: str) -> None:
    """Send all records to standard error."""
    _use(logging.StreamHandler(sys.stderr), level)


def rotating(path: Path) -> RotatingFileHandler:
    """A handler that opens its file at the first record."""
    return RotatingFileHandler(path, maxBytes=LARGEST_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True)


def _use(handler: logging.Handler, level: str) -> None:
    handler.setFormatter(FieldFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
