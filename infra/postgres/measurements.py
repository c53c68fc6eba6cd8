"""The `Measurements` port on Postgres: the table `index_measurements`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from infra.postgres.server import Database
from infra.postgres.statements import query
from retrieval.indexes import IndexRecord
from retrieval.tuning.model import Measurement, Reached, Trial


@dataclass(frozen=True, slots=True)
class PgMeasurements:
    """How well indexes find; forgotten with the index."""

    database: Database

    def save(self, record: IndexRecord, measurement: Measurement) -> None:
        """Remember it; nothing where the index is no longer registered."""
        values = {
            "name": record.name,
            "settings": Jsonb(dict(measurement.choice.settings)),
            "how": measurement.how,
            "source": measurement.source,
            "target": measurement.target,
            "k": measurement.k,
            "vectors": measurement.vectors,
            "chosen": Jsonb(_written(measurement.chosen)),
            "trials": Jsonb([_written(one) for one in measurement.trials]),
            "measured_at": measurement.measured_at,
        }
        with self.database.transaction() as connection:
            connection.execute(query("save_measurement"), values)

    def newest(self, record: IndexRecord) -> Measurement | None:
        """The latest of this index as it searches now; `None` where it was never measured so."""
        values = {"name": record.name, "settings": Jsonb(dict(record.choice.settings))}
        with self.database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("newest_measurement"), values).fetchone()
        if row is None:
            return None
        trials = tuple(_read(one) for one in row.pop("trials"))
        return Measurement(choice=record.choice, chosen=_read(row.pop("chosen")), trials=trials, **row)


def _written(trial: Trial) -> dict[str, Any]:
    return {**asdict(trial), "settings": dict(trial.settings)}


def _read(said: Mapping[str, Any]) -> Trial:
    strata = tuple(Reached(**one) for one in said["strata"])
    return Trial(tuple(sorted(said["settings"].items())), strata, said["reaches"], said["latency_ms"])
