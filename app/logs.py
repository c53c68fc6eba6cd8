"""Where log records go: set up once by each entry point."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST_BYTES = 1_000_000
OLD_FILES = 3
TALKATIVE = ("httpcore", "httpx", "procrastinate")
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
    _use(rotating(path), level)


def log_to_stderr(level: str) -> None:
    """Send all records to standard error."""
    _use(logging.StreamHandler(sys.stderr), level)


def where() -> Path | None:
    """The file that records go to, `None` for standard error or nowhere."""
    handler = _ours()
    return Path(handler.baseFilename) if isinstance(handler, RotatingFileHandler) else None


def rotating(path: Path) -> RotatingFileHandler:
    """A handler that opens its file at the first record."""
    return RotatingFileHandler(path, maxBytes=LARGEST_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True)


def _ours() -> logging.Handler | None:
    ours = (handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, FieldFormatter))
    return next(ours, None)


def _use(handler: logging.Handler, level: str) -> None:
    """The first call in a process decides; later ones change nothing."""
    if _ours():
        return
    handler.setFormatter(FieldFormatter())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(level)
    for name in TALKATIVE if level == "INFO" else ():
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
