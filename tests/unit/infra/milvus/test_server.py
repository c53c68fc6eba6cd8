"""A real server: lost, started again, and behind a password and TLS."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.milvus import vectors
from infra.milvus.connection import Connection
from infra.milvus.errors import Away
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import Address, IndexSettings
from ingest.errors import Permanent, Transient
from tests.contracts.milvus_server import MilvusServer, running
from tests.unit.infra.milvus import writer_process
from tests.unit.infra.milvus.conftest import made
from tests.unit.infra.milvus.material import ALL, directions, drawn, entry, first_axis, three

pytestmark = pytest.mark.slow


def test_data_and_connections_outlive_a_restart(milvus_server: MilvusServer) -> None:
    index = made(Connection(Address(milvus_server.uri)), "restarted", IndexSettings())
    index.upsert(three(), directions(3))
    milvus_server.stop()
    with pytest.raises(Away):
        index.search(first_axis(), ALL, 5)
    milvus_server.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert [one.chunk_id for one in index.search(first_axis(), ALL, 5)] == [1, 2, 3]
            break
        except Transient:
            time.sleep(0.5)
    index.delete([1])
    assert index.count() == 2
    index.drop()
    index.close()


def test_replay_repairs_what_a_killed_writer_left(milvus_server_uri: str) -> None:
    index = made(Connection(Address(milvus_server_uri)), "killed", IndexSettings())
    command = [sys.executable, "-m", writer_process.__name__, milvus_server_uri, "killed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "writing\n"
        time.sleep(0.15)
        writer.kill()
    replay_and_check(index)


def test_replay_repairs_what_a_killed_server_left(milvus_server: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_ROWS", 50)
    index = made(Connection(Address(milvus_server.uri)), "killed", IndexSettings())
    raised: list[Transient] = []

    def write() -> None:
        try:
            while True:
                entries = [entry(number, document=2) for number in range(writer_process.ROWS)]
                index.upsert(entries, drawn(writer_process.ROWS, seed=2))
        except Transient as error:
            raised.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.2)
    milvus_server.kill()
    thread.join()
    assert raised
    milvus_server.start()
    replay_and_check(index)


def replay_and_check(index: MilvusIndex) -> None:
    rows = drawn(writer_process.ROWS, seed=2)
    deadline = time.monotonic() + 60
    while True:
        try:
            index.upsert([entry(number, document=2) for number in range(writer_process.ROWS)], rows)
            break
        except Transient:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    assert index.count() == writer_process.ROWS
    assert index.search(rows[7], ALL, 3)[0].chunk_id == 7
    index.drop()
    index.close()


def test_nothing_listens_but_on_loopback(milvus_server: MilvusServer) -> None:
    listening = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()
    ]
    addresses = {line[1] for line in listening if line[3] == "0A"}
    ports = {int(address.rpartition(":")[2], 16) for address in addresses}
    own = int(milvus_server.uri.rpartition(":")[2])
    assert f"0100007F:{own:04X}" in addresses
    assert not ports & {19529, 19530, 19531, 9091, 2379, 2380, 53100, 13333, 21121, 21123, 21124}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MilvusServer, Path]]:
    """A server with users and TLS, and the certificate that vouches for it."""
    folder = tmp_path_factory.mktemp("guarded")
    certificate, key = folder / "server.pem", folder / "server.key"
    program = shutil.which("openssl") or pytest.skip("openssl is not installed")
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=milvus.example",
         "-addext", "subjectAltName=DNS:milvus.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = {
        "authorization_enabled": "true",
        "tls_mode": "1",
        "server_pem_path": str(certificate),
        "server_key_path": str(key),
    }
    for server in running(folder / "data", settings):
        yield server, certificate


def test_a_password_and_a_certificate_are_needed(guarded: tuple[MilvusServer, Path], tmp_path: Path) -> None:
    server, certificate = guarded
    uri = server.uri.replace("http:", "https:")
    right = Address(uri, "root:Milvus", certificate, "milvus.example")
    index = made(Connection(right), "guarded", IndexSettings())
    index.upsert(three(), directions(3))
    assert index.count() == 3
    index.close()
    for wrong, words in (
        (replace(right, token="root:wrong"), "password"),
        (replace(right, token=""), "password"),
        (replace(right, server_name="other.example"), "certificate"),
        (replace(right, server_name=""), "certificate"),
        (replace(right, ca_certificate=None), "certificate"),
    ):
        connection = Connection(wrong)
        with pytest.raises(Permanent, match=words):
            connection.run(lambda client: client.list_collections(timeout=5))
        connection.close()
    plain = Connection(Address(server.uri, "root:Milvus"))
    with pytest.raises((Away, Permanent)):
        plain.run(lambda client: client.list_collections(timeout=5))
    plain.close()
