"""The one place where what Postgres says becomes transient or permanent."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from ingest.errors import DiskFull, Permanent, Transient

AWAY = "The database is not reachable at the moment. Try again shortly; if it stays away, run: footnote doctor"
BUSY = "The database is busy with a conflicting change. Try again."


@contextmanager
def translated() -> Iterator[None]:
    """Raise Footnote's errors instead of the driver's."""
    try:
        yield
    except errors.DiskFull as error:
        raise DiskFull from error
    except (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable) as error:
        raise Transient(BUSY) from error
    except (errors.CharacterNotInRepertoire, errors.UntranslatableCharacter) as error:
        raise Permanent("The text contains characters that cannot be stored.") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise Transient(AWAY) from error
