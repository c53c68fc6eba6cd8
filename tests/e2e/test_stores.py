"""The whole product on each vector store: real Postgres, real stores, processes that die."""

import io
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.application import Application
from app.settings import Settings
from app.stores import stores
from app.wiring import open_application
from infra.postgres.register import PgRegister
from infra.postgres.server import Database, open_database
from infra.postgres.stored_vectors import PgStoredVectors
from ingest.errors import Permanent
from ingest.model import VersionStatus
from retrieval.indexes import IndexChoice
from retrieval.model import Filters
from tests.contracts.milvus_server import MilvusServer
from tests.e2e.processes import COMMAND, environment, footnote, short_lived, wait_until

pytestmark = pytest.mark.slow

LEAVE = "How many days of casual leave do employees get in a year?"
PARKING = "Where may visitors park their cars?"
TEXTS = {
    "leave.md": "# Leave\n\nEmployees get 12 days of casual leave in a year. Unused days expire in March.\n",
    "parking.md": "# Parking\n\nVisitors may park their cars behind the north gate, never in front of the hall.\n",
    "laptops.txt": "Laptops are replaced every four years. Lost laptops must be reported to the help desk at once.",
    "travel.md": "# Travel\n\nTrips by train are paid in second class; flights need the consent of a director.\n",
}


@dataclass(frozen=True, slots=True)
class Home:
    """A home, and the choice of the store that the test is about."""

    folder: Path
    choice: IndexChoice
    kind: str

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder)

    def open(self) -> Application:
        return open_application(self.settings)

    @contextmanager
    def database(self) -> Iterator[Database]:
        with open_database(self.folder, None) as opened:
            yield opened

    def held(self) -> tuple[int, int]:
        """How many vectors the active index holds, and how many it should."""
        with self.database() as database:
            record = PgRegister(database).active()
            with stores(self.settings, database)[record.choice.store].open(record) as index:
                return index.count(), PgStoredVectors(database).count()


@pytest.fixture(params=["milvus-lite", "milvus-server", "faiss"])
def place(request: pytest.FixtureRequest, home: Path) -> Home:
    if request.param == "faiss":
        pytest.importorskip("faiss")
        return Home(home, IndexChoice("faiss", ""), "FAISS exact (IVF-PQ from 9,984 chunks)")
    if request.param == "milvus-lite":
        pytest.importorskip("milvus_lite")
        return Home(home, IndexChoice("milvus", "", (("uri", "lite"),)), "Milvus HNSW")
    uri = request.getfixturevalue("milvus_server_uri")
    return Home(home, IndexChoice("milvus", "IVF_PQ", (("uri", uri),)), "Milvus IVF_PQ")


def add(application: Application, *names: str) -> None:
    for name in names:
        application.upload(io.BytesIO(TEXTS[name].encode()), name, tags=[name.partition(".")[2]])
    application.run_worker(until_idle=True)


def found(application: Application, question: str, filters: Filters = Filters()) -> list[str]:
    return [hit.passage.document for hit in application.search(question, filters=filters) if hit.dense_rank]


def test_a_store_searches_from_the_switch_to_the_end(place: Home) -> None:
    with place.open() as application:
        add(application, "leave.md", "laptops.txt")
        report = application.switch_index(place.choice)
        assert (report.kind, report.vectors, report.recall, report.rebuilt) == (place.kind, 2, 1.0, True)
        assert set(found(application, LEAVE)) == {"leave.md", "laptops.txt"}
        add(application, "parking.md", "travel.md")
        assert found(application, PARKING)[0] == "parking.md"
        assert set(found(application, PARKING, Filters(tags=("md",)))) == {"leave.md", "parking.md", "travel.md"}
        assert found(application, PARKING, Filters(file_types=("txt",))) == ["laptops.txt"]
        application.delete(application.find("parking.md").document_id)
        assert set(found(application, PARKING)) == {"leave.md", "laptops.txt", "travel.md"}
        application.run_worker(until_idle=True)
        assert "parking.md" not in found(application, PARKING)
    assert place.held() == (3, 3)
    with place.open() as application:
        assert set(found(application, LEAVE)) == {"leave.md", "laptops.txt", "travel.md"}
        assert application.rebuild_index() == 3
        assert application.status().store == place.choice.store
        assert found(application, LEAVE)[0] == "leave.md"
        assert application.switch_index(IndexChoice("pgvector", "")).recall == 1.0
        assert found(application, LEAVE)[0] == "leave.md"
    assert not list((place.folder / "indexes" / "faiss").glob("*"))


