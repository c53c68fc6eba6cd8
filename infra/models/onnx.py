"""Transformer encoders in ONNX files, run by onnxruntime on the CPU.

Each input is run by itself, several inputs at a time on threads of their own. The packaged weights are quantized
dynamically: a batch shares one activation scale, so batching would make a vector depend on its neighbours in the batch
(cosine 0.996 between alone and in a batch of 8) and, with the padding, would be slower as well.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingest.ports import Vectors

MAX_TOKENS = 512
PROGRESS_EVERY = 8

Input = str | tuple[str, str]


class OnnxEncoder:
    """A tokenizer and a BERT-like network.

    Args:
        directory: Holds `model.onnx` and `tokenizer.json`.
        threads: How many inputs run at a time; 0 for one a core.
        weights: An `.npz` file of initializers that take the place of the network's own of the same names.
    """

    def __init__(self, directory: Path, threads: int = 0, weights: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False
        self._weights = _initializers(weights) if weights else {}
        for name, value in self._weights.items():
            options.add_initializer(name, value)
        self._session = onnxruntime.InferenceSession(
            directory / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="encoder")
        self._counter = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._counter.no_truncation()
        self._counter.no_padding()
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        return [len(one) for one in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    def run(self, inputs: Sequence[Input]) -> Iterator[NDArray[np.float32]]:
        """Run texts or pairs of texts, cut to `MAX_TOKENS`; yields each one's first output, float32, in order."""
        return self._pool.map(self._run_one, self._tokenizer.encode_batch_fast(list(inputs)))

    def _run_one(self, encoding: Encoding) -> NDArray[np.float32]:
        feed = {
            "input_ids": np.array([encoding.ids], np.int64),
            "attention_mask": np.array([encoding.attention_mask], np.int64),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        output: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return output


class OnnxEmbedder:
    """Sentence embeddings: the first token's last hidden state (CLS pooling), scaled to unit length."""

    def __init__(self, name: str, directory: Path, query_prefix: str = "", threads: int = 0) -> None:
        self._encoder = OnnxEncoder(directory, threads)
        self._name = name
        self._query_prefix = query_prefix
        self._dimension = int(self.embed_query("dimension").shape[0])

    @property
    def model_name(self) -> str:
        """Identifies model and weights."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens."""
        return MAX_TOKENS

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        return self._encoder.count_tokens(texts)

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages: float32, shape (len(texts), dimension), unit rows; the same text gives the same row."""
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        for row, hidden in enumerate(self._encoder.run(texts)):
            vectors[row] = _cls_pooled(hidden)
            if progress and ((row + 1) % PROGRESS_EVERY == 0 or row + 1 == len(texts)):
                progress(row + 1)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Embed a question with the model's query prefix: float32, shape (dimension,), unit length."""
        return _cls_pooled(next(self._encoder.run([self._query_prefix + text])))


class OnnxCrossEncoder:
    """One logit for a question and a text read together: relevance, or whether the text answers the question."""

    def __init__(self, directory: Path, threads: int = 0, weights: Path | None = None) -> None:
        self._encoder = OnnxEncoder(directory, threads, weights)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""
        return self._encoder.count_tokens(texts)

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order."""
        return [float(logit[0]) for logit in self._encoder.run([(question, text) for text in texts])]


def _initializers(weights: Path) -> dict[str, onnxruntime.OrtValue]:
    """The session reads them in place, so whoever makes it must keep them."""
    with np.load(weights, allow_pickle=False) as arrays:
        contiguous = {name: np.ascontiguousarray(arrays[name]) for name in arrays.files}
    return {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in contiguous.items()}


def _cls_pooled(hidden: NDArray[np.float32]) -> Vectors:
    first = hidden[0].astype(np.float32)
    return np.asarray(first / max(float(np.linalg.norm(first)), 1e-12), np.float32)
