"""The packaged cross-encoder as a PyTorch module, and back into arrays that replace the package's.

The package carries an ONNX file whose matrices are 8-bit integers with one scale a matrix. Training moves weights by
less than that scale's step, so what is written has one scale an output instead (ONNX' MatMulInteger allows both).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from transformers import BertConfig, BertForSequenceClassification

STEPS = 127
QUANTIZED, SCALE, ZERO_POINT = "_quantized", "_scale", "_zero_point"
SEARCHED = 6

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class PackagedNetwork:
    """The parts of an ONNX file that matter here.

    Attributes:
        arrays: Initializers by name.
        matrices: The quantized matrix's stem in `arrays`, by the name that PyTorch gives it.
    """

    arrays: dict[str, Array]
    matrices: dict[str, str]


def read_packaged(file: Path) -> PackagedNetwork:
    """Read the ONNX file of a BERT-like cross-encoder."""
    graph = onnx.load(file).graph
    arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    return PackagedNetwork(arrays, dict(_matrices(graph)))


def _matrices(graph: onnx.GraphProto) -> Iterator[tuple[str, str]]:
    """A matrix is known by the bias that is added to its product."""
    consumers = {name: node for node in reversed(graph.node) for name in node.input}
    for product in graph.node:
        if product.op_type != "MatMulInteger":
            continue
        node = product
        for _ in range(SEARCHED):
            node = consumers[node.output[0]]
            bias = [name for name in node.input if name.endswith(".bias")]
            if bias:
                yield bias[0].removesuffix("bias") + "weight", product.input[1].removesuffix(QUANTIZED)
                break


def with_weights(packaged: PackagedNetwork, file: Path) -> PackagedNetwork:
    """The network with an `.npz` file of `replacements` in place of its own arrays."""
    with np.load(file, allow_pickle=False) as arrays:
        return PackagedNetwork({**packaged.arrays, **{name: arrays[name] for name in arrays.files}}, packaged.matrices)


def module(packaged: PackagedNetwork) -> BertForSequenceClassification:
    """The network with the packaged weights in 32-bit floats."""
    words, hidden = packaged.arrays["bert.embeddings.word_embeddings.weight" + QUANTIZED].shape
    layers = sum(name.endswith("query.bias") for name in packaged.arrays)
    inner = packaged.arrays["bert.encoder.layer.0.intermediate.dense.bias"].shape[0]
    network = BertForSequenceClassification(
        BertConfig(
            vocab_size=words,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=hidden // 32,
            intermediate_size=inner,
            num_labels=1,
        )
    )
    network.load_state_dict({name: _weights(packaged, name) for name in network.state_dict()})
    return network


def _weights(packaged: PackagedNetwork, name: str) -> torch.Tensor:
    if name in packaged.matrices:
        return torch.tensor(_floats(packaged, packaged.matrices[name]).T.copy())
    if name + QUANTIZED in packaged.arrays:
        return torch.tensor(_floats(packaged, name))
    return torch.tensor(packaged.arrays[name])


def _floats(packaged: PackagedNetwork, stem: str) -> NDArray[np.float32]:
    steps = packaged.arrays[stem + QUANTIZED].astype(np.float32)
    middle = packaged.arrays[stem + ZERO_POINT].astype(np.float32)
    return np.asarray((steps - middle) * packaged.arrays[stem + SCALE].astype(np.float32), np.float32)


def replacements(packaged: PackagedNetwork, trained: BertForSequenceClassification) -> dict[str, Array]:
    """What differs from the package after training, in the names and types of its ONNX file.

    Returns:
        int8 matrices of shape (inputs, outputs) with float32 scales and int8 zero points of shape (outputs,);
        float32 biases and layer norms.
    """
    found: dict[str, Array] = {}
    for name, tensor in trained.state_dict().items():
        weights = tensor.detach().float().numpy()
        if torch.equal(tensor, _weights(packaged, name)):
            continue
        if name in packaged.matrices:
            stem = packaged.matrices[name]
            scale = np.abs(weights).max(axis=1) / STEPS
            found[stem + QUANTIZED] = np.ascontiguousarray(np.round(weights.T / scale).astype(np.int8))
            found[stem + SCALE] = scale.astype(np.float32)
            found[stem + ZERO_POINT] = np.zeros(scale.shape, np.int8)
        else:
            found[name] = weights.astype(np.float32)
    return found
