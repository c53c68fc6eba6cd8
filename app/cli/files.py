"""Which files a person means by paths on the command line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

SUPPORTED = frozenset({".pdf", ".docx", ".md", ".markdown", ".txt"})


def collect(paths: Sequence[Path]) -> list[Path]:
    """Files to ingest: each path that is no folder as it is, folders walked recursively.

    In folders only files with a supported ending count; hidden files and folders are left out. The order is the
    order of the paths, within a folder by name; a file named twice comes once.
    """
    found = (file for path in paths for file in (_walk(path) if path.is_dir() else [path]))
    return list(dict.fromkeys(found))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        elif entry.suffix.lower() in SUPPORTED:
            yield entry
