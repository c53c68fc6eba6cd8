"""What Milvus and gRPC say, in Footnote's words."""

import socket
import sys
import time
from typing import Any

import pytest

from infra.milvus.connection import Connection
from infra.milvus.errors import Away, Gone, NotLoaded, translated
from infra.milvus.settings import Address
from ingest.errors import DiskFull, FootnoteError, Permanent, Transient

grpc: Any = pytest.importorskip("grpc")
exceptions: Any = pytest.importorskip("pymilvus.exceptions")


def said(code: object, message: str, **more: object) -> Exception:
    error: Exception = exceptions.MilvusException(code, message, **more)
    return error


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


class Lost(grpc.RpcError):  # type: ignore[misc]
    def __init__(self, status: str, words: str = "") -> None:
        self._status, self._words = status, words

    def code(self) -> object:
        return grpc.StatusCode[self._status]

    def details(self) -> str:
        return self._words


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (Lost("UNAVAILABLE"), Away, "not reachable"),
        (Lost("DEADLINE_EXCEEDED"), Away, "not reachable"),
        (grpc.FutureTimeoutError(), Away, "not reachable"),
        (said(grpc.StatusCode.UNAVAILABLE, "Retry timeout: 5s"), Away, "not reachable"),
        (caused(said(2, "Fail connecting to server"), Lost("UNAVAILABLE")), Away, "not reachable"),
        (said(1, "[wait_for_loading_collection] Retry timeout: 20s"), Away, "not reachable"),
        (Lost("UNAUTHENTICATED", "auth check failure"), Permanent, "user or the password"),
        (said(65535, "auth check failure, please check api key is correct"), Permanent, "user or the password"),
        (Lost("PERMISSION_DENIED", "permission deny to x"), Permanent, "may not do that"),
        (Lost("RESOURCE_EXHAUSTED", "received message larger than max"), Permanent, "larger than"),
        (Lost("UNAVAILABLE", "Ssl handshake failed: CERTIFICATE_VERIFY_FAILED"), Permanent, "certificate"),
        (Lost("UNAVAILABLE", "UNAUTHENTICATED: Hostname Verification Check failed."), Permanent, "certificate"),
        (said(1, "write wal: No space left on device"), DiskFull, "disk is full"),
        (said(100, "collection not found"), Gone, "rebuild-index"),
        (said(1, "can't find collection[database=default]"), Gone, "rebuild-index"),
        (said(101, "collection not loaded"), NotLoaded, "loading"),
        (said(103, "collection not fully loaded"), NotLoaded, "loading"),
        (said(3, "memory limit exceeded"), Transient, "memory limit exceeded"),
        (said(8, "rate limit"), Transient, "rate limit"),
        (said(901, "node offline"), Transient, "node offline"),
        (said(1100, "invalid parameter"), Permanent, "invalid parameter"),
        (said(7777, "busy", retriable=True), Transient, "busy"),
        (exceptions.ParamError(message="wrong type"), Permanent, "wrong type"),
    ],
)
def test_each_error_is_classified_once(error: Exception, kind: type[FootnoteError], words: str) -> None:
    with pytest.raises(kind, match=words) as raised, translated():
        raise error
    assert type(raised.value) is kind
    assert raised.value.__cause__ is error


def test_errors_that_cause_themselves_are_no_trap() -> None:
    first, second = said(65535, "one"), said(65535, "two")
    with pytest.raises(Permanent, match="one"), translated():
        raise caused(first, caused(second, first))


def test_a_mistake_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="own"), translated():
        raise ValueError("own")


@pytest.mark.parametrize("package", ["grpc", "pymilvus.exceptions"])
def test_a_missing_package_is_said(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Permanent, match="make stores"), translated():
        pass


@pytest.mark.parametrize("silent", [False, True])
def test_a_server_that_is_away_is_noticed_in_time(silent: bool) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen()
        connection = Connection(Address(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        begun = time.monotonic()
        with pytest.raises(Away, match="footnote doctor"):
            connection.run(lambda client: client.list_collections(timeout=1))
        assert time.monotonic() - begun < 12
        connection.close()
