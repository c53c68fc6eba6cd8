"""Real Milvus servers for tests: Milvus Lite in a folder, and the server program of the `milvus` package.

The server program listens on all interfaces, whatever its configuration says. So it lives in a network namespace of its
own, and a relay inside accepts on the one socket that was bound to 127.0.0.1 outside.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.milvus.lite import LiteServer

LOOPBACK = "127.0.0.1"
PROXY_PORT = 19530
START_S = 120.0
# How often writes become visible, in milliseconds; 200 where nobody says otherwise.
TICK_MS = 40
STOP_S = 20.0


class MilvusServer:
    """The server of one folder, reachable at `uri` while it runs.

    Args:
        folder: Its programs, data and logs.
        settings: Keys of its configuration file to change, such as `authorization_enabled`.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._settings = [f"{key}={value}" for key, value in (settings or {}).items()]
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        """The same after a restart."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((LOOPBACK, self._port))
            listener.listen()
            self._port = listener.getsockname()[1]
            command = [*_apart(), sys.executable, __file__, str(self.folder), str(listener.fileno())]
            self._process = subprocess.Popen(
                [*command, *self._settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout
        if self._process.stdout.readline() != "ready\n":
            self.kill()
            raise RuntimeError(f"the Milvus server did not start; see {self.folder / 'logs'}")

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        """Closing its standard input ends the relay, and with it everything that lives in the namespace."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        assert process.stdout
        if how == signal.SIGKILL:
            process.kill()
        process.stdin.close()
        process.wait(STOP_S)
        process.stdout.close()


@pytest.fixture(scope="session")
def milvus_lite_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The folder of an empty Milvus Lite store whose server runs."""
    if not find_spec("milvus_lite"):
        pytest.skip("milvus-lite is not installed")
    folder = tmp_path_factory.mktemp("lite") / "milvus"
    server = LiteServer(folder)
    yield str(folder)
    server.close()


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A running server."""
    yield from running(tmp_path_factory.mktemp("milvus"))


@pytest.fixture(scope="session")
def milvus_server_uri(milvus_server: MilvusServer) -> str:
    """The address of a running server."""
    return milvus_server.uri


def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[MilvusServer]:
    """A server that is stopped at the end; skips the test where none can run."""
    if not find_spec("milvus"):
        pytest.skip("the Milvus server is not installed (pip install milvus==2.3.5)")
    if subprocess.run([*_apart(), "true"], capture_output=True, check=False).returncode:
        pytest.skip("the Milvus server needs a network namespace of its own, which this machine does not allow")
    server = MilvusServer(folder, settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _apart() -> list[str]:
    """The command that runs another one in namespaces of its own; they end with it."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [shutil.which("unshare") or "unshare", *user, "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]


def _serve(folder: Path, listener: socket.socket, settings: Mapping[str, str]) -> None:
    """Inside the namespaces: run the server and the relay until the standard input is closed."""
    from milvus import MilvusServer as Program
    from milvus import MilvusServerConfig

    _raise_loopback()
    configuration = MilvusServerConfig()
    configuration.set("proxy.timeTickInterval", TICK_MS)
    for key, value in settings.items():
        configuration.set(key, configuration.get_value(value, configuration.get_type(key)))
    program = Program(configuration)
    program.set_base_dir(str(folder))
    try:
        program.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        asyncio.run(_relay(listener))
    finally:
        program.stop()


def _raise_loopback() -> None:
    """A new network namespace has a loopback interface that is down."""
    set_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, set_flags, struct.pack("16sh", b"lo", up))


async def _relay(listener: socket.socket) -> None:
    await asyncio.start_server(_join, sock=listener)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, PROXY_PORT)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    finally:
        target.close()


if __name__ == "__main__":
    _serve(
        Path(sys.argv[1]),
        socket.socket(fileno=int(sys.argv[2])),
        dict(setting.split("=", 1) for setting in sys.argv[3:]),
    )
