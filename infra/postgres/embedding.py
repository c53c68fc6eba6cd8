"""The embedding model that the stored vectors come from."""

from psycopg.sql import SQL, Identifier, Literal

from infra.postgres.graph import STORE
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.register import records
from infra.postgres.server import Connection
from infra.postgres.statements import query


def fits(connection: Connection, model: str, dimension: int) -> bool:
    """Do the stored vectors come from this model? Until the transaction ends nobody changes that."""
    connection.execute("LOCK TABLE embedding IN SHARE ROW EXCLUSIVE MODE")
    return connection.execute("SELECT model, dimension FROM embedding").fetchone() == (model, dimension)


def adopt(connection: Connection, model: str, dimension: int) -> None:
    """Make room for vectors of another model: all vectors go, and all indexes.

    What searches from then on is a graph in Postgres (not built yet), of the kind that was set where that one can hold
    such vectors.
    """
    settings = PgIndexSettings()
    for record in records(connection, "store = %s", STORE):
        connection.execute(SQL("DROP INDEX IF EXISTS {}").format(Identifier(record.name)))
    for record in records(connection, "store = %s AND status = 'active'", STORE):
        settings = PgIndexSettings.of(record.choice)
    kind = settings.fitting(dimension).kind
    connection.execute(query("give_up_indexes"))
    connection.execute(query("activate_graph"), {"store": STORE, "kind": kind})
    connection.execute(SQL(query("embedding")).format(dimension=Literal(dimension), model=Literal(model)))


def build_empty(connection: Connection) -> None:
    """Make the graph of an empty table."""
    for record in records(connection, "store = %s AND status = 'active'", STORE):
        method = PgIndexSettings.of(record.choice).method(record.dimension)
        connection.execute(SQL("CREATE INDEX {} ON chunk_vectors {}").format(Identifier(record.name), method))
