"""Milvus Lite's server as a process of its own: `lite_process.py FOLDER SOCKET`.

It runs as a script so that nothing of Footnote is loaded here. It ends when no process holds the users' lock any more.
"""

import fcntl
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

LOOK_S = 0.5
# Milvus Lite keeps new rows in memory, where a search compares with each of them, up to 128 MB; smaller is faster.
MEMORY_LIMIT = "MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES"
MEMORY_BYTES = "8000000"
LARGEST_MESSAGE = 256 * 1024 * 1024
# pymilvus says that it is alive every ten seconds, which gRPC's servers take for an attack unless told otherwise.
OPTIONS = [
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.max_ping_strikes", 0),
]


def main(folder: Path, socket_path: Path) -> int:
    """Serve in the background; 0 once the server answers, 1 when it cannot start."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return 0 if os.read(reading, 1) else 1
    os.close(reading)
    _serve(folder, socket_path, writing)
    return 0


def _serve(folder: Path, socket_path: Path, ready: int) -> None:
    """Until nobody is left, or SIGTERM."""
    os.umask(0o077)
    os.environ.setdefault(MEMORY_LIMIT, MEMORY_BYTES)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    from milvus_lite.db import MilvusLite

    database = MilvusLite(str(folder / "data"))
    server = _served(database, socket_path)
    os.write(ready, b"1")
    os.close(ready)
    gate = None
    while gate is None and not ended.wait(LOOK_S):
        gate = _gate_when_alone(folder)
    server.stop(grace=5).wait()
    database.close()
    with suppress(FileNotFoundError):
        socket_path.unlink()


def _served(database: object, socket_path: Path):  # type: ignore[no-untyped-def]
    """One thread: Milvus Lite's writes to a collection must not meet."""
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from pymilvus.grpc_gen.milvus_pb2_grpc import add_MilvusServiceServicer_to_server

    with suppress(FileNotFoundError):
        socket_path.unlink()
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=OPTIONS)
    add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    server.add_insecure_port(f"unix:{socket_path}")
    server.start()
    return server


def _gate_when_alone(folder: Path) -> int | None:
    """The gate's lock, held until this process ends, when nobody uses the server; else nothing."""
    gate = os.open(folder / "gate.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    users = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(gate)
        return None
    finally:
        os.close(users)
    return gate


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
