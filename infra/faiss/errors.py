"""What can be wrong with an index in files, in words for the person who runs it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import DiskFull, Permanent, Transient

NEEDS_FAISS = "A FAISS index needs the package faiss-cpu, or faiss-gpu for NVIDIA GPUs. Run: make stores"
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Corrupt(Permanent):
    """A file of the index is not what was written."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"The FAISS index is damaged: {path} {what}. Run: footnote db rebuild-index")


class Gone(Permanent):
    """There is no index in the folder."""

    message = "The FAISS index does not exist. Run: footnote db rebuild-index"


@contextmanager
def translated() -> Iterator[None]:
    """Raise Footnote's errors instead of the system's and of FAISS' own.

    Raises:
        DiskFull: No space left. Transient: The files or the memory cannot be used now.
        Permanent: The files may not be used, or FAISS refuses what it is asked.
    """
    try:
        yield
    except OSError as error:
        raise _classified(error) from error
    except MemoryError as error:
        raise Transient("There is not enough memory for the FAISS index at the moment.") from error
    except RuntimeError as error:
        raise Permanent(f"FAISS refused: {error}") from error


def _classified(error: OSError) -> Exception:
    if error.errno in NO_SPACE:
        return DiskFull()
    words = f"The FAISS index cannot be used ({error.strerror or error}: {error.filename or 'its files'})."
    return (Permanent if error.errno in FORBIDDEN else Transient)(words)
