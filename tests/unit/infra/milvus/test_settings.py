"""Settings of the index, and addresses."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.milvus.settings import Address, IndexSettings
from ingest.errors import Permanent


@pytest.mark.parametrize(
    ("settings", "parameters"),
    [
        (IndexSettings("HNSW", links=24, ef_construction=300), {"M": 24, "efConstruction": 300}),
        (IndexSettings("IVF_FLAT", nlist=64), {"nlist": 64}),
        (IndexSettings("IVF_SQ8", nlist=64), {"nlist": 64}),
        (IndexSettings("IVF_PQ", nlist=64), {"nlist": 64, "m": 48, "nbits": 8}),
        (IndexSettings("IVF_PQ", pq_parts=96, pq_bits=4), {"nlist": 128, "m": 96, "nbits": 4}),
        (IndexSettings("AUTOINDEX"), {}),
    ],
)
def test_each_type_has_its_own_parameters(settings: IndexSettings, parameters: dict[str, int]) -> None:
    assert settings.build_parameters(384) == parameters


@pytest.mark.parametrize(("dimension", "parts"), [(384, 48), (8, 1), (7, 1), (100, 10), (1_000, 125), (1, 1)])
def test_vectors_are_cut_into_equal_parts(dimension: int, parts: int) -> None:
    assert IndexSettings("IVF_PQ").parts(dimension) == parts


def test_a_search_has_room_for_its_hits() -> None:
    assert IndexSettings(ef=50).search_parameters(10) == {"ef": 50}
    assert IndexSettings(ef=50).search_parameters(120) == {"ef": 120}
    assert IndexSettings("IVF_FLAT", nlist=8, nprobe=16).search_parameters(120) == {"nprobe": 8}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "DISKANN"},
        {"links": 1},
        {"ef_construction": 0},
        {"nlist": 0},
        {"nlist": 65_537},
        {"pq_bits": 17},
        {"ef": 0},
        {"nprobe": 0},
    ],
)
def test_values_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Permanent, match="Milvus"):
        replace(IndexSettings(), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("parts", [0, -8, 7])
def test_parts_must_divide_the_dimension(parts: int) -> None:
    with pytest.raises(Permanent, match="pq_parts"):
        IndexSettings("IVF_PQ", pq_parts=parts).build_parameters(384)


def test_a_path_is_a_folder_and_a_url_is_a_server() -> None:
    assert Address("/home/me/milvus").folder == Path("/home/me/milvus")
    assert Address("https://milvus.example:19530").folder is None


def test_credentials_are_not_shown_and_not_taken_in_the_address() -> None:
    address = Address("https://milvus.example:19530", token="root:secret")
    assert "secret" not in f"{address} {address!r}"
    with pytest.raises(Permanent, match="FOOTNOTE_MILVUS_TOKEN") as raised:
        Address("https://root:secret@milvus.example:19530")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("uri", ["", "ftp://milvus", "milvus://localhost", "unix:///tmp/socket"])
def test_other_addresses_are_refused(uri: str) -> None:
    with pytest.raises(Permanent, match="http://host:port"):
        Address(uri)


def test_a_certificate_needs_a_secure_address(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="does not begin with https"):
        Address("http://localhost:19530", ca_certificate=tmp_path / "ca.pem")
    with pytest.raises(Permanent, match="There is no certificate file"):
        Address("https://localhost:19530", ca_certificate=tmp_path / "ca.pem")


@pytest.mark.parametrize("uri", ["127.0.0.1:19530", "milvus:19530", "my-host.example:19530", "[::1]:19530"])
def test_a_server_without_a_scheme_is_no_folder(uri: str) -> None:
    with pytest.raises(Permanent, match="Write http://"):
        Address(uri)
