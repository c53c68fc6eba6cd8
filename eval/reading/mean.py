"""The mean of the weights of several runs of `eval.reading.train` (model soups: Wortsman et al., 2022).

python -m eval.reading.mean infra/models/footnote-reader.npz first.npz second.npz third.npz
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from eval.reading.network import Array, PackagedNetwork, module, read_packaged, replacements, with_weights
from infra.models.packaged import RERANKERS


def mean(packaged: PackagedNetwork, files: Sequence[Path]) -> dict[str, Array]:
    """The arrays that differ from the package's, as `eval.reading.network.replacements` tells them."""
    states = [module(with_weights(packaged, file)).state_dict() for file in files]
    network = module(packaged)
    network.load_state_dict({name: _mean([one[name] for one in states]) for name in states[0]})
    return replacements(packaged, network)


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """What no run changed stays as it is, to the last bit."""
    first = tensors[0]
    return first if all(torch.equal(first, one) for one in tensors) else torch.stack(list(tensors)).mean(dim=0)


def main() -> None:
    """Write the mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="weights of several runs")
    given = parser.parse_args()
    packaged = read_packaged(RERANKERS["ms-marco-MiniLM-L-12-v2"].directory() / "model.onnx")
    np.savez(given.out, **mean(packaged, given.runs))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
