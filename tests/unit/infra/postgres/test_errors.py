"""What Postgres says, in Footnote's words."""

import random
import string

import psycopg
import pytest
from psycopg import errors

from infra.postgres.errors import Away, translated
from infra.postgres.server import Database
from ingest.errors import DiskFull, FootnoteError, Permanent, Transient
from tests.contracts.stores import postgres_store


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (errors.DiskFull(), DiskFull, "disk is full"),
        (psycopg.OperationalError("could not extend file: No space left on device"), DiskFull, "disk is full"),
        (errors.SerializationFailure(), Transient, "conflicting change"),
        (errors.DeadlockDetected(), Transient, "conflicting change"),
        (errors.UniqueViolation(), Transient, "conflicting change"),
        (errors.ForeignKeyViolation(), Transient, "conflicting change"),
        (errors.AdminShutdown(), Away, "not reachable"),
        (errors.CannotConnectNow(), Away, "not reachable"),
        (psycopg.OperationalError("server closed the connection"), Away, "not reachable"),
        (psycopg.InterfaceError("the connection is closed"), Away, "not reachable"),
        (errors.InsufficientPrivilege(), Permanent, "may not do that"),
        (errors.InsufficientPrivilege('permission denied to create extension "vector"'), Permanent, "superuser run"),
        (errors.InvalidSchemaName("no schema has been selected to create in"), Permanent, "may not do that"),
        (errors.FeatureNotSupported('extension "vector" is not available'), Permanent, "no pgvector"),
        (errors.UntranslatableCharacter(), Permanent, "cannot be stored"),
        (errors.ProgramLimitExceeded(), Permanent, "too long"),
    ],
)
def test_each_error_is_classified_once(said: psycopg.Error, kind: type[FootnoteError], words: str) -> None:
    with pytest.raises(kind, match=words) as raised, translated():
        raise said
    assert type(raised.value) is kind
    assert raised.value.__cause__ is said


@pytest.mark.parametrize("defect", [errors.UndefinedColumn(), errors.FeatureNotSupported("cursors"), ValueError("x")])
def test_a_mistake_of_our_own_stays_what_it_is(defect: Exception) -> None:
    with pytest.raises(type(defect)), translated():
        raise defect


def test_a_name_that_no_index_can_hold_is_permanent(database: Database) -> None:
    letters = random.Random(1)
    endless = "".join(letters.choice(string.ascii_letters) for _ in range(5_000))
    with pytest.raises(Permanent, match="too long"):
        postgres_store(database).upload(endless)
