"""The one place where what Postgres says becomes transient or permanent."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from ingest.errors import DiskFull, Permanent, Transient

BUSY = "The database is busy with a conflicting change. Try again."
NO_VECTORS = "This Postgres server has no pgvector extension (version 0.8 or later). Install it on the server."
NO_EXTENSION = (
    "The extension vector is not installed in this database, and this user may not install it."
    " Have a superuser run in this database: CREATE EXTENSION vector"
)
NO_RIGHTS = "This database user may not do that. It must own the database, or a schema in its search path."
TOO_LONG = "A name, a tag or a text is too long to be stored or searched for. Shorten it."
UNSTORABLE = "The text contains characters that cannot be stored."


class Away(Transient):
    """The server cannot be reached, or was lost on the way."""

    message = "The database is not reachable at the moment. Try again shortly; if it stays away, run: footnote doctor"


@contextmanager
def translated() -> Iterator[None]:
    """Raise Footnote's errors instead of the driver's; a mistake in a statement stays what it is.

    Raises:
        DiskFull: No space left. Away: No connection. Transient: A conflict. Permanent: It will never work like this.
    """
    try:
        yield
    except errors.DiskFull as error:
        raise DiskFull from error
    except (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable) as error:
        raise Transient(BUSY) from error
    except (errors.ForeignKeyViolation, errors.UniqueViolation) as error:
        # Two processes at once: what the row refers to was deleted, or the row was made by the other one.
        raise Transient(BUSY) from error
    except (errors.InsufficientPrivilege, errors.InvalidSchemaName) as error:
        raise Permanent(NO_EXTENSION if "create extension" in str(error) else NO_RIGHTS) from error
    except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
        if "vector" not in str(error):
            raise
        raise Permanent(NO_VECTORS) from error
    except (errors.CharacterNotInRepertoire, errors.UntranslatableCharacter) as error:
        raise Permanent(UNSTORABLE) from error
    except errors.ProgramLimitExceeded as error:
        raise Permanent(TOO_LONG) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise (DiskFull() if "No space left on device" in str(error) else Away()) from error
