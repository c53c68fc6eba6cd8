"""A Postgres server that Footnote did not start: over TCP, with a password, as a user who owns one database."""

import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.settings import Settings
from app.wiring import open_application
from infra.postgres.account import Account, server_account
from infra.postgres.cluster import programs
from infra.postgres.errors import Away
from infra.postgres.migrate import migrate
from infra.postgres.server import open_database
from ingest.errors import FootnoteError, NotFound, Permanent, Transient
from ingest.model import VersionStatus
from tests.e2e.processes import footnote, free_port, short_lived

pytestmark = pytest.mark.slow

SECRET = "pass w@rd/:"
HANDBOOK = b"""# Handbook

## Casual leave

Employees get 12 days of casual leave in a year. Unused days expire in March.
"""
QUESTION = "How many days of casual leave do employees get in a year?"


@dataclass(frozen=True, slots=True)
class Server:
    """Somebody else's server on 127.0.0.1; the role `ann` is no superuser."""

    folder: Path
    account: Account
    port: int

    def run(self, program: str, *arguments: str) -> None:
        command = [programs() / program, "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self.account.popen)  # type: ignore[call-overload]

    def make(self) -> None:
        self.account.own(self.folder)
        self.account.reach(programs() / "postgres")
        password = self.folder / "password"
        password.write_text(SECRET)
        self.account.share(password)
        self.run("initdb", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", "--locale=C", "-E", "UTF8")
        self.start()
        self.ask("postgres", f"CREATE ROLE ann LOGIN NOSUPERUSER PASSWORD '{SECRET}'")

    def start(self) -> None:
        settings = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c fsync=off"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def url(self, name: str, user: str = "ann", password: str = SECRET, port: int | None = None) -> str:
        return make_conninfo(host="127.0.0.1", port=port or self.port, dbname=name, user=user, password=password)

    def ask(self, name: str, *statements: str) -> None:
        with psycopg.connect(self.url(name, "postgres"), autocommit=True) as connection:
            for one in statements:
                connection.execute(one.encode())

    def database(self, name: str, *, owner: str = "ann", extension: bool = True, options: str = "") -> str:
        """Make a database; its connection string for `ann`."""
        self.ask("postgres", f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 {options}")
        if extension:
            self.ask(name, "CREATE EXTENSION vector")
        return self.url(name)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with short_lived("server") as folder:
        made = Server(folder, server_account(), free_port())
        made.make()
        yield made
        made.stop()


def test_the_owner_of_a_database_ingests_asks_and_deletes(server: Server) -> None:
    url = server.database("library")
    with short_lived("url") as home:
        with open_application(Settings(home=home, database_url=SecretStr(url))) as application:
            receipt = application.upload(io.BytesIO(HANDBOOK), "handbook.md")
            application.run_worker(until_idle=True)
            assert application.version(receipt.version_id).status is VersionStatus.INDEXED
            answer = application.ask(QUESTION)
            assert any("12 days" in citation.quote for one in answer.sentences for citation in one.citations)
            assert application.rebuild_index() == 1
        with open_application(Settings(home=home, database_url=SecretStr(url))) as application:
            deleted = application.delete(receipt.document_id)
            assert (deleted.chunks, deleted.vectors, len(deleted.blobs)) == (1, 1, 1)
            assert application.search(QUESTION) == []
            with pytest.raises(NotFound):
                application.delete(receipt.document_id)
        assert not (home / "postgres").exists()
        assert [one for one in (home / "blobs").rglob("*") if one.is_file()] == []


def test_a_server_that_goes_away_and_comes_back(server: Server) -> None:
    url = server.database("restarted")
    with short_lived("url") as home, open_application(Settings(home=home, database_url=SecretStr(url))) as application:
        assert application.library() == []
        server.stop()
        try:
            with pytest.raises(Transient, match="not reachable"):
                application.library()
        finally:
            server.start()
        assert application.library() == []


def said(home: Path, url: str) -> str:
    with pytest.raises(Permanent) as raised, open_database(home, url) as database:
        migrate(database)
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_what_the_server_refuses_is_told_in_one_line(server: Server, tmp_path: Path) -> None:
    url = server.url
    assert 'password authentication failed for user "ann"' in said(tmp_path, url("postgres", password="wrong"))
    assert 'password authentication failed for user "bob"' in said(tmp_path, url("postgres", user="bob"))
    assert 'database "nowhere" does not exist' in said(tmp_path, url("nowhere"))
    assert "does not support SSL" in said(tmp_path, url("postgres") + " sslmode=require")


@pytest.mark.parametrize("url", [f"http://ann:{SECRET}@host/x", f"ann {SECRET}", f"postgresql://ann:{SECRET}@[::1"])
def test_a_connection_string_that_is_none_is_not_repeated(url: str, tmp_path: Path) -> None:
    assert "FOOTNOTE_DATABASE_URL is not a connection string" in said(tmp_path, url)


def test_a_database_that_does_not_fit_is_told_in_one_line(server: Server, tmp_path: Path) -> None:
    without = server.database("without", extension=False)
    assert "Have a superuser run in this database: CREATE EXTENSION vector" in said(tmp_path, without)
    foreign = server.database("foreign_one", owner="postgres")
    assert "It must own the database" in said(tmp_path, foreign)
    latin = server.database("latin", options="ENCODING 'LATIN1' LOCALE 'C'")
    assert "has the encoding LATIN1" in said(tmp_path, latin)
    old = server.database("old")
    server.ask("old", "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
    assert "version 0.8 or later" in said(tmp_path, old)


def test_nothing_half_made_is_left_where_the_extension_was_missing(server: Server, tmp_path: Path) -> None:
    url = server.database("mended", extension=False)
    said(tmp_path, url)
    server.ask("mended", "CREATE EXTENSION vector")
    with open_database(tmp_path, url) as database:
        assert migrate(database)


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid"])
def test_a_server_that_cannot_be_reached_may_be_reached_later(server: Server, host: str, tmp_path: Path) -> None:
    url = make_conninfo(server.url("postgres", port=free_port()), host=host)
    with pytest.raises(Away, match="FOOTNOTE_DATABASE_URL cannot be reached") as raised:
        open_database(tmp_path, url)
    assert isinstance(raised.value, FootnoteError)
    assert "\n" not in str(raised.value)


def test_a_command_says_it_in_one_line(server: Server) -> None:
    with short_lived("url") as home:
        done = footnote(home, "documents", "list", FOOTNOTE_DATABASE_URL=server.url("postgres", password="wrong"))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        'The database refuses the connection: password authentication failed for user "ann".'
        " Check FOOTNOTE_DATABASE_URL."
    ]