def test_a_worker_that_is_killed_leaves_nothing_out_and_nothing_behind(place: Home) -> None:
    with place.open() as application:
        add(application, "leave.md")
        application.switch_index(place.choice)
        for kill_at in ("parking.md", "travel.md"):
            worker = subprocess.Popen(
                [*COMMAND, "worker"],
                env=environment(place.folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
            application.upload(io.BytesIO(TEXTS[kill_at].encode()), kill_at)
            wait_until(lambda: application.find(kill_at).status is VersionStatus.INDEXED, 90, "indexed")  # noqa: B023
            application.delete(application.find("leave.md" if kill_at == "parking.md" else "parking.md").document_id)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            assert set(found(application, LEAVE)) == {kill_at}
        add(application, "laptops.txt")
        assert set(found(application, LEAVE)) == {"travel.md", "laptops.txt"}
    assert place.held() == (2, 2)


def test_other_processes_follow_a_switch_by_command(place: Home) -> None:
    arguments = ["db", "switch-index", place.choice.store, *([place.choice.kind] if place.choice.kind else [])]
    if place.choice.settings:
        arguments += ["--uri", str(dict(place.choice.settings)["uri"]).replace("lite", str(place.folder / "lite"))]
    with place.open() as application:
        add(application, "leave.md", "parking.md")
        before = found(application, LEAVE)
        done = footnote(place.folder, *arguments, "--json", seconds=300)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["index_kind"] == place.kind
        assert application.status().store == place.choice.store
        assert found(application, LEAVE) == before
        application.delete(application.find("leave.md").document_id)
        assert found(application, LEAVE) == ["parking.md"]
        done = footnote(place.folder, "db", "rebuild-index", "--json", seconds=300)
        assert (done.returncode, json.loads(done.stdout)["vectors"]) == (0, 1)
        assert found(application, LEAVE) == ["parking.md"]
    assert place.held() == (1, 1)


def test_searches_go_on_while_a_server_is_away(milvus_server: MilvusServer, home: Path) -> None:
    place = Home(home, IndexChoice("milvus", "HNSW", (("uri", milvus_server.uri),)), "")
    with place.open() as application:
        add(application, "leave.md", "parking.md")
        application.switch_index(place.choice)
    milvus_server.stop()
    try:
        with place.open() as application:
            assert found(application, LEAVE)[0] == "leave.md"
            add(application, "travel.md")
            application.delete(application.find("leave.md").document_id)
            assert set(found(application, LEAVE)) == {"parking.md", "travel.md"}
            assert application.status().pending > 0
        done = footnote(home, "db", "rebuild-index")
        assert done.returncode == 1
        assert "Milvus is not reachable" in done.stderr
        checks = json.loads(footnote(home, "doctor", "--json").stdout)["checks"]
        (index,) = [check for check in checks if check["name"] == "vector index"]
        assert (index["status"], "Milvus is not reachable" in index["message"]) == ("failed", True)
    finally:
        milvus_server.start()
    with place.open() as application:
        application.run_worker(until_idle=True)
        assert set(found(application, LEAVE)) == {"parking.md", "travel.md"}
        assert application.status().pending == 0
    assert place.held() == (2, 2)


def test_files_that_are_lost_are_told_and_built_anew(home: Path) -> None:
    pytest.importorskip("faiss")
    place = Home(home, IndexChoice("faiss", "HNSW"), "FAISS HNSW")
    with place.open() as application:
        add(application, "leave.md", "parking.md")
        application.switch_index(place.choice)
    for folder in (home / "indexes" / "faiss").iterdir():
        shutil.rmtree(folder)
    with place.open() as application:
        with pytest.raises(Permanent, match="footnote db rebuild-index"):
            application.search(LEAVE)
        assert application.rebuild_index() == 2
        assert found(application, LEAVE)[0] == "leave.md"
    assert place.held() == (2, 2)


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with short_lived("uri") as home:
        with open_application(Settings(home=home)) as application:
            add(application, "leave.md")
        done = footnote(home, "db", "switch-index", "milvus", "--uri", "https://root:secret@milvus.example:19530")
        assert done.returncode == 1
        assert "FOOTNOTE_MILVUS_TOKEN" in done.stderr
        assert "secret" not in done.stdout + done.stderr
        assert not [one for one in (home / "logs").glob("*") if b"secret" in one.read_bytes()]
        with open_application(Settings(home=home)) as application:
            assert application.status().store == "pgvector"
