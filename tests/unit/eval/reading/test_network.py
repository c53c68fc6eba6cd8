"""From the packaged file to a trainable network and back."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

from eval.reading.mean import mean
from eval.reading.network import PackagedNetwork, module, read_packaged, replacements
from infra.models.onnx import OnnxCrossEncoder
from infra.models.packaged import RERANKERS

DIRECTORY = RERANKERS["ms-marco-MiniLM-L-12-v2"].directory()
QUESTION = "How many days of casual leave do I get?"
TEXTS = [
    "Employees get 12 days of casual leave a year.",
    "Casual leave is granted by the supervisor.",
    "The canteen opens at noon.",
    "You get twelve.",
]


@pytest.fixture(scope="module")
def packaged() -> PackagedNetwork:
    return read_packaged(DIRECTORY / "model.onnx")


def logits(network: BertForSequenceClassification) -> list[float]:
    tokenizer = Tokenizer.from_file(str(DIRECTORY / "tokenizer.json"))
    tokenizer.no_padding()
    network.eval()
    found = []
    for text in TEXTS:
        encoded = tokenizer.encode(QUESTION, text)
        with torch.inference_mode():
            output = network(input_ids=torch.tensor([encoded.ids]), token_type_ids=torch.tensor([encoded.type_ids]))
        found.append(float(output.logits[0, 0]))
    return found


def test_the_network_scores_as_the_package_does(packaged: PackagedNetwork) -> None:
    assert logits(module(packaged)) == pytest.approx(OnnxCrossEncoder(DIRECTORY, 1).score(QUESTION, TEXTS), abs=1.5)


def test_an_untrained_network_replaces_nothing(packaged: PackagedNetwork) -> None:
    assert replacements(packaged, module(packaged)) == {}


def test_small_changes_survive_the_way_into_the_product(packaged: PackagedNetwork, tmp_path: Path) -> None:
    network, untrained = module(packaged), logits(module(packaged))
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "encoder.layer" in name and parameter.dim() == 2:
                parameter += 1e-2 * torch.randn(parameter.shape, generator=generator)
    found = replacements(packaged, network)
    assert not [name for name in found if "embeddings" in name]
    assert {array.dtype for array in found.values()} == {np.dtype(np.int8), np.dtype(np.float32)}
    np.savez(tmp_path / "weights.npz", **found)  # type: ignore[arg-type]
    trained = logits(network)
    replaced = OnnxCrossEncoder(DIRECTORY, 1, tmp_path / "weights.npz").score(QUESTION, TEXTS)
    moved = np.abs(np.array(trained) - untrained).mean()
    assert moved > 0.5
    assert np.abs(np.array(replaced) - trained).mean() < moved


def test_the_mean_of_two_runs_lies_between_them(packaged: PackagedNetwork, tmp_path: Path) -> None:
    name = "bert.encoder.layer.3.output.dense.bias"
    files = [tmp_path / "first.npz", tmp_path / "second.npz"]
    for file, change in zip(files, (0.5, 0.1), strict=True):
        network = module(packaged)
        with torch.no_grad():
            network.get_parameter(name).add_(change)
        np.savez(file, **replacements(packaged, network))  # type: ignore[arg-type]
    found = mean(packaged, files)
    assert set(found) == {name}
    assert found[name] == pytest.approx(packaged.arrays[name].astype(np.float32) + 0.3, abs=1e-6)
