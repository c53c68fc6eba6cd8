"""The lock files name exactly one release of everything that pyproject.toml asks for, and no place to get it from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
STORES = ("milvus", "faiss")
ADDED = {
    "requirements.lock": (),
    "requirements-stores.lock": STORES,
    "requirements-hub.lock": (*STORES, "hub"),
    "requirements-dev.lock": (*STORES, "hub", "dev"),
}


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", ADDED)
def test_everything_asked_for_is_pinned(lock: str) -> None:
    asked = [
        *PROJECT["dependencies"],
        *(one for extra in ADDED[lock] for one in PROJECT["optional-dependencies"][extra]),
    ]
    names = {re.split(r"[\[<>=!~ ]", one, maxsplit=1)[0].lower() for one in asked}
    assert names - pins(lock).keys() == set()


def test_the_larger_locks_agree_with_the_smaller_ones() -> None:
    run, stores, hub, dev = map(pins, ADDED)
    assert run.items() <= stores.items() <= hub.items() <= dev.items()


@pytest.mark.parametrize("lock", ADDED)
def test_no_lock_names_a_place(lock: str) -> None:
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links| @ |\+cpu", (ROOT / lock).read_text())


def test_the_default_installation_has_no_pytorch() -> None:
    assert not pins("requirements.lock").keys() & {"torch", "transformers", "sentence-transformers"}
