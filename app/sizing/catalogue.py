"""Models and GPUs whose numbers are known."""

import re
from dataclasses import dataclass

from app.sizing.architecture import Architecture
from ingest.errors import Permanent

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bm])", re.IGNORECASE)
ALIKE = 1.2


@dataclass(frozen=True, slots=True)
class Model:
    """A model by name.

    Attributes:
        name: For people.
        hub_id: Where its weights are; empty where only the size is known.
        billions: Parameters in 10^9, as its name says.
        architecture: Its numbers; where only the size is known, those of a model of about that size.
        like: The name of that model, empty otherwise.
    """

    name: str
    hub_id: str
    billions: float
    architecture: Architecture
    like: str = ""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU.

    Attributes:
        name: For people.
        gigabytes: Memory, in 10^9 bytes.
        fp8: Whether it computes in 8-bit floating point (compute capability 8.9 or more).
    """

    name: str
    gigabytes: float
    fp8: bool


_A = Architecture

MODELS = (
    Model("smollm2-135m", "HuggingFaceTB/SmolLM2-135M-Instruct", 0.135, _A(49152, 576, 30, 9, 3, 64, 1536, tied=True)),
    Model(
        "qwen2.5-0.5b",
        "Qwen/Qwen2.5-0.5B-Instruct",
        0.5,
        _A(151936, 896, 24, 14, 2, 64, 4864, tied=True, qkv_bias=True),
    ),
    Model("llama-3.2-1b", "meta-llama/Llama-3.2-1B-Instruct", 1, _A(128256, 2048, 16, 32, 8, 64, 8192, tied=True)),
    Model(
        "qwen2.5-1.5b",
        "Qwen/Qwen2.5-1.5B-Instruct",
        1.5,
        _A(151936, 1536, 28, 12, 2, 128, 8960, tied=True, qkv_bias=True),
    ),
    Model(
        "qwen2.5-3b", "Qwen/Qwen2.5-3B-Instruct", 3, _A(151936, 2048, 36, 16, 2, 128, 11008, tied=True, qkv_bias=True)
    ),
    Model("llama-3.2-3b", "meta-llama/Llama-3.2-3B-Instruct", 3, _A(128256, 3072, 28, 24, 8, 128, 8192, tied=True)),
    Model(
        "qwen3-4b", "Qwen/Qwen3-4B-Instruct-2507", 4, _A(151936, 2560, 36, 32, 8, 128, 9728, tied=True, qk_norm=True)
    ),
    Model("qwen2.5-7b", "Qwen/Qwen2.5-7B-Instruct", 7, _A(152064, 3584, 28, 28, 4, 128, 18944, qkv_bias=True)),
    Model("mistral-7b", "mistralai/Mistral-7B-Instruct-v0.3", 7, _A(32768, 4096, 32, 32, 8, 128, 14336)),
    Model("llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", 8, _A(128256, 4096, 32, 32, 8, 128, 14336)),
    Model("qwen3-8b", "Qwen/Qwen3-8B", 8, _A(151936, 4096, 36, 32, 8, 128, 12288, qk_norm=True)),
    Model("qwen2.5-14b", "Qwen/Qwen2.5-14B-Instruct", 14, _A(152064, 5120, 48, 40, 8, 128, 13824, qkv_bias=True)),
    Model("qwen3-14b", "Qwen/Qwen3-14B", 14, _A(151936, 5120, 40, 40, 8, 128, 17408, qk_norm=True)),
    Model("qwen2.5-32b", "Qwen/Qwen2.5-32B-Instruct", 32, _A(152064, 5120, 64, 40, 8, 128, 27648, qkv_bias=True)),
    Model("qwen3-32b", "Qwen/Qwen3-32B", 32, _A(151936, 5120, 64, 64, 8, 128, 25600, qk_norm=True)),
    Model("llama-3.1-70b", "meta-llama/Llama-3.1-70B-Instruct", 70, _A(128256, 8192, 80, 64, 8, 128, 28672)),
    Model("qwen2.5-72b", "Qwen/Qwen2.5-72B-Instruct", 72, _A(152064, 8192, 80, 64, 8, 128, 29568, qkv_bias=True)),
)

GPUS = (
    Gpu("NVIDIA L4", 24, fp8=True),
    Gpu("NVIDIA A10", 24, fp8=False),
    Gpu("NVIDIA RTX 4090", 24, fp8=True),
    Gpu("NVIDIA RTX 5090", 32, fp8=True),
    Gpu("NVIDIA A100 40 GB", 40, fp8=False),
    Gpu("NVIDIA L40S", 48, fp8=True),
    Gpu("NVIDIA A100 80 GB", 80, fp8=False),
    Gpu("NVIDIA H100", 80, fp8=True),
    Gpu("NVIDIA H200", 141, fp8=True),
    Gpu("NVIDIA B200", 180, fp8=True),
)


def known(name: str) -> Model | None:
    """A model by its name or hub id; `None` where it is not in the list."""
    wanted = name.lower()
    return next((one for one in MODELS if wanted in (one.name, one.hub_id.lower())), None)


def of_size(size: str) -> Model:
    """A model of a size like `7b`: with so many parameters, and the largest key-value cache among its like.

    Raises:
        Permanent: It is no size, or none that is known.
    """
    found = SIZE.fullmatch(size.strip())
    billions = float(found[1]) / (1_000 if found[2].lower() == "m" else 1) if found else 0.0
    alike = [one for one in MODELS if billions / ALIKE <= one.billions <= billions * ALIKE] if billions else []
    if not alike:
        names = ", ".join(one.name for one in MODELS)
        raise Permanent(f"The model {size} is not known. Give --config FILE with its config.json, or one of: {names}")
    like = max(alike, key=lambda one: one.architecture.kv_bytes_a_token())
    return Model(size.lower(), "", billions, like.architecture, like.name)
