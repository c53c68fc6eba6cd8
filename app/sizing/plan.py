"""From a model and its users to memory, GPUs and the command that serves it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from app.sizing.catalogue import GPUS, Gpu, Model

USED_SHARE = 0.9
WORKING_GB = 2.0
GROUP = 128
GROUP_BITS = 20
DEGREES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wanted.

    Attributes:
        model: Which model.
        bits: Bits of a weight: 16, 8 or 4.
        context: Tokens of prompt and reply together.
        users: Answers that are written at the same time.
        kv_bits: Bits of a number in the key-value cache: 16 or 8.
    """

    model: Model
    bits: int
    context: int
    users: int
    kv_bits: int = 16


@dataclass(frozen=True, slots=True)
class Memory:
    """What it takes, in bytes.

    Attributes:
        rule: Weights by the rule of thumb M = P · 4 B / (32 / Q) · 1.2, whose fifth on top stands for everything else.
        weights: Weights, counted matrix by matrix.
        kv_a_token: Key-value cache for one token.
        kv_a_user: Key-value cache for a full context.
        kv: For all users with a full context each.
        total: Weights and caches.
    """

    rule: float
    weights: int
    kv_a_token: int
    kv_a_user: int
    kv: int
    total: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A number of GPUs on which it fits.

    Attributes:
        gpu: Which.
        count: How many: the tensor-parallel degree.
        users: Users with a full context each that the cache holds at the same time.
    """

    gpu: Gpu
    count: int
    users: int


def memory(demand: Demand) -> Memory:
    """What the weights and the caches take."""
    architecture = demand.model.architecture
    a_token = architecture.kv_bytes_a_token(demand.kv_bits)
    weights = _weights(demand)
    cache = a_token * demand.context * demand.users
    rule = demand.model.billions * 1e9 * 4 / (32 / demand.bits) * 1.2
    return Memory(rule, weights, a_token, a_token * demand.context, cache, weights + cache)


def fits(demand: Demand) -> list[Fit]:
    """Every kind of GPU with the least number of them that will do; few and small ones first."""
    found = [fit for gpu in GPUS for fit in _least(demand, gpu)]
    return sorted(found, key=lambda fit: (fit.count * fit.gpu.gigabytes, fit.count))


def serve_line(demand: Demand, fit: Fit) -> str:
    """The command that serves it."""
    return " ".join(["vllm serve", demand.model.hub_id or "MODEL", *(words for words, _ in options(demand, fit))])


def options(demand: Demand, fit: Fit) -> Iterator[tuple[str, str]]:
    """Options of `vllm serve`, each with why."""
    yield "--host 127.0.0.1", "There is no login; put something that checks who asks in front of it to open it."
    yield f"--max-model-len {demand.context}", "No prompt and reply together are longer, so the cache is not either."
    yield f"--max-num-seqs {demand.users}", "So many answers are written at a time; the others wait."
    yield f"--gpu-memory-utilization {USED_SHARE}", "The rest is for the driver and for peaks."
    if fit.count > 1:
        yield f"--tensor-parallel-size {fit.count}", f"The weights and caches are shared among {fit.count} GPUs."
    yield from _quantized(demand, fit.gpu)
    if demand.kv_bits == 8:
        yield "--kv-cache-dtype fp8", "Half the cache for each user, at a small loss of precision."
    yield "--enable-prefix-caching", "The instructions in front of every question are read once, not every time."
    yield "--enable-chunked-prefill", "A long prompt does not hold up the answers that are being written."
    yield "--load-format safetensors", "Other formats of weights can carry code."
    yield "--generation-config vllm", "The model's own sampling defaults, such as a penalty on repetition, bend quotes."
    if demand.users <= 8:
        yield (
            """--speculative-config '{"method": "ngram", "num_speculative_tokens": 4, "prompt_lookup_max": 4}'""",
            "Answers repeat their evidence, so the next words can be guessed from the prompt; worth it with few users.",
        )


def _quantized(demand: Demand, gpu: Gpu) -> Iterator[tuple[str, str]]:
    if demand.bits == 8:
        computes = "computes in FP8" if gpu.fp8 else "stores weights in FP8 and computes in 16 bits"
        yield "--quantization fp8", f"8-bit weights, made from the 16-bit ones at load; the {gpu.name} {computes}."
    elif demand.bits == 4:
        yield (
            "--quantization awq_marlin",
            "4-bit weights: serve a checkpoint that was made with AWQ (its name ends in -AWQ); for one made with GPTQ"
            " write gptq_marlin.",
        )
    else:
        yield "--dtype bfloat16", "16-bit weights as they were trained: no loss."


def _weights(demand: Demand) -> int:
    """Bytes of the weights; quantized ones in groups of 128 carry a 16-bit scale and a 4-bit zero each."""
    architecture = demand.model.architecture
    bits = demand.bits + (GROUP_BITS / GROUP if demand.bits == 4 else 0.0)
    scale = 1.0
    if not demand.model.hub_id:
        scale = demand.model.billions * 1e9 / architecture.parameters
    return math.ceil(scale * (architecture.linear_parameters * bits + architecture.other_parameters * 16) / 8)


def _least(demand: Demand, gpu: Gpu) -> Iterator[Fit]:
    """The least number of such GPUs, where eight are enough. Heads must be shared evenly."""
    needed = memory(demand)
    for count in DEGREES:
        if demand.model.architecture.heads % count:
            continue
        copies = max(1, count // demand.model.architecture.kv_heads)
        room = count * (gpu.gigabytes * USED_SHARE - WORKING_GB) * 1e9 - needed.weights
        users = int(room // (needed.kv_a_user * copies)) if room > 0 else 0
        if users >= demand.users:
            yield Fit(gpu, count, users)
            return
