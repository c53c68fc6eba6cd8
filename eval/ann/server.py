"""A Milvus server for one run, where none is given and the server's package is installed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

RUNNER = Path(__file__).parents[2] / "tests" / "contracts" / "milvus_server.py"
NAME = "footnote_milvus_server"


def can_run() -> bool:
    """Is the package `milvus` there, and may programs have a network of their own here?

    The server listens on all interfaces; it is only run where nobody outside can reach it.
    """
    if not RUNNER.is_file() or not all(find_spec(name) for name in ("milvus", "pymilvus", "pytest")):
        return False
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    try:
        tried = subprocess.run(["unshare", *user, "--net", "--pid", "--fork", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run the server with its files in a folder; yields its address.

    Raises:
        RuntimeError: It did not start.
    """
    server = _runner().MilvusServer(folder)
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()


def _runner() -> Any:
    """The module that the tests of the adapters run the server with."""
    if NAME not in sys.modules:
        spec = spec_from_file_location(NAME, RUNNER)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[NAME] = module
    return sys.modules[NAME]
