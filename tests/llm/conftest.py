"""A real vLLM with the small packaged model, started once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.llm import Connection, ModelServers

SERVE = Path(__file__).parents[2] / "infra" / "deploy" / "vllm" / "serve.py"
STARTS_WITHIN_S = 1_500
CONTEXT = 2_048


@dataclass(frozen=True, slots=True)
class Vllm:
    """A running server.

    Attributes:
        url: Its address.
        process: The leader of its process group.
    """

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it and its children at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def metric(self, name: str) -> float:
        """A figure of the server's, summed over its labels."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"vllm:{name}{{"))


@pytest.fixture(scope="session")
def vllm() -> Iterator[Vllm]:
    """Installs vLLM where it is missing, and waits until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    words = [sys.executable, str(SERVE), "--device", "cpu", "--port", str(port), "--context", str(CONTEXT)]
    server = Vllm(f"http://127.0.0.1:{port}", subprocess.Popen(words, start_new_session=True))
    try:
        until = time.monotonic() + STARTS_WITHIN_S
        while not _answers(server.url):
            assert server.process.poll() is None, "vLLM ended while it started"
            assert time.monotonic() < until, "vLLM did not start"
            time.sleep(1.0)
        yield server
    finally:
        server.kill()


@pytest.fixture
def servers(vllm: Vllm) -> Iterator[ModelServers]:
    with ModelServers(Connection(vllm.url, timeout_s=180.0, silence_s=120.0)) as opened:
        yield opened


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2.0).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
