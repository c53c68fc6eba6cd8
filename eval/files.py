"""Writes results: whole files or none, with words for a person where that cannot be done."""

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.errors import DiskFull, Permanent


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file; its folder is made, and what was there before is replaced at once.

    Raises:
        DiskFull: There is no space. Permanent: It cannot be written there.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"The disk is full: {path} could not be written.") from error
        raise Permanent(f"{path} cannot be written: {error.strerror}.") from error


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8. Raises: DiskFull, Permanent."""
    write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result as JSON for programs and people. Raises: DiskFull, Permanent."""
    write_text(path, json.dumps(result, indent=2, ensure_ascii=False) + "\n")
