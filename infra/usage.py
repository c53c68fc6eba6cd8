"""What things take on disk."""

from contextlib import suppress
from pathlib import Path


def folder_bytes(folder: Path | None) -> int:
    """What all files in a folder take on disk; files may go while it is looked."""
    total = 0
    for one in folder.rglob("*") if folder else ():
        with suppress(OSError):
            total += one.lstat().st_blocks * 512
    return total
